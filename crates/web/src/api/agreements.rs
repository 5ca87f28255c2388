//! The agreement, its signatures, and the placement that begins under it.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Code as _;
use domain::calendar::{Day, Instant};
use domain::ids::{AgreementId, PlacementId, TaskId};
use domain::money::charge::ChargeLine;
use domain::place::LegalClass;
use domain::purchasing::agreement::{AgreementContent, AgreementState, Contact};
use domain::purchasing::offer::NotSelectedReason;
use domain::purchasing::placement::StartTask;
use domain::purchasing::referral::ReferralState;
use serde::{Deserialize, Serialize};
use service::purchasing::agreement::{
    AgreementKept, AgreementView, Agreements, GetAgreement, IssueAgreement, SignForCouncil, SignForProvider,
};
use service::purchasing::home_distance::miles_from_home;
use service::purchasing::placement::{CompleteTask, GetPlacement, PlacementView, Placements, StartPlacement};
use service::purchasing::take_back::TakeBackAgreement;
use service::{Failure, ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Asked, Listed, Nothing, Part, Sent, Told, codes, created};
use crate::caller::Who;
use crate::pages;
use crate::problem::Stopped;
use crate::server::Site;

/// An agreement in a list. It names no child.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgreementLine {
    id: Uuid,
    number: String,
    #[schema(schema_with = codes::<AgreementState>)]
    state: AgreementState,
    #[schema(value_type = String, format = Date)]
    starts_on: Day,
    service_name: String,
}

/// The agreements to which the organisation is a party, newest first.
#[utoipa::path(get, path = "/api/v1/agreements", tag = "agreements", params(Part), responses((status = 200, body = Listed<AgreementLine>)))]
pub(crate) async fn agreements(State(site): State<Site>, Who(who): Who, Asked(part): Asked<Part>) -> Told<Listed<AgreementLine>> {
    let lines = ask(&site.nearhome, &who.caller, &Agreements(part.slice()?)).await?;
    part.listed(
        lines,
        |line| (line.issued_at, line.id),
        |line| AgreementLine {
            id: line.id.0,
            number: line.number,
            state: line.state,
            starts_on: line.starts_on,
            service_name: line.service_name,
        },
    )
}

/// An agreement with all that it says. Each look is written to the access log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Agreement {
    id: Uuid,
    version: i64,
    #[schema(schema_with = codes::<AgreementState>)]
    state: AgreementState,
    referral: Uuid,
    #[schema(value_type = String, format = DateTime)]
    issued_at: Instant,
    /// Parties, child, home, price lines and terms.
    #[schema(value_type = Object)]
    content: AgreementContent,
    /// Who signed for the provider.
    provider_signed_by: Option<String>,
    /// Who signed for the council.
    council_signed_by: Option<String>,
}

impl From<AgreementView> for Agreement {
    fn from(view: AgreementView) -> Self {
        Self {
            id: view.id.0,
            version: view.version,
            state: view.state,
            referral: view.referral.0,
            issued_at: view.issued_at,
            content: view.content,
            provider_signed_by: view.provider_signed.map(|(name, _)| name),
            council_signed_by: view.council_signed.map(|(name, _)| name),
        }
    }
}

/// One agreement.
#[utoipa::path(get, path = "/api/v1/agreements/{id}", tag = "agreements", params(("id" = Uuid, Path)), responses((status = 200, body = Agreement)))]
pub(crate) async fn agreement(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Agreement> {
    let agreement: AgreementId = pages::id(&id)?;
    Ok(Json(ask(&site.nearhome, &who.caller, &GetAgreement { agreement }).await?.into()))
}

/// The agreement as a tagged PDF.
#[utoipa::path(get, path = "/api/v1/agreements/{id}/pdf", tag = "agreements", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
pub(crate) async fn pdf(site: State<Site>, who: Who, id: Path<String>) -> Result<Response, Stopped> {
    pages::agreements::pdf(site, who, id).await
}

/// What the agreement says that neither the referral nor the offer does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    #[schema(value_type = String, format = Date)]
    starts_on: Day,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    expected_end_on: Option<Day>,
    /// Where the child will live.
    service_address: String,
    council_address: String,
    provider_address: String,
    /// Whom to call in the council.
    contacts: Vec<CallWhom>,
    #[serde(default)]
    plan_reference: Option<String>,
    /// What the stay is for.
    outcomes: String,
    #[serde(default)]
    conditions: Vec<String>,
}

/// Whom to call.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallWhom {
    post: String,
    telephone: String,
    #[serde(default)]
    email: String,
}

/// Where an agreement stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stood {
    agreement: Uuid,
    number: String,
    #[schema(schema_with = codes::<AgreementState>)]
    state: AgreementState,
}

impl From<AgreementKept> for Stood {
    fn from(kept: AgreementKept) -> Self {
        Self { agreement: kept.agreement.0, number: kept.number, state: kept.state }
    }
}

