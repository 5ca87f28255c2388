//! Prices: the published maximum of a category, what a provider tendered, and what it asks for one child.
//!
//! The rule of the framework: at tender each provider names a maximum per category against the published maximum, and
//! at call-off the price for one child may be lower than both but higher than neither, unless somebody approves an
//! exception.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::itemised::PriceLineKind;
use crate::calendar::Day;
use crate::pence::{BasisPoints, Pence, PenceError, WeeklyRate};

codes! {
    /// How a tendered maximum must stand to the published maximum of its category.
    pub enum TenderPriceRule("tender price rule") {
        /// A tendered maximum equal to the published one is refused.
        Below = "BELOW", "Below the published maximum";
        /// A tendered maximum equal to the published one is admitted.
        AtMost = "AT_MOST", "At or below the published maximum";
    }
}

codes! {
    /// The maximum that bound an offer.
    pub enum MaximumKind("kind of maximum") {
        /// What the provider itself named at tender.
        Tendered = "TENDERED", "The provider’s tendered maximum";
        /// What the framework published for the category.
        Published = "PUBLISHED", "The published maximum of the category";
    }
}

/// Why a price or a row of maximum prices is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PriceError {
    /// A price or maximum must be above zero.
    #[error("a weekly price must be more than £0")]
    NotAboveZero,
    /// A price has one core line, no more and no fewer.
    #[error("a price has exactly one core line; this one has {0}")]
    CoreLines(usize),
    /// An extra says what it buys.
    #[error("say what the line `{0}` pays for")]
    NoDescription(PriceLineKind),
    /// More lines than anybody itemises.
    #[error("a price has at most {0} lines")]
    TooManyLines(usize),
    /// A period of validity that ends before it begins.
    #[error("a maximum valid from {from} cannot end on {to}")]
    EndsBeforeItBegins {
        /// The first day of validity.
        from: Day,
        /// The last day of validity.
        to: Day,
    },
    /// Two maxima would hold on one day.
    #[error("two maximum prices would hold on {on}")]
    Overlap {
        /// The first day on which both would hold.
        on: Day,
    },
    /// A maximum is superseded from a later day, never changed for days on which it already held.
    #[error("the maximum held since {since}; a new one must start later")]
    SupersedesThePast {
        /// The first day of the maximum in force.
        since: Day,
    },
    /// There is nothing to compare with.
    #[error("no maximum price of this kind ({kind}) holds on {on}")]
    NoMaximumOn {
        /// Whose maximum is missing.
        kind: MaximumKind,
        /// The day that was asked for.
        on: Day,
    },
    /// The provider's maximum does not stand below the published one.
    #[error("a tendered maximum of {tendered} is refused: the published maximum is {published}")]
    TenderTooHigh {
        /// What the provider tendered.
        tendered: WeeklyRate,
        /// The published maximum.
        published: WeeklyRate,
    },
    /// The arithmetic did not fit.
    #[error(transparent)]
    Pence(#[from] PenceError),
}

/// A maximum weekly price and the days on which it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maximum {
    /// The price per week, excluding VAT.
    #[serde(rename = "weekly_pence")]
    pub weekly: WeeklyRate,
    /// The first day on which it holds.
    pub from: Day,
    /// The last day on which it holds; open until it is superseded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Day>,
}

