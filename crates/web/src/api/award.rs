//! The award and what follows it until the signatures: what it waits for, summaries, notice and standstill, challenges; and the bidder's
//! side of it.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::calendar::{Day, Instant};
use domain::ids::{ChallengeId, TenderId};
use domain::procurement::reopening::CarryOver;
use serde::{Deserialize, Serialize};
use service::people::sign_in::SignedIn;
use service::procurement::agreement::AdmittedService;
use service::procurement::award::{AwardFramework, AwardView, GetAward, RecordAwardNotice};
use service::procurement::challenge::{ChallengeKind, CloseChallenge, RaiseChallenge};
use service::procurement::result::{GetResult, GetSummaries, ResultView, SendSummaries, Summary};
use service::procurement::signature::SignFrameworkForProvider;
use service::{Failure, ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decisions::{Made, made};
use super::framework_agreements::{AgreementStands, PlaceTold};
use super::{Nothing, Sent, Told, codes};
use crate::caller::Who;
use crate::pages;
use crate::problem::Stopped;
use crate::server::Site;

/// The award of a tender, once it is made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AwardMade {
    id: Uuid,
    /// When the bidders were told.
    #[schema(value_type = Option<String>, format = DateTime)]
    summaries_sent_at: Option<Instant>,
    #[schema(value_type = Option<String>, format = DateTime)]
    notice_published_at: Option<Instant>,
    /// The last day on which nobody signs; absent before the notice, and where there is no standstill.
    #[schema(value_type = Option<String>, format = Date)]
    standstill_until: Option<Day>,
    /// The first day on which the framework is no more, where it was ended before its time.
    #[schema(value_type = Option<String>, format = Date)]
    terminated_on: Option<Day>,
    terminated_reason: Option<String>,
}

/// A challenge or complaint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChallengeTold {
    id: Uuid,
    #[schema(schema_with = codes::<ChallengeKind>)]
    kind: ChallengeKind,
    #[schema(value_type = String, format = Date)]
    raised_on: Day,
    about: String,
    /// Absent while it is open.
    #[schema(value_type = Option<String>, format = Date)]
    closed_on: Option<Day>,
    /// What came of it.
    outcome: Option<String>,
}

/// A provider that stays on the framework without a new tender.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaysOn {
    provider: String,
    #[schema(schema_with = codes::<CarryOver>)]
    ground: CarryOver,
    reason: String,
    /// With how many services.
    services: usize,
}

/// Where the award of a tender stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AwardTold {
    /// The framework is in force already, and this is its next award.
    is_reopening: bool,
    admitted_services: usize,
    admitted_providers: usize,
    /// What keeps the caller from awarding today, in words; empty when nothing does, or once it is awarded.
    blocks_award: Vec<String>,
    award: Option<AwardMade>,
    /// Why nobody can sign today; absent when they can.
    blocks_signature: Option<String>,
    agreements: Vec<AgreementStands>,
    challenges: Vec<ChallengeTold>,
    stay_on: Vec<StaysOn>,
}

impl From<AwardView> for AwardTold {
    fn from(view: AwardView) -> Self {
        let award = view.award.map(|award| AwardMade {
            id: award.id.0,
            summaries_sent_at: award.summaries_sent_at,
            notice_published_at: award.notice_published_at,
            standstill_until: award.standstill_until,
            terminated_on: award.terminated_on,
            terminated_reason: award.terminated_reason,
        });
        let challenges = view.challenges.into_iter().map(|one| ChallengeTold {
            id: one.id.0,
            kind: one.kind,
            raised_on: one.raised_on,
            about: one.about,
            closed_on: one.closed_on,
            outcome: one.outcome,
        });
        let stay_on = view.carried_over.into_iter();
        let (admitted_services, admitted_providers) = view.admitted;
        Self {
            is_reopening: view.is_reopening,
            admitted_services,
            admitted_providers,
            blocks_award: view.blocks_award,
            award,
            blocks_signature: view.blocks_signature,
            agreements: view.contracts.into_iter().map(AgreementStands::from).collect(),
            challenges: challenges.collect(),
            stay_on: stay_on.map(|(provider, ground, reason, services)| StaysOn { provider, ground, reason, services }).collect(),
        }
    }
}

