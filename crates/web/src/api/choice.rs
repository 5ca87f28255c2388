//! From the offers to the choice: checks, scores, the ranking with its parts, and the offer that goes forward.

use axum::Json;
use axum::extract::{Path, State};
use domain::calendar::Day;
use domain::ids::{OfferId, ReferralId};
use domain::place::LegalClass;
use domain::purchasing::gates::{Gate, GateCode, GateColour};
use domain::purchasing::matching::{Apart, Ranked};
use domain::purchasing::offer::{DeclineReason, OfferState};
use domain::purchasing::referral::ReferralState;
use serde::{Deserialize, Serialize};
use service::purchasing::choice::{PreferOffer, SetAsideOffer, ShortlistOffer};
use service::purchasing::evaluation::{CompareOffers, Comparison, OfferCompared, ScoreOffer};
use service::purchasing::home_distance::miles_from_home;
use service::{Failure, ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::market::Because;
use super::{Nothing, Sent, Told, codes};
use crate::caller::Who;
use crate::pages;
use crate::problem::Stopped;
use crate::server::Site;

/// The offers for a child, side by side.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Compared {
    referral: Uuid,
    number: String,
    #[schema(schema_with = codes::<ReferralState>)]
    state: ReferralState,
    /// By what offers are compared.
    criteria: Vec<Criterion>,
    /// The ranking; the parts of each total add up to it.
    ranked: Vec<Place>,
    /// Offers that wait for scores.
    unscored: Vec<Left>,
    /// Offers that a check stops.
    stopped: Vec<Left>,
    offers: Vec<Offered>,
    declines: Vec<Declined>,
    /// The choice, once it is made.
    preferred: Option<Uuid>,
    preferred_reason: Option<String>,
}

/// A criterion of the framework.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Criterion {
    code: String,
    name: String,
    weight_percent: u32,
    /// The highest score that people give; the lowest is 0.
    scale_max: u32,
}

/// A place in the ranking.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Place {
    rank: u32,
    offer: Uuid,
    /// Hundredths of a point out of 100, or finer: the unit of `Points`.
    total: u64,
    parts: Vec<PartOfTotal>,
}

/// What one criterion gives to a total.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PartOfTotal {
    criterion: String,
    weight_percent: u32,
    points: u64,
    /// How it came about, in words.
    sentence: String,
}

/// An offer outside the ranking, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Left {
    offer: Uuid,
    reasons: Vec<String>,
}

/// An offer in the comparison.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Offered {
    id: Uuid,
    #[schema(schema_with = codes::<OfferState>)]
    state: OfferState,
    service: Uuid,
    service_name: String,
    urn: String,
    provider_name: String,
    /// Every check with its colour and reason.
    checks: Vec<OfferCheck>,
    core_weekly_pence: i64,
    weekly_pence: i64,
    yearly_pence: i64,
    /// Tenths of miles from the consortium's reference point; absent while the place is not known.
    tenths_of_miles: Option<u32>,
    /// Tenths of miles from the child's home as the SSDA903 return counts them; only for those who may read the referral, and
    /// absent while one of the two places is not known.
    ssda903_tenths_of_miles: Option<u32>,
    is_within_radius: Option<bool>,
    is_in_footprint: Option<bool>,
    #[schema(value_type = Option<String>)]
    legal_class: Option<LegalClass>,
    /// Scores given so far.
    scores: Vec<Scored>,
}

/// A check of an offer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OfferCheck {
    #[schema(schema_with = codes::<GateCode>)]
    code: GateCode,
    #[schema(schema_with = codes::<GateColour>)]
    colour: GateColour,
    reason: String,
}

/// A score that somebody gave.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Scored {
    criterion: String,
    /// Tenths of the criterion's scale.
    tenths: i64,
    reason: String,
}

/// A decline.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Declined {
    service: Uuid,
    service_name: String,
    #[schema(value_type = Option<String>)]
    reason: Option<DeclineReason>,
}

fn place(ranked: Ranked) -> Place {
    let part = |part: domain::purchasing::matching::Part| PartOfTotal {
        criterion: part.code,
        weight_percent: part.weight_percent,
        points: part.points.0,
        sentence: part.sentence,
    };
    Place { rank: ranked.rank, offer: ranked.offer.0, total: ranked.total.0, parts: ranked.parts.into_iter().map(part).collect() }
}

fn left(apart: Apart) -> Left {
    Left { offer: apart.offer.0, reasons: apart.reasons }
}

impl From<OfferCompared> for Offered {
    fn from(offer: OfferCompared) -> Self {
        let check = |gate: Gate| OfferCheck { code: gate.code, colour: gate.colour, reason: gate.reason };
        let scored = |score: service::purchasing::evaluation::ScoreShown| Scored {
            criterion: score.criterion,
            tenths: score.tenths,
            reason: score.reason,
        };
        Self {
            id: offer.id.0,
            state: offer.state,
            service: offer.service.id.0,
            service_name: offer.service.name,
            urn: offer.service.urn,
            provider_name: offer.service.provider_name,
            checks: offer.gates.into_iter().map(check).collect(),
            core_weekly_pence: offer.core.0,
            weekly_pence: offer.weekly.0.0,
            yearly_pence: offer.yearly.0,
            tenths_of_miles: offer.flags.map(|flags| flags.miles.tenths),
            ssda903_tenths_of_miles: None,
            is_within_radius: offer.flags.map(|flags| flags.is_within_radius),
            is_in_footprint: offer.flags.map(|flags| flags.is_in_footprint),
            legal_class: offer.flags.map(|flags| flags.legal_class),
            scores: offer.scores.into_iter().map(scored).collect(),
        }
    }
}

