//! What may still be committed under a ceiling, and what an agreement is expected to commit.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::calendar::Day;
use crate::pence::{BasisPoints, Pence, PenceError, Rounding, WeeklyRate};

codes! {
    /// How far ahead an agreement without an end date commits money.
    pub enum CommitmentHorizon("commitment horizon") {
        /// To the last day of the framework under which it was made.
        FrameworkEnd = "FRAMEWORK_END", "To the end of the framework";
        /// For as long as such agreements usually last.
        ExpectedDuration = "EXPECTED_DURATION", "For the expected duration";
    }
}

/// Why money cannot be committed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommitmentError {
    /// The ceiling would be passed.
    #[error("{asked} cannot be committed: {left} is left under the ceiling of {limit}")]
    CeilingPassed {
        /// The ceiling.
        limit: Pence,
        /// What is left; below zero when more is committed than the ceiling allows, after it was lowered.
        left: Pence,
        /// What was asked for.
        asked: Pence,
    },
    /// An amount to commit is above zero; a release is its own act.
    #[error("an amount to commit must be more than £0")]
    NotAboveZero,
    /// An agreement that is over commits nothing.
    #[error("there is no day left to commit for: the last would be {last}, before {starts_on}")]
    NothingAhead {
        /// The first day of the agreement.
        starts_on: Day,
        /// The last day of the horizon.
        last: Day,
    },
    /// The arithmetic did not fit.
    #[error(transparent)]
    Pence(#[from] PenceError),
}

/// A limit on spending that a decision sets, and what is committed under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceiling {
    /// The most that may be committed.
    #[serde(rename = "limit_pence")]
    pub limit: Pence,
    /// What is committed already.
    #[serde(rename = "committed_pence")]
    pub committed: Pence,
}

impl Ceiling {
    /// What is left; below zero when more is committed than the ceiling allows.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`].
    pub fn left(self) -> Result<Pence, PenceError> {
        self.limit.minus(self.committed)
    }

    /// The ceiling after committing one more amount. Exactly to the ceiling is allowed.
    ///
    /// # Errors
    /// [`CommitmentError::CeilingPassed`] with what is left, [`CommitmentError::NotAboveZero`].
    pub fn commit(self, asked: Pence) -> Result<Self, CommitmentError> {
        if asked <= Pence::ZERO {
            return Err(CommitmentError::NotAboveZero);
        }
        let left = self.left()?;
        if asked > left {
            return Err(CommitmentError::CeilingPassed { limit: self.limit, left, asked });
        }
        Ok(Self { committed: self.committed.plus(asked)?, ..self })
    }

    /// The ceiling after an amount that was committed is not needed any more.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`].
    pub fn release(self, given_back: Pence) -> Result<Self, PenceError> {
        Ok(Self { committed: self.committed.minus(given_back)?, ..self })
    }

    /// The highest of the alert levels that is reached: at 90 % with levels of 80, 90 and 100 it is 90.
    #[must_use]
    pub fn alert(self, levels: &[BasisPoints]) -> Option<BasisPoints> {
        let share = BasisPoints::share(self.committed, self.limit)?;
        levels.iter().copied().filter(|level| *level <= share).max()
    }

    /// The level to tell people about after a change: one that is reached now and was not before.
    #[must_use]
    pub fn alert_since(self, before: Self, levels: &[BasisPoints]) -> Option<BasisPoints> {
        let now = self.alert(levels);
        now.filter(|_| now > before.alert(levels))
    }

    /// The limit at today's prices: stated at the prices of a base year, raised by each approved uplift since, in turn.
    ///
    /// # Errors
    /// [`PenceError::TooLarge`].
    pub fn raised_by(self, uplifts: &[BasisPoints]) -> Result<Self, PenceError> {
        let limit = uplifts.iter().try_fold(self.limit, |limit, uplift| uplift.added_to(limit))?;
        Ok(Self { limit, ..self })
    }
}

/// Until when an agreement is reckoned to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Horizon {
    /// To a known last day: the agreement's own, or the framework's.
    Through(Day),
    /// For a number of weeks from its start.
    Weeks(u32),
}

impl Horizon {
    /// The horizon that a consortium's setting gives an agreement without an end of its own.
    #[must_use]
    pub fn by(setting: CommitmentHorizon, framework_ends_on: Day, expected_weeks: u32) -> Self {
        match setting {
            CommitmentHorizon::FrameworkEnd => Self::Through(framework_ends_on),
            CommitmentHorizon::ExpectedDuration => Self::Weeks(expected_weeks),
        }
    }
}

