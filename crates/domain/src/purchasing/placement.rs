//! A child living in a place: its dates, and what must be done before the child moves in or soon after.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::calendar::Day;

/// The dates of one placement. The child sleeps there from the night of `starts_on`; on `ends_on` no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Dates", into = "Dates")]
pub struct Stay {
    starts_on: Day,
    ends_on: Option<Day>,
}

/// The dates of a stay as they are stored, not yet checked.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dates {
    starts_on: Day,
    ends_on: Option<Day>,
}

/// Why dates of a placement are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StayRefused {
    /// A placement without a night is none.
    #[error("a placement that starts on {starts_on} must end after that day, not on {ends_on}")]
    EndsTooEarly {
        /// The day of the start.
        starts_on: Day,
        /// The day of the end that was asked for.
        ends_on: Day,
    },
    /// It has ended once.
    #[error("the placement ended on {0}")]
    HasEnded(Day),
    /// The previous placement goes on.
    #[error("the placement before this one has not ended")]
    PreviousGoesOn,
    /// A child in care is somewhere every night: the next placement starts on the day on which the last one ended.
    #[error("the placement before this one ended on {previous_ended_on}; this one starts that same day")]
    NotSameDay {
        /// The day on which the previous placement ended.
        previous_ended_on: Day,
    },
}

impl Stay {
    /// A stay from a day, with an end or without one.
    ///
    /// # Errors
    /// [`StayRefused::EndsTooEarly`] when the end is not after the start.
    pub fn new(starts_on: Day, ends_on: Option<Day>) -> Result<Self, StayRefused> {
        match ends_on {
            Some(ends_on) if ends_on <= starts_on => Err(StayRefused::EndsTooEarly { starts_on, ends_on }),
            Some(_) | None => Ok(Self { starts_on, ends_on }),
        }
    }

    /// The day on which the child moves in.
    #[must_use]
    pub fn starts_on(self) -> Day {
        self.starts_on
    }

    /// The day on which the child leaves, once it is known.
    #[must_use]
    pub fn ends_on(self) -> Option<Day> {
        self.ends_on
    }

    /// Ends the stay.
    ///
    /// # Errors
    /// [`StayRefused::HasEnded`] and [`StayRefused::EndsTooEarly`].
    pub fn end(self, ends_on: Day) -> Result<Self, StayRefused> {
        match self.ends_on {
            Some(ended_on) => Err(StayRefused::HasEnded(ended_on)),
            None => Self::new(self.starts_on, Some(ends_on)),
        }
    }

    /// The stay that follows this one without a gap.
    ///
    /// # Errors
    /// [`StayRefused::PreviousGoesOn`] and [`StayRefused::NotSameDay`].
    pub fn followed_on(self, starts_on: Day) -> Result<Self, StayRefused> {
        let previous_ended_on = self.ends_on.ok_or(StayRefused::PreviousGoesOn)?;
        if starts_on == previous_ended_on { Self::new(starts_on, None) } else { Err(StayRefused::NotSameDay { previous_ended_on }) }
    }

    /// Whether the child sleeps there in the night that begins on `day`.
    #[must_use]
    pub fn holds_night_of(self, day: Day) -> bool {
        self.starts_on <= day && self.ends_on.is_none_or(|ends_on| day < ends_on)
    }
}

impl TryFrom<Dates> for Stay {
    type Error = StayRefused;

    fn try_from(dates: Dates) -> Result<Self, StayRefused> {
        Self::new(dates.starts_on, dates.ends_on)
    }
}

impl From<Stay> for Dates {
    fn from(stay: Stay) -> Self {
        Self { starts_on: stay.starts_on, ends_on: stay.ends_on }
    }
}

codes! {
    /// How a placement comes about.
    pub enum StartMode("way of starting") {
        /// Everything is done before the child moves in.
        Planned = "PLANNED", "Planned";
        /// The child moves in today or tomorrow; the law gives five working days for the rest.
        Emergency = "EMERGENCY", "Emergency";
    }
}

