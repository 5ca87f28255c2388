//! A home or branch that is not safe enough for new placements: restricted, suspended, open again, or removed for good.
//!
//! A suspension holds for every council at once. It stops what is to come and leaves children where they live; whether one of them
//! has to move is their own council's to judge, child by child.

use thiserror::Error;

use crate::calendar::Day;
use crate::ids::PersonId;
use crate::purchasing::service::ServiceStanding;
use crate::registration::Rating;

codes! {
    /// What set a restriction or suspension off.
    pub enum Trigger("trigger") {
        /// Ofsted judged it inadequate.
        RatedInadequate = "RATED_INADEQUATE", "Rated inadequate by Ofsted";
        /// Ofsted cancelled or suspended its registration, or it closed.
        RegistrationEnded = "REGISTRATION_ENDED", "No longer registered with Ofsted";
        /// Ofsted restricted its registration, for example to those who live there.
        RegistrationRestricted = "REGISTRATION_RESTRICTED", "Registration restricted by Ofsted";
        /// A child came to harm, or may.
        Safeguarding = "SAFEGUARDING", "Concern about the safety of children";
        /// It is not insured.
        InsuranceLapsed = "INSURANCE_LAPSED", "Insurance has run out";
        /// It does not keep to its contract.
        Breach = "BREACH", "Breach of contract";
        /// Something else, said in words.
        Other = "OTHER", "Another reason";
    }
}

codes! {
    /// What can be done about the standing of a service.
    pub enum StandingAct("act on a service") {
        /// New placements under conditions only.
        Restrict = "RESTRICT", "Restrict";
        /// The conditions are lifted.
        Ease = "EASE", "Lift the restriction";
        /// No new placements.
        Suspend = "SUSPEND", "Suspend";
        /// Open again.
        Lift = "LIFT", "Lift the suspension";
        /// Never again.
        Remove = "REMOVE", "Remove for good";
    }
}

/// So many people sign before a suspension is lifted, each in another post.
pub const SIGNATURES: usize = 2;

/// A signature under the end of a suspension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Who.
    pub person: PersonId,
    /// In which post, by their council's own title.
    pub post: String,
}

/// What is known of a service when somebody acts on its standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingFacts {
    /// What was said with the act; blank counts as nothing.
    pub reason: String,
    /// On which day somebody last looked whether it is safe again, of the suspension that is in force; none before that.
    pub looked_on: Option<Day>,
    /// Who signed the end of the suspension that is in force.
    pub signed: Vec<Signature>,
}

/// Why an act on the standing of a service was refused, with what has to happen first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StandingRefusal {
    /// The act does not belong to this standing.
    #[error("`{act}` cannot be done while the service is `{standing}`")]
    NotNow {
        /// How it stands.
        standing: ServiceStanding,
        /// What was tried.
        act: StandingAct,
    },
    /// Nobody said why.
    #[error("say why, in words")]
    NoReason,
    /// Nobody looked whether it is safe again.
    #[error("somebody must look first whether it is safe again: record who looked, when, and what they found")]
    NotAssured,
    /// Too few signatures.
    #[error("two people of two different posts sign first: {given} of 2 have")]
    NotSigned {
        /// So many have.
        given: usize,
    },
    /// The same person cannot sign twice.
    #[error("you have signed already: the second signature is another person’s")]
    SamePerson,
    /// The second signature must come from another post.
    #[error("a {post} has signed already: the second signature comes from another post")]
    SamePost {
        /// The post.
        post: String,
    },
    /// Nobody can look at what has not happened.
    #[error("they cannot have looked on {0}: that is in the future")]
    LookedInFuture(Day),
    /// What was seen before says nothing about now.
    #[error("somebody must look after the suspension: it began on {0}")]
    LookedBefore(Day),
}

impl ServiceStanding {
    /// Where an act leads, if it belongs to this standing at all.
    #[must_use]
    pub fn leads_to(self, act: StandingAct) -> Option<Self> {
        use StandingAct as Act;
        match (self, act) {
            (Self::Active, Act::Restrict) => Some(Self::Restricted),
            (Self::Active | Self::Restricted, Act::Suspend) => Some(Self::Suspended),
            (Self::Restricted, Act::Ease) | (Self::Suspended, Act::Lift) => Some(Self::Active),
            (Self::Suspended, Act::Remove) => Some(Self::Removed),
            (Self::Active, Act::Ease | Act::Lift | Act::Remove)
            | (Self::Restricted, Act::Restrict | Act::Lift | Act::Remove)
            | (Self::Suspended, Act::Restrict | Act::Ease | Act::Suspend)
            | (Self::Removed, Act::Restrict | Act::Ease | Act::Suspend | Act::Lift | Act::Remove) => None,
        }
    }

