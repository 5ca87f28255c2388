//! Instants in UTC, days in the United Kingdom, and working days in England.

mod bank_holidays;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, Month, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Timelike as _, Utc, Weekday};
use chrono_tz::Europe::London;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use bank_holidays::{bank_holiday, in_year as bank_holidays_in_year};

/// A moment in UTC, whole microseconds: what both databases keep exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// After everything that a list can hold: where one that runs from late to early begins.
    pub const LAST: Self = match DateTime::from_timestamp_micros(253_402_214_400_000_000) {
        Some(at) => Self(at),
        None => Self(DateTime::<Utc>::MAX_UTC),
    };

    /// Truncates to microseconds, so that a value written and read again is the same value.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        let micros = at.nanosecond() / 1_000;
        Self(at.with_nanosecond(micros * 1_000).unwrap_or(at))
    }

    /// The moment as chrono knows it.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The moment so many minutes later (earlier when below zero), as a stopwatch counts: a clock change does not
    /// lengthen or shorten it. Stays at the last moment that can be written when there is no later one.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        TimeDelta::try_minutes(minutes).and_then(|delta| self.0.checked_add_signed(delta)).map_or(self, Self)
    }

    /// The moment so many hours later, as a stopwatch counts.
    #[must_use]
    pub fn plus_hours(self, hours: i64) -> Self {
        self.plus_minutes(hours.saturating_mul(60))
    }

    /// Whole minutes from this moment to a later one; below zero when the other is earlier.
    #[must_use]
    pub fn minutes_until(self, later: Self) -> i64 {
        (later.0 - self.0).num_minutes()
    }

    /// What the clock on a wall in the United Kingdom shows.
    #[must_use]
    pub fn time_in_uk(self) -> TimeOfDay {
        TimeOfDay(self.0.with_timezone(&London).time())
    }
}

impl fmt::Display for Instant {
    /// In UK time, as a person reads it: `18 December 2026 at 2:30pm`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", Day::in_uk(*self), self.time_in_uk())
    }
}

/// A time on a clock in the United Kingdom, without a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeOfDay(pub NaiveTime);

impl TimeOfDay {
    /// Hour 0 to 23 and minute 0 to 59, if there is such a time.
    #[must_use]
    pub fn of(hour: u32, minute: u32) -> Option<Self> {
        NaiveTime::from_hms_opt(hour, minute, 0).map(Self)
    }
}

impl fmt::Display for TimeOfDay {
    /// `9:05am`, `12:30pm`; `midday` and `midnight` by name, because 12am and 12pm are misread.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (is_pm, hour) = self.0.hour12();
        match (is_pm, hour, self.0.minute()) {
            (false, 12, 0) => f.write_str("midnight"),
            (true, 12, 0) => f.write_str("midday"),
            (_, hour, minute) => {
                write!(f, "{hour}:{minute:02}{}", if is_pm { "pm" } else { "am" })
            }
        }
    }
}

impl FromStr for TimeOfDay {
    type Err = CalendarError;

    /// Reads `14:30`, the 24-hour clock that browsers send.
    fn from_str(text: &str) -> Result<Self, CalendarError> {
        NaiveTime::parse_from_str(text.trim(), "%H:%M").map(Self).map_err(|_| CalendarError::NotATime(text.trim().to_owned()))
    }
}

/// Which of the two is meant when the clocks go back and a time comes twice in one night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenTwice {
    /// The earlier one, still in summer time: right for the start of something.
    First,
    /// The later one, in winter time: right for a deadline, because it takes no hour from anybody.
    Second,
}

/// Why a text is not a day or a time, or a day and time are not a moment.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// The text is not a date that exists, in one of the three spellings.
    #[error("`{0}` is not a real date, like 18/12/2026 or 18 December 2026")]
    NotADay(String),
    /// The text is not a time of day.
    #[error("`{0}` is not a time, like 14:30")]
    NotATime(String),
    /// The clocks go forward over this time on this day.
    #[error("there is no {time} on {day}: the clocks go forward that night")]
    SkippedByClockChange {
        /// The day on which the clocks go forward.
        day: Day,
        /// The time that they jump over.
        time: TimeOfDay,
    },
}

/// A calendar date in the United Kingdom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

impl Day {
    /// Before everything that a list can hold: where one that runs from early to late begins.
    pub const FIRST: Self = match NaiveDate::from_ymd_opt(1900, 1, 1) {
        Some(day) => Self(day),
        None => Self(NaiveDate::MIN),
    };
    /// After everything that a list can hold: where one that runs from late to early begins.
    pub const LAST: Self = match NaiveDate::from_ymd_opt(9999, 12, 31) {
        Some(day) => Self(day),
        None => Self(NaiveDate::MAX),
    };

    /// Years that a typed date may have: older or later ones are slips of the finger.
    const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

