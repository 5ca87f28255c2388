//! The opening of sealed bids: who must take part, within which time, and what an attempt comes to.
//!
//! No single council can open a bid. Each holds a share of the tender's key; officers of enough different councils must put theirs
//! in within a window, after the deadline, for the quality envelopes; and once more for the prices when quality is locked.

use super::bid::Envelope;
use super::plan::OpeningRule;
use crate::calendar::Instant;
use crate::ids::{OrganisationId, PersonId};

codes! {
    /// What an officer's attempt to take part came to. Every attempt is on record, the failed ones too.
    pub enum AttemptOutcome("outcome of an attempt") {
        /// The share is in; others must follow.
        Contributed = "CONTRIBUTED", "Took part";
        /// The share was the last that was needed.
        Opened = "OPENED", "Took part, and the envelopes were opened";
        /// The deadline lay ahead.
        TooEarly = "TOO_EARLY", "Refused: the deadline had not passed";
        /// The quality scores were not locked yet.
        QualityNotLocked = "QUALITY_NOT_LOCKED", "Refused: the quality scores were not locked";
        /// The passphrase was not theirs.
        WrongPassphrase = "WRONG_PASSPHRASE", "Refused: the passphrase was wrong";
        /// The tender's key was not shared with this officer.
        NoShare = "NO_SHARE", "Refused: no share is held for this officer";
    }
}

/// A share that was put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contribution {
    /// For which council.
    pub council: OrganisationId,
    /// By whom.
    pub person: PersonId,
    /// When.
    pub at: Instant,
}

/// Where an opening stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// The contributions of the window that is open, the first of each council, in their order.
    pub present: Vec<Contribution>,
    /// So many councils more are needed.
    pub wanting: u32,
    /// Until when; nothing before anybody has come.
    pub window_ends: Option<Instant>,
}

/// Why no share may be put in.
#[must_use]
pub fn refused(envelope: Envelope, deadline: Instant, is_quality_locked: bool, now: Instant) -> Option<AttemptOutcome> {
    match envelope {
        _ if now <= deadline => Some(AttemptOutcome::TooEarly),
        Envelope::Price if !is_quality_locked => Some(AttemptOutcome::QualityNotLocked),
        Envelope::Quality | Envelope::Price => None,
    }
}

/// Where the opening stands at a moment, by the contributions so far in the order of time. A window begins with the first
/// contribution and holds those that come within its minutes; what came in an earlier window does not count.
#[must_use]
pub fn ceremony(rule: OpeningRule, contributions: &[Contribution], now: Instant) -> Ceremony {
    let mut present: Vec<Contribution> = Vec::new();
    let mut ends: Option<Instant> = None;
    for &contribution in contributions {
        if ends.is_none_or(|end| contribution.at > end) {
            present.clear();
            ends = Some(contribution.at.plus_minutes(i64::from(rule.window_minutes)));
        }
        if present.iter().all(|one| one.council != contribution.council) {
            present.push(contribution);
        }
    }
    if ends.is_some_and(|end| now > end) {
        present.clear();
        ends = None;
    }
    let came = u32::try_from(present.len()).unwrap_or(u32::MAX);
    Ceremony { present, wanting: rule.councils_at_least.saturating_sub(came), window_ends: ends }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::calendar::Day;

    const RULE: OpeningRule = OpeningRule { councils_at_least: 2, window_minutes: 30 };

    fn start() -> Instant {
        "30/9/2025".parse::<Day>().unwrap().starts_at()
    }

    fn came(council: u128, person: u128, minute: i64) -> Contribution {
        let council = OrganisationId(Uuid::from_u128(council));
        Contribution { council, person: PersonId(Uuid::from_u128(person)), at: start().plus_minutes(minute) }
    }

    fn wanting(contributions: &[Contribution], minute: i64) -> u32 {
        ceremony(RULE, contributions, start().plus_minutes(minute)).wanting
    }

    #[test]
    fn two_officers_of_one_council_are_one_council() {
        assert_eq!(wanting(&[came(1, 1, 0), came(1, 2, 5)], 6), 1);
        assert_eq!(wanting(&[came(1, 1, 0), came(1, 2, 5), came(2, 3, 6)], 6), 0);
    }

    #[test]
    fn who_comes_after_the_window_begins_a_new_one() {
        assert_eq!(wanting(&[came(1, 1, 0), came(2, 2, 30)], 30), 0, "the last moment counts");
        assert_eq!(wanting(&[came(1, 1, 0), came(2, 2, 31)], 31), 1, "the first council must come again");
        assert_eq!(wanting(&[came(1, 1, 0), came(2, 2, 31), came(1, 1, 40)], 40), 0);
        assert_eq!(wanting(&[came(1, 1, 0)], 31), 2, "after the window nobody is present");
    }

    #[test]
    fn nothing_opens_before_the_deadline_and_no_price_before_quality_is_locked() {
        let later = start().plus_minutes(1);
        assert_eq!(refused(Envelope::Quality, start(), false, start()), Some(AttemptOutcome::TooEarly));
        assert_eq!(refused(Envelope::Price, start(), true, start()), Some(AttemptOutcome::TooEarly));
        assert_eq!(refused(Envelope::Quality, start(), false, later), None);
        assert_eq!(refused(Envelope::Price, start(), false, later), Some(AttemptOutcome::QualityNotLocked));
        assert_eq!(refused(Envelope::Price, start(), true, later), None);
    }
}
