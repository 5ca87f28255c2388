//! From the last score to the first contract: award, summaries, notice, standstill, challenges.
//!
//! By whose leave a council awards and signs is asked elsewhere ([`may_act`](crate::governance::delegation::may_act)); here is what
//! must have happened before, whoever acts.

use thiserror::Error;

use super::life::FrameworkState;
use super::plan::{StandstillKind, StandstillRule, Stoppable, TenderPlan};
use crate::calendar::Day;
use crate::consortium::framework::{Framework, Regime};

/// How far a procurement has come: nothing that could be worked out from the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// It was given up.
    pub is_cancelled: bool,
    /// The prices of all bids are open.
    pub are_prices_open: bool,
    /// Services of bids without an outcome yet.
    pub without_outcome: usize,
    /// Services that are to be admitted, each for itself.
    pub admitted: usize,
    /// How many providers they belong to.
    pub suppliers: usize,
    /// A category with more services than the tender allows, those that stay on the framework among them.
    pub crowded: Option<String>,
    /// Challenges and complaints that are open.
    pub open_challenges: usize,
    /// Conflicts of interest that touch what is scored, of which nobody has put on record how they were dealt with.
    pub open_conflicts: usize,
    /// The award, once it is made.
    pub award: Option<Made>,
}

/// An award and what followed it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Made {
    /// Each bidder was told its scores and the reasons.
    pub are_summaries_sent: bool,
    /// The day on which the award notice was published.
    pub notice_on: Option<Day>,
}

/// Why a step between scores and contracts is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AwardRefusal {
    /// Given up.
    #[error("the procurement was given up")]
    Cancelled,
    /// Prices are shut.
    #[error("the price envelopes are not open yet")]
    PricesShut,
    /// Somebody was forgotten.
    #[error("{0} services have no outcome yet")]
    WithoutOutcome(usize),
    /// Nobody to award to.
    #[error("no service is admitted: there is nothing to award; give the procurement up instead")]
    NobodyAdmitted,
    /// Those who stay and those who come are too many.
    #[error("category {0} would have more services than the tender allows, with those that stay on the framework")]
    Crowded(String),
    /// Somebody challenges it.
    #[error("{count} challenges or complaints are open; the tender says that they stop this: {}", crate::Code::label(*.stopped))]
    Challenged {
        /// How many.
        count: usize,
        /// What they stop.
        stopped: Stoppable,
    },
    /// Whoever awards must know what was made of it.
    #[error("{0} conflicts of interest were declared by people on whom the scores rest: first is put on record how each was dealt with")]
    ConflictOpen(usize),
    /// Already done.
    #[error("the award was made")]
    Awarded,
    /// Not done yet.
    #[error("the framework is not awarded yet")]
    NotAwarded,
    /// An open framework with one supplier may not bind so long.
    #[error("an open framework with a single supplier lasts at most {years} years: this one would last until {ends_on}")]
    SingleSupplierTooLong {
        /// How many years.
        years: u32,
        /// The last day of the framework.
        ends_on: Day,
    },
    /// Bidders learn the result before the public does.
    #[error("first each bidder is told its scores and the reasons")]
    SummariesFirst,
    /// Already done.
    #[error("each bidder was told its scores and the reasons")]
    SummariesSent,
    /// No award notice yet.
    #[error("the award notice is not published yet")]
    NoNotice,
    /// Already published.
    #[error("the award notice was published on {0}")]
    NoticePublished(Day),
    /// It binds.
    #[error("{0} agreements are signed by both sides: end the framework instead")]
    Signed(usize),
    /// Nothing is left to end.
    #[error("the framework is over: {}", crate::Code::label(*.0).to_lowercase())]
    Over(FrameworkState),
    /// Bidders have time to challenge.
    #[error("the standstill lasts until {0}: sign from the day after")]
    Standstill(Day),
}

/// The last day of a standstill that begins with the day of the notice: that day counts when it is a working day (section 51 of the
/// Procurement Act 2023 for the mandatory one). None where the tender has no standstill.
#[must_use]
pub fn standstill_until(rule: StandstillRule, notice_on: Day) -> Option<Day> {
    match rule.kind {
        StandstillKind::Mandatory | StandstillKind::Voluntary => Some(notice_on.plus_days(-1).add_working_days(rule.working_days)),
        StandstillKind::None => None,
    }
}

fn not_stopped(plan: &TenderPlan, progress: &Progress, stopped: Stoppable) -> Result<(), AwardRefusal> {
    if progress.open_challenges > 0 && plan.open_challenge_stops.contains(&stopped) {
        return Err(AwardRefusal::Challenged { count: progress.open_challenges, stopped });
    }
    Ok(())
}

/// A tender cannot choose that this stops nothing: councils keep conflicts of interest from giving anybody an advantage throughout a
/// procurement (section 82 of the Procurement Act 2023).
fn no_conflict_open(progress: &Progress) -> Result<(), AwardRefusal> {
    if progress.open_conflicts > 0 { Err(AwardRefusal::ConflictOpen(progress.open_conflicts)) } else { Ok(()) }
}

fn not_given_up(progress: &Progress) -> Result<(), AwardRefusal> {
    if progress.is_cancelled { Err(AwardRefusal::Cancelled) } else { Ok(()) }
}