    /// Year, month and day of the month, if there is such a date.
    #[must_use]
    pub fn of(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self)
    }

    /// The year, month and day of the month.
    #[must_use]
    pub fn parts(self) -> (i32, u32, u32) {
        (self.0.year(), self.0.month(), self.0.day())
    }

    /// The date in the United Kingdom at a moment: from late March to late October its first hour is the last hour of
    /// the day before in UTC.
    #[must_use]
    pub fn in_uk(at: Instant) -> Self {
        Self(at.0.with_timezone(&London).date_naive())
    }

    /// The moment at which UK clocks show `time` on this day.
    ///
    /// # Errors
    /// [`CalendarError::SkippedByClockChange`] when the clocks go forward over it.
    pub fn at(self, time: TimeOfDay, when_twice: WhenTwice) -> Result<Instant, CalendarError> {
        let local = London.from_local_datetime(&self.0.and_time(time.0));
        let found = match when_twice {
            WhenTwice::First => local.earliest(),
            WhenTwice::Second => local.latest(),
        };
        found.map(|at| Instant::new(at.with_timezone(&Utc))).ok_or(CalendarError::SkippedByClockChange { day: self, time })
    }

    /// The moment at which the day begins in the United Kingdom.
    #[must_use]
    pub fn starts_at(self) -> Instant {
        // INVARIANT: UK clocks change at one in the morning UTC, so midnight is never skipped and never comes twice.
        self.at(TimeOfDay(NaiveTime::MIN), WhenTwice::First).unwrap_or_else(|_| Instant::new(self.0.and_time(NaiveTime::MIN).and_utc()))
    }

    /// The moment at which the day is over: the start of the next one. Something due *by* a day is late from here on.
    #[must_use]
    pub fn ends_at(self) -> Instant {
        self.plus_days(1).starts_at()
    }

    /// The day so many days later, earlier when below zero. Stays where it is when there is no such day, which no date
    /// that was typed or read can reach.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        let count = Days::new(days.unsigned_abs());
        let moved = if days < 0 { self.0.checked_sub_days(count) } else { self.0.checked_add_days(count) };
        moved.map_or(self, Self)
    }

    /// The same day of the month so many months later, or the month's last day when it is shorter.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        self.0.checked_add_months(Months::new(months)).map_or(self, Self)
    }

    /// The same day of the month so many months earlier, or the month's last day when it is shorter.
    #[must_use]
    pub fn minus_months(self, months: u32) -> Self {
        self.0.checked_sub_months(Months::new(months)).map_or(self, Self)
    }

    /// The same date so many years later; 28 February for 29 February in a common year.
    #[must_use]
    pub fn plus_years(self, years: u32) -> Self {
        self.plus_months(years.saturating_mul(12))
    }

    /// Days from this day to a later one; below zero when the other is earlier.
    #[must_use]
    pub fn days_until(self, later: Self) -> i64 {
        (later.0 - self.0).num_days()
    }

    /// The first day of this day's month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        self.0.with_day(1).map_or(self, Self)
    }

    /// The first day of the month after this day's.
    #[must_use]
    pub fn first_of_next_month(self) -> Self {
        self.first_of_month().plus_months(1)
    }

    /// Saturday or Sunday.
    #[must_use]
    pub fn is_weekend(self) -> bool {
        matches!(self.0.weekday(), Weekday::Sat | Weekday::Sun)
    }

    /// Neither a weekend nor a bank holiday in England.
    #[must_use]
    pub fn is_working_day(self) -> bool {
        !self.is_weekend() && bank_holiday(self).is_none()
    }

    /// The `count`th working day after this day; the day itself is not counted, and 0 gives it back.
    ///
    /// So *within five working days of the start* ends with the day `start.add_working_days(5)`.
    #[must_use]
    pub fn add_working_days(self, count: u32) -> Self {
        let mut day = self;
        for _ in 0..count {
            day = day.plus_days(1);
            while !day.is_working_day() && day.plus_days(1) > day {
                day = day.plus_days(1);
            }
        }
        day
    }

    /// Completed years of age on `on` of somebody born on this day, counted as the law counts: someone born on
    /// 29 February is a year older on 1 March of a common year. Zero before the birth.
    #[must_use]
    pub fn age_on(self, on: Self) -> u32 {
        on.0.years_since(self.0).unwrap_or(0)
    }

    /// `2026-12-18`: how machines write it.
    #[must_use]
    pub fn iso(self) -> String {
        self.0.format("%Y-%m-%d").to_string()
    }

    /// `18/12/2026`: how statutory returns write it.
    #[must_use]
    pub fn slashed(self) -> String {
        self.0.format("%d/%m/%Y").to_string()
    }
}

impl fmt::Display for Day {
    /// `18 December 2026`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let month = u8::try_from(self.0.month()).ok().and_then(|number| Month::try_from(number).ok());
        f.pad(&format!("{} {} {}", self.0.day(), month.map_or("", |month| month.name()), self.0.year()))
    }
}

impl FromStr for Day {
    type Err = CalendarError;

