//! Where a framework is in its life, always worked out from what happened and the day: nobody sets a state.

use crate::calendar::{Day, Instant};

codes! {
    /// Where a framework is in its life.
    pub enum FrameworkState("state of a framework") {
        /// Its tender is being prepared.
        Draft = "DRAFT", "Draft";
        /// Bids are taken.
        TenderOpen = "TENDER_OPEN", "Tender open";
        /// Bids are opened, scored and ranked.
        Evaluation = "EVALUATION", "Evaluation";
        /// Awarded; no contract binds yet, or the framework has not begun.
        Awarded = "AWARDED", "Awarded";
        /// Councils call off from it.
        Live = "LIVE", "Live";
        /// A later award has taken its place.
        Superseded = "SUPERSEDED", "Superseded";
        /// Its last day has passed.
        Expired = "EXPIRED", "Expired";
        /// It was ended before its time, or its procurement was given up.
        Terminated = "TERMINATED", "Terminated";
    }
}

/// The end of an award of a framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwardOver {
    /// The first day on which nobody buys from it any more.
    pub from: Day,
    /// Superseded, expired or terminated.
    pub how: FrameworkState,
}

/// What happened to a framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// When its tender was published.
    pub published_at: Option<Instant>,
    /// The deadline of its tender.
    pub deadline: Instant,
    /// The procurement was given up.
    pub is_cancelled: bool,
    /// It was awarded.
    pub is_awarded: bool,
    /// The day on which the first agreement under it was signed by both sides.
    pub first_contract_on: Option<Day>,
    /// Its first day.
    pub starts_on: Day,
    /// Its last day.
    pub ends_on: Day,
    /// The first day on which a later award takes its place.
    pub superseded_on: Option<Day>,
    /// The first day on which it is no more by a recorded act.
    pub terminated_on: Option<Day>,
}

impl Life {
    /// Where it is at a moment.
    #[must_use]
    pub fn state(&self, now: Instant) -> FrameworkState {
        let today = Day::in_uk(now);
        let has = |on: Option<Day>| on.is_some_and(|on| on <= today);
        if self.is_cancelled || has(self.terminated_on) {
            return FrameworkState::Terminated;
        }
        match self.published_at {
            None => FrameworkState::Draft,
            Some(_) if !self.is_awarded && now <= self.deadline => FrameworkState::TenderOpen,
            Some(_) if !self.is_awarded => FrameworkState::Evaluation,
            Some(_) if has(self.superseded_on) => FrameworkState::Superseded,
            Some(_) if self.ends_on < today => FrameworkState::Expired,
            Some(_) if has(self.first_contract_on) && self.starts_on <= today => FrameworkState::Live,
            Some(_) => FrameworkState::Awarded,
        }
    }
}
