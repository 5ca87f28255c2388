//! What councils decided, what may be done under it, and what they agreed on with each other.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::calendar::{Day, Instant};
use domain::consortium::CouncilCode;
use domain::governance::decision::{Decision, GovernedAct};
use domain::governance::inter_authority::InterAuthorityAgreement;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::governance::decision::{
    ActStands, AgreeAsPartner, DecisionView, GetDecision, ListDecisions, OurCouncil, RecordConsultation, RecordDecision, RevokeDecision,
    WhatMayIDo,
};
use service::governance::inter_authority::{
    CouncilsAgreementView, GetCouncilsAgreement, ListCouncilsAgreements, SignCouncilsAgreement, WriteCouncilsAgreement,
};
use service::{Failure, ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Nothing, Sent, Told, codes};
use crate::caller::Who;
use crate::pages;
use crate::problem::Stopped;
use crate::server::Site;

/// A decision with what was said and done under it; lists leave the latter out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordedDecision)]
pub(crate) struct Recorded {
    id: Uuid,
    version: i64,
    council: Uuid,
    council_name: String,
    /// In the shape of the file that `nearhome decision add` reads, see `config/decisions`.
    #[schema(value_type = Object)]
    decision: Decision,
    #[schema(value_type = Option<String>, format = Date)]
    ended_on: Option<Day>,
    ended_reason: Option<String>,
    /// The decision that took its place.
    followed_by: Option<Uuid>,
    consultations: Vec<SaidUnder>,
    acts: Vec<DoneUnder>,
}

/// What somebody said before an act.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SaidUnder {
    /// The framework's reference.
    about: String,
    /// `CONSULTED` or `PARTNER_AGREES`.
    kind: &'static str,
    who: String,
    said: String,
    #[schema(value_type = String, format = Date)]
    said_on: Day,
}

/// What was done under a decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DoneUnder {
    #[schema(schema_with = codes::<GovernedAct>)]
    act: GovernedAct,
    /// The framework's reference.
    about: String,
    /// The number of the resolution.
    resolution: Option<i64>,
    post: String,
    amount_pence: i64,
}

impl From<DecisionView> for Recorded {
    fn from(view: DecisionView) -> Self {
        let (ended_on, ended_reason, followed_by) = match view.ended {
            Some((on, why, next)) => (Some(on), Some(why), next.map(Uuid::from)),
            None => (None, None, None),
        };
        let said = view.consultations.into_iter().map(|one| SaidUnder {
            about: one.about,
            kind: domain::Code::code(one.kind),
            who: one.who,
            said: one.said,
            said_on: one.said_on,
        });
        let done = view.acts.into_iter().map(|one| DoneUnder {
            act: one.act,
            about: one.about,
            resolution: one.resolution,
            post: one.post,
            amount_pence: one.amount_pence.0,
        });
        Self {
            id: view.id.0,
            version: view.version,
            council: view.council.0,
            council_name: view.council_name,
            consultations: said.collect(),
            acts: done.collect(),
            decision: view.decision,
            ended_on,
            ended_reason,
            followed_by,
        }
    }
}

/// What an act made or changed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordedId)]
pub(crate) struct Made {
    id: Uuid,
}

pub(super) fn made(id: impl Into<Uuid>) -> Json<Made> {
    Json(Made { id: id.into() })
}

/// The decisions of all councils, the latest first.
#[utoipa::path(get, path = "/api/v1/decisions", tag = "decisions", responses((status = 200, body = Vec<Recorded>)))]
pub(crate) async fn list(State(site): State<Site>, Who(who): Who) -> Told<Vec<Recorded>> {
    let all = ask(&site.nearhome, &who.caller, &ListDecisions).await?;
    Ok(Json(all.into_iter().map(Recorded::from).collect()))
}

/// A whole document in the shape of its file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = WholeDocument)]
pub(crate) struct Whole {
    /// See the files in `config/decisions`.
    #[schema(value_type = Object)]
    document: Value,
}

