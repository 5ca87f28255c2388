//! The clock of an open framework: by when it is awarded again, and when the scheme is over.
//!
//! Section 49 of the Procurement Act 2023 in our words: the second award follows within three years of the first, every
//! later one within five years of the one before, and the scheme ends eight years after the first.

use crate::calendar::Day;

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
    /// Months before a deadline at which people are told.
    pub const ALARM_MONTHS: [u32; 3] = [12, 6, 3];

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

    /// The days on which people are told of a deadline, earliest first.
    #[must_use]
    pub fn alarms_before(due_on: Day) -> [Day; 3] {
        Self::ALARM_MONTHS.map(|months| due_on.minus_months(months))
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
        let alarms = OpenFrameworkClock::alarms_before(due_on);
        assert_eq!(alarms, [day("31/3/2028"), day("30/9/2028"), day("31/12/2028")]);
    }

    #[test]
    fn a_second_award_may_be_the_last() {
        let clock = |latest| OpenFrameworkClock { first_award_on: day("1/4/2026"), latest_reaward_on: Some(day(latest)) };
        assert_eq!(clock("1/4/2028").next_award_due_on(), Some(day("31/3/2033")));
        assert_eq!(clock("1/4/2029").next_award_due_on(), None);
    }
}