pub(super) async fn award_of(site: &Site, who: &SignedIn, tender: TenderId) -> Result<AwardView, Failure> {
    let today = Day::in_uk(site.nearhome.now());
    ask(&site.nearhome, &who.caller, &GetAward { tender, today }).await
}

/// Where the award stands: what it waits for, what the signatures wait for, the agreements, challenges and complaints.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/award", tag = "award", params(("id" = Uuid, Path)), responses((status = 200, body = AwardTold)))]
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<AwardTold> {
    Ok(Json(award_of(&site, &who, pages::id(&id)?).await?.into()))
}

/// Awards the framework by the post to which a decision delegates that, and prepares the agreement with each admitted provider.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/award", tag = "award", params(("id" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Made)))]
pub(crate) async fn award(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Nothing>) -> Told<Made> {
    let command = AwardFramework { tender: pages::id(&id)? };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// An answer as its bidder is told about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerSummed {
    /// The title of the question.
    question: String,
    /// The agreed score.
    score: u32,
    /// Out of so much.
    scale_max: u32,
    reason: String,
}

/// What became of a service, as its bidder is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ServiceSummed {
    service: PlaceTold,
    is_admitted: bool,
    reason: String,
}

/// What a bidder is told about its bid for a lot.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryTold {
    #[schema(value_type = String, format = DateTime)]
    sent_at: Instant,
    lot: String,
    /// None when no service of the bid went on.
    answers: Vec<AnswerSummed>,
    services: Vec<ServiceSummed>,
}

impl From<(Instant, Summary)> for SummaryTold {
    fn from((sent_at, summary): (Instant, Summary)) -> Self {
        let answer = |(question, score, scale_max, reason): (String, u32, u32, String)| AnswerSummed { question, score, scale_max, reason };
        let service = |(service, is_admitted, reason): (AdmittedService, bool, String)| ServiceSummed {
            service: service.into(),
            is_admitted,
            reason,
        };
        Self {
            sent_at,
            lot: summary.lot,
            answers: summary.answers.into_iter().map(answer).collect(),
            services: summary.services.into_iter().map(service).collect(),
        }
    }
}

/// A bidder with what it was told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BidderSummed {
    bidder: Uuid,
    name: String,
    summaries: Vec<SummaryTold>,
}

/// What each bidder was told, for the council that procures.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/award/summaries", tag = "award", params(("id" = Uuid, Path)), responses((status = 200, body = Vec<BidderSummed>)))]
pub(crate) async fn summaries(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Vec<BidderSummed>> {
    let all = ask(&site.nearhome, &who.caller, &GetSummaries { tender: pages::id(&id)? }).await?;
    let of_bidder = all.into_iter().map(|(bidder, name, summaries)| BidderSummed {
        bidder: bidder.0,
        name,
        summaries: summaries.into_iter().map(SummaryTold::from).collect(),
    });
    Ok(Json(of_bidder.collect()))
}

/// What was sent to the bidders.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummariesSent {
    /// One for each bid.
    summaries: usize,
}

/// Tells every bidder its scores, the reasons, and what became of each of its services. It comes before the award notice.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/award/summaries", tag = "award", params(("id" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = SummariesSent)))]
pub(crate) async fn send_summaries(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<Nothing>,
) -> Told<SummariesSent> {
    let command = SendSummaries { tender: pages::id(&id)? };
    Ok(Json(SummariesSent { summaries: perform(&site.nearhome, &who.caller, request.key, &command).await? }))
}

/// Puts on record that the award notice was published today, with which the standstill begins.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/award/notice", tag = "award", params(("id" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Made)))]
pub(crate) async fn notice(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Nothing>) -> Told<Made> {
    let command = RecordAwardNotice { tender: pages::id(&id)? };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// Something that was raised.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChallenge {
    #[schema(schema_with = codes::<ChallengeKind>)]
    kind: ChallengeKind,
    about: String,
}

