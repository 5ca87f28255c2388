//! Judging bids: who evaluates, what they declare, one bid with its scores, what is agreed, the lock, and what becomes of each service.

use axum::Json;
use axum::extract::{Path, State};
use domain::calendar::{Day, Instant};
use domain::ids::{EvaluatorId, OpenedBidId, ServiceId, TenderId};
use domain::procurement::bid::HeldInsurance;
use serde::{Deserialize, Serialize};
use service::people::sign_in::SignedIn;
use service::procurement::conflict::DeclareConflict;
use service::procurement::evaluation::{
    AnswerView, BidLine, BidToJudge, EvaluationView, EvaluatorLine, GetBidToJudge, GetEvaluation, ServiceLine,
};
use service::procurement::evaluator::{EndEvaluator, NameEvaluator};
use service::procurement::outcome::{OutcomeKind, RecordOutcomes, Rejected};
use service::procurement::scoring::{AgreeScore, LockQuality, ScoreAnswer};
use service::{Failure, FieldProblem, ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decisions::{Made, made};
use super::ranking::LotRanked;
use super::{Nothing, Sent, Told, at_member, codes};
use crate::caller::Who;
use crate::pages;
use crate::problem::Stopped;
use crate::server::Site;

/// Somebody who scores, or did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluatorTold {
    /// Their part in this tender, by which it is ended.
    id: Uuid,
    name: String,
    /// Since when they evaluate no longer.
    #[schema(value_type = Option<String>, format = Date)]
    ended_on: Option<Day>,
    /// What they declared last; absent until they have.
    has_conflict: Option<bool>,
    #[schema(value_type = Option<String>, format = DateTime)]
    declared_at: Option<Instant>,
    /// How many answers they scored.
    scored: usize,
}

impl From<EvaluatorLine> for EvaluatorTold {
    fn from(line: EvaluatorLine) -> Self {
        let (has_conflict, declared_at) = line.declared.unzip();
        Self { id: line.id.0, name: line.name, ended_on: line.ended_on, has_conflict, declared_at, scored: line.scored }
    }
}

/// A home or branch of a bid, as far as quality and the register show.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceJudged {
    service: Uuid,
    name: String,
    /// What it lacks, in words; empty when it goes on.
    faults: String,
    /// How it lies to the radius of an exercise, in words; nothing where no radius is asked for.
    place: Option<String>,
}

impl From<ServiceLine> for ServiceJudged {
    fn from(line: ServiceLine) -> Self {
        Self { service: line.service.0, name: line.name, faults: line.faults, place: line.place.map(|(_, words)| words) }
    }
}

/// A bid in the list of the evaluation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BidListed {
    id: Uuid,
    bidder: String,
    lot: String,
    /// At least one of its services goes on.
    goes_on: bool,
    services: Vec<ServiceJudged>,
    /// How many questions the lot asks.
    asked: usize,
    /// How many of them the caller scored.
    mine: usize,
    /// How many have an agreed score.
    agreed: usize,
}

impl From<BidLine> for BidListed {
    fn from(line: BidLine) -> Self {
        let goes_on = line.goes_on();
        let services = line.services.into_iter().map(ServiceJudged::from);
        Self {
            id: line.id.0,
            bidder: line.provider,
            lot: line.lot,
            goes_on,
            services: services.collect(),
            asked: line.asked,
            mine: line.mine,
            agreed: line.agreed,
        }
    }
}

/// What became of a service in a category.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomeTold {
    bid: Uuid,
    service: Uuid,
    /// Empty for a service without a price.
    category: String,
    #[schema(schema_with = codes::<OutcomeKind>)]
    outcome: OutcomeKind,
    reason: String,
    weekly_pence: i64,
}

