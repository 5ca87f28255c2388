//! A referral on its way to the market and out of it: submitted, screened, searched in-house, authorised, ended.

use domain::Code as _;
use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::{ReferralId, TaskId};
use domain::people::Caller;
use domain::purchasing::offer::OfferState;
use domain::purchasing::questions::Completeness;
use domain::purchasing::referral::{InHouseOrder, InHouseResult, ReferralAct, ReferralFacts, ReferralState, WithdrawReason};
use serde::{Deserialize, Serialize};
use store::purchasing::placement::Task;
use store::purchasing::referral::{Child, Referral};
use store::{Reads as _, Threshold, Tx};

use crate::purchasing::outcome;
use crate::purchasing::referral::{all_answers, is_unchanged, load, own};
use crate::{Command, Failure};

/// What an emergency left open is owed within so many working days.
const OWED_WITHIN_WORKING_DAYS: u32 = 1;

/// The panel looks again at an emergency within so many working days. Panels' calendars are not published: an example value.
const PANEL_WITHIN_WORKING_DAYS: u32 = 10;

/// The task that asks for what an emergency left open.
pub const COMPLETE_REFERRAL: &str = "COMPLETE_REFERRAL";

/// The task that takes an emergency to the panel afterwards.
pub const PANEL_REVIEW: &str = "PANEL_REVIEW";

/// Where a referral stands after an act.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Stands {
    /// Its state.
    pub state: ReferralState,
    /// Its version.
    pub version: i64,
}

/// Sends a draft or a returned referral to the placements team.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct SubmitReferral {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
}

impl Command for SubmitReferral {
    const ACTION: Action = Action::WriteReferral;
    type Answer = Stands;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Stands, Failure> {
        let mut referral = decide(tx, self.referral, self.version, ReferralAct::Submit, "").await?;
        referral.submitted_at = Some(tx.at());
        record(tx, referral, ReferralAct::Submit, None).await
    }
}

/// Sends a referral back to its writer with questions.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct ReturnReferral {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
    /// What is asked.
    pub questions: String,
}

impl Command for ReturnReferral {
    const ACTION: Action = Action::ScreenReferral;
    type Answer = Stands;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Stands, Failure> {
        let mut referral = decide(tx, self.referral, self.version, ReferralAct::Return, &self.questions).await?;
        referral.note = Some(self.questions.trim().to_owned());
        record(tx, referral, ReferralAct::Return, None).await
    }
}

/// Takes a submitted referral on.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct AcceptReferral {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
}

impl Command for AcceptReferral {
    const ACTION: Action = Action::ScreenReferral;
    type Answer = Stands;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Stands, Failure> {
        let referral = decide(tx, self.referral, self.version, ReferralAct::Accept, "").await?;
        record(tx, referral, ReferralAct::Accept, None).await
    }
}

/// Records what the council's own homes and carers answered; a second time corrects the first.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct RecordInHouseSearch {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
    /// What was found.
    pub result: InHouseResult,
    /// What stands behind it.
    pub reason: String,
}

impl Command for RecordInHouseSearch {
    const ACTION: Action = Action::ScreenReferral;
    type Answer = Stands;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Stands, Failure> {
        if self.reason.trim().is_empty() {
            return Err(Failure::invalid("reason", "Enter what the in-house search found"));
        }
        let known: Referral = tx.get(self.referral).await?;
        let mut referral = if known.state == ReferralState::InternalSearch {
            is_unchanged(&known, self.version)?;
            known
        } else {
            decide(tx, self.referral, self.version, ReferralAct::SearchInHouse, &self.reason).await?
        };
        referral.in_house = Some(self.result);
        referral.note = Some(self.reason.trim().to_owned());
        record(tx, referral, ReferralAct::SearchInHouse, Some(self.result.code())).await
    }
}

/// Allows the search outside the council's own places.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct AuthoriseSearch {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
}

impl Command for AuthoriseSearch {
    const ACTION: Action = Action::AuthoriseSearch;
    type Answer = Stands;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Stands, Failure> {
        let mut referral = decide(tx, self.referral, self.version, ReferralAct::Authorise, "").await?;
        referral.authorised_by = Some(tx.caller().person);
        open_emergency_tasks(tx, &referral).await?;
        record(tx, referral, ReferralAct::Authorise, None).await
    }
}

