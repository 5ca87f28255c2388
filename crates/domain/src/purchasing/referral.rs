//! A child's need for a placement, from the social worker's draft to the day a home is agreed.
//!
//! [`ReferralState::after`] is the only way from one state to another. It is given what is known about the referral and
//! says, when it refuses, what the reader has to do first. Which roles may do an act is for [`crate::access`].

use serde::{Deserialize, Serialize};
use thiserror::Error;

codes! {
    /// Where a referral stands.
    pub enum ReferralState("referral state") {
        /// Being written by the social worker.
        Draft = "DRAFT", "Draft";
        /// With the placements team, to be screened.
        Submitted = "SUBMITTED", "Submitted";
        /// Sent back to the social worker with questions.
        Returned = "RETURNED", "Returned";
        /// Screened: complete enough to search.
        Accepted = "ACCEPTED", "Accepted";
        /// The council's own homes and carers are being asked.
        InternalSearch = "INTERNAL_SEARCH", "In-house search";
        /// A manager has authorised an external search.
        Authorised = "AUTHORISED", "Authorised";
        /// Profiles are with providers.
        OutToMarket = "OUT_TO_MARKET", "Out to market";
        /// Offers are compared and discussed.
        Shortlisting = "SHORTLISTING", "Shortlisting";
        /// One offer is preferred.
        Preferred = "PREFERRED", "Preferred offer chosen";
        /// The approvals that the law and the council ask for are being collected.
        AwaitingApproval = "AWAITING_APPROVAL", "Awaiting approval";
        /// A home is agreed.
        Placed = "PLACED", "Placed";
        /// No longer needed, or found elsewhere.
        Withdrawn = "WITHDRAWN", "Withdrawn";
        /// The search ended without a home; goes to panel or to a search outside the framework.
        NoPlacement = "NO_PLACEMENT", "No placement found";
    }
}

codes! {
    /// What can be done to a referral.
    pub enum ReferralAct("referral act") {
        /// The social worker sends it, for the first time or again.
        Submit = "SUBMIT", "Submit";
        /// The placement officer sends it back with questions.
        Return = "RETURN", "Return with questions";
        /// The placement officer takes it on.
        Accept = "ACCEPT", "Accept";
        /// The council's own provision is asked.
        SearchInHouse = "SEARCH_IN_HOUSE", "Search in-house";
        /// A manager authorises the external search.
        Authorise = "AUTHORISE", "Authorise the search";
        /// A wave of profiles is sent to providers.
        Release = "RELEASE", "Release to providers";
        /// Offers start to be compared.
        Shortlist = "SHORTLIST", "Start shortlisting";
        /// One offer is preferred.
        Prefer = "PREFER", "Choose the preferred offer";
        /// The preferred offer is set aside.
        SetAside = "SET_ASIDE", "Set the preferred offer aside";
        /// Approvals are asked for.
        AskApproval = "ASK_APPROVAL", "Ask for approval";
        /// An approver refuses.
        RefuseApproval = "REFUSE_APPROVAL", "Refuse approval";
        /// The home is agreed.
        Place = "PLACE", "Place";
        /// The agreed home falls through before the child moves in.
        FallThrough = "FALL_THROUGH", "Placement fell through";
        /// Not needed any more.
        Withdraw = "WITHDRAW", "Withdraw";
        /// The search ends without a home.
        EndSearch = "END_SEARCH", "End the search without a placement";
    }
}

codes! {
    /// How soon the child needs the home.
    pub enum Urgency("urgency") {
        /// Today or tomorrow.
        Emergency = "EMERGENCY", "Emergency: today or tomorrow";
        /// Within five working days.
        Urgent = "URGENT", "Urgent: within 5 working days";
        /// Later than five working days.
        Planned = "PLANNED", "Planned: more than 5 working days away";
        /// A home until the child grows up.
        LongTerm = "LONG_TERM", "Long-term home";
    }
}