/// Where the evaluation of a tender stands, as far as the caller may see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EvaluationTold {
    /// The caller runs the evaluation.
    manages: bool,
    /// The caller is one of those who score.
    scores: bool,
    /// Why the caller is shown no bid; absent when bids are shown.
    hidden_because: Option<String>,
    /// Since when no score changes and prices can be opened.
    #[schema(value_type = Option<String>, format = DateTime)]
    quality_locked_at: Option<Instant>,
    /// So many score each answer at least, each alone.
    evaluators_at_least: u32,
    evaluators: Vec<EvaluatorTold>,
    bids: Vec<BidListed>,
    /// Answers that still need an agreed score.
    still_to_agree: usize,
    /// Lots whose prices are open; for who runs the evaluation and declared that nothing conflicts.
    lots: Vec<LotRanked>,
    /// For the same.
    outcomes: Vec<OutcomeTold>,
}

impl From<EvaluationView> for EvaluationTold {
    fn from(view: EvaluationView) -> Self {
        let outcomes = view.outcomes.into_iter().map(|one| OutcomeTold {
            bid: one.opened_bid_id.0,
            service: one.service_id.0,
            category: one.category,
            outcome: one.outcome,
            reason: one.reason,
            weekly_pence: one.weekly_pence.0,
        });
        Self {
            manages: view.manages,
            scores: view.scores,
            hidden_because: view.may_see.err().map(|why| why.to_string()),
            quality_locked_at: view.tender.quality_locked_at,
            evaluators_at_least: view.plan.evaluators_at_least,
            evaluators: view.evaluators.into_iter().map(EvaluatorTold::from).collect(),
            bids: view.bids.into_iter().map(BidListed::from).collect(),
            still_to_agree: view.still_to_agree,
            lots: view.lots.into_iter().map(LotRanked::from).collect(),
            outcomes: outcomes.collect(),
        }
    }
}

async fn evaluation(site: &Site, who: &SignedIn, tender: TenderId) -> Result<EvaluationView, Failure> {
    ask(&site.nearhome, &who.caller, &GetEvaluation { tender }).await
}

/// Where the evaluation stands: who scores, the bids, and once prices are open the ranking of each lot with its inputs, its parts and how it
/// moves with the weights.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/evaluation", tag = "evaluation", params(("id" = Uuid, Path)), responses((status = 200, body = EvaluationTold)))]
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<EvaluationTold> {
    Ok(Json(evaluation(&site, &who, pages::id(&id)?).await?.into()))
}

/// What somebody declares about themself.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InterestsDeclared {
    has_conflict: bool,
    /// What it is; needed where there is one.
    #[serde(default)]
    words: String,
}

/// Declares whether the caller has a conflict of interest with any bidder; before that no bid is shown to them. Like a signature it is
/// given by a person: in a session, not by a token.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/evaluation/declaration", tag = "evaluation", params(("id" = Uuid, Path)), request_body = InterestsDeclared, responses((status = 200, body = Made)))]
pub(crate) async fn declare(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<InterestsDeclared>,
) -> Told<Made> {
    let InterestsDeclared { has_conflict, words } = request.body;
    let tender = pages::id(&id)?;
    if who.is_software() {
        return Err(Failure::refused("what conflicts is declared by the person, in a session of their own: no software knows it").into());
    }
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &DeclareConflict { tender, has_conflict, words }).await?))
}

/// Who is to evaluate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEvaluator {
    /// Of somebody who works for one of the councils.
    email: String,
}

/// Names an evaluator.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/evaluators", tag = "evaluation", params(("id" = Uuid, Path)), request_body = NewEvaluator, responses((status = 200, body = Made)))]
pub(crate) async fn name(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<NewEvaluator>) -> Told<Made> {
    let command = NameEvaluator { tender: pages::id(&id)?, email: request.body.email };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// Ends somebody's part. What they scored stays.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/evaluators/{evaluator}/end", tag = "evaluation", params(("id" = Uuid, Path), ("evaluator" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Made)))]
pub(crate) async fn end(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, evaluator)): Path<(String, String)>,
    request: Sent<Nothing>,
) -> Told<Made> {
    let evaluator: EvaluatorId = pages::id(&evaluator)?;
    let command = EndEvaluator { tender: pages::id(&id)?, evaluator };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// A score with its reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScoreTold {
    /// Who gave it; absent for the caller's own and for one that was agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    evaluator: Option<String>,
    score: u32,
    reason: String,
}

