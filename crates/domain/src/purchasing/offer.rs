//! A provider's answer to a referral: an offer of a home with a price, or a decline with a reason.

use thiserror::Error;

use crate::calendar::Day;
use crate::people::OrganisationKind;
use crate::purchasing::fields::FieldError;

codes! {
    /// Where an offer stands.
    pub enum OfferState("offer state") {
        /// Being written by the provider.
        Draft = "DRAFT", "Draft";
        /// Sent to the council.
        Submitted = "SUBMITTED", "Submitted";
        /// The council asked a question and waits for the answer.
        Clarification = "CLARIFICATION", "Question asked";
        /// Under discussion; the child's identity may be released to this provider.
        Shortlisted = "SHORTLISTED", "Shortlisted";
        /// The council's choice, subject to approval.
        Preferred = "PREFERRED", "Preferred";
        /// Agreed.
        Accepted = "ACCEPTED", "Accepted";
        /// Another home was chosen, or none; the provider is told why.
        NotSelected = "NOT_SELECTED", "Not selected";
        /// The provider took it back.
        Withdrawn = "WITHDRAWN", "Withdrawn";
        /// Its last day of validity has passed, or the search ended without a home.
        Expired = "EXPIRED", "Expired";
        /// The provider said no to the referral.
        Declined = "DECLINED", "Declined";
    }
}

codes! {
    /// What can be done to an offer.
    pub enum OfferAct("offer act") {
        /// The provider sends it.
        Submit = "SUBMIT", "Send the offer";
        /// The provider says no to the referral.
        Decline = "DECLINE", "Decline the referral";
        /// The council asks a question.
        Ask = "ASK", "Ask a question";
        /// The provider answers it.
        Answer = "ANSWER", "Answer the question";
        /// The council takes it onto the shortlist.
        Shortlist = "SHORTLIST", "Shortlist";
        /// The council prefers it.
        Prefer = "PREFER", "Prefer";
        /// The council sets its choice aside again.
        SetAside = "SET_ASIDE", "Set aside";
        /// The home is agreed.
        Accept = "ACCEPT", "Accept";
        /// An accepted home falls through before the child moves in.
        FallThrough = "FALL_THROUGH", "Placement fell through";
        /// The council says no.
        Reject = "REJECT", "Do not select";
        /// The provider takes it back.
        Withdraw = "WITHDRAW", "Withdraw";
        /// Its last day of validity passes.
        Expire = "EXPIRE", "Expire";
        /// The council withdraws the referral or ends its search: nobody is bound any more.
        Close = "CLOSE", "Close with the search";
    }
}

impl OfferAct {
    /// Whose act this is.
    #[must_use]
    pub fn done_by(self) -> OrganisationKind {
        match self {
            Self::Submit | Self::Decline | Self::Answer | Self::Withdraw => OrganisationKind::Provider,
            Self::Ask | Self::Shortlist | Self::Prefer | Self::SetAside | Self::Accept | Self::FallThrough | Self::Reject | Self::Close => {
                OrganisationKind::Council
            }
            Self::Expire => OrganisationKind::System,
        }
    }
}

codes! {
    /// Why a provider declined; counted for the market view.
    pub enum DeclineReason("decline reason") {
        /// Every bed or carer is taken.
        NoVacancy = "NO_VACANCY", "No vacancy";
        /// The child's age or gender is outside the registration.
        Registration = "REGISTRATION", "Age or gender outside our registration";
        /// The children already there.
        Residents = "RESIDENTS", "Does not match the children living there";
        /// The level of risk.
        Risk = "RISK", "Level of risk";
        /// The place.
        Location = "LOCATION", "Location";
        /// Not enough or not the right staff.
        Staffing = "STAFFING", "Staffing";
        /// A child leaving has notice still to run.
        NoticePeriod = "NOTICE_PERIOD", "A child is still in a notice period";
        /// The day the home is needed.
        StartDate = "START_DATE", "Cannot meet the start date";
        /// The referral says too little.
        PoorInformation = "POOR_INFORMATION", "The referral says too little";
        /// The maximum price is too low for this child's needs.
        PriceCap = "PRICE_CAP", "Maximum price too low";
        /// Worry about the next inspection.
        Rating = "RATING", "Concern about our Ofsted rating";
        /// People or places nearby that endanger the child.
        LocalConflict = "LOCAL_CONFLICT", "Family or gang conflict in the area";
        /// Something else, said in words.
        Other = "OTHER", "Another reason";
    }
}

