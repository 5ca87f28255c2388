//! The framework agreement with one provider: who signs when, what changes later, suspension and the end.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::calendar::Day;
use crate::ids::PersonId;

/// How a framework agreement stands, as far as the rules ask.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contract {
    /// Who signed for the provider.
    pub provider_signed: Option<PersonId>,
    /// Who signed for the council, and when.
    pub council_signed: Option<(PersonId, Day)>,
    /// No new placements from this day.
    pub suspended_from: Option<Day>,
    /// Until this day, that day included; open when absent.
    pub suspended_until: Option<Day>,
    /// The first day on which it is no more.
    pub ended_on: Option<Day>,
}

/// The days between which no new placement is made under an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// The first of them.
    pub from: Day,
    /// The last of them; open when absent.
    pub until: Option<Day>,
}

impl Suspension {
    /// The suspension that two columns tell of, if they do.
    #[must_use]
    pub fn of(from: Option<Day>, until: Option<Day>) -> Option<Self> {
        from.map(|from| Self { from, until })
    }

    /// Whether a day is one of them.
    #[must_use]
    pub fn holds(self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

impl std::fmt::Display for Suspension {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.until {
            Some(until) => write!(f, "from {} to {until}", self.from),
            None => write!(f, "from {} until further notice", self.from),
        }
    }
}

/// What somebody reads about an agreement today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has signed.
    Prepared,
    /// The provider has; the council has not.
    ProviderSigned,
    /// Both have.
    InForce,
    /// No new placements for now.
    Suspended,
    /// It is over.
    Ended,
}

/// A numbered change to an agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variation {
    /// From 1, without gaps.
    pub number: u32,
    /// From which day it holds.
    pub from: Day,
    /// What changes.
    pub text: String,
}

/// Why something about an agreement is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ContractRefusal {
    /// One signature is enough.
    #[error("the provider has signed already")]
    ProviderSigned,
    /// The provider goes first.
    #[error("the provider signs first")]
    ProviderFirst,
    /// One signature is enough.
    #[error("the council has signed already")]
    CouncilSigned,
    /// Two sides are two people.
    #[error("whoever signed for the provider does not sign for the council")]
    SamePerson,
    /// It binds nobody yet.
    #[error("the agreement is not signed by both yet")]
    NotInForce,
    /// It is over.
    #[error("the agreement ended on {0}")]
    Ended(Day),
    /// Already suspended.
    #[error("the provider is suspended since {0}")]
    Suspended(Day),
    /// Not suspended.
    #[error("the provider is not suspended")]
    NotSuspended,
    /// The past is not changed.
    #[error("this can begin today or later, not on {0}")]
    InThePast(Day),
    /// Days the wrong way round.
    #[error("the last day cannot come before the first")]
    EndsBeforeItBegins,
    /// Everybody involved reads why.
    #[error("say why, in words")]
    NoReason,
}

impl Contract {
    /// How it stands on a day.
    #[must_use]
    pub fn standing(&self, today: Day) -> Standing {
        match (self.provider_signed, self.council_signed) {
            _ if self.ended_on.is_some_and(|on| on <= today) => Standing::Ended,
            (None, _) => Standing::Prepared,
            (Some(_), None) => Standing::ProviderSigned,
            (Some(_), Some(_)) if self.is_suspended(today) => Standing::Suspended,
            (Some(_), Some(_)) => Standing::InForce,
        }
    }

    fn is_suspended(&self, today: Day) -> bool {
        Suspension::of(self.suspended_from, self.suspended_until).is_some_and(|suspension| suspension.holds(today))
    }

    fn not_ended(&self, today: Day) -> Result<(), ContractRefusal> {
        match self.ended_on {
            Some(on) if on <= today => Err(ContractRefusal::Ended(on)),
            Some(_) | None => Ok(()),
        }
    }

