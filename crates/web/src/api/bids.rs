//! A bidder's own bids, for its software: what is written and what is missing, submitting, withdrawing, receipts. Files are uploaded on
//! pages.

use axum::Json;
use axum::extract::{Path, State};
use domain::Code as _;
use domain::calendar::Instant;
use domain::ids::{BidderFileId, ServiceId};
use domain::procurement::bid::BidAnswer;
use domain::procurement::bid_draft::{Draft, Profile, TypedPrice};
use serde::{Deserialize, Serialize};
use service::procurement::bid::{BidView, ListOwnBids, LotLine, Part, SubmittedLine, save, see as see_bid};
use service::procurement::bidder::save_profile;
use service::procurement::submission::{SubmittedView, WithdrawBid, own_copy, submit as submit_bid, submit_with_own_price};
use service::{ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decisions::{Made, made};
use super::{Body, Sent, Told};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;

/// A bid that was submitted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BidSubmitted {
    id: Uuid,
    /// From 1 for each lot; the last stands unless it was withdrawn.
    number: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<Instant>,
}

impl From<SubmittedLine> for BidSubmitted {
    fn from(line: SubmittedLine) -> Self {
        Self { id: line.id.0, number: line.number, at: line.at, withdrawn_at: line.withdrawn_at }
    }
}

/// A lot, with where the caller's bid for it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LotBidFor {
    lot: String,
    name: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    saved_at: Option<Instant>,
    /// The last bid that was submitted.
    submitted: Option<BidSubmitted>,
}

impl From<LotLine> for LotBidFor {
    fn from(line: LotLine) -> Self {
        let LotLine { lot, name, saved_at, submitted } = line;
        Self { lot, name, saved_at, submitted: submitted.map(BidSubmitted::from) }
    }
}

/// The lots of a tender, each with where the caller's bid for it stands.
#[utoipa::path(get, path = "/api/v1/bids/{tender}", tag = "bids", params(("tender" = Uuid, Path)), responses((status = 200, body = Vec<LotBidFor>)))]
pub(crate) async fn lots(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Vec<LotBidFor>> {
    let lines = ask(&site.nearhome, &who.caller, &ListOwnBids { tender: pages::id(&id)? }).await?;
    Ok(Json(lines.into_iter().map(LotBidFor::from).collect()))
}

/// One thing that keeps a bid from being submitted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BidMissing {
    /// `profile`, `services`, `declarations`, `answers`, `prices` or `files`.
    part: &'static str,
    field: String,
    /// What to do.
    message: String,
}

/// A file that the caller's organisation uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaperTold {
    id: Uuid,
    name: String,
    media_type: String,
    size: u64,
    sha256: String,
    #[schema(value_type = String, format = DateTime)]
    uploaded_at: Instant,
}

/// The caller's bid for one lot.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BidTold {
    lot: String,
    #[schema(value_type = String, format = DateTime)]
    deadline: Instant,
    /// The public key to which prices are sealed.
    price_recipient: Option<String>,
    /// What is written, as typed.
    #[schema(value_type = Object)]
    draft: Draft,
    /// What the organisation says about itself in every bid, as typed.
    #[schema(value_type = Object)]
    profile: Profile,
    files: Vec<PaperTold>,
    #[schema(value_type = Option<String>, format = DateTime)]
    saved_at: Option<Instant>,
    /// What keeps it from being submitted; nothing when it is complete.
    missing: Vec<BidMissing>,
    submitted: Vec<BidSubmitted>,
}

impl From<BidView> for BidTold {
    fn from(view: BidView) -> Self {
        let missing = view.complete.err().unwrap_or_default().into_iter();
        let file = |(id, kept): (BidderFileId, service::procurement::bidder::KeptFile)| PaperTold {
            id: id.0,
            name: kept.file.name,
            media_type: kept.file.media_type,
            size: kept.file.size,
            sha256: kept.file.sha256,
            uploaded_at: kept.uploaded_at,
        };
        Self {
            lot: view.lot,
            deadline: view.tender.deadline,
            price_recipient: view.tender.price_recipient.clone(),
            draft: view.draft,
            profile: view.profile,
            files: view.files.into_iter().map(file).collect(),
            saved_at: view.saved_at,
            missing: missing.map(|one| BidMissing { part: one.section.code(), field: one.field, message: one.reason }).collect(),
            submitted: view.submitted.into_iter().map(BidSubmitted::from).collect(),
        }
    }
}

/// The caller's bid for one lot, written or not.
#[utoipa::path(get, path = "/api/v1/bids/{tender}/{lot}", tag = "bids", params(("tender" = Uuid, Path), ("lot" = String, Path)), responses((status = 200, body = BidTold)))]
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path((id, lot)): Path<(String, String)>) -> Told<BidTold> {
    Ok(Json(see_bid(&site.nearhome, &who.caller, pages::id(&id)?, &lot).await?.into()))
}

/// What is confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmed {
    /// Each declaration of the tender, in their order.
    declared: Vec<bool>,
    /// The number of the last addendum that was read; 0 when there is none.
    addenda_read: u32,
}

/// Parts of a bid. Each that is there takes the place of what was written for it; the others stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BidParts {
    #[serde(default)]
    #[schema(value_type = Option<Vec<Uuid>>)]
    services: Option<Vec<ServiceId>>,
    #[serde(default)]
    declarations: Option<Confirmed>,
    /// `question` and `text`; other questions keep their answers.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Object>>)]
    answers: Option<Vec<BidAnswer>>,
    /// `service`, `category` and `weekly` as typed, for every service.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Object>>)]
    prices: Option<Vec<TypedPrice>>,
    #[serde(default)]
    #[schema(value_type = Option<Vec<Uuid>>)]
    files: Option<Vec<BidderFileId>>,
}