    /// Reads `18/12/2026` (never month first), `2026-12-18`, `18 December 2026` and `18 Dec 2026`.
    fn from_str(text: &str) -> Result<Self, CalendarError> {
        ["%d/%m/%Y", "%Y-%m-%d", "%d %B %Y"]
            .iter()
            .find_map(|spelling| NaiveDate::parse_from_str(text.trim(), spelling).ok())
            .filter(|date| Self::YEARS.contains(&date.year()))
            .map(Self)
            .ok_or_else(|| CalendarError::NotADay(text.trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> Instant {
        Instant::new(text.parse().unwrap())
    }

    #[test]
    fn five_working_days_from_the_friday_before_christmas_2026() {
        let start = day("18/12/2026");
        let days: Vec<String> = (1..=5).map(|n| start.add_working_days(n).iso()).collect();
        assert_eq!(days, ["2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24", "2026-12-29"]);
        assert_eq!(start.add_working_days(0), start);
        assert_eq!(day("19/12/2026").add_working_days(1), day("21/12/2026"));
    }

    #[test]
    fn days_are_read_in_three_spellings_and_no_other() {
        for text in ["18/12/2026", "2026-12-18", "18 December 2026", " 18 dec 2026 "] {
            assert_eq!(day(text), Day::of(2026, 12, 18).unwrap(), "{text}");
        }
        for text in ["12/18/2026", "31/02/2026", "18/12/26", "18.12.2026", "", "2026-12-18T00:00"] {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
        assert_eq!(day("1/4/2026").to_string(), "1 April 2026");
        assert_eq!(day("1/4/2026").slashed(), "01/04/2026");
    }

    #[test]
    fn the_uk_day_begins_an_hour_before_the_utc_day_in_summer() {
        assert_eq!(Day::in_uk(utc("2026-07-01T22:59:59Z")), day("2026-07-01"));
        assert_eq!(Day::in_uk(utc("2026-07-01T23:00:00Z")), day("2026-07-02"));
        assert_eq!(Day::in_uk(utc("2026-12-01T23:00:00Z")), day("2026-12-01"));
        assert_eq!(day("2026-07-02").starts_at(), utc("2026-07-01T23:00:00Z"));
        assert_eq!(utc("2026-07-01T13:30:00Z").to_string(), "1 July 2026 at 2:30pm");
        assert_eq!(utc("2026-12-01T12:00:00Z").to_string(), "1 December 2026 at midday");
    }

    #[test]
    fn the_hour_that_the_clocks_jump_over_is_refused() {
        let spring = day("29/03/2026");
        let skipped = TimeOfDay::of(1, 30).unwrap();
        assert_eq!(spring.at(skipped, WhenTwice::First), Err(CalendarError::SkippedByClockChange { day: spring, time: skipped }));
        let after = TimeOfDay::of(2, 0).unwrap();
        assert_eq!(spring.at(after, WhenTwice::First), Ok(utc("2026-03-29T01:00:00Z")));
        assert_eq!(spring.starts_at().minutes_until(spring.ends_at()), 23 * 60);
    }

    #[test]
    fn the_hour_that_comes_twice_is_chosen() {
        let autumn = day("25/10/2026");
        let twice = "01:30".parse().unwrap();
        assert_eq!(autumn.at(twice, WhenTwice::First), Ok(utc("2026-10-25T00:30:00Z")));
        assert_eq!(autumn.at(twice, WhenTwice::Second), Ok(utc("2026-10-25T01:30:00Z")));
        assert_eq!(autumn.starts_at().minutes_until(autumn.ends_at()), 25 * 60);
    }

    #[test]
    fn months_years_and_ages_at_the_ends_of_february() {
        assert_eq!(day("31/01/2026").plus_months(1), day("28/02/2026"));
        assert_eq!(day("29/02/2024").plus_years(1), day("28/02/2025"));
        assert_eq!(day("15/12/2026").first_of_next_month(), day("01/01/2027"));
        assert_eq!(day("29/02/2012").age_on(day("28/02/2026")), 13);
        assert_eq!(day("29/02/2012").age_on(day("01/03/2026")), 14);
    }

    proptest! {
        #[test]
        fn every_day_is_read_back_from_each_spelling(offset in 0_i64..100_000) {
            let day = Day::of(1900, 1, 1).unwrap().plus_days(offset);
            prop_assert_eq!(day.iso().parse(), Ok(day));
            prop_assert_eq!(day.slashed().parse(), Ok(day));
            prop_assert_eq!(day.to_string().parse(), Ok(day));
        }

        #[test]
        fn every_moment_lies_within_its_uk_day(second in 0_i64..4_000_000_000) {
            let at = Instant::new(DateTime::from_timestamp(second, 0).unwrap());
            let day = Day::in_uk(at);
            prop_assert!(day.starts_at() <= at && at < day.ends_at());
        }

        #[test]
        fn working_days_add_up(offset in 0_i64..30_000, first in 1_u32..20, then in 0_u32..20) {
            let day = Day::of(1975, 1, 1).unwrap().plus_days(offset);
            let reached = day.add_working_days(first);
            prop_assert!(reached.is_working_day());
            prop_assert_eq!(reached.add_working_days(then), day.add_working_days(first + then));
        }
    }
}