impl Urgency {
    /// The spelling of the Placements Data Standard for "when placement is needed by".
    #[must_use]
    pub fn standard(self) -> &'static str {
        match self {
            Self::Emergency => "Today",
            Self::Urgent => "in less than 5 days",
            Self::Planned | Self::LongTerm => "in more than 5 days",
        }
    }
}

codes! {
    /// What the council's own search found.
    pub enum InHouseResult("in-house result") {
        /// No carer or bed is free.
        NoVacancy = "NO_VACANCY", "No vacancy";
        /// A vacancy exists and does not meet the child's needs.
        NoMatch = "NO_MATCH", "No match for the child's needs";
        /// A vacancy exists and does not suit the children already there.
        NotWithResidents = "NOT_WITH_RESIDENTS", "No match with children already there";
        /// A stay of up to 28 days; providers are told, because it makes a short placement likely.
        Stopgap = "STOPGAP", "A stopgap of up to 28 days only";
        /// A home was found; the referral is withdrawn from the external search.
        Found = "FOUND", "A home was found";
    }
}

codes! {
    /// Why a referral was withdrawn.
    pub enum WithdrawReason("reason for withdrawing") {
        /// The council's own provision has a home.
        InHouse = "IN_HOUSE", "Placed with the council's own provision";
        /// A relative or friend looks after the child.
        ConnectedPerson = "CONNECTED_PERSON", "Placed with a relative or friend";
        /// The child stays where they are or went home.
        NotNeeded = "NOT_NEEDED", "The child stays or has gone home";
        /// The need changed so much that a new referral says it better.
        NeedChanged = "NEED_CHANGED", "The child's needs have changed";
        /// The same need was sent twice.
        Duplicate = "DUPLICATE", "Sent twice";
        /// Something else, said in words.
        Other = "OTHER", "Another reason";
    }
}

/// Whether the council's own search has to be finished before an external search is authorised (a council's setting).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InHouseOrder {
    /// First in-house, then the market.
    #[default]
    First,
    /// Both at once.
    InParallel,
}

/// What is known about a referral at the moment of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralFacts {
    /// How soon the home is needed.
    pub urgency: Urgency,
    /// Labels of the questions of the short set still to be answered: what every referral needs to be sent.
    pub unanswered_short: Vec<&'static str>,
    /// Labels of the mandatory questions still to be answered at this urgency: what a search needs to be authorised.
    pub unanswered: Vec<&'static str>,
    /// What the in-house search found, once it has been recorded.
    pub in_house: Option<InHouseResult>,
    /// The council's setting for the order of the searches.
    pub in_house_order: InHouseOrder,
    /// Whether the person who acts wrote the referral: nobody authorises their own search.
    pub is_own: bool,
    /// The reason or the questions given with the act; blank counts as none.
    pub reason: String,
    /// How many offers are live: submitted, in clarification or shortlisted.
    pub live_offers: u32,
    /// How many offers of this referral are preferred or accepted.
    pub awards: u32,
    /// Names of approvals asked for and not yet given.
    pub approvals_missing: Vec<String>,
    /// How many approvals have been given.
    pub approvals_given: u32,
    /// Whether the child has moved in.
    pub has_started: bool,
}