    /// How it stands after an act.
    ///
    /// # Errors
    /// [`StandingRefusal`] naming what has to happen first.
    pub fn after(self, act: StandingAct, facts: &StandingFacts) -> Result<Self, StandingRefusal> {
        let next = self.leads_to(act).ok_or(StandingRefusal::NotNow { standing: self, act })?;
        match act {
            StandingAct::Restrict | StandingAct::Ease | StandingAct::Suspend | StandingAct::Remove => {
                if facts.reason.trim().is_empty() {
                    return Err(StandingRefusal::NoReason);
                }
            }
            StandingAct::Lift => {
                facts.looked_on.ok_or(StandingRefusal::NotAssured)?;
                if facts.signed.len() < SIGNATURES {
                    return Err(StandingRefusal::NotSigned { given: facts.signed.len() });
                }
            }
        }
        Ok(next)
    }

    /// Whether a child may come to live there. What was agreed before goes on all the same.
    #[must_use]
    pub fn takes_children(self) -> bool {
        match self {
            Self::Active | Self::Restricted => true,
            Self::Suspended | Self::Removed => false,
        }
    }
}

/// Whether what was seen on a day can lift a suspension that began on another.
///
/// # Errors
/// [`StandingRefusal`] when it was seen before, or is still to come.
pub fn may_assure(looked_on: Day, suspended_on: Day, today: Day) -> Result<(), StandingRefusal> {
    if looked_on > today {
        return Err(StandingRefusal::LookedInFuture(looked_on));
    }
    if looked_on < suspended_on {
        return Err(StandingRefusal::LookedBefore(suspended_on));
    }
    Ok(())
}

/// Whether somebody may sign the end of a suspension: when it is known to be safe again, once, and not in the post of the other.
///
/// # Errors
/// [`StandingRefusal`] naming what is in the way.
pub fn may_sign(facts: &StandingFacts, signature: &Signature) -> Result<(), StandingRefusal> {
    facts.looked_on.ok_or(StandingRefusal::NotAssured)?;
    if facts.signed.iter().any(|known| known.person == signature.person) {
        return Err(StandingRefusal::SamePerson);
    }
    let post = |signature: &Signature| signature.post.trim().to_lowercase();
    match facts.signed.iter().find(|known| post(known) == post(signature)) {
        Some(known) => Err(StandingRefusal::SamePost { post: known.post.clone() }),
        None => Ok(()),
    }
}

/// A new judgement of a service that the councils know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// How it was judged before.
    pub before: Rating,
    /// How it is judged now.
    pub now: Rating,
    /// Whether the configuration lets a service that requires improvement be suspended, too.
    pub improvement_suspends: bool,
}

/// What follows of itself from a judgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// Nothing.
    None,
    /// The provider is asked how it will improve; placements go on, and each offer shows the judgement.
    AskForPlan,
    /// The service is suspended.
    Suspend,
}

impl Judged {
    /// What follows of itself. A judgement that stands since before changes nothing: what followed from it has.
    #[must_use]
    pub fn consequence(self) -> Consequence {
        match self.now {
            Rating::Inadequate => Consequence::Suspend,
            Rating::RequiresImprovement if self.improvement_suspends => Consequence::Suspend,
            Rating::RequiresImprovement if self.before == Rating::RequiresImprovement => Consequence::None,
            Rating::RequiresImprovement => Consequence::AskForPlan,
            Rating::Outstanding | Rating::Good | Rating::NotYetInspected => Consequence::None,
        }
    }
}

codes! {
    /// A task that a suspension sets. The kind of the task also names the suspension, so that each has its own and none has two.
    pub enum SuspensionTask("task of a suspension") {
        /// For each child who lives there.
        RiskReview = "RISK_REVIEW", "Review the risk to this child: the home is suspended";
        /// For each search that had come as far as this home.
        OfferFrozen = "OFFER_FROZEN", "An offer on the shortlist is frozen: the home is suspended";
        /// For each of them once it is lifted.
        OfferThawed = "OFFER_THAWED", "An offer is no longer frozen: the suspension of the home was lifted";
        /// For each of them that bound its provider no longer by then.
        OfferRanOut = "OFFER_RAN_OUT", "An offer ran out while it was frozen: ask the provider for a new one";
    }
}

/// Working days in which the risk to a child is reviewed.
pub const RISK_REVIEW_WORKING_DAYS: u32 = 1;
/// Working days in which an officer looks at an offer that was frozen, or is no longer.
pub const OFFER_WORKING_DAYS: u32 = 1;

impl SuspensionTask {
    /// The kind of the task, for one suspension.
    #[must_use]
    pub fn kind(self, suspension: crate::ids::SuspensionId) -> String {
        format!("{}:{suspension}", crate::Code::code(self))
    }

    /// Which task this kind is, if a suspension set it.
    #[must_use]
    pub fn of_kind(kind: &str) -> Option<Self> {
        let (code, _) = kind.split_once(':')?;
        crate::Code::from_code(code).ok()
    }
}
