//! Tenders: what is bought, until when bids are taken, and where the opening stands. Putting a share of a key in is done on pages only,
//! by people, so that no other software ever holds a passphrase.

use axum::Json;
use axum::extract::{Path, State};
use domain::calendar::{Day, Instant};
use domain::procurement::bid::Envelope;
use domain::procurement::opening::AttemptOutcome;
use domain::procurement::plan::TenderPlan;
use domain::procurement::tender::Phase;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::procurement::opening::{GetOpening, OpeningView};
use service::procurement::tender::{
    Addendum, AddendumKind, CancelTender, DraftTender, ExtendDeadline, GetTender, ListTenders, PublishTender, TenderLine, TenderView,
};
use service::{Failure, ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decisions::{Made, made};
use super::{Mend, Sent, Told, codes};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;

/// The word for where a tender stands.
fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Draft => "DRAFT",
        Phase::Open => "OPEN",
        Phase::QuestionsClosed => "QUESTIONS_CLOSED",
        Phase::Closed => "CLOSED",
        Phase::Cancelled => "CANCELLED",
    }
}

/// A tender of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenderListed {
    id: Uuid,
    title: String,
    /// The framework's reference.
    framework: String,
    /// The council that procures.
    council: String,
    /// `DRAFT`, `OPEN`, `QUESTIONS_CLOSED`, `CLOSED` or `CANCELLED`, by the clock of the server.
    phase: &'static str,
    #[schema(value_type = String, format = DateTime)]
    deadline: Instant,
}

impl From<TenderLine> for TenderListed {
    fn from(line: TenderLine) -> Self {
        let TenderLine { tender, council, phase: stands } = line;
        let (phase, deadline) = (phase(stands), tender.deadline);
        Self { id: tender.id.0, title: tender.title, framework: tender.framework, council, phase, deadline }
    }
}

/// The tenders that the caller may read: for providers those that are published.
#[utoipa::path(get, path = "/api/v1/tenders", tag = "tenders", responses((status = 200, body = Vec<TenderListed>)))]
pub(crate) async fn list(State(site): State<Site>, Who(who): Who) -> Told<Vec<TenderListed>> {
    let all = ask(&site.nearhome, &who.caller, &ListTenders { now: site.nearhome.now() }).await?;
    Ok(Json(all.into_iter().map(TenderListed::from).collect()))
}

/// Something that every bidder was told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ToldToAll {
    number: i64,
    #[schema(schema_with = codes::<AddendumKind>)]
    kind: AddendumKind,
    /// The question that it answers.
    question: Option<String>,
    text: String,
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
}

impl From<Addendum> for ToldToAll {
    fn from(one: Addendum) -> Self {
        Self { number: one.number, kind: one.kind, question: one.question, text: one.text, at: one.at }
    }
}

/// A whole tender.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenderTold {
    id: Uuid,
    version: i64,
    title: String,
    council: String,
    phase: &'static str,
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Instant>,
    #[schema(value_type = String, format = DateTime)]
    questions_until: Instant,
    #[schema(value_type = String, format = Date)]
    answers_by: Day,
    #[schema(value_type = String, format = DateTime)]
    deadline: Instant,
    cancelled_reason: Option<String>,
    /// In the shape of `plan` in the files of `config/tenders`, with the whole framework.
    #[schema(value_type = Object)]
    plan: TenderPlan,
    told_to_all: Vec<ToldToAll>,
    /// What keeps a draft from being published.
    problems: Vec<Mend>,
}

impl From<TenderView> for TenderTold {
    fn from(view: TenderView) -> Self {
        let TenderView { tender, plan, council, phase: stands, addenda, problems, .. } = view;
        let told = addenda.into_iter().map(ToldToAll::from);
        Self {
            id: tender.id.0,
            version: tender.version,
            title: tender.title,
            council,
            phase: phase(stands),
            published_at: tender.published_at,
            questions_until: tender.questions_until,
            answers_by: tender.answers_by,
            deadline: tender.deadline,
            cancelled_reason: tender.cancelled_reason,
            plan,
            told_to_all: told.collect(),
            problems: Mend::all(problems),
        }
    }
}

/// One tender with all that bidders were told.
#[utoipa::path(get, path = "/api/v1/tenders/{id}", tag = "tenders", params(("id" = Uuid, Path)), responses((status = 200, body = TenderTold)))]
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<TenderTold> {
    let tender = pages::id(&id)?;
    Ok(Json(ask(&site.nearhome, &who.caller, &GetTender { tender, now: site.nearhome.now() }).await?.into()))
}

/// A draft, whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WholeTender {
    /// Which draft it changes, and the version that was read; a new tender without it.
    #[serde(default)]
    of: Option<DraftRead>,
    /// `council`, `title`, `questions_until`, `answers_by`, `deadline` and `plan`, which holds the whole framework.
    #[schema(value_type = Object)]
    draft: Value,
}

/// A draft that was read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftRead {
    id: Uuid,
    version: i64,
}