/// Puts a challenge or complaint on record. As long as it is open it stops what the tender says: the award, the signatures, or both.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/challenges", tag = "award", params(("id" = Uuid, Path)), request_body = NewChallenge, responses((status = 200, body = Made)))]
pub(crate) async fn challenge(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<NewChallenge>) -> Told<Made> {
    let NewChallenge { kind, about } = request.body;
    let command = RaiseChallenge { tender: pages::id(&id)?, kind, about };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// How a challenge ended.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChallengeClosed {
    /// What came of it.
    outcome: String,
}

/// Closes a challenge or complaint.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/challenges/{challenge}/close", tag = "award", params(("id" = Uuid, Path), ("challenge" = Uuid, Path)), request_body = ChallengeClosed, responses((status = 200, body = Made)))]
pub(crate) async fn close(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, challenge)): Path<(String, String)>,
    request: Sent<ChallengeClosed>,
) -> Told<Made> {
    let (tender, challenge): (TenderId, ChallengeId) = (pages::id(&id)?, pages::id(&challenge)?);
    if award_of(&site, &who, tender).await?.challenges.iter().all(|one| one.id != challenge) {
        return Err(Failure::absent().into());
    }
    let command = CloseChallenge { tender, challenge, outcome: request.body.outcome };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// What a bidder sees of the result.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResultTold {
    summaries: Vec<SummaryTold>,
    /// The agreement with the caller's organisation, once it may know of it.
    agreement: Option<AgreementStands>,
}

impl From<ResultView> for ResultTold {
    fn from(view: ResultView) -> Self {
        let summaries = view.summaries.into_iter().map(SummaryTold::from);
        Self { summaries: summaries.collect(), agreement: view.contract.map(AgreementStands::from) }
    }
}

/// What the caller's organisation was told about its bids, and its agreement.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/result", tag = "award", params(("id" = Uuid, Path)), responses((status = 200, body = ResultTold)))]
pub(crate) async fn result(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<ResultTold> {
    let query = GetResult { tender: pages::id(&id)?, today: Day::in_uk(site.nearhome.now()) };
    Ok(Json(ask(&site.nearhome, &who.caller, &query).await?.into()))
}

/// Signs the agreement for the caller's organisation, once the standstill is over and no challenge stops it.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/result/sign", tag = "award", params(("id" = Uuid, Path)), request_body = Nothing, responses((status = 200, body = Made)))]
pub(crate) async fn sign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Nothing>) -> Told<Made> {
    let command = SignFrameworkForProvider { tender: pages::id(&id)? };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// What a bidder was told, as the letter that prints.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/letters/{bidder}/pdf", tag = "award", params(("id" = Uuid, Path), ("bidder" = Uuid, Path)),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
pub(crate) async fn letter(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, bidder)): Path<(String, String)>,
) -> Result<Response, Stopped> {
    let letter = pages::printed::letter_to(&site, &who, &id, pages::id(&bidder)?).await?;
    letter.ok_or_else(|| Failure::absent().into())
}

/// The letter to the caller's organisation.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/result/letter/pdf", tag = "award", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
pub(crate) async fn own_letter(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Result<Response, Stopped> {
    let letter = pages::printed::letter_to_us(&site, &who, &id).await?;
    letter.ok_or_else(|| Failure::refused("your organisation has not been told the result of a bid under this tender").into())
}

/// The agreement with the caller's organisation.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/result/agreement/pdf", tag = "award", params(("id" = Uuid, Path)),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>)))]
pub(crate) async fn own_agreement(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Result<Response, Stopped> {
    let agreement = pages::printed::agreement_with_us(&site, &who, &id).await?;
    agreement.ok_or_else(|| Failure::refused("your organisation has no framework agreement to read under this tender").into())
}