codes! {
    /// Why an offer was not selected; always told to the provider.
    pub enum NotSelectedReason("reason for not selecting") {
        /// Another offer met the child's needs better.
        BetterMatch = "BETTER_MATCH", "Another offer met the child's needs better";
        /// Another home is nearer to what matters to the child.
        BetterLocation = "BETTER_LOCATION", "Another home is better located for the child";
        /// Equal match, better price elsewhere.
        BetterPrice = "BETTER_PRICE", "Another offer of equal match cost less";
        /// A home came free sooner.
        Sooner = "SOONER", "Another home was available sooner";
        /// The children already there, after the impact assessment.
        Residents = "RESIDENTS", "The match with the children living there";
        /// A gate could not be passed, for example the rating.
        Gate = "GATE", "A required check was not met";
        /// The child chose otherwise.
        ChildsWishes = "CHILDS_WISHES", "The child's wishes";
        /// The referral ended without an external placement.
        ReferralEnded = "REFERRAL_ENDED", "The referral was withdrawn or ended";
        /// Something else, said in words.
        Other = "OTHER", "Another reason";
    }
}

/// Whether an offer stands open to the service's changes of fortune.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is in the way.
    Clear,
    /// The service is suspended or removed, or was rated inadequate after the offer was made: questions may be asked, but the offer is
    /// neither shortlisted, since that tells who the child is, nor chosen.
    Frozen {
        /// Since which day.
        since: Day,
    },
}

/// How the wave through which the offer comes stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wave {
    /// The deadline is ahead.
    Open,
    /// The deadline has passed.
    Closed {
        /// The last day of the wave.
        on: Day,
    },
    /// The deadline has passed and the officer takes late offers, with a reason on record.
    ClosedButLateAccepted,
}

/// What is known about an offer at the moment of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferFacts {
    /// Mandatory questions still open.
    pub missing: Vec<FieldError>,
    /// The wave through which the profile reached this service.
    pub wave: Wave,
    /// Frozen or not.
    pub standing: Standing,
    /// How many other live offers the same service (for fostering, the same carer) has on this referral.
    pub same_home_offers: u32,
    /// How many other offers on this referral are preferred or accepted.
    pub other_awards: u32,
    /// Sentences of red gates that are not overridden.
    pub red_gates: Vec<String>,
    /// Whether the price is above the maximum and that is not approved.
    pub price: PriceStanding,
    /// Rank by the criteria, from 1; `None` while scores are missing.
    pub rank: Option<u32>,
    /// The reason given with the act; blank counts as none.
    pub reason: String,
    /// The last day on which the offer binds the provider.
    pub valid_until: Option<Day>,
    /// Today in the United Kingdom.
    pub today: Day,
    /// Whether every approval has been given.
    pub approvals: Approvals,
}

/// How an offer's price stands against the maximum price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceStanding {
    /// At or below the lower of the tendered and the published maximum.
    Within,
    /// Above it, and a named officer approved the exception.
    ExceptionApproved,
    /// Above it.
    ExceptionOpen,
}

/// How the approvals of a preferred offer stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approvals {
    /// Some are missing, or none has been recorded.
    Open,
    /// All that are needed have been given, and at least one was.
    Given,
}