/// Keeps a draft: a new one, or the next state of one that is not published.
#[utoipa::path(post, path = "/api/v1/tenders", tag = "tenders", request_body = WholeTender, responses((status = 200, body = Made)))]
pub(crate) async fn draft(State(site): State<Site>, Who(who): Who, request: Sent<WholeTender>) -> Told<Made> {
    let WholeTender { of, draft } = request.body;
    let draft = serde_json::from_value(draft).map_err(|error| Failure::invalid("draft", error.to_string()))?;
    let tender = of.map(|read| (domain::ids::TenderId(read.id), read.version));
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &DraftTender { tender, draft }).await?))
}

/// How a tender is published.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Publication {
    /// A planned procurement notice went out early enough for the shorter period.
    had_planned_notice: bool,
}

/// Publishes a draft.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/publish", tag = "tenders", params(("id" = Uuid, Path)), request_body = Publication, responses((status = 200, body = Made)))]
pub(crate) async fn publish(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Publication>) -> Told<Made> {
    let command = PublishTender { tender: pages::id(&id)?, had_planned_notice: request.body.had_planned_notice };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// A later deadline.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LaterDeadline {
    #[schema(value_type = String, format = DateTime)]
    to: Instant,
    /// Why, for bidders.
    reason: String,
}

/// Moves the deadline to a later time, while it lies ahead.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/extend", tag = "tenders", params(("id" = Uuid, Path)), request_body = LaterDeadline, responses((status = 200, body = Made)))]
pub(crate) async fn extend(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<LaterDeadline>) -> Told<Made> {
    let LaterDeadline { to, reason } = request.body;
    let command = ExtendDeadline { tender: pages::id(&id)?, to, reason };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// Why a tender is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenUp {
    reason: String,
}

/// Gives a tender up.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/cancel", tag = "tenders", params(("id" = Uuid, Path)), request_body = GivenUp, responses((status = 200, body = Made)))]
pub(crate) async fn cancel(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<GivenUp>) -> Told<Made> {
    let command = CancelTender { tender: pages::id(&id)?, reason: request.body.reason };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// An attempt to take part in an opening.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpeningAttempted {
    #[schema(schema_with = codes::<Envelope>)]
    envelope: Envelope,
    who: String,
    council: String,
    #[schema(value_type = String, format = DateTime)]
    at: Instant,
    #[schema(schema_with = codes::<AttemptOutcome>)]
    outcome: AttemptOutcome,
}

/// A bid that was opened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BidOpened {
    id: Uuid,
    bidder: String,
    lot: String,
    #[schema(value_type = String, format = DateTime)]
    submitted_at: Instant,
    /// How many homes or branches.
    services: usize,
    is_price_open: bool,
}

/// An envelope that waits for officers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpeningWaits {
    #[schema(schema_with = codes::<Envelope>)]
    envelope: Envelope,
    /// So many councils more must take part.
    wanting: u32,
    /// Until when; absent before anybody has come.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Instant>,
}

/// Where the opening of a tender stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpeningTold {
    /// Officers of so many councils must take part,
    councils_at_least: u32,
    /// within so many minutes.
    window_minutes: u32,
    /// How many sealed bids stand; told after the deadline.
    sealed: Option<usize>,
    /// The envelopes that are open.
    #[schema(value_type = Vec<String>)]
    open: Vec<Envelope>,
    /// Those that are not.
    waiting: Vec<OpeningWaits>,
    attempts: Vec<OpeningAttempted>,
    bids: Vec<BidOpened>,
}

impl From<OpeningView> for OpeningTold {
    fn from(view: OpeningView) -> Self {
        let attempts = view.attempts.into_iter().map(|one| OpeningAttempted {
            envelope: one.envelope,
            who: one.who,
            council: one.council,
            at: one.at,
            outcome: one.outcome,
        });
        let bids = view.bids.into_iter().map(|bid| BidOpened {
            id: bid.id.0,
            bidder: bid.provider,
            lot: bid.lot,
            submitted_at: bid.submitted_at,
            services: bid.services,
            is_price_open: bid.is_price_open,
        });
        let open = view.envelopes.iter().filter(|(_, _, is_open)| *is_open).map(|(envelope, _, _)| *envelope).collect();
        let waiting = view.envelopes.iter().filter(|(_, _, is_open)| !is_open).map(|(envelope, ceremony, _)| OpeningWaits {
            envelope: *envelope,
            wanting: ceremony.wanting,
            until: ceremony.window_ends,
        });
        Self {
            councils_at_least: view.rule.councils_at_least,
            window_minutes: view.rule.window_minutes,
            sealed: view.sealed,
            open,
            waiting: waiting.collect(),
            attempts: attempts.collect(),
            bids: bids.collect(),
        }
    }
}

/// Who took part in the opening, and the bids that it opened.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/opening", tag = "tenders", params(("id" = Uuid, Path)), responses((status = 200, body = OpeningTold)))]
pub(crate) async fn opening(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<OpeningTold> {
    let tender = pages::id(&id)?;
    Ok(Json(ask(&site.nearhome, &who.caller, &GetOpening { tender, now: site.nearhome.now() }).await?.into()))
}
