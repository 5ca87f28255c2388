//! A tender from its notice to the opening of its bids: what may happen when, judged by the clock alone.
//!
//! Nobody closes a tender. Whether a bid, a question or a change is in time is worked out from the timetable and the moment at which
//! the transaction takes it, so there is no flag that somebody could set too early or forget.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::calendar::{Day, Instant};

/// When what happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timetable {
    /// When the tender notice went out; nothing before.
    pub published_at: Option<Instant>,
    /// The last moment for questions.
    pub questions_until: Instant,
    /// The day by which every question is answered, to everybody.
    pub answers_by: Day,
    /// The last moment for bids. A bid of this very moment is in time, one of the next microsecond is late.
    pub deadline: Instant,
}

/// What the law and the councils ask of a timetable; each figure is configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenderPeriodRule {
    /// Days from the day after the notice to the day of the deadline, at the least.
    pub days_at_least: u32,
    /// The same where a planned procurement notice went out early enough.
    pub days_after_planned_notice: u32,
    /// Days from the last day for answers to the day of the deadline, at the least, so that bidders can still use them.
    pub days_after_answers: u32,
}

/// Where a tender stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Being prepared.
    Draft,
    /// Published: bids and questions are taken.
    Open,
    /// Published: bids are taken, questions no more.
    QuestionsClosed,
    /// The deadline has passed.
    Closed,
    /// Given up, with or without bids.
    Cancelled,
}

/// Why something about a tender is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TenderRefusal {
    /// Nothing is published yet.
    #[error("the tender is not published yet")]
    NotPublished,
    /// It was published already.
    #[error("the tender was published on {0}: change it by an addendum")]
    Published(Instant),
    /// It was given up.
    #[error("the tender was cancelled")]
    Cancelled,
    /// The bid came too late.
    #[error("the deadline was {0}; no bid is taken after it")]
    Late(Instant),
    /// Questions are over.
    #[error("questions could be asked until {0}")]
    QuestionsOver(Instant),
    /// A deadline can only be moved while it lies ahead.
    #[error("the deadline passed on {0} and cannot be moved any more")]
    DeadlinePassed(Instant),
    /// Bidders rely on the time that they were given.
    #[error("the deadline can only be moved to a later time than {0}")]
    NotLater(Instant),
    /// Bidders could not use an answer any more.
    #[error("bidders have {wanted} days to use an answer: move the deadline of {deadline} first")]
    TooLateToAnswer {
        /// What the rule gives them.
        wanted: u32,
        /// The deadline.
        deadline: Instant,
    },
    /// Bidders have too little time.
    #[error("bidders must have {wanted} days: the deadline is {given} days after the notice")]
    TooShort {
        /// What the rule asks for.
        wanted: u32,
        /// What the timetable gives.
        given: i64,
    },
    /// The steps are not in order.
    #[error("{0}")]
    OutOfOrder(&'static str),
}

impl Timetable {
    /// Where a tender with this timetable stands.
    #[must_use]
    pub fn phase(&self, is_cancelled: bool, now: Instant) -> Phase {
        match self.published_at {
            _ if is_cancelled => Phase::Cancelled,
            None => Phase::Draft,
            Some(_) if now > self.deadline => Phase::Closed,
            Some(_) if now > self.questions_until => Phase::QuestionsClosed,
            Some(_) => Phase::Open,
        }
    }

    /// Publishes the tender at a moment.
    ///
    /// # Errors
    /// [`TenderRefusal::Published`], [`TenderRefusal::OutOfOrder`] and [`TenderRefusal::TooShort`].
    pub fn published(&self, now: Instant, rule: TenderPeriodRule, had_planned_notice: bool) -> Result<Self, TenderRefusal> {
        if let Some(at) = self.published_at {
            return Err(TenderRefusal::Published(at));
        }
        if self.questions_until <= now {
            return Err(TenderRefusal::OutOfOrder("the last moment for questions must lie ahead"));
        }
        if self.answers_by < Day::in_uk(self.questions_until) {
            return Err(TenderRefusal::OutOfOrder("the last answers come after the last questions"));
        }
        let closes_on = Day::in_uk(self.deadline);
        if self.answers_by.days_until(closes_on) < i64::from(rule.days_after_answers) {
            return Err(TenderRefusal::OutOfOrder("the last answers come too close to the deadline for bidders to use them"));
        }
        let wanted = if had_planned_notice { rule.days_after_planned_notice } else { rule.days_at_least };
        let given = Day::in_uk(now).days_until(closes_on);
        if given < i64::from(wanted) {
            return Err(TenderRefusal::TooShort { wanted, given });
        }
        Ok(Self { published_at: Some(now), ..self.clone() })
    }