/// An answer of a bid, with the scores that the caller may see.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerJudged {
    /// The question's code.
    question: String,
    title: String,
    text: String,
    weight_percent: u32,
    /// The highest score; the lowest is 0.
    scale_max: u32,
    /// The lowest agreed score with which a bid can succeed, where there is one.
    at_least: Option<u32>,
    /// What the bidder answers.
    answer: String,
    mine: Option<ScoreTold>,
    /// How many scored it.
    given: usize,
    /// All of them; absent until they may be compared.
    all: Option<Vec<ScoreTold>>,
    agreed: Option<ScoreTold>,
}

impl From<AnswerView> for AnswerJudged {
    fn from(view: AnswerView) -> Self {
        let nameless = |(score, reason)| ScoreTold { evaluator: None, score, reason };
        let named = |(name, score, reason)| ScoreTold { evaluator: Some(name), score, reason };
        let question = view.question;
        Self {
            question: question.code,
            title: question.title,
            text: question.text,
            weight_percent: question.weight_percent,
            scale_max: question.scale_max,
            at_least: question.at_least,
            answer: view.text,
            mine: view.mine.map(nameless),
            given: view.given,
            all: view.all.map(|all| all.into_iter().map(named).collect()),
            agreed: view.agreed.map(nameless),
        }
    }
}

/// A bid as those who judge it see it: without prices.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BidJudged {
    bid: BidListed,
    /// At Companies House or in the register of charities.
    company_number: String,
    /// `name`, `amount_pence` and `valid_until`.
    #[schema(value_type = Vec<Object>)]
    insurances: Vec<HeldInsurance>,
    answers: Vec<AnswerJudged>,
}

impl From<BidToJudge> for BidJudged {
    fn from(view: BidToJudge) -> Self {
        Self {
            bid: view.line.into(),
            company_number: view.quality.company_number,
            insurances: view.quality.insurances,
            answers: view.answers.into_iter().map(AnswerJudged::from).collect(),
        }
    }
}

async fn to_judge(site: &Site, who: &SignedIn, (id, bid): &(String, String)) -> Result<(TenderId, BidToJudge), Stopped> {
    let (tender, bid): (TenderId, OpenedBidId) = (pages::id(id)?, pages::id(bid)?);
    Ok((tender, ask(&site.nearhome, &who.caller, &GetBidToJudge { tender, bid }).await?))
}

/// One bid, for whoever evaluates or runs the evaluation and declared that nothing conflicts.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/evaluation/bids/{bid}", tag = "evaluation", params(("id" = Uuid, Path), ("bid" = Uuid, Path)), responses((status = 200, body = BidJudged)))]
pub(crate) async fn bid(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>) -> Told<BidJudged> {
    Ok(Json(to_judge(&site, &who, &ids).await?.1.into()))
}

/// A score for the answer to one question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerScored {
    /// The question's code.
    question: String,
    /// From 0 to the top of the question's scale.
    score: u32,
    reason: String,
}

/// What is wrong with a score, at the member of the body: a form has the same fields for each question.
fn at_question(failure: Failure, question: &str) -> Failure {
    at_member(failure, |field| field.strip_suffix(question)?.strip_suffix('-').map(str::to_owned))
}

/// Scores the answer to one question, or changes the caller's own score while nobody else may have seen it.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/evaluation/bids/{bid}/score", tag = "evaluation", params(("id" = Uuid, Path), ("bid" = Uuid, Path)), request_body = AnswerScored, responses((status = 200, body = Made)))]
pub(crate) async fn score(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<AnswerScored>,
) -> Told<Made> {
    let AnswerScored { question, score, reason } = request.body;
    let (tender, seen) = to_judge(&site, &who, &ids).await?;
    let command = ScoreAnswer { tender, bid: seen.line.id, question, score, reason };
    let kept = perform(&site.nearhome, &who.caller, request.key, &command).await;
    Ok(made(kept.map_err(|failure| at_question(failure, &command.question))?))
}