    fn in_force(&self, today: Day) -> Result<(), ContractRefusal> {
        self.not_ended(today)?;
        if self.council_signed.is_some() { Ok(()) } else { Err(ContractRefusal::NotInForce) }
    }

    /// Whether the provider may sign. Whether anybody may sign at all is asked first, by [`may_sign`](super::award::may_sign).
    ///
    /// # Errors
    /// [`ContractRefusal::ProviderSigned`] and [`ContractRefusal::Ended`].
    pub fn may_provider_sign(&self, today: Day) -> Result<(), ContractRefusal> {
        self.not_ended(today)?;
        if self.provider_signed.is_some() { Err(ContractRefusal::ProviderSigned) } else { Ok(()) }
    }

    /// Whether this person may sign for the council: after the provider, and another person.
    ///
    /// # Errors
    /// [`ContractRefusal`].
    pub fn may_council_sign(&self, person: PersonId, today: Day) -> Result<(), ContractRefusal> {
        self.not_ended(today)?;
        match (self.provider_signed, self.council_signed) {
            (_, Some(_)) => Err(ContractRefusal::CouncilSigned),
            (None, None) => Err(ContractRefusal::ProviderFirst),
            (Some(provider), None) if provider == person => Err(ContractRefusal::SamePerson),
            (Some(_), None) => Ok(()),
        }
    }

    /// Whether a variation may be recorded that holds from this day.
    ///
    /// # Errors
    /// [`ContractRefusal`].
    pub fn may_vary(&self, from: Day, text: &str, today: Day) -> Result<(), ContractRefusal> {
        self.in_force(today)?;
        dated(from, text, today)
    }

    /// The agreement with a suspension on these days.
    ///
    /// # Errors
    /// [`ContractRefusal`].
    pub fn suspended(&self, from: Day, until: Option<Day>, reason: &str, today: Day) -> Result<Self, ContractRefusal> {
        self.in_force(today)?;
        dated(from, reason, today)?;
        if let Some(since) = self.suspended_from.filter(|_| self.suspended_until.is_none_or(|until| today <= until)) {
            return Err(ContractRefusal::Suspended(since));
        }
        if until.is_some_and(|until| until < from) {
            return Err(ContractRefusal::EndsBeforeItBegins);
        }
        Ok(Self { suspended_from: Some(from), suspended_until: until, ..self.clone() })
    }

    /// The agreement with its suspension lifted today. One that would have begun later does not begin.
    ///
    /// # Errors
    /// [`ContractRefusal::NotSuspended`], [`ContractRefusal::NoReason`] and those of an agreement that is not in force.
    pub fn lifted(&self, reason: &str, today: Day) -> Result<Self, ContractRefusal> {
        self.in_force(today)?;
        dated(today, reason, today)?;
        match self.suspended_from {
            Some(from) if self.suspended_until.is_none_or(|until| today <= until) => {
                let yesterday = today.plus_days(-1);
                let kept = (from <= yesterday).then_some((from, yesterday));
                let (suspended_from, suspended_until) = kept.unzip();
                Ok(Self { suspended_from, suspended_until, ..self.clone() })
            }
            Some(_) | None => Err(ContractRefusal::NotSuspended),
        }
    }

    /// The agreement with its end on a day. A prepared one can be ended too: the provider does not sign.
    ///
    /// # Errors
    /// [`ContractRefusal`].
    pub fn ended(&self, on: Day, reason: &str, today: Day) -> Result<Self, ContractRefusal> {
        self.not_ended(today)?;
        dated(on, reason, today)?;
        Ok(Self { ended_on: Some(on), ..self.clone() })
    }
}

/// A day that does not rewrite the past, and a reason.
fn dated(from: Day, reason: &str, today: Day) -> Result<(), ContractRefusal> {
    if reason.trim().is_empty() {
        return Err(ContractRefusal::NoReason);
    }
    if from < today { Err(ContractRefusal::InThePast(from)) } else { Ok(()) }
}
