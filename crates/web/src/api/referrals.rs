//! A council's referrals: written, completed, screened, authorised and released.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Code as _;
use domain::calendar::{Day, Instant};
use domain::ids::ReferralId;
use domain::purchasing::fields::Field;
use domain::purchasing::forms::RawForm;
use domain::purchasing::questions::section;
use domain::purchasing::referral::{InHouseResult, ReferralAct, ReferralState, Urgency, WithdrawReason};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::purchasing::additions::SendAdditions;
use service::purchasing::board::{GetReferral, ReferralView, ReferralsPage};
use service::purchasing::referral::{SavePage, Written};
use service::purchasing::release::{PreviewProfile, ReleaseReferral};
use service::purchasing::search::{
    AcceptReferral, AuthoriseSearch, EndSearch, RecordInHouseSearch, ReturnReferral, Stands, SubmitReferral, WithdrawReferral,
};
use service::{Command, Failure, ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::market::{Line, lines};
use super::{Asked, AtVersion, Listed, Mend, Part, Sent, Told, codes, created, sent, told};
use crate::caller::Who;
use crate::pages;
use crate::pages::referrals::{first_answers, first_questions};
use crate::problem::Stopped;
use crate::server::Site;

/// A referral in a list. It names no child.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReferralLine {
    id: Uuid,
    /// Counts within the council, such as `R-2026-0007`.
    number: String,
    #[schema(schema_with = codes::<ReferralState>)]
    state: ReferralState,
    #[schema(schema_with = codes::<Urgency>)]
    urgency: Urgency,
    /// By which day a home is needed.
    #[schema(value_type = Option<String>, format = Date)]
    needed_by: Option<Day>,
    /// Until when providers may answer.
    #[schema(value_type = Option<String>, format = DateTime)]
    closes_at: Option<Instant>,
}

/// The council's referrals in the order of their numbers.
#[utoipa::path(get, path = "/api/v1/referrals", tag = "referrals", params(Part), responses((status = 200, body = Listed<ReferralLine>)))]
pub(crate) async fn list(State(site): State<Site>, Who(who): Who, Asked(part): Asked<Part>) -> Told<Listed<ReferralLine>> {
    let found = ask(&site.nearhome, &who.caller, &ReferralsPage(part.slice()?)).await?;
    part.listed(
        found,
        |referral| referral.number.clone(),
        |referral| ReferralLine {
            id: referral.id.0,
            number: referral.number,
            state: referral.state,
            urgency: referral.urgency,
            needed_by: referral.needed_by,
            closes_at: referral.closes_at,
        },
    )
}

/// A referral with the child. Each look is written to the access log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Referral {
    id: Uuid,
    /// Send it with the next act.
    version: i64,
    number: String,
    #[schema(schema_with = codes::<ReferralState>)]
    state: ReferralState,
    #[schema(schema_with = codes::<Urgency>)]
    urgency: Urgency,
    /// Answers by the key of their question.
    #[schema(value_type = Object)]
    answers: Map<String, Value>,
    /// Whole per cent of what a search needs.
    percent_complete: u32,
    /// What a search still needs.
    missing: Vec<Missing>,
    /// What may be done next in this role.
    #[schema(schema_with = acts)]
    acts: Vec<ReferralAct>,
    /// The questions with which it was returned, until it is submitted again.
    questions: Option<QuestionsAsked>,
    /// What the council's own search found.
    in_house: Option<FoundInHouse>,
}

/// What the placements team asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionsAsked {
    /// In its words.
    questions: String,
    /// By whom.
    asked_by: String,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Instant,
}

/// What the council's own homes and carers answered.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FoundInHouse {
    #[schema(schema_with = codes::<InHouseResult>)]
    result: InHouseResult,
    /// What stands behind it.
    reason: Option<String>,
}

fn acts() -> utoipa::openapi::schema::Array {
    utoipa::openapi::schema::ArrayBuilder::new().items(codes::<ReferralAct>()).build()
}

