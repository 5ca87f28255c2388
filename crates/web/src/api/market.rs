//! A provider's side: what its services received, and their answers.

use axum::Json;
use axum::extract::{Path, State};
use domain::calendar::{Day, Instant};
use domain::ids::ReleaseId;
use domain::purchasing::fields::Field;
use domain::purchasing::offer::{DeclineReason, OfferState};
use domain::purchasing::offer_form::fields;
use domain::purchasing::profile::ProfileLine;
use domain::registration::ServiceKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::purchasing::offer::{
    DeclineRelease, GetRelease, Inbox, OfferKept, OfferView, ReleaseView, SaveOffer, SubmitOffer, WithdrawOffer,
};
use service::{ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Asked, Listed, Mend, Nothing, Part, Sent, Told, codes, sent, told};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;

/// A received referral in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Received {
    /// The release: one referral asked of one service.
    id: Uuid,
    /// The referral's number.
    number: String,
    /// The council that asks.
    council: String,
    /// The service that is asked.
    service: String,
    #[schema(value_type = String, format = DateTime)]
    closes_at: Instant,
    /// Where the answer stands; none yet without it.
    #[schema(value_type = Option<String>)]
    answer: Option<OfferState>,
    /// What became of the referral.
    outcome: Option<String>,
}

/// The referrals received, the latest deadline first.
#[utoipa::path(get, path = "/api/v1/inbox", tag = "market", params(Part), responses((status = 200, body = Listed<Received>)))]
pub(crate) async fn inbox(State(site): State<Site>, Who(who): Who, Asked(part): Asked<Part>) -> Told<Listed<Received>> {
    let lines = ask(&site.nearhome, &who.caller, &Inbox(part.slice()?)).await?;
    part.listed(
        lines,
        |line| (line.closes_at, line.id),
        |line| Received {
            id: line.id.0,
            number: line.number,
            council: line.council,
            service: line.service,
            closes_at: line.closes_at,
            answer: line.answer,
            outcome: line.outcome,
        },
    )
}

/// One answer of an anonymous profile.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Line {
    section: &'static str,
    /// The question's key.
    key: &'static str,
    label: &'static str,
    /// The answer in words.
    text: String,
}

/// The lines of a profile.
pub(super) fn lines(lines: Vec<ProfileLine>) -> Vec<Line> {
    lines.into_iter().map(|line| Line { section: line.section, key: line.key, label: line.label, text: line.text }).collect()
}

/// A received referral: the anonymous profile and the answer so far.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Release {
    id: Uuid,
    number: String,
    council: String,
    service: Uuid,
    service_name: String,
    #[schema(schema_with = codes::<ServiceKind>)]
    service_kind: ServiceKind,
    framework: String,
    lot: String,
    category: String,
    #[schema(value_type = String, format = DateTime)]
    released_at: Instant,
    #[schema(value_type = String, format = DateTime)]
    closes_at: Instant,
    age_years: u32,
    /// The first half of the home's postcode.
    home_area: Option<String>,
    profile: Vec<Line>,
    /// The highest core price a week today, if there is one.
    highest_core_weekly_pence: Option<i64>,
    /// What became of the referral, and why.
    outcome: Option<String>,
    outcome_reason: Option<String>,
    offer: Option<Offer>,
}

/// The answer so far.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Offer {
    id: Uuid,
    /// Send it with the next page.
    version: i64,
    #[schema(schema_with = codes::<OfferState>)]
    state: OfferState,
    /// Answers by the key of their question.
    #[schema(value_type = Object)]
    answers: Map<String, Value>,
    /// What an offer still needs.
    missing: Vec<Mend>,
    core_weekly_pence: Option<i64>,
    extras_weekly_pence: Option<i64>,
    /// The price is above a maximum and needs an approval of its own.
    is_price_exception: bool,
    #[schema(value_type = Option<String>)]
    decline_reason: Option<DeclineReason>,
    /// Why it was not selected, or what was said last.
    outcome_reason: Option<String>,
}

impl From<OfferView> for Offer {
    fn from(view: OfferView) -> Self {
        Self {
            id: view.id.0,
            version: view.version,
            state: view.state,
            answers: told(&view.answers),
            missing: view.missing.into_iter().map(|error| Mend { field: error.key.to_owned(), message: error.message }).collect(),
            core_weekly_pence: view.core.map(|pence| pence.0),
            extras_weekly_pence: view.extras.map(|pence| pence.0),
            is_price_exception: view.is_price_exception,
            decline_reason: view.decline_reason,
            outcome_reason: view.outcome_reason,
        }
    }
}