impl Maximum {
    fn holds_on(&self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

/// The maximum prices of a category, or of one provider in it, one after the other.
///
/// A row is never edited: a new price supersedes it from a later day, so that an old offer can be judged again by what
/// held on its own day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Maximum>", into = "Vec<Maximum>")]
pub struct MaximumPrices(Vec<Maximum>);

impl MaximumPrices {
    /// Rows in any order.
    ///
    /// # Errors
    /// [`PriceError::NotAboveZero`], [`PriceError::EndsBeforeItBegins`] and [`PriceError::Overlap`].
    pub fn new(mut rows: Vec<Maximum>) -> Result<Self, PriceError> {
        rows.sort_by_key(|row| row.from);
        for row in &rows {
            if row.weekly.0 <= Pence::ZERO {
                return Err(PriceError::NotAboveZero);
            }
            if let Some(to) = row.to.filter(|&to| to < row.from) {
                return Err(PriceError::EndsBeforeItBegins { from: row.from, to });
            }
        }
        for (row, next) in rows.iter().zip(rows.iter().skip(1)) {
            if row.holds_on(next.from) {
                return Err(PriceError::Overlap { on: next.from });
            }
        }
        Ok(Self(rows))
    }

    /// The maximum that holds on a day, if one does.
    #[must_use]
    pub fn on(&self, day: Day) -> Option<WeeklyRate> {
        self.0.iter().find(|row| row.holds_on(day)).map(|row| row.weekly)
    }

    /// Ends the open row the day before `from` and adds a new one.
    ///
    /// # Errors
    /// [`PriceError::SupersedesThePast`] when a row already begins on or after `from`; otherwise as [`Self::new`].
    pub fn supersede(self, weekly: WeeklyRate, from: Day) -> Result<Self, PriceError> {
        let mut rows = self.0;
        if let Some(last) = rows.last_mut() {
            if from <= last.from {
                return Err(PriceError::SupersedesThePast { since: last.from });
            }
            last.to = Some(last.to.unwrap_or(from).min(from.plus_days(-1)));
        }
        rows.push(Maximum { weekly, from, to: None });
        Self::new(rows)
    }

    /// The rows, earliest first.
    #[must_use]
    pub fn rows(&self) -> &[Maximum] {
        &self.0
    }
}

impl TryFrom<Vec<Maximum>> for MaximumPrices {
    type Error = PriceError;

    fn try_from(rows: Vec<Maximum>) -> Result<Self, PriceError> {
        Self::new(rows)
    }
}

impl From<MaximumPrices> for Vec<Maximum> {
    fn from(prices: MaximumPrices) -> Self {
        prices.0
    }
}

/// Checks the maximum that a provider tenders for a category.
///
/// # Errors
/// [`PriceError::TenderTooHigh`] when it is not below (or, under [`TenderPriceRule::AtMost`], above) the published
/// maximum, and [`PriceError::NotAboveZero`].
pub fn check_tender(tendered: WeeklyRate, published: WeeklyRate, rule: TenderPriceRule) -> Result<(), PriceError> {
    if tendered.0 <= Pence::ZERO {
        return Err(PriceError::NotAboveZero);
    }
    let is_admitted = match rule {
        TenderPriceRule::Below => tendered < published,
        TenderPriceRule::AtMost => tendered <= published,
    };
    if is_admitted { Ok(()) } else { Err(PriceError::TenderTooHigh { tendered, published }) }
}

/// How the core price of an offer stands to the maximum prices that bound it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PriceVerdict {
    /// At or below both maxima.
    Within {
        /// What is left to the lower maximum, per week.
        margin: Pence,
    },
    /// Above the lower maximum: the offer cannot be preferred until the exception is approved, and counts as off-price.
    Exception {
        /// By how much a week.
        over_by: Pence,
        /// The lower maximum; the provider's own when both are equal.
        against: MaximumKind,
    },
}

impl PriceVerdict {
    /// Whether somebody must approve the price.
    #[must_use]
    pub fn is_exception(self) -> bool {
        match self {
            Self::Within { .. } => false,
            Self::Exception { .. } => true,
        }
    }
}

/// Compares the core price of an offer with the lower of the provider's tendered maximum and the category's published
/// maximum, both as they held on the day of the offer.
///
/// # Errors
/// [`PriceError::NoMaximumOn`] when one of them did not hold on that day: then there is nothing the provider may charge.
pub fn check_offer(
    core: WeeklyRate,
    tendered: &MaximumPrices,
    published: &MaximumPrices,
    offered_on: Day,
) -> Result<PriceVerdict, PriceError> {
    let missing = |kind| PriceError::NoMaximumOn { kind, on: offered_on };
    let tendered = tendered.on(offered_on).ok_or(missing(MaximumKind::Tendered))?;
    let published = published.on(offered_on).ok_or(missing(MaximumKind::Published))?;
    let (lower, against) = if published < tendered { (published, MaximumKind::Published) } else { (tendered, MaximumKind::Tendered) };
    if core <= lower {
        let margin = lower.0.minus(core.0)?;
        Ok(PriceVerdict::Within { margin })
    } else {
        let over_by = core.0.minus(lower.0)?;
        Ok(PriceVerdict::Exception { over_by, against })
    }
}

/// By how much a price moved since the last one of the same service and category, as a percentage of the last.
#[must_use]
pub fn price_drift(last: WeeklyRate, now: WeeklyRate) -> Option<BasisPoints> {
    BasisPoints::share(now.0.minus(last.0).ok()?, last.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weekly(text: &str) -> WeeklyRate {
        WeeklyRate(text.parse().unwrap())
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn always(text: &str) -> MaximumPrices {
        MaximumPrices::default().supersede(weekly(text), day("2026-04-01")).unwrap()
    }

    #[test]
    fn a_tender_equal_to_the_published_maximum_is_refused_under_the_strict_rule_only() {
        let published = weekly("1,100.00");
        assert_eq!(
            check_tender(published, published, TenderPriceRule::Below),
            Err(PriceError::TenderTooHigh { tendered: published, published })
        );
        assert_eq!(check_tender(weekly("1,099.99"), published, TenderPriceRule::Below), Ok(()));
        assert_eq!(check_tender(published, published, TenderPriceRule::AtMost), Ok(()));
        assert!(check_tender(weekly("1,100.01"), published, TenderPriceRule::AtMost).is_err());
        assert!(check_tender(weekly("0"), published, TenderPriceRule::Below).is_err());
    }

    #[test]
    fn an_offer_above_the_tendered_maximum_is_a_price_exception() {
        let on = day("2026-11-02");
        let check =
            |core: &str, tendered: &str, published: &str| check_offer(weekly(core), &always(tendered), &always(published), on).unwrap();
        assert_eq!(check("1,060", "1,050", "1,100"), PriceVerdict::Exception { over_by: Pence(1_000), against: MaximumKind::Tendered });
        assert_eq!(check("1,050", "1,050", "1,100"), PriceVerdict::Within { margin: Pence(0) });
        assert_eq!(check("1,020", "1,050", "1,100"), PriceVerdict::Within { margin: Pence(3_000) });
        // A published maximum that was lowered after the tender binds too.
        assert_eq!(check("1,045", "1,050", "1,040"), PriceVerdict::Exception { over_by: Pence(500), against: MaximumKind::Published });
    }

    #[test]
    fn an_offer_is_judged_by_what_held_on_its_own_day() {
        let published = always("1,100").supersede(weekly("1,116.50"), day("2027-04-01")).unwrap();
        assert_eq!(published.on(day("2027-03-31")), Some(weekly("1,100")));
        assert_eq!(published.on(day("2027-04-01")), Some(weekly("1,116.50")));
        assert_eq!(published.on(day("2026-03-31")), None);
        assert_eq!(
            check_offer(weekly("1"), &published, &always("1"), day("2026-03-31")),
            Err(PriceError::NoMaximumOn { kind: MaximumKind::Tendered, on: day("2026-03-31") })
        );
    }

    #[test]
    fn a_maximum_is_superseded_never_rewritten() {
        let since = day("2026-04-01");
        assert_eq!(always("1,100").supersede(weekly("1,000"), since), Err(PriceError::SupersedesThePast { since }));
        let open = |from: &str| Maximum { weekly: weekly("5"), from: day(from), to: None };
        assert_eq!(MaximumPrices::new(vec![open("2027-04-01"), open("2026-04-01")]), Err(PriceError::Overlap { on: day("2027-04-01") }));
        let backwards = Maximum { to: Some(day("2026-03-31")), ..open("2026-04-01") };
        assert!(matches!(MaximumPrices::new(vec![backwards]), Err(PriceError::EndsBeforeItBegins { .. })));
    }

    proptest! {
        #[test]
        fn an_offer_is_within_exactly_when_it_exceeds_neither_maximum(
            core in 1_i64..300_000, tendered in 1_i64..300_000, published in 1_i64..300_000,
        ) {
            let from = day("2026-04-01");
            let rows = |pence| MaximumPrices::default().supersede(WeeklyRate(Pence(pence)), from).unwrap();
            let verdict =
                check_offer(WeeklyRate(Pence(core)), &rows(tendered), &rows(published), from).unwrap();
            prop_assert_eq!(verdict.is_exception(), core > tendered || core > published);
        }
    }
}
