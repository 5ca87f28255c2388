//! The clock of an open framework: by when it is awarded again, and when the scheme is over; and when people are told of such days.
//!
//! Section 49 of the Procurement Act 2023 in our words: the second award follows within three years of the first, every
//! later one within five years of the one before, and the scheme ends eight years after the first.

use crate::calendar::Day;

codes! {
    /// What a day means to a framework.
    pub enum Deadline("deadline of a framework") {
        /// By law the whole of an open framework is awarded again.
        NextAward = "NEXT_AWARD", "Next award due";
        /// By its own schedule a flexible framework takes new tenders.
        Reopening = "REOPENING", "Next re-opening due";
        /// It is over.
        End = "END", "Last day of the framework";
    }
}

/// Months before a deadline at which people are told of it.
const ALARM_MONTHS: [u32; 3] = [12, 6, 3];

/// The days on which people are told of a deadline, earliest first.
#[must_use]
pub fn alarms_before(due_on: Day) -> [Day; 3] {
    ALARM_MONTHS.map(|months| due_on.minus_months(months))
}

/// How many months before a deadline the last of its alarms was that has come: nothing before the first, and nothing once the deadline
/// has passed. Whoever was asleep when several came is told once, by the last.
#[must_use]
pub fn alarm_reached(due_on: Day, today: Day) -> Option<u32> {
    let has_come = |months: &u32| due_on.minus_months(*months) <= today;
    ALARM_MONTHS.into_iter().rev().filter(|_| today <= due_on).find(has_come)
}

/// The awards of one open framework so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenFrameworkClock {
    /// The day from which the first award counts.
    pub first_award_on: Day,
    /// The latest award after the first, if there was one.
    pub latest_reaward_on: Option<Day>,
}

impl OpenFrameworkClock {
    const YEARS_TO_SECOND_AWARD: u32 = 3;
    const YEARS_TO_LATER_AWARDS: u32 = 5;
    const YEARS_OF_THE_SCHEME: u32 = 8;

    /// The last day of the scheme.
    #[must_use]
    pub fn scheme_ends_on(self) -> Day {
        self.first_award_on.plus_years(Self::YEARS_OF_THE_SCHEME).plus_days(-1)
    }

    /// The last day for the next award of the whole framework, every lot of it; nothing when the scheme ends no later.
    #[must_use]
    pub fn next_award_due_on(self) -> Option<Day> {
        let years_on = match self.latest_reaward_on {
            None => self.first_award_on.plus_years(Self::YEARS_TO_SECOND_AWARD),
            Some(latest) => latest.plus_years(Self::YEARS_TO_LATER_AWARDS),
        };
        let due_on = years_on.plus_days(-1);
        (due_on < self.scheme_ends_on()).then_some(due_on)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_framework_first_awarded_on_1_april_2026_is_awarded_again_by_31_march_2029_and_ends_in_2034() {
        let clock = OpenFrameworkClock { first_award_on: day("1/4/2026"), latest_reaward_on: None };
        let due_on = clock.next_award_due_on().unwrap();
        assert_eq!((due_on, clock.scheme_ends_on()), (day("31/3/2029"), day("31/3/2034")));
        assert_eq!(alarms_before(due_on), [day("31/3/2028"), day("30/9/2028"), day("31/12/2028")]);
    }

    #[test]
    fn an_alarm_is_reached_on_its_day_and_the_last_that_came_counts_until_the_deadline() {
        let reached = |today| alarm_reached(day("31/3/2029"), day(today));
        assert_eq!((reached("30/3/2028"), reached("31/3/2028"), reached("29/9/2028")), (None, Some(12), Some(12)));
        assert_eq!((reached("30/9/2028"), reached("30/12/2028"), reached("31/12/2028")), (Some(6), Some(6), Some(3)));
        assert_eq!((reached("31/3/2029"), reached("1/4/2029")), (Some(3), None));
    }

    #[test]
    fn a_second_award_may_be_the_last() {
        let clock = |latest| OpenFrameworkClock { first_award_on: day("1/4/2026"), latest_reaward_on: Some(day(latest)) };
        assert_eq!(clock("1/4/2028").next_award_due_on(), Some(day("31/3/2033")));
        assert_eq!(clock("1/4/2029").next_award_due_on(), None);
    }
}