    /// Whether a bid that the transaction takes at this moment is in time.
    ///
    /// # Errors
    /// [`TenderRefusal::Late`], [`TenderRefusal::NotPublished`] and [`TenderRefusal::Cancelled`].
    pub fn takes_bids(&self, is_cancelled: bool, now: Instant) -> Result<(), TenderRefusal> {
        match self.phase(is_cancelled, now) {
            Phase::Open | Phase::QuestionsClosed => Ok(()),
            Phase::Closed => Err(TenderRefusal::Late(self.deadline)),
            Phase::Draft => Err(TenderRefusal::NotPublished),
            Phase::Cancelled => Err(TenderRefusal::Cancelled),
        }
    }

    /// Whether a question may be asked.
    ///
    /// # Errors
    /// [`TenderRefusal::QuestionsOver`], [`TenderRefusal::NotPublished`] and [`TenderRefusal::Cancelled`].
    pub fn takes_questions(&self, is_cancelled: bool, now: Instant) -> Result<(), TenderRefusal> {
        match self.phase(is_cancelled, now) {
            Phase::Open => Ok(()),
            Phase::QuestionsClosed | Phase::Closed => Err(TenderRefusal::QuestionsOver(self.questions_until)),
            Phase::Draft => Err(TenderRefusal::NotPublished),
            Phase::Cancelled => Err(TenderRefusal::Cancelled),
        }
    }

    /// Whether bidders may still be told something that they must weigh: so long before the deadline that they can use it.
    ///
    /// # Errors
    /// [`TenderRefusal::TooLateToAnswer`], [`TenderRefusal::DeadlinePassed`], [`TenderRefusal::NotPublished`] and
    /// [`TenderRefusal::Cancelled`].
    pub fn takes_answers(&self, rule: TenderPeriodRule, is_cancelled: bool, now: Instant) -> Result<(), TenderRefusal> {
        let left = Day::in_uk(now).days_until(Day::in_uk(self.deadline));
        match self.phase(is_cancelled, now) {
            Phase::Open | Phase::QuestionsClosed if left >= i64::from(rule.days_after_answers) => Ok(()),
            Phase::Open | Phase::QuestionsClosed => {
                Err(TenderRefusal::TooLateToAnswer { wanted: rule.days_after_answers, deadline: self.deadline })
            }
            Phase::Closed => Err(TenderRefusal::DeadlinePassed(self.deadline)),
            Phase::Draft => Err(TenderRefusal::NotPublished),
            Phase::Cancelled => Err(TenderRefusal::Cancelled),
        }
    }