/// Whether the outcome of a service can be recorded: once prices are open, until the award.
///
/// # Errors
/// [`AwardRefusal::Cancelled`], [`AwardRefusal::Awarded`] and [`AwardRefusal::PricesShut`].
pub fn may_decide(progress: &Progress) -> Result<(), AwardRefusal> {
    not_given_up(progress)?;
    if progress.award.is_some() {
        return Err(AwardRefusal::Awarded);
    }
    if progress.are_prices_open { Ok(()) } else { Err(AwardRefusal::PricesShut) }
}

/// Whether the procurement can be given up: as long as no agreement binds both sides. After that the framework is terminated.
///
/// # Errors
/// [`AwardRefusal::Cancelled`] and [`AwardRefusal::Signed`].
pub fn may_give_up(progress: &Progress, signed_by_both: usize) -> Result<(), AwardRefusal> {
    not_given_up(progress)?;
    if signed_by_both > 0 { Err(AwardRefusal::Signed(signed_by_both)) } else { Ok(()) }
}

/// Whether a framework in this state can be ended before its time.
///
/// # Errors
/// [`AwardRefusal::NotAwarded`] before the award, where the procurement is given up instead, and [`AwardRefusal::Over`] after its end.
pub fn may_terminate(state: FrameworkState) -> Result<(), AwardRefusal> {
    match state {
        FrameworkState::Draft | FrameworkState::TenderOpen | FrameworkState::Evaluation => Err(AwardRefusal::NotAwarded),
        FrameworkState::Awarded | FrameworkState::Live => Ok(()),
        FrameworkState::Superseded | FrameworkState::Expired | FrameworkState::Terminated => Err(AwardRefusal::Over(state)),
    }
}

/// Whether the outcome can be approved and the framework awarded.
///
/// # Errors
/// [`AwardRefusal`] with what comes first.
pub fn may_award(plan: &TenderPlan, progress: &Progress) -> Result<(), AwardRefusal> {
    may_decide(progress)?;
    if progress.without_outcome > 0 {
        return Err(AwardRefusal::WithoutOutcome(progress.without_outcome));
    }
    if progress.admitted == 0 {
        return Err(AwardRefusal::NobodyAdmitted);
    }
    if let Some(category) = &progress.crowded {
        return Err(AwardRefusal::Crowded(category.clone()));
    }
    // What is bought under a framework is no framework: its term is its own.
    if plan.exercise.is_none() {
        single_supplier_term(&plan.framework, progress.suppliers)?;
    }
    no_conflict_open(progress)?;
    not_stopped(plan, progress, Stoppable::Award)
}

/// The longest term of an open framework with one supplier, in years (section 49 of the Procurement Act 2023).
pub const SINGLE_SUPPLIER_YEARS: u32 = 4;

/// Whether a framework with so many suppliers may last as long as it says.
///
/// # Errors
/// [`AwardRefusal::SingleSupplierTooLong`].
pub fn single_supplier_term(framework: &Framework, suppliers: usize) -> Result<(), AwardRefusal> {
    let last = framework.starts_on.plus_years(SINGLE_SUPPLIER_YEARS).plus_days(-1);
    match framework.regime {
        Regime::Pa2023Open if suppliers == 1 && framework.ends_on > last => {
            Err(AwardRefusal::SingleSupplierTooLong { years: SINGLE_SUPPLIER_YEARS, ends_on: framework.ends_on })
        }
        Regime::Pa2023Open | Regime::Pa2023Flexible | Regime::Pcr2015 | Regime::Spot => Ok(()),
    }
}

/// Whether bidders can be told their scores and the reasons.
///
/// # Errors
/// [`AwardRefusal::Cancelled`], [`AwardRefusal::NotAwarded`] and [`AwardRefusal::SummariesSent`].
pub fn may_send_summaries(progress: &Progress) -> Result<(), AwardRefusal> {
    not_given_up(progress)?;
    let made = progress.award.ok_or(AwardRefusal::NotAwarded)?;
    if made.are_summaries_sent { Err(AwardRefusal::SummariesSent) } else { Ok(()) }
}

/// Whether the award notice can be published: after the summaries, and once.
///
/// # Errors
/// [`AwardRefusal`] with what comes first.
pub fn may_publish_notice(progress: &Progress) -> Result<(), AwardRefusal> {
    not_given_up(progress)?;
    let made = progress.award.ok_or(AwardRefusal::NotAwarded)?;
    if !made.are_summaries_sent {
        return Err(AwardRefusal::SummariesFirst);
    }
    made.notice_on.map_or(Ok(()), |on| Err(AwardRefusal::NoticePublished(on)))
}

/// Whether contracts can be signed today, by whichever side.
///
/// # Errors
/// [`AwardRefusal`] with what comes first.
pub fn may_sign(plan: &TenderPlan, progress: &Progress, today: Day) -> Result<(), AwardRefusal> {
    not_given_up(progress)?;
    let notice_on = progress.award.ok_or(AwardRefusal::NotAwarded)?.notice_on.ok_or(AwardRefusal::NoNotice)?;
    match standstill_until(plan.standstill, notice_on) {
        Some(until) if today <= until => return Err(AwardRefusal::Standstill(until)),
        Some(_) | None => {}
    }
    no_conflict_open(progress)?;
    not_stopped(plan, progress, Stoppable::Signature)
}
