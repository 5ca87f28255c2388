//! The ways in which a referral reaches providers, as data: wave after wave, each with its audience and its start.

use serde::{Deserialize, Serialize};

use super::Origin;
use crate::calendar::{Day, Instant};

codes! {
    /// To whom a wave goes.
    pub enum Audience("audience of a wave") {
        /// Beds that are already paid for and stand empty.
        Block = "BLOCK", "Empty block beds";
        /// Services admitted to the lot and category, all of them or a range of ranks.
        Admitted = "ADMITTED", "Services on the framework";
        /// Services outside the framework. Needs an authorisation and a reason.
        OffFramework = "OFF_FRAMEWORK", "Services off the framework";
    }
}

codes! {
    /// How the hours between waves are counted.
    pub enum CascadeClock("cascade clock") {
        /// As a stopwatch counts, nights and weekends included.
        Elapsed = "ELAPSED", "Elapsed hours";
        /// Only the hours of working days.
        WorkingDays = "WORKING_DAYS", "Hours of working days";
    }
}

/// A named order of waves. A framework names its preset; an officer may choose another and says why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CascadePreset {
    /// Its stable code: `TIERED`.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Where the order comes from.
    pub origin: Origin,
    /// How hours are counted.
    pub clock: CascadeClock,
    /// Whether the next wave opens by itself at its hour, or waits for an officer.
    pub advances_itself: bool,
    /// The waves, first to last.
    pub waves: Vec<Wave>,
    /// Hours after the release at which answers to the last wave are due. The officer names the deadline when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_after_hours: Option<u32>,
}

impl CascadePreset {
    /// Until when a wave to the services on the framework takes answers, if it is released now: until another audience takes
    /// over, or until the preset closes. `None` when the preset says neither.
    #[must_use]
    pub fn answers_due(&self, released_at: Instant) -> Option<Instant> {
        let opens = self.waves.iter().find(|wave| wave.audience == Audience::Admitted)?.opens_after_hours;
        let ends = self.waves.iter().map(|wave| wave.opens_after_hours).chain(self.closes_after_hours);
        let hours = ends.filter(|hours| *hours > opens).min()? - opens;
        Some(match self.clock {
            CascadeClock::Elapsed => released_at.plus_hours(hours.into()),
            // Nights belong to a working day as the days of the week do to a week: 24 hours are one working day.
            CascadeClock::WorkingDays => {
                let today = Day::in_uk(released_at);
                let days = today.days_until(today.add_working_days(hours.div_ceil(24)));
                released_at.plus_hours(days.saturating_mul(24))
            }
        })
    }
}

/// One wave of a cascade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wave {
    /// To whom it goes.
    pub audience: Audience,
    /// The first rank that it reaches; from the top when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank_from: Option<u32>,
    /// The last rank that it reaches; to the end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank_to: Option<u32>,
    /// Hours after the release at which it opens.
    pub opens_after_hours: u32,
}