codes! {
    /// A task of the start pack.
    pub enum StartTask("start task") {
        /// Check that the service's registration and postcode are those of the home the child goes to. Never waits.
        RegistrationChecked = "REGISTRATION_CHECKED", "Check registration number and postcode";
        /// Complete a referral that was sent with the short set of an emergency.
        CompleteReferral = "COMPLETE_REFERRAL", "Complete the referral";
        /// Tell the council in whose area the home is: regulation 13 with regulation 11.
        HostAuthorityNotice = "HOST_AUTHORITY_NOTICE", "Notify the council of the area";
        /// Tell the people on the list of regulation 13, or say why one is not told.
        Regulation13Notices = "REGULATION_13_NOTICES", "Send the regulation 13 notices";
        /// Placement plan agreed and signed by the carer or registered person: regulation 9.
        PlacementPlan = "PLACEMENT_PLAN", "Sign the placement plan";
        /// The individual placement agreement signed by both sides.
        AgreementSigned = "AGREEMENT_SIGNED", "Sign the placement agreement";
        /// The checks of regulation 11 that an emergency approval left open.
        ApprovalChecks = "APPROVAL_CHECKS", "Complete the approval checks";
    }
}

impl StartTask {
    /// Whether the system sees for itself that the task is done, so that nobody's word for it is taken.
    #[must_use]
    pub fn is_seen(self) -> bool {
        match self {
            Self::CompleteReferral | Self::AgreementSigned | Self::ApprovalChecks => true,
            Self::RegistrationChecked | Self::HostAuthorityNotice | Self::Regulation13Notices | Self::PlacementPlan => false,
        }
    }
}

/// A task of a start pack with its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskDue {
    /// What is to be done.
    pub task: StartTask,
    /// Whether it must be done before the child moves in, so that a planned start waits for it.
    pub is_before_start: bool,
    /// The last day on which it is in time. For a task before the start that is the day of the start: the system sees
    /// days, and on that day the task is done before the child arrives.
    pub due_on: Day,
}

impl TaskDue {
    /// Whether the task, still open today, is late.
    #[must_use]
    pub fn is_overdue(&self, today: Day) -> bool {
        today > self.due_on
    }

    /// Whether the task was done in time.
    #[must_use]
    pub fn was_in_time(&self, done_on: Day) -> bool {
        done_on <= self.due_on
    }
}

/// What the start pack of one placement depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The day on which the child moves in.
    pub starts_on: Day,
    /// How the placement came about.
    pub mode: StartMode,
    /// Whether the home is in another council's area.
    pub is_out_of_area: bool,
    /// Whether the referral has all its mandatory fields.
    pub is_referral_complete: bool,
    /// The day of the earliest approval that left checks open, if one did: their five working days run from there.
    pub open_checks_approved_on: Option<Day>,
}

/// A planned placement cannot start while tasks are open that come before it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the placement cannot start: {} to do first", open.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct StartRefused {
    /// The open tasks.
    pub open: Vec<StartTask>,
}

impl Start {
    /// Working days that the regulations give after the start of an emergency placement.
    pub const EMERGENCY_WORKING_DAYS: u32 = 5;
    /// Working days in which the short referral of an emergency is completed.
    pub const REFERRAL_WORKING_DAYS: u32 = 1;

    /// The tasks of the start pack with their deadlines: before a planned start, within five working days of an
    /// emergency.
    #[must_use]
    pub fn pack(&self) -> Vec<TaskDue> {
        let before = |task| TaskDue { task, is_before_start: true, due_on: self.starts_on };
        let soon = |task, working_days| TaskDue { task, is_before_start: false, due_on: self.starts_on.add_working_days(working_days) };
        let by_mode = |task, working_days| match self.mode {
            StartMode::Planned => before(task),
            StartMode::Emergency => soon(task, working_days),
        };
        let five = Self::EMERGENCY_WORKING_DAYS;
        let mut pack = vec![before(StartTask::RegistrationChecked)];
        if !self.is_referral_complete {
            pack.push(by_mode(StartTask::CompleteReferral, Self::REFERRAL_WORKING_DAYS));
        }
        if self.is_out_of_area {
            pack.push(by_mode(StartTask::HostAuthorityNotice, five));
        }
        pack.push(by_mode(StartTask::Regulation13Notices, five));
        pack.push(by_mode(StartTask::PlacementPlan, five));
        pack.push(by_mode(StartTask::AgreementSigned, five));
        if let Some(approved_on) = self.open_checks_approved_on {
            let open = TaskDue { due_on: approved_on.add_working_days(five), ..by_mode(StartTask::ApprovalChecks, five) };
            pack.push(open);
        }
        pack
    }

