//! A framework in force that is awarded again as a whole: when, on which terms, and who stays on it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::plan::TenderPlan;
use crate::calendar::Day;
use crate::consortium::framework::{Category, Framework, Lot, PublishedMaximum, Regime};

/// What makes a tender the re-opening of a framework that is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reopening {
    /// The first day of the next award: until the day before, the award that stands is bought from.
    pub begins_on: Day,
}

codes! {
    /// On what ground a supplier stays on an open framework when the whole of it is awarded again.
    pub enum CarryOver("ground for staying on") {
        /// It was awarded the framework before.
        Status = "STATUS", "It is on the framework already";
        /// Its earlier tender counts again.
        EarlierTender = "EARLIER_TENDER", "Its earlier tender";
        /// It tendered anew.
        NewTender = "NEW_TENDER", "A new tender";
    }
}

/// Why a framework is not awarded again like this.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReawardRefusal {
    /// The law knows no second award of it.
    #[error("a framework under {} is let once: give the next one a reference of its own", crate::Code::label(*.0))]
    LetOnce(Regime),
    /// Only an open framework carries suppliers over.
    #[error("only an open framework carries suppliers over; under {} everybody tenders anew", crate::Code::label(*.0))]
    NotOpen(Regime),
    /// Where places are limited, having one is no ground.
    #[error("where the number of suppliers is limited, a supplier stays by its earlier or a new tender, not by its status")]
    Limited,
    /// Re-opening some lots only would leave the others without the clock.
    #[error("the whole framework is awarded again: lot {0} is missing")]
    LotMissing(String),
    /// On substantially the same terms.
    #[error("the new award buys something else: {0} differs")]
    Differs(&'static str),
    /// Days the wrong way round.
    #[error("the next award begins after {0}, when the one that stands began")]
    TooEarly(Day),
    /// The scheme is over.
    #[error("the scheme ends on {0}")]
    PastScheme(Day),
    /// The clock has run out.
    #[error("the next award was due by {0}")]
    Overdue(Day),
}

/// Whether a supplier stays on the framework on this ground (section 49 of the Procurement Act 2023, domain notes 2).
///
/// # Errors
/// [`ReawardRefusal::NotOpen`] and [`ReawardRefusal::Limited`].
pub fn may_carry_over(ground: CarryOver, regime: Regime, is_limited: bool) -> Result<(), ReawardRefusal> {
    match (ground, regime) {
        (CarryOver::Status, Regime::Pa2023Open) if is_limited => Err(ReawardRefusal::Limited),
        (CarryOver::NewTender, _) | (CarryOver::Status | CarryOver::EarlierTender, Regime::Pa2023Open) => Ok(()),
        (CarryOver::Status | CarryOver::EarlierTender, Regime::Pa2023Flexible | Regime::Pcr2015 | Regime::Spot) => {
            Err(ReawardRefusal::NotOpen(regime))
        }
    }
}

/// Everything that keeps a framework from being awarded again like this from a day on: another regime or service, a lot left out, a day
/// before the last award or past its time.
#[must_use]
pub fn reaward_problems(standing: &Framework, new: &Framework, begins_on: Day) -> Vec<ReawardRefusal> {
    match standing.regime {
        Regime::Pa2023Open | Regime::Pa2023Flexible => {}
        Regime::Pcr2015 | Regime::Spot => return vec![ReawardRefusal::LetOnce(standing.regime)],
    }
    let mut found = Vec::new();
    let same = [
        ("the regime", standing.regime == new.regime),
        ("the service", standing.service == new.service),
        ("the first day", standing.starts_on == new.starts_on),
    ];
    found.extend(same.into_iter().filter(|(_, is_same)| !is_same).map(|(field, _)| ReawardRefusal::Differs(field)));
    let missing = standing.lots.iter().filter(|lot| !new.lots.iter().any(|kept| kept.code == lot.code));
    found.extend(missing.map(|lot| ReawardRefusal::LotMissing(lot.code.clone())));
    let latest = standing.reawarded_on.last().copied().unwrap_or(standing.starts_on);
    if begins_on <= latest {
        found.push(ReawardRefusal::TooEarly(latest));
    }
    let last = match standing.regime {
        Regime::Pa2023Open => standing.clock().scheme_ends_on(),
        Regime::Pa2023Flexible | Regime::Pcr2015 | Regime::Spot => standing.ends_on,
    };
    if new.ends_on > last || begins_on > last {
        found.push(ReawardRefusal::PastScheme(last));
    }
    // The schedule of a flexible framework is the councils' own: it reminds and refuses nothing.
    let due_on = standing.due_again_on().filter(|due_on| standing.regime == Regime::Pa2023Open && begins_on > *due_on);
    found.extend(due_on.map(ReawardRefusal::Overdue));
    found
}

/// The framework as it stands once the tender's award is in force: whole for a first award; for a later one with what the award says
/// from its first day on, and with every price that was published before.
#[must_use]
pub fn in_force(standing: Option<&Framework>, plan: &TenderPlan) -> Framework {
    let (Some(standing), Some(reopening)) = (standing, plan.reopening) else { return plan.framework.clone() };
    let mut next = plan.framework.clone();
    next.reawarded_on.clone_from(&standing.reawarded_on);
    next.reawarded_on.push(reopening.begins_on);
    for lot in &mut next.lots {
        let before = standing.lots.iter().find(|known| known.code == lot.code);
        for category in &mut lot.categories {
            category.maximum_weekly_prices = prices(before, category, reopening.begins_on);
        }
        // What was bought in a category that is let no more keeps its name and its prices.
        let known = before.map_or(&[][..], |before| before.categories.as_slice());
        let dropped = known.iter().filter(|known| !lot.categories.iter().any(|kept| kept.code == known.code));
        let dropped: Vec<Category> = dropped.map(|known| closed(known, reopening.begins_on)).collect();
        lot.categories.extend(dropped);
    }
    next
}

/// The prices of a category before the award, then those of the award.
fn prices(before: Option<&Lot>, category: &Category, begins_on: Day) -> Vec<PublishedMaximum> {
    let known = before.and_then(|lot| lot.categories.iter().find(|known| known.code == category.code));
    let Some(mut joined) = known.cloned() else { return category.maximum_weekly_prices.clone() };
    let new = category.maximum_weekly_prices.iter().filter(|row| row.to.is_none_or(|to| to >= begins_on));
    for row in new.cloned() {
        let from = row.from.max(begins_on);
        joined.publish_maximum(PublishedMaximum { from, ..row });
    }
    joined.maximum_weekly_prices
}

fn closed(category: &Category, begins_on: Day) -> Category {
    let mut closed = category.clone();
    closed.maximum_weekly_prices.retain(|row| row.from < begins_on);
    for row in closed.maximum_weekly_prices.iter_mut().filter(|row| row.to.is_none_or(|to| to >= begins_on)) {
        row.to = Some(begins_on.plus_days(-1));
    }
    closed
}