impl From<ReleaseView> for Release {
    fn from(view: ReleaseView) -> Self {
        let highest = view.maximum.and_then(|maximum| maximum.tendered.into_iter().chain(maximum.published).map(|rate| rate.0.0).min());
        let [framework, lot, category] = view.category;
        let (outcome, outcome_reason) = view.outcome.unzip();
        Self {
            id: view.id.0,
            number: view.number,
            council: view.council_name,
            service: view.service.0,
            service_name: view.service_name,
            service_kind: view.kind,
            framework,
            lot,
            category,
            released_at: view.released_at,
            closes_at: view.closes_at,
            age_years: view.age_years,
            home_area: view.home_outward,
            profile: lines(view.lines),
            highest_core_weekly_pence: highest,
            outcome,
            outcome_reason: outcome_reason.flatten(),
            offer: view.offer.map(Offer::from),
        }
    }
}

async fn release(site: &Site, who: &service::people::sign_in::SignedIn, id: &str) -> Result<ReleaseView, crate::problem::Stopped> {
    let query = GetRelease { release: pages::id(id)?, today: Day::in_uk(site.nearhome.now()) };
    Ok(ask(&site.nearhome, &who.caller, &query).await?)
}

/// One received referral, with the answer so far.
#[utoipa::path(get, path = "/api/v1/inbox/{release}", tag = "market", params(("release" = Uuid, Path)), responses((status = 200, body = Release)))]
pub(crate) async fn received(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Release> {
    Ok(Json(release(&site, &who, &id).await?.into()))
}

/// Answers to the questions of an offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfferAnswers {
    /// The version of the draft that was read; left out for the first.
    version: Option<i64>,
    /// All answers of the offer: what is left out becomes unanswered.
    #[schema(value_type = Object)]
    answers: Map<String, Value>,
}

/// Where an answer to a release stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answered {
    offer: Uuid,
    version: i64,
    #[schema(schema_with = codes::<OfferState>)]
    state: OfferState,
    is_price_exception: bool,
    /// What was not kept, and what it should have been. The rest was.
    problems: Vec<Mend>,
}

impl From<OfferKept> for Answered {
    fn from(kept: OfferKept) -> Self {
        Self {
            offer: kept.offer.0,
            version: kept.version,
            state: kept.state,
            is_price_exception: kept.is_price_exception,
            problems: Mend::all(kept.problems),
        }
    }
}

/// Saves the draft of an offer. What can be kept is kept; what cannot is named in `problems`.
#[utoipa::path(post, path = "/api/v1/inbox/{release}/offer", tag = "market", params(("release" = Uuid, Path)), request_body = OfferAnswers,
    responses((status = 200, body = Answered)))]
pub(crate) async fn save(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<OfferAnswers>) -> Told<Answered> {
    let seen = release(&site, &who, &id).await?;
    let asked: Vec<&Field> = fields(seen.kind).collect();
    let pairs = sent(&asked, &request.body.answers)?;
    let command = SaveOffer { release: seen.id, version: request.body.version, page: None, pairs };
    Ok(Json(perform(&site.nearhome, &who.caller, request.key, &command).await?.into()))
}

/// Sends the offer to the council.
#[utoipa::path(post, path = "/api/v1/inbox/{release}/send", tag = "market", params(("release" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Answered)))]
pub(crate) async fn send(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Nothing>) -> Told<Answered> {
    let release: ReleaseId = pages::id(&id)?;
    Ok(Json(perform(&site.nearhome, &who.caller, request.key, &SubmitOffer { release }).await?.into()))
}

/// Why there is no offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoOffer {
    #[schema(schema_with = codes::<DeclineReason>)]
    reason: DeclineReason,
    /// The same in words.
    #[serde(default)]
    note: String,
}

/// Tells the council that there will be no offer.
#[utoipa::path(post, path = "/api/v1/inbox/{release}/decline", tag = "market", params(("release" = Uuid, Path)), request_body = NoOffer, responses((status = 200, body = Answered)))]
pub(crate) async fn decline(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<NoOffer>) -> Told<Answered> {
    let NoOffer { reason, note } = request.body;
    Ok(Json(perform(&site.nearhome, &who.caller, request.key, &DeclineRelease { release: pages::id(&id)?, reason, note }).await?.into()))
}

/// Why something is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Because {
    /// In words.
    pub reason: String,
}

/// Withdraws an offer that was sent.
#[utoipa::path(post, path = "/api/v1/inbox/{release}/withdraw", tag = "market", params(("release" = Uuid, Path)), request_body = Because, responses((status = 200, body = Answered)))]
pub(crate) async fn withdraw(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Because>) -> Told<Answered> {
    let command = WithdrawOffer { release: pages::id(&id)?, reason: request.body.reason };
    Ok(Json(perform(&site.nearhome, &who.caller, request.key, &command).await?.into()))
}