impl From<Comparison> for Compared {
    fn from(case: Comparison) -> Self {
        let criterion = |one: domain::consortium::framework::Criterion| Criterion {
            code: one.code,
            name: one.name,
            weight_percent: one.weight_percent,
            scale_max: one.scale_max,
        };
        let declined = |one: service::purchasing::evaluation::Decline| Declined {
            service: one.service.0,
            service_name: one.service_name,
            reason: one.reason,
        };
        let (preferred, reason) = case.preferred.unzip();
        Self {
            referral: case.referral.0,
            number: case.number,
            state: case.state,
            criteria: case.criteria.into_iter().map(criterion).collect(),
            ranked: case.ranking.ranked.into_iter().map(place).collect(),
            unscored: case.ranking.unscored.into_iter().map(left).collect(),
            stopped: case.ranking.stopped.into_iter().map(left).collect(),
            offers: case.offers.into_iter().map(Offered::from).collect(),
            declines: case.declines.into_iter().map(declined).collect(),
            preferred: preferred.map(|offer| offer.0),
            preferred_reason: reason.flatten(),
        }
    }
}

async fn comparison(site: &Site, who: &service::people::sign_in::SignedIn, id: &str) -> Result<Comparison, Stopped> {
    let referral: ReferralId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &CompareOffers { referral, today: Day::in_uk(site.nearhome.now()) }).await?)
}

/// The offer that an address names, if it is one of the referral that the address names.
async fn offer_of(site: &Site, who: &service::people::sign_in::SignedIn, ids: &(String, String)) -> Result<OfferId, Stopped> {
    let offer: OfferId = pages::id(&ids.1)?;
    let case = comparison(site, who, &ids.0).await?;
    if case.offers.iter().any(|one| one.id == offer) { Ok(offer) } else { Err(Failure::absent().into()) }
}

/// All offers for a child with their checks, scores and ranking. Each look is written to the access log.
#[utoipa::path(get, path = "/api/v1/referrals/{id}/offers", tag = "choice", params(("id" = Uuid, Path)), responses((status = 200, body = Compared)))]
pub(crate) async fn compare(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Compared> {
    let case = comparison(&site, &who, &id).await?;
    let points: Vec<_> = case.offers.iter().map(|offer| offer.point).collect();
    let miles = miles_from_home(&site.nearhome, &who.caller, case.referral, &points).await?;
    let mut compared = Compared::from(case);
    for (offer, miles) in compared.offers.iter_mut().zip(miles) {
        offer.ssda903_tenths_of_miles = miles.map(|miles| miles.tenths);
    }
    Ok(Json(compared))
}

/// A score for one criterion.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScore {
    /// The criterion's code.
    criterion: String,
    /// Tenths of the criterion's scale: 45 is 4.5.
    tenths: u32,
    /// Why: providers may ask for it.
    reason: String,
}

/// A score that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScoreKept {
    score: Uuid,
}

/// Scores an offer, or changes one's own score.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/offers/{offer}/score", tag = "choice", params(("id" = Uuid, Path), ("offer" = Uuid, Path)),
    request_body = NewScore, responses((status = 200, body = ScoreKept)))]
pub(crate) async fn score(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<NewScore>,
) -> Told<ScoreKept> {
    let NewScore { criterion, tenths, reason } = request.body;
    let command = ScoreOffer { offer: offer_of(&site, &who, &ids).await?, criterion, tenths, reason };
    Ok(Json(ScoreKept { score: perform(&site.nearhome, &who.caller, request.key, &command).await?.0 }))
}

/// Where the choice stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Chosen {
    #[schema(schema_with = codes::<ReferralState>)]
    referral: ReferralState,
    /// The approvals that are asked for.
    approvals: Vec<Uuid>,
}

/// Shortlists an offer.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/offers/{offer}/shortlist", tag = "choice", params(("id" = Uuid, Path), ("offer" = Uuid, Path)),
    request_body = Nothing, responses((status = 200, body = Chosen)))]
pub(crate) async fn shortlist(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<Nothing>,
) -> Told<Chosen> {
    let command = ShortlistOffer { offer: offer_of(&site, &who, &ids).await? };
    let kept = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(Json(Chosen { referral: kept.referral, approvals: kept.approvals.into_iter().map(|id| id.0).collect() }))
}

/// Why this offer goes forward.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    /// In words; other than the first of the ranking needs a reason.
    reason: String,
    /// The move disrupts the education of a pupil in years 10 or 11.
    disrupts_key_stage_4: bool,
    /// Why it does not, of a child in those years. Without it the approval of regulation 10 is asked for all the same.
    #[serde(default)]
    undisturbed_because: String,
}

/// Chooses the offer to go forward with, and asks for the approvals that follow from the law and the councils' matrix.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/offers/{offer}/prefer", tag = "choice", params(("id" = Uuid, Path), ("offer" = Uuid, Path)),
    request_body = Choice, responses((status = 200, body = Chosen)))]
pub(crate) async fn prefer(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<Choice>,
) -> Told<Chosen> {
    let Choice { reason, disrupts_key_stage_4, undisturbed_because } = request.body;
    let command = PreferOffer { offer: offer_of(&site, &who, &ids).await?, reason, disrupts_key_stage_4, undisturbed_because };
    let kept = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(Json(Chosen { referral: kept.state, approvals: kept.approvals.into_iter().map(|id| id.0).collect() }))
}

/// Sets the choice aside.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/set-aside", tag = "choice", params(("id" = Uuid, Path)), request_body = Because, responses((status = 200, body = Chosen)))]
pub(crate) async fn set_aside(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Because>) -> Told<Chosen> {
    let command = SetAsideOffer { referral: pages::id(&id)?, reason: request.body.reason };
    let referral = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(Json(Chosen { referral, approvals: Vec::new() }))
}