/// An emergency is authorised on the short set: the rest is owed, and the panel looks at the decision afterwards.
async fn open_emergency_tasks(tx: &mut Tx, referral: &Referral) -> Result<(), Failure> {
    if !ReferralState::needs_panel_review(referral.urgency) {
        return Ok(());
    }
    let child: Child = tx.get(referral.child_id).await?;
    let owes = !Completeness::of(referral.urgency, &all_answers(referral, &child)?).owed.is_empty();
    let today = Day::in_uk(tx.at());
    let to_complete = owes.then(|| (COMPLETE_REFERRAL, today.add_working_days(OWED_WITHIN_WORKING_DAYS)));
    let known = store::purchasing::placement::tasks_of(tx, referral.org_id, referral.id.into()).await?;
    for (kind, due_on) in to_complete.into_iter().chain([(PANEL_REVIEW, today.add_working_days(PANEL_WITHIN_WORKING_DAYS))]) {
        // A search that is authorised a second time has its tasks already.
        if known.iter().any(|task| task.kind == kind) {
            continue;
        }
        let task = Task {
            id: TaskId(tx.new_id()),
            version: 1,
            org_id: referral.org_id,
            subject_id: referral.id.into(),
            kind: kind.to_owned(),
            due_on,
            done_on: None,
            done_by: None,
            note: None,
        };
        tx.create(&task, &serde_json::json!({ "shape": 1, "kind": kind })).await?;
    }
    Ok(())
}

/// Ends a referral that is no longer needed.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct WithdrawReferral {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
    /// Why.
    pub reason: WithdrawReason,
    /// The reason in words; needed when it is another than those listed.
    pub words: String,
}

impl Command for WithdrawReferral {
    const ACTION: Action = Action::WriteReferral;
    type Answer = Stands;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Stands, Failure> {
        let words = self.words.trim();
        if self.reason == WithdrawReason::Other && words.is_empty() {
            return Err(Failure::invalid("words", "Enter why the referral is withdrawn"));
        }
        let note = if words.is_empty() { self.reason.label().to_owned() } else { format!("{}: {words}", self.reason) };
        let mut referral = decide(tx, self.referral, self.version, ReferralAct::Withdraw, &note).await?;
        referral.note = Some(note);
        outcome::close(tx, &referral, "the council withdrew the referral").await?;
        record(tx, referral, ReferralAct::Withdraw, Some(self.reason.code())).await
    }
}

/// Ends a search without a home.
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct EndSearch {
    /// Which referral.
    pub referral: ReferralId,
    /// Its version as it was opened.
    pub version: i64,
    /// Why nothing was found.
    pub reason: String,
}

impl Command for EndSearch {
    const ACTION: Action = Action::ScreenReferral;
    type Answer = Stands;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        own(threshold, caller, self.referral).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Stands, Failure> {
        let mut referral = decide(tx, self.referral, self.version, ReferralAct::EndSearch, &self.reason).await?;
        referral.note = Some(self.reason.trim().to_owned());
        outcome::close(tx, &referral, "the council ended the search").await?;
        record(tx, referral, ReferralAct::EndSearch, None).await
    }
}

/// The referral in the state to which the act leads, not yet written.
pub(crate) async fn decide(tx: &mut Tx, id: ReferralId, version: i64, act: ReferralAct, reason: &str) -> Result<Referral, Failure> {
    let (mut referral, child) = load(tx, id).await?;
    is_unchanged(&referral, version)?;
    let facts = facts(tx, &referral, &child, reason).await?;
    referral.state = referral.state.after(act, &facts).map_err(Failure::refused)?;
    Ok(referral)
}

/// Writes a referral after an act, with the act in its event.
pub(crate) async fn record(tx: &mut Tx, mut referral: Referral, act: ReferralAct, detail: Option<&str>) -> Result<Stands, Failure> {
    let body = serde_json::json!({ "shape": 1, "act": act, "state": referral.state, "detail": detail });
    tx.update(&mut referral, &body).await?;
    Ok(Stands { state: referral.state, version: referral.version })
}

/// What the rules of the referral's life ask. Approvals are for the acts that follow a preferred offer.
pub(crate) async fn facts(tx: &mut Tx, referral: &Referral, child: &Child, reason: &str) -> Result<ReferralFacts, Failure> {
    let completeness = Completeness::of(referral.urgency, &all_answers(referral, child)?);
    let offers = store::purchasing::offer::of_referral(tx, referral.org_id, referral.id).await?;
    let count = |is: fn(OfferState) -> bool| u32::try_from(offers.iter().filter(|offer| is(offer.state)).count()).unwrap_or(u32::MAX);
    Ok(ReferralFacts {
        urgency: referral.urgency,
        unanswered_short: completeness.unanswered_short(),
        unanswered: completeness.unanswered(),
        in_house: referral.in_house,
        in_house_order: InHouseOrder::default(),
        is_own: referral.written_by == tx.caller().person,
        reason: reason.to_owned(),
        live_offers: count(OfferState::is_live),
        awards: count(OfferState::is_award),
        approvals_missing: Vec::new(),
        approvals_given: 0,
        has_started: false,
    })
}
