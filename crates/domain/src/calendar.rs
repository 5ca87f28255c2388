//! Instants in UTC, days in the United Kingdom, and working days in England.

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use serde::{Deserialize, Serialize};

/// A moment in UTC, whole microseconds: what both databases keep exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(DateTime<Utc>);

impl Instant {
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
}

/// A calendar date in the United Kingdom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

impl Day {
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
}