    /// Moves the deadline, which is possible only to a later time and only before it has passed.
    ///
    /// # Errors
    /// [`TenderRefusal::DeadlinePassed`], [`TenderRefusal::NotLater`], [`TenderRefusal::NotPublished`] and
    /// [`TenderRefusal::Cancelled`].
    pub fn extended(&self, is_cancelled: bool, to: Instant, now: Instant) -> Result<Self, TenderRefusal> {
        match self.phase(is_cancelled, now) {
            Phase::Open | Phase::QuestionsClosed if to > self.deadline => Ok(Self { deadline: to, ..self.clone() }),
            Phase::Open | Phase::QuestionsClosed => Err(TenderRefusal::NotLater(self.deadline)),
            Phase::Closed => Err(TenderRefusal::DeadlinePassed(self.deadline)),
            Phase::Draft => Err(TenderRefusal::NotPublished),
            Phase::Cancelled => Err(TenderRefusal::Cancelled),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::{TimeOfDay, WhenTwice};

    const RULE: TenderPeriodRule = TenderPeriodRule { days_at_least: 25, days_after_planned_notice: 10, days_after_answers: 5 };

    fn uk(day: &str, hour: u32, minute: u32) -> Instant {
        day.parse::<Day>().unwrap().at(TimeOfDay::of(hour, minute).unwrap(), WhenTwice::First).unwrap()
    }

    fn microseconds(at: Instant, by: i64) -> Instant {
        Instant::new(at.utc() + chrono::TimeDelta::microseconds(by))
    }

    fn drafted() -> Timetable {
        let answers_by = "20/9/2025".parse().unwrap();
        Timetable { published_at: None, questions_until: uk("12/9/2025", 17, 0), answers_by, deadline: uk("30/9/2025", 10, 0) }
    }

    fn open() -> Timetable {
        drafted().published(uk("11/8/2025", 14, 29), RULE, false).unwrap()
    }

    #[test]
    fn a_bid_of_the_last_moment_is_in_time_and_one_a_microsecond_later_is_late() {
        let tender = open();
        assert_eq!(tender.takes_bids(false, tender.deadline), Ok(()));
        let late = tender.takes_bids(false, microseconds(tender.deadline, 1));
        assert_eq!(late, Err(TenderRefusal::Late(tender.deadline)));
        assert_eq!(late.unwrap_err().to_string(), "the deadline was 30 September 2025 at 10:00am; no bid is taken after it");
    }

    #[test]
    fn a_deadline_in_summer_time_is_an_hour_earlier_by_the_sun_than_one_in_winter() {
        let closing = |day: &str| Timetable { published_at: Some(uk("1/9/2025", 9, 0)), deadline: uk(day, 10, 0), ..drafted() };
        let in_utc = |day: &str| uk(day, 10, 0).utc().format("%H:%M").to_string();
        assert_eq!((in_utc("25/10/2025"), in_utc("26/10/2025")), ("09:00".to_owned(), "10:00".to_owned()));
        let between = closing("26/10/2025").deadline.plus_minutes(-30);
        assert_eq!(closing("26/10/2025").takes_bids(false, between), Ok(()), "half past nine on the day on which the clocks went back");
    }

    #[test]
    fn a_deadline_moves_only_forward_and_only_before_it_has_passed() {
        let tender = open();
        let later = uk("7/10/2025", 10, 0);
        let moved = tender.extended(false, later, tender.deadline).unwrap();
        assert_eq!(
            moved.takes_bids(false, microseconds(tender.deadline, 1)),
            Ok(()),
            "whoever was late for the first is in time for the second"
        );
        assert_eq!(tender.extended(false, tender.deadline, uk("1/9/2025", 9, 0)), Err(TenderRefusal::NotLater(tender.deadline)));
        let passed = tender.extended(false, later, microseconds(tender.deadline, 1));
        assert_eq!(passed, Err(TenderRefusal::DeadlinePassed(tender.deadline)));
        assert_eq!(drafted().extended(false, later, uk("1/9/2025", 9, 0)), Err(TenderRefusal::NotPublished));
        assert_eq!(tender.extended(true, later, uk("1/9/2025", 9, 0)), Err(TenderRefusal::Cancelled));
    }

    #[test]
    fn answers_come_as_long_as_bidders_have_days_to_use_them() {
        let tender = open();
        let answers = |day: &str| tender.takes_answers(RULE, false, uk(day, 23, 59));
        assert_eq!(answers("20/9/2025"), Ok(()), "the day by which they were promised");
        assert_eq!(answers("25/9/2025"), Ok(()));
        assert_eq!(answers("26/9/2025"), Err(TenderRefusal::TooLateToAnswer { wanted: 5, deadline: tender.deadline }));
        assert_eq!(answers("30/9/2025"), Err(TenderRefusal::DeadlinePassed(tender.deadline)));
        assert_eq!(tender.takes_answers(RULE, true, uk("20/9/2025", 9, 0)), Err(TenderRefusal::Cancelled));
        assert_eq!(drafted().takes_answers(RULE, false, uk("20/9/2025", 9, 0)), Err(TenderRefusal::NotPublished));
    }

    #[test]
    fn bidders_have_the_days_that_the_rule_gives_them_and_time_to_use_the_answers() {
        let notice = |day: &str| drafted().published(uk(day, 9, 0), RULE, false);
        assert!(notice("5/9/2025").is_ok(), "25 days");
        assert_eq!(notice("6/9/2025"), Err(TenderRefusal::TooShort { wanted: 25, given: 24 }));
        assert!(drafted().published(uk("6/9/2025", 9, 0), RULE, true).is_ok(), "a planned notice shortens the time");
        let answers = |day: &str| Timetable { answers_by: day.parse().unwrap(), ..drafted() }.published(uk("11/8/2025", 9, 0), RULE, false);
        assert!(answers("25/9/2025").is_ok());
        assert!(matches!(answers("26/9/2025"), Err(TenderRefusal::OutOfOrder(_))), "five days lie between");
        assert!(matches!(answers("11/9/2025"), Err(TenderRefusal::OutOfOrder(_))), "an answer before the last question");
        assert!(matches!(open().published(uk("12/8/2025", 9, 0), RULE, false), Err(TenderRefusal::Published(_))));
        assert!(matches!(notice("13/9/2025"), Err(TenderRefusal::OutOfOrder(_))), "questions would be over before they began");
    }

    proptest! {
        /// Whatever the clock says, a tender takes questions only while it takes bids, and a longer deadline never makes a bid late.
        #[test]
        fn what_is_taken_follows_from_the_clock(minutes in -60_000_i64..120_000, by in 1_i64..60_000, is_cancelled in any::<bool>()) {
            let tender = open();
            let now = uk("11/8/2025", 14, 29).plus_minutes(minutes);
            let (bids, questions) = (tender.takes_bids(is_cancelled, now), tender.takes_questions(is_cancelled, now));
            prop_assert!(questions.is_err() || bids.is_ok());
            prop_assert_eq!(bids.is_ok(), !is_cancelled && now <= tender.deadline);
            if let Ok(longer) = tender.extended(is_cancelled, tender.deadline.plus_minutes(by), now) {
                prop_assert!(bids.is_ok() && longer.takes_bids(is_cancelled, now).is_ok());
            }
        }
    }
}