/// An answer that is missing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Missing {
    /// The question's key.
    key: &'static str,
    /// The section in which it is asked.
    section: &'static str,
    /// The question in words.
    label: &'static str,
    /// Why it matters.
    why: &'static str,
}

impl From<ReferralView> for Referral {
    fn from(view: ReferralView) -> Self {
        let missing =
            |gap: &domain::purchasing::questions::Gap| Missing { key: gap.error.key, section: gap.section, label: gap.label, why: gap.why };
        let questions = view.questions().map(|asked| QuestionsAsked {
            questions: asked.said.clone().unwrap_or_default(),
            asked_by: asked.who.clone(),
            asked_at: asked.at,
        });
        let in_house = view.in_house().map(|(result, reason)| FoundInHouse { result, reason: reason.map(str::to_owned) });
        Self {
            questions,
            in_house,
            id: view.referral.id.0,
            version: view.referral.version,
            number: view.referral.number,
            state: view.referral.state,
            urgency: view.referral.urgency,
            answers: told(&view.answers),
            percent_complete: view.completeness.percent,
            missing: view.completeness.gaps.iter().map(missing).collect(),
            acts: view.acts,
        }
    }
}

/// One referral with its answers, what is missing and what may be done next.
#[utoipa::path(get, path = "/api/v1/referrals/{id}", tag = "referrals", params(("id" = Uuid, Path)), responses((status = 200, body = Referral)))]
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Referral> {
    let referral: ReferralId = pages::id(&id)?;
    Ok(Json(ask(&site.nearhome, &who.caller, &GetReferral { referral }).await?.into()))
}

/// A new referral: the child's own row, and how soon a home is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReferral {
    /// `case_number`, `given_name`, `family_name`, `date_of_birth`, `home_postcode`.
    #[schema(value_type = Object)]
    answers: Map<String, Value>,
    #[schema(schema_with = codes::<Urgency>)]
    urgency: Urgency,
    /// Write it although another referral of this child is open.
    #[serde(default)]
    even_though_open: bool,
}

/// A referral that was written.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NewNumber {
    id: Uuid,
    number: String,
}

/// Starts a referral. The council's child is found by the case number, or entered.
#[utoipa::path(post, path = "/api/v1/referrals", tag = "referrals", request_body = NewReferral, responses((status = 201, body = NewNumber)))]
pub(crate) async fn write(State(site): State<Site>, Who(who): Who, request: Sent<NewReferral>) -> Result<Response, Stopped> {
    let asked: Vec<&Field> = first_questions().collect();
    let mut raw = RawForm::from_pairs(sent(&asked, &request.body.answers)?);
    raw.0.insert("urgency".to_owned(), vec![request.body.urgency.code().to_owned()]);
    raw.0.insert("even_though_open".to_owned(), vec![if request.body.even_though_open { "yes" } else { "no" }.to_owned()]);
    let command = first_answers(&raw, who.is_sample_world).map_err(Failure::Invalid)?;
    let Written { id, number } = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(created(format!("/api/v1/referrals/{id}"), NewNumber { id: id.0, number }))
}

/// Answers to the questions of a section.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionAnswers {
    /// The version that was read.
    version: i64,
    /// All answers of the section: what is left out becomes unanswered.
    #[schema(value_type = Object)]
    answers: Map<String, Value>,
}

/// What was kept of a section.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Kept {
    /// Send it with the next act.
    version: i64,
    /// What was not kept, and what it should have been. The rest was.
    problems: Vec<Mend>,
}

/// Saves a section. What can be kept is kept; what cannot is named in `problems`.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/sections/{section}", tag = "referrals", params(("id" = Uuid, Path), ("section" = String, Path)),
    request_body = SectionAnswers, responses((status = 200, body = Kept)))]