/// Why an act on an offer was refused, with what has to happen first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OfferRefusal {
    /// The act does not belong to this state.
    #[error("`{act}` cannot be done while the offer is `{state}`")]
    NotNow {
        /// Where the offer stands.
        state: OfferState,
        /// What was tried.
        act: OfferAct,
    },
    /// Mandatory questions are open.
    #[error("answer these questions first: {}", .missing.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; "))]
    Incomplete {
        /// What to answer.
        missing: Vec<FieldError>,
    },
    /// The wave is over.
    #[error("offers closed on {}: ask the council whether it takes a late offer", .on)]
    TooLate {
        /// Its last day.
        on: Day,
    },
    /// The same home is offered already.
    #[error("this home is already offered for this child: change or withdraw that offer")]
    AlreadyOffered,
    /// The service is suspended or was rated inadequate.
    #[error("the service has been suspended or rated inadequate since {}: the offer is frozen", .since)]
    Frozen {
        /// Since which day.
        since: Day,
    },
    /// A check stands at red.
    #[error("these checks are not met: {}", .gates.join("; "))]
    RedGate {
        /// Their sentences.
        gates: Vec<String>,
    },
    /// The price exceeds the maximum.
    #[error("the price is above the maximum: the head of contracting must approve the exception first")]
    PriceExceptionOpen,
    /// Another offer is the choice already.
    #[error("another offer is already preferred: set it aside first")]
    AnotherPreferred,
    /// Scores are missing.
    #[error("score every criterion first")]
    NotRanked,
    /// The choice differs from the ranking.
    #[error("this offer is ranked {rank}: say why it is preferred to a higher-ranked one")]
    NotFirst {
        /// Its rank.
        rank: u32,
    },
    /// Approvals are missing.
    #[error("the approvals for this placement have not all been given")]
    NotApproved,
    /// People who are told no are told why.
    #[error("give a reason")]
    ReasonNeeded,
    /// The last day has passed.
    #[error("the offer was valid until {}: ask the provider for a new one", .valid_until)]
    OutOfDate {
        /// Its last day.
        valid_until: Day,
    },
    /// The last day has not passed.
    #[error("the offer is still valid")]
    StillValid,
}

impl OfferState {
    /// Whether the offer can still become the child's home.
    #[must_use]
    pub fn is_live(self) -> bool {
        match self {
            Self::Submitted | Self::Clarification | Self::Shortlisted | Self::Preferred => true,
            Self::Draft | Self::Accepted | Self::NotSelected | Self::Withdrawn | Self::Expired | Self::Declined => false,
        }
    }

    /// Whether the offer is the council's choice: at most one of a referral ever is.
    #[must_use]
    pub fn is_award(self) -> bool {
        matches!(self, Self::Preferred | Self::Accepted)
    }

    /// Whether the child's identity may be released to this provider: to shortlisted ones only, and logged.
    #[must_use]
    pub fn may_know_identity(self) -> bool {
        matches!(self, Self::Shortlisted | Self::Preferred | Self::Accepted)
    }

    /// Where the act leads, if it belongs to this state at all.
    #[must_use]
    pub fn leads_to(self, act: OfferAct) -> Option<Self> {
        use OfferAct as Act;
        match (self, act) {
            (Self::Draft, Act::Submit) | (Self::Clarification, Act::Answer) => Some(Self::Submitted),
            (Self::Draft, Act::Decline) => Some(Self::Declined),
            (Self::Submitted, Act::Ask) => Some(Self::Clarification),
            (Self::Submitted | Self::Clarification, Act::Shortlist)
            | (Self::Preferred, Act::SetAside)
            | (Self::Accepted, Act::FallThrough) => Some(Self::Shortlisted),
            (Self::Shortlisted, Act::Prefer) => Some(Self::Preferred),
            (Self::Preferred, Act::Accept) => Some(Self::Accepted),
            (Self::Submitted | Self::Clarification | Self::Shortlisted, Act::Reject) => Some(Self::NotSelected),
            (state, Act::Withdraw) if state.is_live() || state == Self::Draft => Some(Self::Withdrawn),
            (state, Act::Expire) if state.is_live() => Some(Self::Expired),
            (Self::Submitted | Self::Clarification | Self::Shortlisted, Act::Close) => Some(Self::Expired),
            (
                _,
                Act::Submit
                | Act::Decline
                | Act::Ask
                | Act::Answer
                | Act::Shortlist
                | Act::Prefer
                | Act::SetAside
                | Act::Accept
                | Act::FallThrough
                | Act::Reject
                | Act::Close
                | Act::Withdraw
                | Act::Expire,
            ) => None,
        }
    }

