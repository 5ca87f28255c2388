//! People who use Nearhome through other software: signing in with password and code, and out.
//!
//! Approving and signing are acts of named people, so no token of an organisation may do them. A person's session may: it is
//! shown in the same header as a token, and ends like a session of the pages.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::people::Role;
use serde::{Deserialize, Serialize};
use service::Failure;
use service::people::sign_in;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Body, Told, codes, created};
use crate::caller::{self, Source};
use crate::problem::Stopped;
use crate::server::Site;

/// What proves who somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    email: String,
    password: String,
    /// What the authenticator app shows now. A code works once.
    code: String,
    /// In which of the person's roles the session acts; without it, in the first.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
}

/// A session that began.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// Send it as `Authorization: Bearer …`. It ends after an hour without use, and after twelve whatever happens.
    token: String,
    organisation: Uuid,
    organisation_name: String,
    #[schema(schema_with = codes::<Role>)]
    role: Role,
}

/// Signs a person in. Failed attempts are counted and slowed down as on the page.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "reference", security(()), request_body = Proof, responses((status = 201, body = Session)))]
pub(crate) async fn begin(State(site): State<Site>, Source(source): Source, Body(proof): Body<Proof>) -> Result<Response, Stopped> {
    let begun = sign_in::begin(&site.nearhome, &proof.email, &proof.password, &source).await?;
    let token = sign_in::second_factor(&site.nearhome, &begun.token, &proof.code).await?;
    let signed_in = sign_in::resolve(&site.nearhome, &token).await?.ok_or_else(Failure::absent)?;
    let held = signed_in.roles.iter().find(|held| Some(held.role) == proof.role);
    match (proof.role, held.map(|held| held.membership)) {
        (Some(_), None) => return Err(Failure::invalid("role", "You do not hold this role").into()),
        (Some(_), Some(membership)) => sign_in::choose_role(&site.nearhome, &signed_in, &token, membership).await?,
        (None, _) => {}
    }
    let acting = sign_in::resolve(&site.nearhome, &token).await?.ok_or_else(Failure::absent)?;
    let session = Session {
        token: token.reveal().to_owned(),
        organisation: acting.caller.organisation.0,
        organisation_name: acting.organisation_name,
        role: acting.role,
    };
    Ok(created("/api/v1/me".to_owned(), session))
}

/// What is left of a session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ended {
    /// Always true: a session that had ended before has ended too.
    ended: bool,
}

/// Ends the session at once.
#[utoipa::path(post, path = "/api/v1/sessions/end", tag = "reference", responses((status = 200, body = Ended)))]
pub(crate) async fn end(State(site): State<Site>, headers: HeaderMap) -> Told<Ended> {
    if let Some(token) = caller::bearer(&headers) {
        sign_in::sign_out(&site.nearhome, &token).await?;
    }
    Ok(Json(Ended { ended: true }))
}
