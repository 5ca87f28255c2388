//! How far weekly prices may rise in a year: the rule of the framework applied to the index of consumer prices.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::consortium::framework::UpliftRule;
use crate::pence::{BasisPoints, PenceError, WeeklyRate};

/// What the rule makes of a year's index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum UpliftOutcome {
    /// The most that a decision may grant. It may grant less: the rise is at the councils' discretion.
    AtMost {
        /// The percentage.
        #[serde(rename = "ceiling_basis_points")]
        ceiling: BasisPoints,
    },
    /// The index is so high that the rule gives no figure: the councils review and decide.
    ReviewRequired,
}

/// Why a decided rise is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UpliftRefused {
    /// Prices never fall by an uplift.
    #[error("an uplift cannot be below 0%, and {0} is")]
    Negative(BasisPoints),
    /// More than the rule allows.
    #[error("an uplift of {decided} is above the {ceiling} that the rule allows this year")]
    AboveCeiling {
        /// What was decided.
        decided: BasisPoints,
        /// What the rule allows.
        ceiling: BasisPoints,
    },
}

impl UpliftRule {
    /// The lower of the framework's own limit and the index, never below zero; a review when the index is above its limit.
    #[must_use]
    pub fn outcome(&self, index: BasisPoints) -> UpliftOutcome {
        if index > self.review_above_basis_points {
            UpliftOutcome::ReviewRequired
        } else {
            UpliftOutcome::AtMost { ceiling: index.min(self.at_most_basis_points).max(BasisPoints(0)) }
        }
    }
}

impl UpliftOutcome {
    /// Whether a decision may grant this rise. After a review the councils are free above zero.
    ///
    /// # Errors
    /// [`UpliftRefused`].
    pub fn check(self, decided: BasisPoints) -> Result<(), UpliftRefused> {
        if decided < BasisPoints(0) {
            return Err(UpliftRefused::Negative(decided));
        }
        match self {
            Self::AtMost { ceiling } if decided > ceiling => Err(UpliftRefused::AboveCeiling { decided, ceiling }),
            Self::AtMost { .. } | Self::ReviewRequired => Ok(()),
        }
    }
}

/// A weekly price raised by a decided uplift, rounded half up to the penny.
///
/// # Errors
/// [`PenceError::TooLarge`].
pub fn uplifted(weekly: WeeklyRate, by: BasisPoints) -> Result<WeeklyRate, PenceError> {
    by.added_to(weekly.0).map(WeeklyRate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consortium::Origin;
    use crate::pence::Pence;

    #[test]
    fn the_lower_of_the_limit_and_the_index_and_a_review_above_three_per_cent() {
        let rule =
            UpliftRule { at_most_basis_points: BasisPoints(150), review_above_basis_points: BasisPoints(300), origin: Origin::Example };
        for (index, ceiling) in [(120, 120), (240, 150), (300, 150), (-30, 0)] {
            assert_eq!(rule.outcome(BasisPoints(index)), UpliftOutcome::AtMost { ceiling: BasisPoints(ceiling) });
        }
        for index in [310, 420] {
            assert_eq!(rule.outcome(BasisPoints(index)), UpliftOutcome::ReviewRequired);
        }
    }

    #[test]
    fn a_decision_may_grant_less_than_the_rule_and_never_more() {
        let ceiling = BasisPoints(150);
        let outcome = UpliftOutcome::AtMost { ceiling };
        assert_eq!(outcome.check(BasisPoints(0)), Ok(()));
        assert_eq!(outcome.check(ceiling), Ok(()));
        let decided = BasisPoints(151);
        assert_eq!(outcome.check(decided), Err(UpliftRefused::AboveCeiling { decided, ceiling }));
        assert_eq!(UpliftOutcome::ReviewRequired.check(BasisPoints(-1)), Err(UpliftRefused::Negative(BasisPoints(-1))));
        assert_eq!(uplifted(WeeklyRate(Pence(110_000)), ceiling), Ok(WeeklyRate(Pence(111_650))));
    }
}