/// Why an act on a referral was refused, with what has to happen first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReferralRefusal {
    /// The act does not belong to this state.
    #[error("`{act}` cannot be done while the referral is `{state}`")]
    NotNow {
        /// Where the referral stands.
        state: ReferralState,
        /// What was tried.
        act: ReferralAct,
    },
    /// Mandatory questions are open.
    #[error("answer these questions first: {}", .questions.join(", "))]
    Incomplete {
        /// Their labels.
        questions: Vec<&'static str>,
    },
    /// Sending back, withdrawing and the like are explained to the people who wait.
    #[error("give a reason")]
    ReasonNeeded,
    /// The in-house search has no recorded result.
    #[error("record the result of the in-house search first")]
    InHouseResultNeeded,
    /// The in-house search found a home.
    #[error("the in-house search found a home: withdraw the referral instead")]
    FoundInHouse,
    /// The same person wrote the referral.
    #[error("somebody other than the writer of the referral must authorise the search")]
    OwnReferral,
    /// There is no offer to compare.
    #[error("there is no offer to shortlist yet")]
    NoOffer,
    /// One offer is preferred or accepted already.
    #[error("another offer is already preferred: set it aside first")]
    AlreadyAwarded,
    /// No offer is preferred.
    #[error("choose the preferred offer first")]
    NothingPreferred,
    /// The offer in hand is preferred and has to be set aside.
    #[error("an offer is still preferred: set it aside first")]
    StillPreferred,
    /// Approvals are missing.
    #[error("these approvals are still to be given: {}", .approvals.join(", "))]
    ApprovalsMissing {
        /// Their names.
        approvals: Vec<String>,
    },
    /// No approval at all has been recorded.
    #[error("no approval has been recorded: every placement is approved by a named person")]
    NothingApproved,
    /// The child lives there; the placement has to be ended instead.
    #[error("the child has moved in: end the placement instead")]
    AlreadyStarted,
}

