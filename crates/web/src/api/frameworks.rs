//! Where each framework stands, and what is bought under it without being a placement: exercises.

use axum::Json;
use axum::extract::{Path, State};
use domain::calendar::Day;
use domain::consortium::CouncilCode;
use domain::consortium::framework::Framework;
use domain::consortium::reaward::Deadline;
use domain::ids::{OrganisationId, ServiceId};
use domain::pence::Pence;
use domain::procurement::exercise::{Direct, Exercise, Radius, Share, Step};
use domain::procurement::life::FrameworkState;
use serde::{Deserialize, Serialize};
use service::procurement::exercise::{Available, AwardDirectly, Chosen, GetAvailable, StartExercise};
use service::procurement::framework::{DeadlineView, FrameworkView, GetFramework, Round};
use service::{ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decisions::{Made, made};
use super::framework_agreements::PlaceTold;
use super::{Sent, Told, at_member, codes};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;

/// One award of a framework, or the tender for it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoundTold {
    tender: Uuid,
    /// The reference: the framework's, or the exercise's own.
    reference: String,
    /// From 1.
    round: i64,
    title: String,
    /// From which day it counts, or would.
    #[schema(value_type = String, format = Date)]
    begins_on: Day,
    /// By the clock of the server.
    #[schema(schema_with = codes::<FrameworkState>)]
    state: FrameworkState,
    /// How many agreements both sides have signed.
    signed: usize,
    /// The version of the terms on which they are made.
    terms: String,
}

/// By when something about a framework is due.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadlineTold {
    #[schema(schema_with = codes::<Deadline>)]
    deadline: Deadline,
    #[schema(value_type = String, format = Date)]
    due_on: Day,
    /// The days on which people are told of it.
    #[schema(value_type = Vec<String>)]
    reminders_on: Vec<Day>,
}

impl From<Round> for RoundTold {
    fn from(round: Round) -> Self {
        let Round { tender, begins_on, state, signed, terms, .. } = round;
        let (reference, title) = (tender.framework, tender.title);
        Self { tender: tender.id.0, reference, round: tender.round, title, begins_on, state, signed, terms }
    }
}

/// A framework from award to award.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FrameworkStands {
    /// As it is in force, in the shape of the configuration; absent while it never was.
    #[schema(value_type = Option<Object>)]
    framework: Option<Framework>,
    /// Its awards in order.
    awards: Vec<RoundTold>,
    exercises: Vec<RoundTold>,
    deadlines: Vec<DeadlineTold>,
}

impl From<FrameworkView> for FrameworkStands {
    fn from(view: FrameworkView) -> Self {
        let deadline = |one: DeadlineView| DeadlineTold {
            deadline: one.deadline,
            due_on: one.due_on,
            reminders_on: one.alarms.into_iter().map(|(day, _)| day).collect(),
        };
        Self {
            framework: view.framework,
            awards: view.rounds.into_iter().map(RoundTold::from).collect(),
            exercises: view.exercises.into_iter().map(RoundTold::from).collect(),
            deadlines: view.deadlines.into_iter().map(deadline).collect(),
        }
    }
}

/// Where a framework stands: its awards with their states, the exercises under it, and by when it is awarded again.
#[utoipa::path(get, path = "/api/v1/frameworks/{reference}", tag = "frameworks", params(("reference" = String, Path)), responses((status = 200, body = FrameworkStands)))]
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(reference): Path<String>) -> Told<FrameworkStands> {
    let query = GetFramework { reference, now: site.nearhome.now() };
    Ok(Json(ask(&site.nearhome, &who.caller, &query).await?.into()))
}