    /// The state after an act.
    ///
    /// # Errors
    /// [`OfferRefusal`] naming what has to happen first.
    pub fn after(self, act: OfferAct, facts: &OfferFacts) -> Result<Self, OfferRefusal> {
        use OfferAct as Act;
        let next = self.leads_to(act).ok_or(OfferRefusal::NotNow { state: self, act })?;
        match act {
            Act::Submit => may_submit(facts)?,
            Act::Shortlist => {
                not_frozen(facts)?;
                in_date(facts)?;
                gates_passed(facts)?;
            }
            Act::Prefer => may_prefer(facts)?,
            Act::Accept => {
                may_be_chosen(facts)?;
                if facts.approvals != Approvals::Given {
                    return Err(OfferRefusal::NotApproved);
                }
            }
            Act::Decline | Act::SetAside | Act::FallThrough | Act::Reject | Act::Withdraw | Act::Close => {
                if facts.reason.trim().is_empty() {
                    return Err(OfferRefusal::ReasonNeeded);
                }
            }
            Act::Expire => {
                if in_date(facts).is_ok() {
                    return Err(OfferRefusal::StillValid);
                }
            }
            Act::Ask | Act::Answer => {}
        }
        Ok(next)
    }
}

fn may_submit(facts: &OfferFacts) -> Result<(), OfferRefusal> {
    if !facts.missing.is_empty() {
        return Err(OfferRefusal::Incomplete { missing: facts.missing.clone() });
    }
    if let Wave::Closed { on } = facts.wave {
        return Err(OfferRefusal::TooLate { on });
    }
    if facts.same_home_offers > 0 {
        return Err(OfferRefusal::AlreadyOffered);
    }
    in_date(facts)
}

fn may_prefer(facts: &OfferFacts) -> Result<(), OfferRefusal> {
    may_be_chosen(facts)?;
    match facts.rank {
        None => Err(OfferRefusal::NotRanked),
        // Rank, never decide: the officer may choose otherwise and says why, for the record and the market view.
        Some(rank) if rank > 1 && facts.reason.trim().is_empty() => Err(OfferRefusal::NotFirst { rank }),
        Some(_) => Ok(()),
    }
}

/// What must hold when an offer is preferred must hold again when it is accepted: days lie between the two.
fn may_be_chosen(facts: &OfferFacts) -> Result<(), OfferRefusal> {
    if facts.other_awards > 0 {
        return Err(OfferRefusal::AnotherPreferred);
    }
    not_frozen(facts)?;
    in_date(facts)?;
    gates_passed(facts)?;
    if facts.price == PriceStanding::ExceptionOpen {
        return Err(OfferRefusal::PriceExceptionOpen);
    }
    Ok(())
}

fn not_frozen(facts: &OfferFacts) -> Result<(), OfferRefusal> {
    match facts.standing {
        Standing::Clear => Ok(()),
        Standing::Frozen { since } => Err(OfferRefusal::Frozen { since }),
    }
}

fn gates_passed(facts: &OfferFacts) -> Result<(), OfferRefusal> {
    if facts.red_gates.is_empty() {
        return Ok(());
    }
    Err(OfferRefusal::RedGate { gates: facts.red_gates.clone() })
}

fn in_date(facts: &OfferFacts) -> Result<(), OfferRefusal> {
    match facts.valid_until {
        Some(valid_until) if valid_until < facts.today => Err(OfferRefusal::OutOfDate { valid_until }),
        Some(_) | None => Ok(()),
    }
}