/// Writes the agreement for the approved choice and sends it to the provider.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/agreement", tag = "agreements", params(("id" = Uuid, Path)), request_body = Terms, responses((status = 201, body = Stood)))]
pub(crate) async fn issue(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<Terms>,
) -> Result<Response, Stopped> {
    let terms = request.body;
    let contact = |one: CallWhom| Contact { post: one.post, name: None, telephone: one.telephone, email: one.email };
    let command = IssueAgreement {
        referral: pages::id(&id)?,
        starts_on: terms.starts_on,
        expected_end_on: terms.expected_end_on,
        service_address: terms.service_address,
        council_address: terms.council_address,
        provider_address: terms.provider_address,
        council_contacts: terms.contacts.into_iter().map(contact).collect(),
        plan_reference: terms.plan_reference,
        outcomes: terms.outcomes,
        conditions: terms.conditions,
        funding: Vec::new(),
        discounts: Vec::new(),
        reviews_on: Vec::new(),
    };
    let kept = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(created(format!("/api/v1/agreements/{}", kept.agreement), Stood::from(kept)))
}

/// Signs for the provider.
#[utoipa::path(post, path = "/api/v1/agreements/{id}/sign-provider", tag = "agreements", params(("id" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Stood)))]
pub(crate) async fn sign_for_provider(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<Nothing>,
) -> Told<Stood> {
    let command = SignForProvider { agreement: pages::id(&id)? };
    Ok(Json(perform(&site.nearhome, &who.caller, request.key, &command).await?.into()))
}

/// Signs for the council.
#[utoipa::path(post, path = "/api/v1/agreements/{id}/sign-council", tag = "agreements", params(("id" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Stood)))]
pub(crate) async fn sign_for_council(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<Nothing>,
) -> Told<Stood> {
    let command = SignForCouncil { agreement: pages::id(&id)? };
    Ok(Json(perform(&site.nearhome, &who.caller, request.key, &command).await?.into()))
}

/// Why an agreement is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeBack {
    /// In words, which the provider reads.
    reason: String,
}

/// An agreement that was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Back {
    #[schema(schema_with = codes::<AgreementState>)]
    state: AgreementState,
    #[schema(schema_with = codes::<ReferralState>)]
    referral: ReferralState,
}

/// Takes an agreement back that not both sides have signed. The offer goes back to the shortlist, and the provider hears of it.
#[utoipa::path(post, path = "/api/v1/agreements/{id}/take-back", tag = "agreements", params(("id" = Uuid, Path)), request_body = TakeBack, responses((status = 200, body = Back)))]
pub(crate) async fn take_back(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<TakeBack>) -> Told<Back> {
    let command = TakeBackAgreement { agreement: pages::id(&id)?, reason: request.body.reason };
    let back = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(Json(Back { state: back.agreement, referral: back.referral }))
}

/// How a placement began.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Start {
    #[schema(value_type = String, format = Date)]
    started_on: Day,
    /// The child came first; signatures and notices follow.
    #[serde(default)]
    is_emergency: bool,
    /// Why, when the referral is no emergency.
    #[serde(default)]
    emergency_reason: String,
    /// Tasks of the start pack that are done.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    done: Vec<StartTask>,
    /// What the other providers are told.
    #[schema(schema_with = codes::<NotSelectedReason>)]
    others_because: NotSelectedReason,
    #[serde(default)]
    others_note: String,
}

/// A placement that began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Begun {
    placement: Uuid,
    #[schema(schema_with = codes::<ReferralState>)]
    referral: ReferralState,
    /// Tasks that are still to be done.
    open_tasks: Vec<Uuid>,
}

/// Records that the child has moved in.
#[utoipa::path(post, path = "/api/v1/agreements/{id}/start", tag = "placements", params(("id" = Uuid, Path)), request_body = Start, responses((status = 201, body = Begun)))]
pub(crate) async fn start(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<Start>,
) -> Result<Response, Stopped> {
    let Start { started_on, is_emergency, emergency_reason, done, others_because, others_note } = request.body;
    let agreement = pages::id(&id)?;
    let command = StartPlacement { agreement, started_on, is_emergency, emergency_reason, done, others_because, others_note };
    let started = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    let open_tasks = started.open.into_iter().map(|id| id.0).collect();
    let body = Begun { placement: started.placement.0, referral: started.referral, open_tasks };
    Ok(created(format!("/api/v1/placements/{}", started.placement), body))
}

/// A placement in a list. It names no child.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacementLine {
    id: Uuid,
    agreement_number: String,
    /// `ACTIVE`, `NOTICE` or `ENDED`.
    state: String,
    #[schema(value_type = String, format = Date)]
    started_on: Day,
    #[schema(value_type = Option<String>, format = Date)]
    ended_on: Option<Day>,
    service_name: String,
    #[schema(schema_with = codes::<LegalClass>)]
    legal_class: LegalClass,
    weekly_pence: i64,
}