    /// Whether the child may move in with these tasks done.
    ///
    /// # Errors
    /// [`StartRefused`] with every open task that comes before the start.
    pub fn check(&self, done: &[StartTask]) -> Result<(), StartRefused> {
        let open: Vec<StartTask> =
            self.pack().iter().filter(|due| due.is_before_start && !done.contains(&due.task)).map(|due| due.task).collect();
        if open.is_empty() { Ok(()) } else { Err(StartRefused { open }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn start(mode: StartMode) -> Start {
        Start {
            starts_on: day("18/12/2026"),
            mode,
            is_out_of_area: true,
            is_referral_complete: mode == StartMode::Planned,
            open_checks_approved_on: (mode == StartMode::Emergency).then(|| day("17/12/2026")),
        }
    }

    #[test]
    fn a_placement_that_ends_on_its_first_day_is_refused() {
        let starts_on = day("18/12/2026");
        assert_eq!(Stay::new(starts_on, Some(starts_on)), Err(StayRefused::EndsTooEarly { starts_on, ends_on: starts_on }));
        assert!(Stay::new(starts_on, Some(starts_on.plus_days(1))).is_ok());
        let stored = r#"{"starts_on":"2026-12-18","ends_on":"2026-12-18"}"#;
        assert!(serde_json::from_str::<Stay>(stored).is_err());
    }

    #[test]
    fn the_next_placement_starts_on_the_day_on_which_the_last_one_ended() {
        let open = Stay::new(day("18/12/2026"), None).unwrap();
        assert_eq!(open.followed_on(day("20/12/2026")), Err(StayRefused::PreviousGoesOn));
        let ended = open.end(day("20/12/2026")).unwrap();
        assert_eq!(ended.end(day("21/12/2026")), Err(StayRefused::HasEnded(day("20/12/2026"))));
        assert_eq!(ended.followed_on(day("21/12/2026")), Err(StayRefused::NotSameDay { previous_ended_on: day("20/12/2026") }));
        let next = ended.followed_on(day("20/12/2026")).unwrap();
        let night = day("20/12/2026");
        assert!(next.holds_night_of(night) && !ended.holds_night_of(night));
    }

    #[test]
    fn an_emergency_on_the_friday_before_christmas_is_due_on_the_29th() {
        let pack = start(StartMode::Emergency).pack();
        let due = |task| pack.iter().find(|due| due.task == task).unwrap();
        for task in [StartTask::HostAuthorityNotice, StartTask::Regulation13Notices, StartTask::PlacementPlan, StartTask::AgreementSigned] {
            assert_eq!(due(task).due_on, day("29/12/2026"), "{task}");
        }
        // Approved on the Thursday before: the checks that were left open are due a working day earlier than the rest.
        assert_eq!(due(StartTask::ApprovalChecks).due_on, day("24/12/2026"));
        assert_eq!(due(StartTask::CompleteReferral).due_on, day("21/12/2026"));
        let plan = due(StartTask::PlacementPlan);
        assert!(!plan.is_overdue(day("29/12/2026")) && plan.is_overdue(day("30/12/2026")));
        assert!(plan.was_in_time(day("29/12/2026")) && !plan.was_in_time(day("30/12/2026")));
    }

    #[test]
    fn a_planned_start_waits_for_its_pack_and_an_emergency_only_for_the_registration() {
        let registered = [StartTask::RegistrationChecked];
        assert_eq!(start(StartMode::Emergency).check(&registered), Ok(()));
        let refused = start(StartMode::Planned).check(&registered).unwrap_err();
        assert_eq!(
            refused.open,
            [StartTask::HostAuthorityNotice, StartTask::Regulation13Notices, StartTask::PlacementPlan, StartTask::AgreementSigned,]
        );
        let at_home = Start { is_out_of_area: false, ..start(StartMode::Planned) };
        assert!(at_home.pack().iter().all(|due| due.task != StartTask::HostAuthorityNotice));
        assert!(at_home.pack().iter().all(|due| due.due_on == at_home.starts_on));
    }
}
