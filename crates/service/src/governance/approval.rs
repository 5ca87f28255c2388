//! Approvals: what waits, on what grounds, and the decision with its evidence.

use domain::Code as _;
use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::governance::approval::ApprovalKind;
use domain::governance::reading::{reads_decision, reads_evidence, reads_of_the_child};
use domain::governance::required::{Answer, ApprovalCheck, CheckTiming, RequiredApproval, RequiredCheck};
use domain::governance::separation::check_separation;
use domain::ids::{ApprovalId, OfferId, OrganisationId, PersonId, ReferralId};
use domain::people::{Caller, Role};
use domain::purchasing::placement::{Start, StartTask};
use domain::purchasing::referral::{ReferralAct, ReferralState};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::governance::approval::{Approval, ApprovalState};
use store::purchasing::referral::Referral;
use store::{Fault, ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use crate::purchasing::choice::set_aside;
use crate::purchasing::evaluation::{OfferCompared, compare};
use crate::purchasing::tasks::close_seen;
use crate::{Command, Failure, Query, Slice};

/// A check with what was said to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAnswered {
    /// What the approver must be satisfied of.
    pub check: ApprovalCheck,
    /// By when.
    pub timing: CheckTiming,
    /// On what evidence; empty until answered.
    pub evidence: String,
    /// Who answered after the approval, and when; absent for what was answered with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_later: Option<(PersonId, Instant)>,
}

impl CheckAnswered {
    /// Nothing was said to it yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.evidence.trim().is_empty()
    }
}

/// What an approval keeps as JSON: who may decide it, and its checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// Any one of these roles decides.
    pub decided_by: Vec<Role>,
    /// Its checks, in order.
    pub checks: Vec<CheckAnswered>,
}

impl Checks {
    /// The checks of an approval that is asked for, none answered.
    #[must_use]
    pub fn of(required: &RequiredApproval) -> Self {
        let open =
            |one: &RequiredCheck| CheckAnswered { check: one.check, timing: one.timing, evidence: String::new(), answered_later: None };
        Self { decided_by: required.decided_by.clone(), checks: required.checks.iter().map(open).collect() }
    }

    /// The checks as they were kept.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when the JSON is not what was kept.
    pub fn read(approval: &Approval) -> Result<Self, Fault> {
        serde_json::from_str(&approval.checks).map_err(|error| Fault::inconsistent("approval.checks", error))
    }

    pub(crate) fn written(&self) -> Result<String, Fault> {
        serde_json::to_string(self).map_err(|error| Fault::inconsistent("approval.checks", error))
    }

    /// Whether checks were left for the five working days after an emergency.
    #[must_use]
    pub fn has_open(&self) -> bool {
        self.checks.iter().any(CheckAnswered::is_open)
    }

    fn required(&self, approval: &Approval) -> RequiredApproval {
        let plain = |one: &CheckAnswered| RequiredCheck { check: one.check, timing: one.timing };
        RequiredApproval {
            kind: approval.kind,
            decided_by: self.decided_by.clone(),
            reason: approval.why.clone(),
            checks: self.checks.iter().map(plain).collect(),
        }
    }
}

async fn relation(reads: &mut impl Reads, approval: ApprovalId, caller: &Caller) -> Result<Option<Relation>, Failure> {
    let approval = reads.find::<Approval>(approval).await?;
    Ok(approval.filter(|approval| approval.org_id == caller.organisation).map(|_| Relation::Own))
}

/// Gives or refuses an approval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DecideApproval {
    /// The approval.
    pub approval: ApprovalId,
    /// Evidence by check. In an emergency some checks may follow within five working days.
    pub answers: Vec<(ApprovalCheck, String)>,
    /// Given, or refused.
    pub approve: bool,
    /// Why; needed for a refusal.
    pub reason: String,
}

/// What came of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Where the approval stands.
    pub approval: ApprovalState,
    /// Where the referral stands.
    pub referral: ReferralState,
    /// Checks that must be answered within five working days, and by when.
    pub open: Vec<ApprovalCheck>,
    /// The day by which they are due.
    pub due_on: Option<Day>,
}