/// Keeps parts of a bid, as typed, and tells what is still missing.
#[utoipa::path(post, path = "/api/v1/bids/{tender}/{lot}", tag = "bids", params(("tender" = Uuid, Path), ("lot" = String, Path)), request_body = BidParts, responses((status = 200, body = BidTold)))]
pub(crate) async fn write(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, lot)): Path<(String, String)>,
    Body(sent): Body<BidParts>,
) -> Told<BidTold> {
    let tender = pages::id(&id)?;
    // Whether there is such a bid is told before anything is kept.
    see_bid(&site.nearhome, &who.caller, tender, &lot).await?;
    let declarations = sent.declarations.map(|made| Part::Declarations(made.declared, made.addenda_read));
    let parts = [
        sent.services.map(Part::Services),
        declarations,
        sent.answers.map(Part::Answers),
        sent.prices.map(Part::Prices),
        sent.files.map(Part::Files),
    ];
    for part in parts.into_iter().flatten() {
        save(&site.nearhome, &who.caller, tender, &lot, part).await?;
    }
    Ok(Json(see_bid(&site.nearhome, &who.caller, tender, &lot).await?.into()))
}

/// What an organisation says about itself in every bid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileSent {
    /// `provider_name`, `company_number`, `insurances` and `papers`, in the shape in which a bid tells it.
    #[schema(value_type = Object)]
    profile: serde_json::Value,
}

/// That something was kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileKept {
    kept: bool,
}

/// Keeps what the organisation says about itself, in place of what it said before.
#[utoipa::path(post, path = "/api/v1/bidder-profile", tag = "bids", request_body = ProfileSent, responses((status = 200, body = ProfileKept)))]
pub(crate) async fn profile(State(site): State<Site>, Who(who): Who, Body(sent): Body<ProfileSent>) -> Told<ProfileKept> {
    let profile = serde_json::from_value(sent.profile).map_err(|error| service::Failure::invalid("profile", error.to_string()))?;
    save_profile(&site.nearhome, &who.caller, profile).await?;
    Ok(Json(ProfileKept { kept: true }))
}

/// Nothing more than the act itself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AsWritten {}

/// A bid to submit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BidToSubmit {
    /// Prices that the bidder sealed itself with age to the tender’s `price_recipient` (armoured text), in place of those that are
    /// written: a JSON object with a list `prices` of `service`, `category` and `weekly` in pence. Nobody here can check them before
    /// they are opened.
    #[serde(default)]
    sealed_price: Option<String>,
}

/// Submits the bid as it is written. It takes the place of an earlier one as a whole.
#[utoipa::path(post, path = "/api/v1/bids/{tender}/{lot}/submit", tag = "bids", params(("tender" = Uuid, Path), ("lot" = String, Path)), request_body = BidToSubmit, responses((status = 200, body = Made)))]
pub(crate) async fn submit(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, lot)): Path<(String, String)>,
    request: Sent<BidToSubmit>,
) -> Told<Made> {
    let (nearhome, tender) = (&site.nearhome, pages::id(&id)?);
    let submitted = match request.body.sealed_price {
        None => submit_bid(nearhome, &who.caller, request.key, tender, &lot).await?,
        Some(text) => submit_with_own_price(nearhome, &who.caller, request.key, (tender, &lot), text).await?,
    };
    Ok(made(submitted))
}

/// Withdraws the bid that stands, while bids are taken.
#[utoipa::path(post, path = "/api/v1/bids/{tender}/{lot}/withdraw", tag = "bids", params(("tender" = Uuid, Path), ("lot" = String, Path)), request_body = AsWritten, responses((status = 200, body = Made)))]
pub(crate) async fn withdraw(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, lot)): Path<(String, String)>,
    request: Sent<AsWritten>,
) -> Told<Made> {
    let AsWritten {} = request.body;
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &WithdrawBid { tender: pages::id(&id)?, lot }).await?))
}

/// What a bidder was given for a submitted bid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptTold {
    lot: String,
    number: i64,
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    #[schema(value_type = Option<String>, format = DateTime)]
    withdrawn_at: Option<Instant>,
    /// The later bid that takes its place.
    replaced_by: Option<Uuid>,
    /// The receipt to the byte.
    receipt: String,
    /// Its SHA-256, which stands in the audit record.
    sha256: String,
}

impl From<SubmittedView> for ReceiptTold {
    fn from(view: SubmittedView) -> Self {
        Self {
            lot: view.lot,
            number: view.number,
            at: view.at,
            withdrawn_at: view.withdrawn_at,
            replaced_by: view.replaced_by.map(|id| id.0),
            receipt: view.copy.receipt,
            sha256: view.receipt_digest,
        }
    }
}

/// The receipt of one of the caller's bids.
#[utoipa::path(get, path = "/api/v1/bid-receipts/{id}", tag = "bids", params(("id" = Uuid, Path)), responses((status = 200, body = ReceiptTold)))]
pub(crate) async fn receipt(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<ReceiptTold> {
    Ok(Json(own_copy(&site.nearhome, &who.caller, pages::id(&id)?).await?.into()))
}