impl Whole {
    fn read<T: DeserializeOwned>(self) -> Result<T, Failure> {
        serde_json::from_value(self.document).map_err(|error| Failure::invalid("document", error.to_string()))
    }
}

/// Records a decision of the caller's council. It is not edited afterwards.
#[utoipa::path(post, path = "/api/v1/decisions", tag = "decisions", request_body = Whole, responses((status = 200, body = Made)))]
pub(crate) async fn record(State(site): State<Site>, Who(who): Who, request: Sent<Whole>) -> Told<Made> {
    let decision = request.body.read()?;
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &RecordDecision { decision }).await?))
}

/// One decision.
#[utoipa::path(get, path = "/api/v1/decisions/{id}", tag = "decisions", params(("id" = Uuid, Path)), responses((status = 200, body = Recorded)))]
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Recorded> {
    let decision = pages::id(&id)?;
    Ok(Json(ask(&site.nearhome, &who.caller, &GetDecision { decision }).await?.into()))
}

/// The record of a decision as a tagged PDF, in the fields that councils publish.
#[utoipa::path(get, path = "/api/v1/decisions/{id}/pdf", tag = "decisions", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
pub(crate) async fn pdf(site: State<Site>, who: Who, id: Path<String>) -> Result<Response, Stopped> {
    pages::printed::record(site, who, id).await
}

/// What somebody said whom the decision names.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewConsultation)]
pub(crate) struct Consulted {
    /// The framework's reference.
    about: String,
    /// The post or office.
    who: String,
    said: String,
    #[schema(value_type = String, format = Date)]
    said_on: Day,
}

/// Records that somebody whom the decision names was consulted.
#[utoipa::path(post, path = "/api/v1/decisions/{id}/consultations", tag = "decisions", params(("id" = Uuid, Path)), request_body = Consulted, responses((status = 200, body = Made)))]
pub(crate) async fn consult(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Consulted>) -> Told<Made> {
    let Consulted { about, who: asked, said, said_on } = request.body;
    let command = RecordConsultation { decision: pages::id(&id)?, about, who: asked, said, said_on };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// The caller's council agrees.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPartnerAgreement)]
pub(crate) struct Agreed {
    /// The framework's reference.
    about: String,
    said: String,
    #[schema(value_type = String, format = Date)]
    said_on: Day,
}

/// Records that the caller's council agrees to what is to be done under another's decision.
#[utoipa::path(post, path = "/api/v1/decisions/{id}/agree", tag = "decisions", params(("id" = Uuid, Path)), request_body = Agreed, responses((status = 200, body = Made)))]
pub(crate) async fn agree(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Agreed>) -> Told<Made> {
    let Agreed { about, said, said_on } = request.body;
    let council: CouncilCode = ask(&site.nearhome, &who.caller, &OurCouncil).await?.ok_or_else(Failure::absent)?;
    let command = AgreeAsPartner { decision: pages::id(&id)?, about, council, said, said_on };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// Why a decision no longer stands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndOfDecision {
    /// The version that was read.
    version: i64,
    reason: String,
    /// The later decision that takes its place.
    #[serde(default)]
    followed_by: Option<Uuid>,
}

/// Revokes a decision, or supersedes it by a later one.
#[utoipa::path(post, path = "/api/v1/decisions/{id}/revoke", tag = "decisions", params(("id" = Uuid, Path)), request_body = EndOfDecision, responses((status = 200, body = Made)))]
pub(crate) async fn revoke(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<EndOfDecision>) -> Told<Made> {
    let EndOfDecision { version, reason, followed_by } = request.body;
    let followed_by = followed_by.map(domain::ids::DecisionId);
    let command = RevokeDecision { decision: pages::id(&id)?, version, reason, followed_by };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// A governed act on a framework, as it stands for the caller today.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GovernedActStands {
    #[schema(schema_with = codes::<GovernedAct>)]
    act: GovernedAct,
    /// The framework's reference.
    about: String,
    is_open: bool,
    /// The post by which the caller may act, when it is open.
    post: Option<String>,
    /// What is missing, when it is blocked.
    blocked_because: Option<String>,
}

impl From<ActStands> for GovernedActStands {
    fn from(one: ActStands) -> Self {
        let (post, blocked_because) = match one.outcome {
            Ok(post) => (Some(post), None),
            Err(why) => (None, Some(why)),
        };
        Self { act: one.act, about: one.about, is_open: post.is_some(), post, blocked_because }
    }
}

/// What the caller may do under their council's decisions, and what is missing for the rest.
#[utoipa::path(get, path = "/api/v1/governed-acts", tag = "decisions", responses((status = 200, body = Vec<GovernedActStands>)))]
pub(crate) async fn acts(State(site): State<Site>, Who(who): Who) -> Told<Vec<GovernedActStands>> {
    let on = Day::in_uk(site.nearhome.now());
    let acts = ask(&site.nearhome, &who.caller, &WhatMayIDo { on }).await?;
    Ok(Json(acts.into_iter().map(GovernedActStands::from).collect()))
}

/// An agreement between the councils, with its parties.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BetweenCouncils {
    id: Uuid,
    /// In the shape of its file, see `config/decisions`.
    #[schema(value_type = Object)]
    terms: InterAuthorityAgreement,
    parties: Vec<BetweenCouncilsParty>,
}