/// What an agreement is expected to commit: its weekly price over the days to the horizon, the first and last included.
///
/// # Errors
/// [`CommitmentError::NothingAhead`] when the horizon holds no day.
pub fn expected_commitment(weekly: WeeklyRate, starts_on: Day, horizon: Horizon) -> Result<Pence, CommitmentError> {
    let last = match horizon {
        Horizon::Through(last) => last,
        Horizon::Weeks(weeks) => starts_on.plus_days(i64::from(weeks) * 7 - 1),
    };
    let days = starts_on.days_until(last) + 1;
    match u32::try_from(days) {
        Ok(days) if days > 0 => Ok(weekly.for_days(days, Rounding::HalfUpAtEnd)?),
        Ok(_) | Err(_) => Err(CommitmentError::NothingAhead { starts_on, last }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LEVELS: [BasisPoints; 3] = [BasisPoints(8_000), BasisPoints(9_000), BasisPoints(10_000)];

    fn ceiling(limit: i64, committed: i64) -> Ceiling {
        Ceiling { limit: Pence(limit), committed: Pence(committed) }
    }

    #[test]
    fn the_last_penny_may_be_committed_and_no_more() {
        assert_eq!(ceiling(100, 60).commit(Pence(40)), Ok(ceiling(100, 100)));
        assert_eq!(
            ceiling(100, 60).commit(Pence(41)),
            Err(CommitmentError::CeilingPassed { limit: Pence(100), left: Pence(40), asked: Pence(41) })
        );
        assert_eq!(ceiling(100, 0).commit(Pence(0)), Err(CommitmentError::NotAboveZero));
        assert_eq!(ceiling(100, 120).left(), Ok(Pence(-20)));
    }

    #[test]
    fn finance_is_told_once_at_each_level() {
        assert_eq!(ceiling(10_000, 7_999).alert(&LEVELS), None);
        assert_eq!(ceiling(10_000, 8_000).alert(&LEVELS), Some(BasisPoints(8_000)));
        assert_eq!(ceiling(1_000_000, 999_999).alert(&LEVELS), Some(BasisPoints(9_000)));
        assert_eq!(ceiling(10_000, 10_000).alert(&LEVELS), Some(BasisPoints(10_000)));
        let (before, after) = (ceiling(10_000, 8_100), ceiling(10_000, 8_900));
        assert_eq!(after.alert_since(before, &LEVELS), None);
        assert_eq!(ceiling(10_000, 9_500).alert_since(before, &LEVELS), Some(BasisPoints(9_000)));
    }

    #[test]
    fn a_ceiling_at_the_prices_of_its_base_year_rises_with_each_uplift() {
        let raised = ceiling(1_000_000, 0).raised_by(&[BasisPoints(150), BasisPoints(120)]).unwrap();
        assert_eq!(raised.limit, Pence(1_027_180));
    }

    #[test]
    fn an_agreement_commits_its_weeks_or_its_days_to_the_framework_end() {
        let weekly = WeeklyRate(Pence(563_525));
        let starts_on = Day::of(2034, 3, 22).unwrap();
        let ends_on = Day::of(2034, 3, 31).unwrap();
        let by = |setting| expected_commitment(weekly, starts_on, Horizon::by(setting, ends_on, 39));
        assert_eq!(by(CommitmentHorizon::ExpectedDuration), Ok(Pence(563_525 * 39)));
        assert_eq!(by(CommitmentHorizon::FrameworkEnd), Ok(Pence(805_036)));
        let late = Day::of(2034, 4, 1).unwrap();
        assert_eq!(
            expected_commitment(weekly, late, Horizon::Through(ends_on)),
            Err(CommitmentError::NothingAhead { starts_on: late, last: ends_on })
        );
        assert!(expected_commitment(weekly, late, Horizon::Weeks(0)).is_err());
    }

    proptest! {
        #[test]
        fn no_sequence_of_commitments_passes_the_ceiling(
            limit in 1_i64..1_000_000, asked in proptest::collection::vec(1_i64..400_000, 0..20),
        ) {
            let mut ceiling = ceiling(limit, 0);
            for amount in asked {
                ceiling = ceiling.commit(Pence(amount)).unwrap_or(ceiling);
                prop_assert!(ceiling.committed <= ceiling.limit);
            }
        }
    }
}