impl ReferralState {
    /// Whether people still work on this referral.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Draft
            | Self::Submitted
            | Self::Returned
            | Self::Accepted
            | Self::InternalSearch
            | Self::Authorised
            | Self::OutToMarket
            | Self::Shortlisting
            | Self::Preferred
            | Self::AwaitingApproval => true,
            Self::Placed | Self::Withdrawn | Self::NoPlacement => false,
        }
    }

    /// Whether providers may answer, ask and change their offers.
    #[must_use]
    pub fn takes_offers(self) -> bool {
        matches!(self, Self::OutToMarket | Self::Shortlisting)
    }

    /// Where the act leads, if it belongs to this state at all. Whether it may be done now is for [`Self::after`].
    #[must_use]
    pub fn leads_to(self, act: ReferralAct) -> Option<Self> {
        use ReferralAct as Act;
        match (self, act) {
            (Self::Draft | Self::Returned, Act::Submit) => Some(Self::Submitted),
            (Self::Submitted | Self::Accepted, Act::Return) => Some(Self::Returned),
            (Self::Submitted, Act::Accept) => Some(Self::Accepted),
            (Self::Accepted, Act::SearchInHouse) => Some(Self::InternalSearch),
            // Out of NO_PLACEMENT a manager may authorise a wider search, outside the framework.
            (Self::Accepted | Self::InternalSearch | Self::NoPlacement, Act::Authorise) => Some(Self::Authorised),
            (Self::Authorised | Self::OutToMarket | Self::Shortlisting, Act::Release) => Some(Self::OutToMarket),
            (Self::OutToMarket, Act::Shortlist)
            | (Self::Preferred, Act::SetAside)
            | (Self::AwaitingApproval, Act::SetAside | Act::RefuseApproval)
            | (Self::Placed, Act::FallThrough) => Some(Self::Shortlisting),
            (Self::Shortlisting, Act::Prefer) => Some(Self::Preferred),
            (Self::Preferred, Act::AskApproval) => Some(Self::AwaitingApproval),
            (Self::AwaitingApproval, Act::Place) => Some(Self::Placed),
            (Self::Authorised | Self::OutToMarket | Self::Shortlisting, Act::EndSearch) => Some(Self::NoPlacement),
            (state, Act::Withdraw) if state.is_open() || state == Self::NoPlacement => Some(Self::Withdrawn),
            (
                _,
                Act::Submit
                | Act::Return
                | Act::Accept
                | Act::SearchInHouse
                | Act::Authorise
                | Act::Release
                | Act::Shortlist
                | Act::Prefer
                | Act::SetAside
                | Act::AskApproval
                | Act::RefuseApproval
                | Act::Place
                | Act::FallThrough
                | Act::Withdraw
                | Act::EndSearch,
            ) => None,
        }
    }

    /// The state after an act.
    ///
    /// # Errors
    /// [`ReferralRefusal`] naming what has to happen first.
    pub fn after(self, act: ReferralAct, facts: &ReferralFacts) -> Result<Self, ReferralRefusal> {
        use ReferralAct as Act;
        let next = self.leads_to(act).ok_or(ReferralRefusal::NotNow { state: self, act })?;
        match act {
            Act::Submit => answered(&facts.unanswered_short)?,
            Act::Return | Act::EndSearch | Act::SetAside | Act::RefuseApproval => reasoned(facts)?,
            Act::Withdraw => {
                reasoned(facts)?;
                nothing_awarded(facts)?;
            }
            Act::Authorise => self.may_authorise(facts)?,
            // Screening is the officer's judgement; a thin referral may be taken on and completed before authorisation.
            Act::Accept | Act::SearchInHouse | Act::Release | Act::AskApproval => {}
            Act::Shortlist => {
                if facts.live_offers == 0 {
                    return Err(ReferralRefusal::NoOffer);
                }
            }
            Act::Prefer => {
                if facts.awards > 0 {
                    return Err(ReferralRefusal::AlreadyAwarded);
                }
            }
            Act::Place => may_place(facts)?,
            Act::FallThrough => {
                reasoned(facts)?;
                if facts.has_started {
                    return Err(ReferralRefusal::AlreadyStarted);
                }
            }
        }
        Ok(next)
    }

    /// A search outside the council costs money and shares a child's story: a manager who did not write the referral
    /// decides. In an emergency the in-house result may follow; the decision then goes to the next panel.
    fn may_authorise(self, facts: &ReferralFacts) -> Result<(), ReferralRefusal> {
        answered(&facts.unanswered)?;
        if facts.is_own {
            return Err(ReferralRefusal::OwnReferral);
        }
        match facts.in_house {
            Some(InHouseResult::Found) => Err(ReferralRefusal::FoundInHouse),
            Some(InHouseResult::NoVacancy | InHouseResult::NoMatch | InHouseResult::NotWithResidents | InHouseResult::Stopgap) => Ok(()),
            None if facts.urgency == Urgency::Emergency
                || facts.in_house_order == InHouseOrder::InParallel
                || self == Self::NoPlacement =>
            {
                Ok(())
            }
            None => Err(ReferralRefusal::InHouseResultNeeded),
        }
    }

    /// Whether an authorisation given now has to be looked at again by the next panel: an emergency is authorised by one
    /// named officer and reviewed afterwards.
    #[must_use]
    pub fn needs_panel_review(urgency: Urgency) -> bool {
        urgency == Urgency::Emergency
    }
}

fn answered(open: &[&'static str]) -> Result<(), ReferralRefusal> {
    if open.is_empty() {
        return Ok(());
    }
    Err(ReferralRefusal::Incomplete { questions: open.to_vec() })
}

fn reasoned(facts: &ReferralFacts) -> Result<(), ReferralRefusal> {
    if facts.reason.trim().is_empty() {
        return Err(ReferralRefusal::ReasonNeeded);
    }
    Ok(())
}

fn nothing_awarded(facts: &ReferralFacts) -> Result<(), ReferralRefusal> {
    if facts.awards > 0 {
        return Err(ReferralRefusal::StillPreferred);
    }
    Ok(())
}

fn may_place(facts: &ReferralFacts) -> Result<(), ReferralRefusal> {
    match facts.awards {
        0 => return Err(ReferralRefusal::NothingPreferred),
        1 => {}
        _ => return Err(ReferralRefusal::AlreadyAwarded),
    }
    if !facts.approvals_missing.is_empty() {
        return Err(ReferralRefusal::ApprovalsMissing { approvals: facts.approvals_missing.clone() });
    }
    if facts.approvals_given == 0 {
        return Err(ReferralRefusal::NothingApproved);
    }
    Ok(())
}
