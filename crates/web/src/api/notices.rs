//! What bidders ask and are told about a tender, its notices, and what was published of it.

use axum::Json;
use axum::extract::{Path, State};
use domain::Code as _;
use domain::calendar::{Day, Instant};
use domain::procurement::notice::{Due, Notice, Requirement, Stage};
use domain::procurement::ocds::build::Telling;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::procurement::questions::{AnswerQuestions, AskAboutTender, Asked, GetQuestions, QuestionsView, WriteAddendum};
use service::publish::notices::{GetNotices, GetReleases, NoticeLine, NoticesView, PublishNotice};
use service::{ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decisions::{Made, made};
use super::tenders::ToldToAll;
use super::{Sent, Told, codes};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;

/// A question as the one who asked it, or those who answer, may read it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionAsked {
    id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    asked_at: Instant,
    text: String,
    /// The number of what all bidders were told, once it is answered.
    answer: Option<i64>,
}

impl From<Asked> for QuestionAsked {
    fn from(one: Asked) -> Self {
        Self { id: one.id.0, asked_at: one.asked_at, text: one.text, answer: one.answer }
    }
}

/// What was asked and told about a tender.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionsTold {
    #[schema(value_type = String, format = DateTime)]
    questions_until: Instant,
    #[schema(value_type = String, format = Date)]
    answers_by: Day,
    /// For a bidder its own; for the council that procures all of them; nobody is told who asked.
    asked: Vec<QuestionAsked>,
    told_to_all: Vec<ToldToAll>,
    /// Questions wait although the day for answers is over.
    is_overdue: bool,
}

impl From<QuestionsView> for QuestionsTold {
    fn from(view: QuestionsView) -> Self {
        Self {
            questions_until: view.tender.questions_until,
            answers_by: view.tender.answers_by,
            asked: view.asked.into_iter().map(QuestionAsked::from).collect(),
            told_to_all: view.told.into_iter().map(ToldToAll::from).collect(),
            is_overdue: view.is_overdue,
        }
    }
}

/// What was asked and told about a tender.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/questions", tag = "tenders", params(("id" = Uuid, Path)), responses((status = 200, body = QuestionsTold)))]
pub(crate) async fn questions(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<QuestionsTold> {
    let query = GetQuestions { tender: pages::id(&id)?, now: site.nearhome.now() };
    Ok(Json(ask(&site.nearhome, &who.caller, &query).await?.into()))
}

/// A text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Words {
    text: String,
}

/// Asks something about a tender. All bidders are told the answer, none who asked.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/questions", tag = "tenders", params(("id" = Uuid, Path)), request_body = Words, responses((status = 200, body = Made)))]
pub(crate) async fn put_question(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Words>) -> Told<Made> {
    let command = AskAboutTender { tender: pages::id(&id)?, text: request.body.text };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// An answer to questions that ask the same.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerToAll {
    questions: Vec<Uuid>,
    /// The question as all bidders are told it.
    question: String,
    text: String,
}

/// Answers questions, to all bidders.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/answers", tag = "tenders", params(("id" = Uuid, Path)), request_body = AnswerToAll, responses((status = 200, body = Made)))]
pub(crate) async fn answer(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<AnswerToAll>) -> Told<Made> {
    let AnswerToAll { questions, question, text } = request.body;
    let questions = questions.into_iter().map(domain::ids::TenderQuestionId).collect();
    let command = AnswerQuestions { tender: pages::id(&id)?, questions, question, text };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// Tells all bidders of a change.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/changes", tag = "tenders", params(("id" = Uuid, Path)), request_body = Words, responses((status = 200, body = Made)))]
pub(crate) async fn change(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Words>) -> Told<Made> {
    let command = WriteAddendum { tender: pages::id(&id)?, text: request.body.text };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// What a notice lacks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeLacks {
    #[schema(schema_with = codes::<Requirement>)]
    what: Requirement,
    why: String,
}

/// A notice as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeTold {
    #[schema(schema_with = codes::<Notice>)]
    notice: Notice,
    name: &'static str,
    #[schema(schema_with = codes::<Stage>)]
    stage: Stage,
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Instant>,
    /// Somebody should publish it.
    is_due: bool,
    /// By the end of this day, where the law names one.
    #[schema(value_type = Option<String>, format = Date)]
    due_by: Option<Day>,
    missing: Vec<NoticeLacks>,
    /// What publishes it now.
    #[schema(value_type = Option<String>)]
    telling: Option<Telling>,
}

impl From<NoticeLine> for NoticeTold {
    fn from(line: NoticeLine) -> Self {
        let (published_at, due_by) = match line.due {
            Due::Published(at) => (Some(at), None),
            Due::By(day) => (None, Some(day)),
            Due::NotAsked(_) | Due::Optional(_) | Due::After(_) | Due::Before(_) | Due::Now => (None, None),
        };
        let missing = line.missing.into_iter().map(|missing| NoticeLacks { what: missing.what, why: missing.why });
        Self {
            notice: line.notice,
            name: line.notice.label(),
            stage: line.notice.stage(),
            published_at,
            is_due: line.due.is_open(),
            due_by,
            missing: missing.collect(),
            telling: line.telling,
        }
    }
}

/// The notices of a procurement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticesTold {
    /// The id of the contracting process in open contracting.
    ocid: String,
    notices: Vec<NoticeTold>,
}

impl From<NoticesView> for NoticesTold {
    fn from(view: NoticesView) -> Self {
        Self { ocid: view.ocid, notices: view.lines.into_iter().map(NoticeTold::from).collect() }
    }
}

/// The notices UK1 to UK17 of a procurement: which are due, and what is missing in them.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/notices", tag = "tenders", params(("id" = Uuid, Path)), responses((status = 200, body = NoticesTold)))]
pub(crate) async fn notices(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<NoticesTold> {
    let query = GetNotices { tender: pages::id(&id)?, now: site.nearhome.now() };
    Ok(Json(ask(&site.nearhome, &who.caller, &query).await?.into()))
}

/// What is to be told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToTell {
    #[schema(schema_with = codes::<Telling>)]
    telling: Telling,
}

/// Publishes a notice as a release, which never changes again.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/notices", tag = "tenders", params(("id" = Uuid, Path)), request_body = ToTell, responses((status = 200, body = Made)))]
pub(crate) async fn publish(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<ToTell>) -> Told<Made> {
    let command = PublishNotice { tender: pages::id(&id)?, telling: request.body.telling };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// What was published of a procurement: an OCDS 1.1 release package in the profile of the Find a Tender service.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/releases", tag = "tenders", params(("id" = Uuid, Path)), responses((status = 200, body = Object)))]
pub(crate) async fn releases(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Value> {
    let query = GetReleases { tender: pages::id(&id)?, now: site.nearhome.now() };
    Ok(Json(ask(&site.nearhome, &who.caller, &query).await?))
}
