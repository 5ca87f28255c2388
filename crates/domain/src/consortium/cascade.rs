//! The ways in which a referral reaches providers, as data: wave after wave, each with its audience and its start.

use serde::{Deserialize, Serialize};

use super::Origin;

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