impl Command for DecideApproval {
    const ACTION: Action = Action::DecideApproval;
    type Answer = Decided;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(threshold, self.approval, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Decided, Failure> {
        let mut approval: Approval = tx.get(self.approval).await?;
        let referral: Referral = tx.get(approval.referral_id).await?;
        let (by, role, at) = (tx.caller().person, tx.caller().role, tx.at());
        may_decide(tx, &approval, &referral, by).await?;
        let mut checks = Checks::read(&approval)?;
        if !checks.decided_by.contains(&role) {
            return Err(Failure::refused(domain::governance::required::ApprovalRefused::NotTheirs { kind: approval.kind, role }));
        }
        let answers: Vec<Answer> =
            self.answers.iter().map(|(check, evidence)| Answer { check: *check, evidence: evidence.trim().to_owned() }).collect();
        let (mut open, mut due_on) = (Vec::new(), None);
        if self.approve {
            let left = checks.required(&approval).check(role, &answers, Day::in_uk(at)).map_err(Failure::refused)?;
            due_on = (!left.checks.is_empty()).then_some(left.due_on);
            open = left.checks;
        } else if self.reason.trim().is_empty() {
            return Err(Failure::invalid("reason", "Enter the reason for refusing"));
        }
        for check in &mut checks.checks {
            if let Some(answer) = answers.iter().find(|answer| answer.check == check.check) {
                check.evidence.clone_from(&answer.evidence);
            }
        }
        approval.checks = checks.written()?;
        approval.state = if self.approve { ApprovalState::Approved } else { ApprovalState::Refused };
        (approval.decided_by, approval.decided_at) = (Some(by), Some(at));
        approval.reason = Some(self.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        let event = json!({ "shape": 1, "kind": approval.kind, "state": approval.state, "open": open });
        tx.update(&mut approval, &event).await?;
        let mut state = referral.state;
        // A refused price exception before the choice leaves the offer on the shortlist, where it cannot be preferred.
        if !self.approve && state == ReferralState::AwaitingApproval {
            state = set_aside(tx, referral, ReferralAct::RefuseApproval, &self.reason).await?;
        }
        Ok(Decided { approval: approval.state, referral: state, open, due_on })
    }
}

/// Decided once, in order, while the choice stands, and by nobody who asked, scored or chose.
async fn may_decide(tx: &mut Tx, approval: &Approval, referral: &Referral, by: PersonId) -> Result<(), Failure> {
    if approval.fell_away_at.is_some() {
        return Err(Failure::refused("the offer was chosen again, and on what is known now this approval is not needed"));
    }
    if approval.state != ApprovalState::Pending {
        return Err(Failure::Conflict(format!("this approval has been decided: {}", approval.state)));
    }
    if approval.kind != ApprovalKind::PriceException && referral.preferred_offer != Some(approval.offer_id) {
        return Err(Failure::refused("the offer is not preferred any more: there is nothing to approve"));
    }
    let all = store::governance::approval::of_offer(tx, approval.org_id, approval.offer_id).await?;
    if let Some(earlier) = all.iter().find(|other| other.position < approval.position && other.is_missing()) {
        return Err(Failure::refused(format!("`{}` is decided first", earlier.kind)));
    }
    stands_apart(tx, approval, referral, by).await
}

/// Whoever asked, scored or chose does not approve, neither at once nor afterwards.
async fn stands_apart(tx: &mut Tx, approval: &Approval, referral: &Referral, by: PersonId) -> Result<(), Failure> {
    if referral.preferred_by == Some(by) {
        return Err(Failure::refused("the person who chose this offer cannot approve the choice"));
    }
    let given = store::purchasing::offer::scores_of_referral(tx, approval.org_id, referral.id).await?;
    let scorers: Vec<PersonId> = given.iter().map(|score| score.scored_by).collect();
    check_separation(referral.written_by, &scorers, Some(by)).map_err(Failure::refused)
}

/// Answers the checks that an emergency approval left open. What was answered before stays as it was said.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CompleteChecks {
    /// The approval, which was given.
    pub approval: ApprovalId,
    /// Evidence by check; a part of what is open is enough.
    pub answers: Vec<(ApprovalCheck, String)>,
}

impl Command for CompleteChecks {
    const ACTION: Action = Action::DecideApproval;
    /// The checks that are still open.
    type Answer = Vec<ApprovalCheck>;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(threshold, self.approval, caller).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<Vec<ApprovalCheck>, Failure> {
        let mut approval: Approval = tx.get(self.approval).await?;
        let referral: Referral = tx.get(approval.referral_id).await?;
        let (by, role, at) = (tx.caller().person, tx.caller().role, tx.at());
        let mut checks = Checks::read(&approval)?;
        if !approval.is_given() || !checks.has_open() {
            return Err(Failure::refused("this approval has no check that is still to be answered"));
        }
        if referral.preferred_offer != Some(approval.offer_id) {
            return Err(Failure::refused("the offer is not preferred any more: there is nothing to check"));
        }
        if !checks.decided_by.contains(&role) {
            return Err(Failure::refused(domain::governance::required::ApprovalRefused::NotTheirs { kind: approval.kind, role }));
        }
        stands_apart(tx, &approval, &referral, by).await?;
        let mut answered = Vec::new();
        for (wanted, evidence) in self.answers.iter().filter(|(_, evidence)| !evidence.trim().is_empty()) {
            let check = checks.checks.iter_mut().find(|one| one.check == *wanted).ok_or_else(Failure::absent)?;
            if !check.is_open() {
                return Err(Failure::refused(format!("`{wanted}` was answered before: what was said stays")));
            }
            (check.evidence, check.answered_later) = (evidence.trim().to_owned(), Some((by, at)));
            answered.push(*wanted);
        }
        let open: Vec<ApprovalCheck> = checks.checks.iter().filter(|one| one.is_open()).map(|one| one.check).collect();
        if let Some(first) = open.first().filter(|_| answered.is_empty()) {
            return Err(Failure::invalid(first.code(), "Enter the evidence for one check at least"));
        }
        approval.checks = checks.written()?;
        let event = json!({ "shape": 1, "kind": approval.kind, "answered": answered, "open": open });
        tx.update(&mut approval, &event).await?;
        if !has_open_checks(tx, approval.org_id, approval.offer_id).await?
            && let Some(placement) = store::purchasing::placement::of_referral(tx, referral.id).await?
        {
            close_seen(tx, approval.org_id, placement.id.0, StartTask::ApprovalChecks).await?;
        }
        Ok(open)
    }
}

/// Whether approvals that were given to an offer still owe answers.
pub(crate) async fn has_open_checks(reads: &mut impl Reads, council: OrganisationId, offer: OfferId) -> Result<bool, Failure> {
    for approval in store::governance::approval::of_offer(reads, council, offer).await? {
        if approval.is_given() && Checks::read(&approval)?.has_open() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What an approver sees of an approval.
#[derive(Debug, Clone)]
pub struct ApprovalView {
    /// The approval.
    pub id: ApprovalId,
    /// The referral.
    pub referral: ReferralId,
    /// Its number.
    pub referral_number: String,
    /// The offer that is preferred.
    pub offer: OfferId,
    /// What is to be approved.
    pub kind: ApprovalKind,
    /// In which order it is decided, from 1.
    pub position: i64,
    /// Why it is needed.
    pub why: String,
    /// Who decides, and the checks.
    pub checks: Checks,
    /// Where it stands.
    pub state: ApprovalState,
    /// Whether it is this caller's role to decide it.
    pub is_mine: bool,
    /// Who decided and when.
    pub decided: Option<(PersonId, Instant)>,
    /// What was said.
    pub reason: Option<String>,
    /// By when the checks are due that an emergency left open: five working days after the approval.
    pub checks_due_on: Option<Day>,
    /// Since when the placement does not need it any more.
    pub fell_away_at: Option<Instant>,
    /// What is decided; only of one approval, not in a list.
    pub proposal: Option<Proposal>,
}

impl ApprovalView {
    /// Whether it was given, and checks are still to be answered.
    #[must_use]
    pub fn owes_checks(&self) -> bool {
        self.checks_due_on.is_some()
    }
}

/// The placement that an approval decides on.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The offer with its home, price and place.
    pub offer: OfferCompared,
    /// From where its distance is measured.
    pub reference_point: String,
    /// Where it ranks, and among how many.
    pub rank: Option<(u32, usize)>,
    /// Why it was chosen; must be given when it does not rank first.
    pub chosen_because: Option<String>,
    /// The reason is about the child and kept back from this reader.
    pub is_reason_kept_back: bool,
}

async fn view(reads: &mut ReadTx, approval: Approval, role: Role) -> Result<ApprovalView, Failure> {
    let referral: Referral = reads.get(approval.referral_id).await?;
    let mut checks = Checks::read(&approval)?;
    let approved_at = approval.decided_at.filter(|_| approval.is_given() && checks.has_open());
    let checks_due_on = approved_at.map(|at| Day::in_uk(at).add_working_days(Start::EMERGENCY_WORKING_DAYS));
    // Whoever decides answers every check, and reads of the evidence only what is theirs.
    let is_open_to_them = checks.decided_by.contains(&role) && (approval.state == ApprovalState::Pending || checks_due_on.is_some());
    let reads_it = |one: &CheckAnswered| reads_evidence(role, approval.kind, one.check);
    checks.checks.retain(|one| is_open_to_them || reads_it(one));
    for one in checks.checks.iter_mut().filter(|one| !reads_evidence(role, approval.kind, one.check)) {
        one.evidence.clear();
    }
    Ok(ApprovalView {
        id: approval.id,
        referral: referral.id,
        referral_number: referral.number,
        offer: approval.offer_id,
        kind: approval.kind,
        position: approval.position,
        is_mine: checks.decided_by.contains(&role),
        checks,
        checks_due_on,
        fell_away_at: approval.fell_away_at,
        why: approval.why,
        state: approval.state,
        decided: approval.decided_by.zip(approval.decided_at),
        reason: approval.reason.filter(|_| reads_decision(role, approval.kind)),
        proposal: None,
    })
}

/// A part of what waits for a decision in the caller's council, in the order in which the decisions are due.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalsWaiting(pub Slice<(i64, Uuid)>);

impl Query for ApprovalsWaiting {
    const ACTION: Action = Action::SeeApprovals;
    type Answer = Vec<ApprovalView>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<ApprovalView>, Failure> {
        let mut views = Vec::new();
        for approval in store::governance::approval::waiting(reads, caller.organisation, &self.0).await? {
            views.push(view(reads, approval, caller.role).await?);
        }
        Ok(views)
    }
}

/// Approvals of the caller's council that were given in an emergency and still owe answers, the earliest first.
#[derive(Debug, Clone, Copy)]
pub struct ChecksOwed;

impl Query for ChecksOwed {
    const ACTION: Action = Action::SeeApprovals;
    type Answer = Vec<ApprovalView>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<ApprovalView>, Failure> {
        let mut views = Vec::new();
        for approval in store::governance::approval::with_blank_checks(reads, caller.organisation).await? {
            views.push(view(reads, approval, caller.role).await?);
        }
        views.retain(ApprovalView::owes_checks);
        Ok(views)
    }
}

/// A part of what waits in the caller's council: what is the caller's to decide, or what others decide.
#[derive(Debug, Clone, Copy)]
pub struct ApprovalsOf {
    /// Those that the caller's role decides.
    pub is_mine: bool,
    /// Which part.
    pub slice: Slice<(i64, Uuid)>,
}

impl Query for ApprovalsOf {
    const ACTION: Action = Action::SeeApprovals;
    type Answer = Vec<ApprovalView>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<ApprovalView>, Failure> {
        let mut views = Vec::new();
        for approval in store::governance::approval::waiting_for(reads, caller.organisation, &self.slice, caller.role, self.is_mine).await?
        {
            views.push(view(reads, approval, caller.role).await?);
        }
        Ok(views)
    }
}

/// One approval.
#[derive(Debug, Clone, Copy)]
pub struct GetApproval {
    /// Which.
    pub approval: ApprovalId,
    /// The day on which it is asked.
    pub today: Day,
}

impl Query for GetApproval {
    const ACTION: Action = Action::SeeApprovals;
    type Answer = ApprovalView;

    fn sensitive(&self) -> Option<Uuid> {
        Some(self.approval.0)
    }

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        relation(reads, self.approval, caller).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<ApprovalView, Failure> {
        let approval: Approval = reads.get(self.approval).await?;
        let mut view = view(reads, approval, caller.role).await?;
        view.proposal = proposal(reads, &view, caller, self.today).await?;
        Ok(view)
    }
}

/// The offer of an approval as the comparison has it. An offer that was withdrawn before it was sent is not in it.
async fn proposal(reads: &mut ReadTx, approval: &ApprovalView, caller: &Caller, today: Day) -> Result<Option<Proposal>, Failure> {
    let comparison = compare(reads, approval.referral, caller, today).await?;
    let among = comparison.ranking.ranked.len();
    let rank = comparison.ranking.ranked.iter().find(|ranked| ranked.offer == approval.offer).map(|ranked| (ranked.rank, among));
    let preferred = comparison.preferred.filter(|(offer, _)| *offer == approval.offer);
    let is_reason_kept_back = preferred.is_some() && !reads_of_the_child(caller.role);
    let chosen_because = preferred.and_then(|(_, reason)| reason);
    let offer = comparison.offers.into_iter().find(|offer| offer.id == approval.offer);
    let reference_point = comparison.local.reference_point;
    Ok(offer.map(|offer| Proposal { offer, reference_point, rank, chosen_because, is_reason_kept_back }))
}