/// The organisation's placements, newest first: a council's children, or those a provider cares for.
#[utoipa::path(get, path = "/api/v1/placements", tag = "placements", params(Part), responses((status = 200, body = Listed<PlacementLine>)))]
pub(crate) async fn placements(State(site): State<Site>, Who(who): Who, Asked(part): Asked<Part>) -> Told<Listed<PlacementLine>> {
    let lines = ask(&site.nearhome, &who.caller, &Placements(part.slice()?)).await?;
    part.listed(
        lines,
        |line| (line.started_on, line.id),
        |line| PlacementLine {
            id: line.id.0,
            agreement_number: line.agreement_number,
            state: line.state.code().to_owned(),
            started_on: line.started_on,
            ended_on: line.ended_on,
            service_name: line.service_name,
            legal_class: line.legal_class,
            weekly_pence: line.weekly.0.0,
        },
    )
}

/// A placement as it stands today.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Placement {
    id: Uuid,
    agreement: Uuid,
    agreement_number: String,
    service: Uuid,
    service_name: String,
    /// `ACTIVE`, `NOTICE` or `ENDED`.
    state: String,
    #[schema(value_type = String, format = Date)]
    started_on: Day,
    #[schema(value_type = Option<String>, format = Date)]
    ended_on: Option<Day>,
    weekly_pence: i64,
    /// Tenths of miles from the consortium's reference point.
    tenths_of_miles: i64,
    /// Tenths of miles from the child's home as the SSDA903 return counts them; only for those who may read the referral, and
    /// absent while one of the two places is not known.
    ssda903_tenths_of_miles: Option<u32>,
    is_within_radius: bool,
    is_in_footprint: bool,
    #[schema(schema_with = codes::<LegalClass>)]
    legal_class: LegalClass,
    tasks: Vec<Task>,
    /// Charges of this month and the next two.
    #[schema(value_type = Vec<Object>)]
    charges: Vec<ChargeLine>,
}

/// A task of the start pack.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Task {
    id: Uuid,
    label: String,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    #[schema(value_type = Option<String>, format = Date)]
    done_on: Option<Day>,
    is_overdue: bool,
}

impl From<PlacementView> for Placement {
    fn from(view: PlacementView) -> Self {
        let task = |task: service::purchasing::placement::TaskView| Task {
            id: task.id.0,
            label: task.label,
            due_on: task.due_on,
            done_on: task.done_on,
            is_overdue: task.is_overdue,
        };
        let placement = view.placement;
        Self {
            id: placement.id.0,
            agreement: placement.agreement_id.0,
            agreement_number: view.agreement_number,
            service: view.service.0,
            service_name: view.service_name,
            state: placement.state.code().to_owned(),
            started_on: placement.started_on,
            ended_on: placement.ended_on,
            weekly_pence: placement.weekly_pence.0,
            tenths_of_miles: placement.tenths_of_miles,
            ssda903_tenths_of_miles: None,
            is_within_radius: placement.is_within_radius,
            is_in_footprint: placement.is_in_footprint,
            legal_class: placement.legal_class,
            tasks: view.tasks.into_iter().map(task).collect(),
            charges: view.charges,
        }
    }
}

async fn view(site: &Site, who: &service::people::sign_in::SignedIn, id: &str) -> Result<PlacementView, Stopped> {
    let placement: PlacementId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetPlacement { placement, today: Day::in_uk(site.nearhome.now()) }).await?)
}

/// One placement.
#[utoipa::path(get, path = "/api/v1/placements/{id}", tag = "placements", params(("id" = Uuid, Path)), responses((status = 200, body = Placement)))]
pub(crate) async fn placement(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Placement> {
    Ok(Json(shown(&site, &who, &id).await?))
}

async fn shown(site: &Site, who: &service::people::sign_in::SignedIn, id: &str) -> Result<Placement, Stopped> {
    let view = view(site, who, id).await?;
    let miles = match view.referral {
        Some(referral) => miles_from_home(&site.nearhome, &who.caller, referral, &[view.point]).await?,
        None => Vec::new(),
    };
    let ssda903_tenths_of_miles = miles.into_iter().next().flatten().map(|miles| miles.tenths);
    Ok(Placement { ssda903_tenths_of_miles, ..Placement::from(view) })
}

/// What was done.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskDone {
    /// In words.
    #[serde(default)]
    note: String,
}

/// Records that a task of the start pack is done.
#[utoipa::path(post, path = "/api/v1/placements/{id}/tasks/{task}", tag = "placements", params(("id" = Uuid, Path), ("task" = Uuid, Path)),
    request_body = TaskDone, responses((status = 200, body = Placement)))]
pub(crate) async fn complete(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<TaskDone>,
) -> Told<Placement> {
    let task: TaskId = pages::id(&ids.1)?;
    let before = view(&site, &who, &ids.0).await?;
    if before.tasks.iter().all(|one| one.id != task) {
        return Err(Failure::absent().into());
    }
    perform(&site.nearhome, &who.caller, request.key, &CompleteTask { task, note: request.body.note }).await?;
    Ok(Json(shown(&site, &who, &ids.0).await?))
}