pub(crate) async fn save(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, slug)): Path<(String, String)>,
    request: Sent<SectionAnswers>,
) -> Told<Kept> {
    let referral: ReferralId = pages::id(&id)?;
    let fields: Vec<&Field> = section(&slug).ok_or_else(Failure::absent)?.fields().collect();
    let pairs = sent(&fields, &request.body.answers)?;
    let command = SavePage { referral, version: request.body.version, section: slug, pairs };
    let saved = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(Json(Kept { version: saved.version, problems: Mend::all(saved.problems) }))
}

/// Where a referral stands after an act.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Standing {
    #[schema(schema_with = codes::<ReferralState>)]
    state: ReferralState,
    /// Send it with the next act.
    version: i64,
}

async fn act<C: Command<Answer = Stands>>(site: &Site, who: &service::people::sign_in::SignedIn, key: Uuid, command: &C) -> Told<Standing> {
    let stands = perform(&site.nearhome, &who.caller, key, command).await?;
    Ok(Json(Standing { state: stands.state, version: stands.version }))
}

/// Sends a referral to the placement service.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/submit", tag = "referrals", params(("id" = Uuid, Path)), request_body = AtVersion, responses((status = 200, body = Standing)))]
pub(crate) async fn submit(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<AtVersion>) -> Told<Standing> {
    let command = SubmitReferral { referral: pages::id(&id)?, version: request.body.version };
    act(&site, &who, request.key, &command).await
}

/// Why a referral goes back to its writer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Questions {
    version: i64,
    /// What must be answered.
    questions: String,
}

/// Returns a referral to the social worker with questions.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/return", tag = "referrals", params(("id" = Uuid, Path)), request_body = Questions, responses((status = 200, body = Standing)))]
pub(crate) async fn give_back(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Questions>) -> Told<Standing> {
    let Questions { version, questions } = request.body;
    act(&site, &who, request.key, &ReturnReferral { referral: pages::id(&id)?, version, questions }).await
}

/// Accepts a referral for searching.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/accept", tag = "referrals", params(("id" = Uuid, Path)), request_body = AtVersion, responses((status = 200, body = Standing)))]
pub(crate) async fn accept(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<AtVersion>) -> Told<Standing> {
    let command = AcceptReferral { referral: pages::id(&id)?, version: request.body.version };
    act(&site, &who, request.key, &command).await
}

/// What the council's own search found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InHouse {
    version: i64,
    #[schema(schema_with = codes::<InHouseResult>)]
    result: InHouseResult,
    reason: String,
}

/// Records the search among the council's own places.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/in-house", tag = "referrals", params(("id" = Uuid, Path)), request_body = InHouse, responses((status = 200, body = Standing)))]
pub(crate) async fn in_house(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<InHouse>) -> Told<Standing> {
    let InHouse { version, result, reason } = request.body;
    act(&site, &who, request.key, &RecordInHouseSearch { referral: pages::id(&id)?, version, result, reason }).await
}

/// Authorises the search outside the council's own places.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/authorise", tag = "referrals", params(("id" = Uuid, Path)), request_body = AtVersion, responses((status = 200, body = Standing)))]
pub(crate) async fn authorise(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<AtVersion>) -> Told<Standing> {
    let command = AuthoriseSearch { referral: pages::id(&id)?, version: request.body.version };
    act(&site, &who, request.key, &command).await
}

/// Why a referral is not needed any more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotNeeded {
    version: i64,
    #[schema(schema_with = codes::<WithdrawReason>)]
    reason: WithdrawReason,
    /// The same in words.
    #[serde(default)]
    words: String,
}

/// Withdraws a referral.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/withdraw", tag = "referrals", params(("id" = Uuid, Path)), request_body = NotNeeded, responses((status = 200, body = Standing)))]
pub(crate) async fn withdraw(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<NotNeeded>) -> Told<Standing> {
    let NotNeeded { version, reason, words } = request.body;
    act(&site, &who, request.key, &WithdrawReferral { referral: pages::id(&id)?, version, reason, words }).await
}