/// A party, and its signature if it is on file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BetweenCouncilsParty {
    council: String,
    name: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    signed_at: Option<Instant>,
    /// The post that signed.
    post: Option<String>,
}

impl From<CouncilsAgreementView> for BetweenCouncils {
    fn from(view: CouncilsAgreementView) -> Self {
        let parties = view.parties.into_iter().map(|(code, name, signature)| {
            let (signed_at, post) = signature.map(|signed| (signed.signed_at, signed.post)).unzip();
            BetweenCouncilsParty { council: code.0, name, signed_at, post }
        });
        Self { id: view.id.0, parties: parties.collect(), terms: view.terms }
    }
}

/// All agreements between the councils.
#[utoipa::path(get, path = "/api/v1/between-councils", tag = "decisions", responses((status = 200, body = Vec<BetweenCouncils>)))]
pub(crate) async fn agreements(State(site): State<Site>, Who(who): Who) -> Told<Vec<BetweenCouncils>> {
    let all = ask(&site.nearhome, &who.caller, &ListCouncilsAgreements).await?;
    Ok(Json(all.into_iter().map(BetweenCouncils::from).collect()))
}

/// Puts up terms that the caller's council leads, for each party to sign.
#[utoipa::path(post, path = "/api/v1/between-councils", tag = "decisions", request_body = Whole, responses((status = 200, body = Made)))]
pub(crate) async fn write_agreement(State(site): State<Site>, Who(who): Who, request: Sent<Whole>) -> Told<Made> {
    let terms = request.body.read()?;
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &WriteCouncilsAgreement { terms }).await?))
}

/// One agreement between the councils.
#[utoipa::path(get, path = "/api/v1/between-councils/{id}", tag = "decisions", params(("id" = Uuid, Path)), responses((status = 200, body = BetweenCouncils)))]
pub(crate) async fn agreement(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<BetweenCouncils> {
    let agreement = pages::id(&id)?;
    Ok(Json(ask(&site.nearhome, &who.caller, &GetCouncilsAgreement { agreement }).await?.into()))
}

/// Signs for the caller's council, by the post that the caller holds.
#[utoipa::path(post, path = "/api/v1/between-councils/{id}/sign", tag = "decisions", params(("id" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Made)))]
pub(crate) async fn sign_agreement(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Nothing>) -> Told<Made> {
    let command = SignCouncilsAgreement { agreement: pages::id(&id)? };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}