/// With what an exercise is begun: whatever it does not say is taken over from its framework, or written into the draft later.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewExercise {
    /// The code of the lot from which it is bought.
    lot: String,
    /// A reference of its own.
    reference: String,
    title: String,
    /// The councils that take part, by their ONS codes.
    #[schema(value_type = Vec<String>)]
    users: Vec<CouncilCode>,
    /// The councils of the framework that open the bids, those that buy among them; all of them without it.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    opened_by: Vec<CouncilCode>,
    #[schema(value_type = String, format = Date)]
    starts_on: Day,
    /// The need that nobody meets, of many children and never of one.
    need: String,
    beds: u32,
    /// `council` by its code or `other` by its name, and `percent`.
    #[schema(value_type = Vec<Object>)]
    shares: Vec<Share>,
    /// `miles`, `from` (`POINT`, `CITY_BORDER` or `COUNTY_BORDER`), `name`, and `point` where that is known.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    radius: Option<Radius>,
    /// The first term in years, then each extension.
    years: Vec<u32>,
    /// What is paid whether or not a child lives there.
    guaranteed_pence: i64,
    /// What it may cost at most, with every extension.
    at_most_pence: i64,
    /// `from_month` and `beds`; all beds come at once without it.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    ramp_up: Vec<Step>,
    /// What the provider shows of its costs, and how often.
    #[serde(default)]
    open_book: Option<String>,
    /// `ground` (`MECHANISM`, `ONLY_ONE` or `URGENCY`) and `reason`, where nobody competes.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    direct: Option<Direct>,
}

/// Starts an exercise under a framework: a draft, which is completed and published like every tender.
#[utoipa::path(post, path = "/api/v1/frameworks/{reference}/exercises", tag = "frameworks", params(("reference" = String, Path)), request_body = NewExercise, responses((status = 200, body = Made)))]
pub(crate) async fn start(State(site): State<Site>, Who(who): Who, Path(under): Path<String>, request: Sent<NewExercise>) -> Told<Made> {
    let sent = request.body;
    let exercise = Exercise {
        under,
        need: sent.need,
        beds: sent.beds,
        shares: sent.shares,
        radius: sent.radius,
        years: sent.years,
        guaranteed_pence: Pence(sent.guaranteed_pence),
        at_most_pence: Pence(sent.at_most_pence),
        ramp_up: sent.ramp_up,
        open_book: sent.open_book,
        direct: sent.direct,
    };
    let NewExercise { lot, reference, title, users, opened_by, starts_on, .. } = sent;
    let command = StartExercise { lot, reference, title, users, opened_by, starts_on, exercise };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// A place from which an exercise could be bought without a competition.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceAvailable {
    provider: Uuid,
    provider_name: String,
    /// With the price that it tendered, which is the most that it can be bought at.
    place: PlaceTold,
}

impl From<Available> for PlaceAvailable {
    fn from(one: Available) -> Self {
        Self { provider: one.provider.0, provider_name: one.provider_name, place: one.service.into() }
    }
}

/// From whom an exercise could be bought without a competition today; nobody for what is no exercise.
#[utoipa::path(get, path = "/api/v1/tenders/{id}/available", tag = "frameworks", params(("id" = Uuid, Path)), responses((status = 200, body = Vec<PlaceAvailable>)))]
pub(crate) async fn available(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<Vec<PlaceAvailable>> {
    let query = GetAvailable { tender: pages::id(&id)?, today: Day::in_uk(site.nearhome.now()) };
    let (_, found) = ask(&site.nearhome, &who.caller, &query).await?;
    Ok(Json(found.into_iter().map(PlaceAvailable::from).collect()))
}

/// What is bought of one home or branch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceChosen {
    #[schema(value_type = Uuid)]
    service: ServiceId,
    category: String,
    /// No more than it tendered for the framework.
    weekly_pence: i64,
}

/// To whom an exercise is awarded without a competition.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectAward {
    #[schema(value_type = Uuid)]
    provider: OrganisationId,
    chosen: Vec<PlaceChosen>,
}

/// Awards an exercise to one provider, on the ground that its plan names, by the post to which a decision delegates that.
#[utoipa::path(post, path = "/api/v1/tenders/{id}/direct", tag = "frameworks", params(("id" = Uuid, Path)), request_body = DirectAward, responses((status = 200, body = Made)))]
pub(crate) async fn award_directly(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    request: Sent<DirectAward>,
) -> Told<Made> {
    let DirectAward { provider, chosen } = request.body;
    let chosen = chosen.into_iter().map(|one| Chosen { service: one.service, category: one.category, weekly: Pence(one.weekly_pence) });
    let command = AwardDirectly { tender: pages::id(&id)?, provider, chosen: chosen.collect() };
    let member = |field: &str| {
        let place = command.chosen.iter().position(|one| field == format!("price-{}-{}", one.service, one.category))?;
        Some(format!("chosen.{place}.weekly_pence"))
    };
    let awarded = perform(&site.nearhome, &who.caller, request.key, &command).await;
    Ok(made(awarded.map_err(|failure| at_member(failure, member))?))
}