/// A score on which the evaluators agreed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreAgreed {
    /// The question's code.
    question: String,
    /// From 0 to the top of the question's scale.
    agreed: u32,
    /// Why, for the bidder.
    reason: String,
}

/// Writes down the score on which the evaluators agreed, once enough of them have scored.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/evaluation/bids/{bid}/agree", tag = "evaluation", params(("id" = Uuid, Path), ("bid" = Uuid, Path)), request_body = ScoreAgreed, responses((status = 200, body = Made)))]
pub(crate) async fn agree(
    State(site): State<Site>,
    Who(who): Who,
    Path(ids): Path<(String, String)>,
    request: Sent<ScoreAgreed>,
) -> Told<Made> {
    let ScoreAgreed { question, agreed, reason } = request.body;
    let (tender, seen) = to_judge(&site, &who, &ids).await?;
    let command = AgreeScore { tender, bid: seen.line.id, question, agreed, reason };
    let kept = perform(&site.nearhome, &who.caller, request.key, &command).await;
    Ok(made(kept.map_err(|failure| at_question(failure, &command.question))?))
}

/// Locks the quality scores. From then on none of them changes, and prices can be opened.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/evaluation/lock", tag = "evaluation", params(("id" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Made)))]
pub(crate) async fn lock(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Nothing>) -> Told<Made> {
    let command = LockQuality { tender: pages::id(&id)? };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// A service that is not admitted to a category although it is ranked there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotAdmitted {
    bid: Uuid,
    service: Uuid,
    category: String,
    /// Why, for the bidder.
    reason: String,
}

/// What is not admitted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutcomesDecided {
    /// Everything else that is ranked is admitted, and what is not ranked is rejected for what it lacks.
    rejected: Vec<NotAdmitted>,
}

/// What was decided.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OutcomesKept {
    /// How many services are admitted, each counted once in each category.
    admitted: usize,
}

/// Decides what becomes of every service of every bid.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/evaluation/outcomes", tag = "evaluation", params(("id" = Uuid, Path)), request_body = OutcomesDecided, responses((status = 200, body = OutcomesKept)))]
pub(crate) async fn decide(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<OutcomesDecided>,
) -> Told<OutcomesKept> {
    let tender = pages::id(&id)?;
    let rejected: Vec<Rejected> = request.body.rejected.into_iter().map(Rejected::from).collect();
    nothing_unknown(&evaluation(&site, &who, tender).await?, &rejected)?;
    let command = RecordOutcomes { tender, rejected };
    let member = |field: &str| {
        let place = command.rejected.iter().position(|one| field == format!("reason-{}-{}", one.service, one.category))?;
        Some(format!("rejected.{place}.reason"))
    };
    let kept = perform(&site.nearhome, &who.caller, request.key, &command).await;
    Ok(Json(OutcomesKept { admitted: kept.map_err(|failure| at_member(failure, member))? }))
}

impl From<NotAdmitted> for Rejected {
    fn from(one: NotAdmitted) -> Self {
        Self { bid: OpenedBidId(one.bid), service: ServiceId(one.service), category: one.category, reason: one.reason }
    }
}

/// Whoever rejects something that nobody could admit has mistaken it for something else, which would be admitted without a word. Before
/// the prices are open nothing is ranked, and the use case says so itself.
fn nothing_unknown(view: &EvaluationView, rejected: &[Rejected]) -> Result<(), Failure> {
    if view.lots.is_empty() {
        return Ok(());
    }
    let may = |one: &Rejected| view.lots.iter().any(|lot| lot.ranking.may_admit(one.bid, one.service, &one.category).is_ok());
    let unknown = rejected.iter().enumerate().filter(|(_, one)| !may(one));
    let problems: Vec<_> = unknown
        .map(|(place, _)| {
            FieldProblem::at(format!("rejected.{place}"), "This could not be admitted: name what is ranked and within the limit")
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::Invalid(problems)) }
}