/// Why a search ends without a home.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoHome {
    version: i64,
    reason: String,
}

/// Ends a search that found no home.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/end", tag = "referrals", params(("id" = Uuid, Path)), request_body = NoHome, responses((status = 200, body = Standing)))]
pub(crate) async fn end(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<NoHome>) -> Told<Standing> {
    let NoHome { version, reason } = request.body;
    act(&site, &who, request.key, &EndSearch { referral: pages::id(&id)?, version, reason }).await
}

/// What providers would read of a child, and what in it may say who the child is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Profile {
    age_years: u32,
    /// The first half of the home's postcode.
    home_area: Option<String>,
    lines: Vec<Line>,
    warnings: Vec<Warning>,
}

/// Words that may identify the child.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Warning {
    /// The question's key.
    key: &'static str,
    /// What it seems to be.
    kind: &'static str,
    /// The words.
    found: String,
}

/// The anonymous profile of a referral, before it is released.
#[utoipa::path(get, path = "/api/v1/referrals/{id}/profile", tag = "referrals", params(("id" = Uuid, Path)), responses((status = 200, body = Profile)))]
pub(crate) async fn profile(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Profile> {
    let query = PreviewProfile { referral: pages::id(&id)?, on: Day::in_uk(site.nearhome.now()) };
    let preview = ask(&site.nearhome, &who.caller, &query).await?;
    let warning = |one: domain::purchasing::profile::ReleaseWarning| Warning { key: one.key, kind: one.kind.label(), found: one.found };
    Ok(Json(Profile {
        age_years: preview.age_years,
        home_area: preview.home_outward,
        lines: lines(preview.lines),
        warnings: preview.warnings.into_iter().map(warning).collect(),
    }))
}

/// More of a referral for those who were asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SendMore {
    version: i64,
    /// The warnings of the profile were read, and these words may go out.
    #[serde(default)]
    warnings_read: bool,
}

/// Who was told more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SentMore {
    /// How many services knew an older profile.
    services: u32,
}

/// Sends today's profile to every service that was asked and knows an older one.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/additions", tag = "referrals", params(("id" = Uuid, Path)), request_body = SendMore, responses((status = 200, body = SentMore)))]
pub(crate) async fn send_additions(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<SendMore>,
) -> Told<SentMore> {
    let command = SendAdditions { referral: pages::id(&id)?, version: request.body.version, warnings_read: request.body.warnings_read };
    Ok(Json(SentMore { services: perform(&site.nearhome, &who.caller, request.key, &command).await? }))
}

/// To whom a referral goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReleaseTo {
    version: i64,
    /// The framework's reference.
    framework: String,
    /// The lot's code.
    lot: String,
    /// The category's code.
    category: String,
    /// Until when they may answer; without it, by the framework's rule for this urgency.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    closes_at: Option<Instant>,
    /// The warnings of the profile were read, and these words may go out.
    #[serde(default)]
    warnings_read: bool,
}

/// Where a released referral stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Released {
    #[schema(schema_with = codes::<ReferralState>)]
    state: ReferralState,
    version: i64,
    /// How many services were asked.
    services: u32,
    #[schema(value_type = String, format = DateTime)]
    closes_at: Instant,
}

/// Sends the anonymous profile to every service admitted to the category.
#[utoipa::path(post, path = "/api/v1/referrals/{id}/release", tag = "referrals", params(("id" = Uuid, Path)), request_body = ReleaseTo, responses((status = 200, body = Released)))]
pub(crate) async fn release(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<ReleaseTo>) -> Told<Released> {
    let ReleaseTo { version, framework, lot, category, closes_at, warnings_read } = request.body;
    let command = ReleaseReferral { referral: pages::id(&id)?, version, framework, lot, category, closes_at, warnings_read };
    let released = perform(&site.nearhome, &who.caller, request.key, &command).await?;
    Ok(Json(Released { state: released.state, version: released.version, services: released.services, closes_at: released.closes_at }))
}
