//! How homes and branches stand with the councils.

use axum::Json;
use axum::extract::{Path, State};
use domain::calendar::Day;
use domain::ids::ServiceId;
use domain::purchasing::service::ServiceStanding;
use domain::purchasing::suspension::{StandingAct, Trigger};
use domain::registration::Rating;
use serde::{Deserialize, Serialize};
use service::market::service_file::{GetServiceFile, ServiceFile, SuspensionShown};
use service::market::suspension::{ChangeStanding, RecordAssurance, SignLift, Stands};
use service::{ask, perform};
use utoipa::ToSchema;
use uuid::Uuid;

use super::decisions::{Made, made};
use super::{Nothing, Sent, Told, codes};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;

/// A home or branch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HomeOrBranch {
    id: Uuid,
    urn: String,
    name: String,
    provider: String,
    #[schema(schema_with = codes::<Rating>)]
    rating: Rating,
    #[schema(schema_with = codes::<ServiceStanding>)]
    standing: ServiceStanding,
    /// Restrictions and suspensions, newest first.
    suspensions: Vec<Halt>,
}

/// A restriction or suspension.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Halt {
    #[schema(schema_with = codes::<ServiceStanding>)]
    standing: ServiceStanding,
    #[schema(schema_with = codes::<Trigger>)]
    cause: Trigger,
    reason: String,
    #[schema(value_type = String, format = Date)]
    begun_on: Day,
    #[schema(value_type = Option<String>, format = Date)]
    ended_on: Option<Day>,
}

impl From<SuspensionShown> for Halt {
    fn from(one: SuspensionShown) -> Self {
        Self {
            standing: one.standing,
            cause: one.cause,
            reason: one.reason,
            begun_on: one.begun_on,
            ended_on: one.ended.map(|(day, _)| day),
        }
    }
}

/// A home or branch, and how it stands.
#[utoipa::path(get, path = "/api/v1/services/{id}", tag = "market", params(("id" = Uuid, Path)), responses((status = 200, body = HomeOrBranch)))]
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Told<HomeOrBranch> {
    let ServiceFile { service, provider, suspensions, .. } =
        ask(&site.nearhome, &who.caller, &GetServiceFile { service: pages::id(&id)? }).await?;
    Ok(Json(HomeOrBranch {
        id: service.id.0,
        urn: service.urn,
        name: service.name,
        provider,
        rating: service.rating,
        standing: service.status,
        suspensions: suspensions.into_iter().map(Halt::from).collect(),
    }))
}

/// How a home or branch stands after an act.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandsNow {
    service: Uuid,
    #[schema(schema_with = codes::<ServiceStanding>)]
    standing: ServiceStanding,
    /// Signatures under the end of the suspension so far.
    signatures: usize,
}

impl From<Stands> for StandsNow {
    fn from(stands: Stands) -> Self {
        Self { service: stands.service.0, standing: stands.standing, signatures: stands.signatures }
    }
}

/// An act on the standing of a home or branch, for every council.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStanding {
    #[schema(schema_with = codes::<StandingAct>)]
    act: StandingAct,
    /// Needed to restrict and to suspend.
    #[schema(value_type = Option<String>)]
    cause: Option<Trigger>,
    /// Every council and the provider read it; it names no child.
    reason: String,
}

/// Restricts, suspends or removes it, or lifts a restriction. The end of a suspension is signed instead.
#[utoipa::path(post, path = "/api/v1/services/{id}/standing", tag = "market", params(("id" = Uuid, Path)), request_body = NewStanding,
    responses((status = 200, body = StandsNow)))]
pub(crate) async fn change(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<NewStanding>) -> Told<StandsNow> {
    let service: ServiceId = pages::id(&id)?;
    let NewStanding { act, cause, reason } = request.body;
    Ok(Json(perform(&site.nearhome, &who.caller, request.key, &ChangeStanding { service, act, cause, reason }).await?.into()))
}

/// What somebody found who looked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Look {
    /// Name and post.
    looked_by: String,
    #[schema(value_type = String, format = Date)]
    looked_on: Day,
    findings: String,
    /// What changed since the suspension.
    changed: String,
}

/// Records that somebody looked whether a suspended home or branch is safe again.
#[utoipa::path(post, path = "/api/v1/services/{id}/assurances", tag = "market", params(("id" = Uuid, Path)), request_body = Look,
    responses((status = 200, body = Made)))]
pub(crate) async fn assure(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Look>) -> Told<Made> {
    let Look { looked_by, looked_on, findings, changed } = request.body;
    let command = RecordAssurance { service: pages::id(&id)?, looked_by, looked_on, findings, changed };
    Ok(made(perform(&site.nearhome, &who.caller, request.key, &command).await?))
}

/// Signs the end of a suspension; the second signature, of another person in another post, lifts it.
#[utoipa::path(post, path = "/api/v1/services/{id}/sign", tag = "market", params(("id" = Uuid, Path)), request_body = Nothing,
    responses((status = 200, body = StandsNow)))]
pub(crate) async fn sign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, request: Sent<Nothing>) -> Told<StandsNow> {
    Ok(Json(perform(&site.nearhome, &who.caller, request.key, &SignLift { service: pages::id(&id)? }).await?.into()))
}
