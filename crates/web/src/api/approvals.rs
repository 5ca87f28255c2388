//! What waits for somebody's approval, with the checks that the regulations ask for.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use domain::Code as _;
use domain::calendar::Day;
use domain::governance::approval::ApprovalKind;
use domain::governance::required::{ApprovalCheck, CheckTiming};
use domain::ids::ApprovalId;
use domain::people::Role;
use domain::purchasing::referral::ReferralState;
use serde::{Deserialize, Serialize};
use service::governance::approval::{ApprovalView, ApprovalsWaiting, CheckAnswered, CompleteChecks, DecideApproval, GetApproval};
use service::{Failure, FieldProblem, ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Asked, Listed, Part, Sent, Told, codes};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;

/// An approval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Approval {
    id: Uuid,
    referral: Uuid,
    referral_number: String,
    offer: Uuid,
    #[schema(schema_with = codes::<ApprovalKind>)]
    kind: ApprovalKind,
    /// Approvals of one offer are given in this order.
    position: i64,
    /// Why it is needed.
    why: String,
    /// Who may give it.
    decided_by: Vec<String>,
    checks: Vec<ApprovalEvidence>,
    /// `PENDING`, `APPROVED` or `REFUSED`.
    state: String,
    /// Whether the caller's role may give it.
    is_mine: bool,
    reason: Option<String>,
}

/// What must be checked, on which evidence.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalEvidence {
    #[schema(schema_with = codes::<ApprovalCheck>)]
    code: ApprovalCheck,
    label: &'static str,
    #[schema(schema_with = codes::<CheckTiming>)]
    timing: CheckTiming,
    evidence: String,
}

impl From<ApprovalView> for Approval {
    fn from(view: ApprovalView) -> Self {
        let check =
            |one: CheckAnswered| ApprovalEvidence { code: one.check, label: one.check.label(), timing: one.timing, evidence: one.evidence };
        Self {
            id: view.id.0,
            referral: view.referral.0,
            referral_number: view.referral_number,
            offer: view.offer.0,
            kind: view.kind,
            position: view.position,
            why: view.why,
            decided_by: view.checks.decided_by.iter().map(|role: &Role| role.code().to_owned()).collect(),
            checks: view.checks.checks.into_iter().map(check).collect(),
            state: view.state.code().to_owned(),
            is_mine: view.is_mine,
            reason: view.reason,
        }
    }
}

/// What waits for a decision in the council.
#[utoipa::path(get, path = "/api/v1/approvals", tag = "approvals", params(Part), responses((status = 200, body = Listed<Approval>)))]
pub(crate) async fn waiting(State(site): State<Site>, Who(who): Who, Asked(part): Asked<Part>) -> Told<Listed<Approval>> {
    let views = ask(&site.nearhome, &who.caller, &ApprovalsWaiting(part.slice()?)).await?;
    part.listed(views, |view| (view.position, view.id), Approval::from)
}

/// One approval.
#[utoipa::path(get, path = "/api/v1/approvals/{id}", tag = "approvals", params(("id" = Uuid, Path)), responses((status = 200, body = Approval)))]
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Approval> {
    let approval: ApprovalId = pages::id(&id)?;
    Ok(Json(ask(&site.nearhome, &who.caller, &GetApproval { approval, today: Day::in_uk(site.nearhome.now()) }).await?.into()))
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    approve: bool,
    /// The evidence by the code of its check.
    #[serde(default)]
    evidence: BTreeMap<String, String>,
    /// Needed when it is refused.
    #[serde(default)]
    reason: String,
}

/// Where the approval stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Decided {
    state: String,
    #[schema(schema_with = codes::<ReferralState>)]
    referral: ReferralState,
    /// Checks that may follow later and are still open.
    open: Vec<String>,
    /// By when they are due.
    #[schema(value_type = Option<String>, format = Date)]
    due_on: Option<Day>,
}

/// Approves or refuses.
#[utoipa::path(post, path = "/api/v1/approvals/{id}/decide", tag = "approvals", params(("id" = Uuid, Path)), request_body = Decision, responses((status = 200, body = Decided)))]
pub(crate) async fn decide(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Decision>) -> Told<Decided> {
    let Decision { approve, evidence, reason } = request.body;
    let answers = answers(evidence)?;
    let command = DecideApproval { approval: pages::id(&id)?, answers, approve, reason };
    let decided = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(Json(Decided {
        state: decided.approval.code().to_owned(),
        referral: decided.referral,
        open: decided.open.iter().map(|check| check.code().to_owned()).collect(),
        due_on: decided.due_on,
    }))
}

fn answers(evidence: BTreeMap<String, String>) -> Result<Vec<(ApprovalCheck, String)>, Failure> {
    let mut answers = Vec::new();
    let mut problems = Vec::new();
    for (code, words) in evidence {
        match ApprovalCheck::from_code(&code) {
            Ok(check) => answers.push((check, words)),
            Err(_) => problems.push(FieldProblem::at(code, "There is no such check")),
        }
    }
    if problems.is_empty() { Ok(answers) } else { Err(Failure::Invalid(problems)) }
}

/// Evidence for checks that an emergency approval left open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LaterEvidence {
    /// The evidence by the code of its check.
    evidence: BTreeMap<String, String>,
}

/// What is still open.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StillOpen {
    /// Codes of checks.
    open: Vec<String>,
}

/// Answers checks that an emergency approval left open. What was answered before stays.
#[utoipa::path(post, path = "/api/v1/approvals/{id}/checks", tag = "approvals", params(("id" = Uuid, Path)), request_body = LaterEvidence, responses((status = 200, body = StillOpen)))]
pub(crate) async fn complete_checks(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<LaterEvidence>,
) -> Told<StillOpen> {
    let command = CompleteChecks { approval: pages::id(&id)?, answers: answers(request.body.evidence)? };
    let open = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(Json(StillOpen { open: open.iter().map(|check| check.code().to_owned()).collect() }))
}
