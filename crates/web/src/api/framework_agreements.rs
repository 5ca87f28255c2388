//! Framework agreements, one with each provider: the council's signature, numbered changes, suspension, the end of one and the end of
//! all; and who stays on a framework that is awarded again.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::calendar::{Day, Instant};
use domain::ids::{FrameworkContractId, OrganisationId, TenderId};
use domain::procurement::contract::{Standing, Variation};
use domain::procurement::reopening::CarryOver;
use serde::{Deserialize, Serialize};
use service::people::sign_in::SignedIn;
use service::procurement::agreement::{AdmittedService, ContractLine};
use service::procurement::contract::{EndContract, LiftSuspension, SuspendContract, TerminateFramework, VaryContract};
use service::procurement::framework::{Candidate, CarryOverProvider, GetCarryOver};
use service::procurement::signature::CountersignFramework;
use service::{Command, Failure, ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::award::award_of;
use super::decisions::{Made, made};
use super::{Nothing, Sent, Told, codes};
use crate::caller::Who;
use crate::pages;
use crate::problem::Stopped;
use crate::server::Site;

/// A service with its place: lot, category and price.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceTold {
    service: Uuid,
    name: String,
    lot: String,
    category: String,
    /// The most that it will ask for a week.
    weekly_pence: i64,
}

impl From<AdmittedService> for PlaceTold {
    fn from(one: AdmittedService) -> Self {
        let AdmittedService { service, lot, name, category, weekly } = one;
        Self { service: service.0, name, lot, category, weekly_pence: weekly.0 }
    }
}

/// A signature of an agreement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignatureTold {
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    /// The name of who signed for the provider; the post of who signed for the council.
    by: String,
}

/// A numbered change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeTold {
    /// From 1, without gaps.
    number: u32,
    #[schema(value_type = String, format = Date)]
    from: Day,
    what: String,
}

/// Between which days an agreement is suspended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SuspensionTold {
    #[schema(value_type = String, format = Date)]
    from: Day,
    /// The last day; absent until further notice.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Day>,
    reason: String,
}

/// How an agreement ends.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndTold {
    /// The first day on which it is no more.
    #[schema(value_type = String, format = Date)]
    on: Day,
    reason: String,
}

/// The framework agreement with one provider, as it stands today.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgreementStands {
    id: Uuid,
    provider: String,
    /// `PREPARED`, `PROVIDER_SIGNED`, `IN_FORCE` (both have signed), `SUSPENDED` or `ENDED`.
    standing: &'static str,
    provider_signed: Option<SignatureTold>,
    council_signed: Option<SignatureTold>,
    services: Vec<PlaceTold>,
    changes: Vec<ChangeTold>,
    suspended: Option<SuspensionTold>,
    ended: Option<EndTold>,
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Prepared => "PREPARED",
        Standing::ProviderSigned => "PROVIDER_SIGNED",
        Standing::InForce => "IN_FORCE",
        Standing::Suspended => "SUSPENDED",
        Standing::Ended => "ENDED",
    }
}

impl From<ContractLine> for AgreementStands {
    fn from(line: ContractLine) -> Self {
        let signature = |(at, by)| SignatureTold { at, by };
        let change = |Variation { number, from, text }| ChangeTold { number, from, what: text };
        Self {
            id: line.id.0,
            provider: line.provider,
            standing: standing(line.standing),
            provider_signed: line.provider_signed.map(signature),
            council_signed: line.council_signed.map(signature),
            services: line.services.into_iter().map(PlaceTold::from).collect(),
            changes: line.variations.into_iter().map(change).collect(),
            suspended: line.suspended.map(|(from, until, reason)| SuspensionTold { from, until, reason }),
            ended: line.ended.map(|(on, reason)| EndTold { on, reason }),
        }
    }
}

/// Does something to the agreement that the address names; one under another tender is not there.
async fn act<C: Command>(
    site: &Site,
    who: &SignedIn,
    (id, contract): &(String, String),
    key: Uuid,
    command: impl FnOnce(TenderId, FrameworkContractId) -> C,
) -> Told<Made>
where
    C::Answer: Into<Uuid>,
{
    let (tender, contract): (TenderId, FrameworkContractId) = (pages::id(id)?, pages::id(contract)?);
    if award_of(site, who, tender).await?.contracts.iter().all(|line| line.id != contract) {
        return Err(Failure::absent().into());
    }
    Ok(made(perform(&site.nearhome, &who.caller, key, &command(tender, contract)).await?))
}

/// Countersigns for the councils, by the post to which a decision delegates that. The first agreement of an award that both sides have
/// signed puts the framework in force.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/framework-agreements/{contract}/countersign", tag = "award", params(("id" = Uuid, Path), ("contract" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Made)))]
pub(crate) async fn countersign(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<Nothing>,
) -> Told<Made> {
    act(&site, &who, &ids, request.key, |tender, contract| CountersignFramework { tender, contract }).await
}

/// A change to an agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChange {
    /// From which day it holds: today or later.
    #[schema(value_type = String, format = Date)]
    from: Day,
    /// What changes, for the provider.
    what: String,
}

/// Puts a change on record, with the next number. The agreement as it was signed stays.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/framework-agreements/{contract}/vary", tag = "award", params(("id" = Uuid, Path), ("contract" = Uuid, Path)), request_body = NewChange, responses((status = 200, body = Made)))]
pub(crate) async fn vary(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<NewChange>,
) -> Told<Made> {
    let NewChange { from, what } = request.body;
    act(&site, &who, &ids, request.key, |tender, contract| VaryContract { tender, contract, from, what }).await
}

/// A suspension.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSuspension {
    /// The first day: today or later.
    #[schema(value_type = String, format = Date)]
    from: Day,
    /// The last day; until further notice without it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Day>,
    /// Why, for the provider.
    reason: String,
}

/// Suspends a provider: no council sends referrals to it under this framework meanwhile. Children who live with it stay.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/framework-agreements/{contract}/suspend", tag = "award", params(("id" = Uuid, Path), ("contract" = Uuid, Path)), request_body = NewSuspension, responses((status = 200, body = Made)))]
pub(crate) async fn suspend(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<NewSuspension>,
) -> Told<Made> {
    let NewSuspension { from, until, reason } = request.body;
    act(&site, &who, &ids, request.key, |tender, contract| SuspendContract { tender, contract, from, until, reason }).await
}

/// Why something is done to an agreement.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForProvider {
    /// In words, which the provider reads.
    reason: String,
}

/// Lifts a suspension today. One that would have begun later does not begin.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/framework-agreements/{contract}/lift", tag = "award", params(("id" = Uuid, Path), ("contract" = Uuid, Path)), request_body = ForProvider, responses((status = 200, body = Made)))]
pub(crate) async fn lift(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<ForProvider>,
) -> Told<Made> {
    let reason = request.body.reason;
    act(&site, &who, &ids, request.key, |tender, contract| LiftSuspension { tender, contract, reason }).await
}

/// The end of an agreement, or of a framework before its time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEnd {
    /// The first day on which it is no more: today or later.
    #[schema(value_type = String, format = Date)]
    on: Day,
    /// In words, which providers read.
    reason: String,
}

/// Removes a provider: its agreement ends. Placements that were made under it go on by their own terms.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/framework-agreements/{contract}/end", tag = "award", params(("id" = Uuid, Path), ("contract" = Uuid, Path)), request_body = NewEnd, responses((status = 200, body = Made)))]
pub(crate) async fn end(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>, request: Sent<NewEnd>) -> Told<Made> {
    let NewEnd { on, reason } = request.body;
    act(&site, &who, &ids, request.key, |tender, contract| EndContract { tender, contract, on, reason }).await
}

/// Ends a framework before its time, with every agreement under it.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/award/terminate", tag = "award", params(("id" = Uuid, Path)), request_body = NewEnd, responses((status = 200, body = Made)))]
pub(crate) async fn terminate(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<NewEnd>) -> Told<Made> {
    let NewEnd { on, reason } = request.body;
    let command = TerminateFramework { tender: pages::id(&id)?, on, reason };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// The agreement with a provider as a tagged PDF.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/framework-agreements/{contract}/pdf", tag = "award", params(("id" = Uuid, Path), ("contract" = Uuid, Path)),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
pub(crate) async fn pdf(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, contract)): Path<(String, String)>,
) -> Result<Response, Stopped> {
    let agreement = pages::printed::agreement_with(&site, &who, &id, pages::id(&contract)?).await?;
    agreement.ok_or_else(|| Failure::absent().into())
}

/// A provider that could stay on a framework which is awarded again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CouldStay {
    provider: Uuid,
    name: String,
    /// What it keeps at the prices that it asked.
    keeps: Vec<PlaceTold>,
    /// What it cannot keep, and why.
    loses: Vec<String>,
    /// On what ground it stays, once that is decided.
    #[schema(value_type = Option<String>)]
    ground: Option<CarryOver>,
    /// It tenders anew, which is its ground.
    has_tendered: bool,
}

impl From<Candidate> for CouldStay {
    fn from(one: Candidate) -> Self {
        let keeps = one.keeps.into_iter().map(PlaceTold::from).collect();
        Self { provider: one.provider.0, name: one.name, keeps, loses: one.loses, ground: one.ground, has_tendered: one.has_tendered }
    }
}

/// The providers on the framework that this tender awards again; none when it is the first award.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/carry-over", tag = "award", params(("id" = Uuid, Path)), responses((status = 200, body = Vec<CouldStay>)))]
pub(crate) async fn candidates(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Vec<CouldStay>> {
    let (_, found) = ask(&site.nearhome, &who.caller, &GetCarryOver { tender: pages::id(&id)? }).await?;
    Ok(Json(found.into_iter().map(CouldStay::from).collect()))
}

/// Who stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LetStay {
    #[schema(value_type = Uuid)]
    provider: OrganisationId,
    /// `STATUS` or `EARLIER_TENDER`: a new tender decides for itself.
    #[schema(schema_with = codes::<CarryOver>)]
    ground: CarryOver,
    reason: String,
}

/// Lets a provider stay without a new tender. It is awarded and signs like everybody else.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/carry-over", tag = "award", params(("id" = Uuid, Path)), request_body = LetStay, responses((status = 200, body = Made)))]
pub(crate) async fn carry_over(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<LetStay>) -> Told<Made> {
    let LetStay { provider, ground, reason } = request.body;
    let command = CarryOverProvider { tender: pages::id(&id)?, provider, ground, reason };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}
