//! JSON under `/api/v1`: the use cases of the pages, for an organisation's own software.
//!
//! A caller shows a token of its organisation or a person's session (`Authorization: Bearer …`); cookies are not looked at. Everything that changes
//! something names its key (`Idempotency-Key`), so that a request which got no answer can be sent again. What goes wrong is
//! told as `application/problem+json` (RFC 9457). Amounts are whole pence, days `2026-12-18`, moments RFC 3339 in UTC.

pub(crate) mod agreements;
pub(crate) mod approvals;
pub(crate) mod award;
pub(crate) mod bids;
pub(crate) mod choice;
pub(crate) mod decisions;
pub(crate) mod document;
pub(crate) mod evaluation;
pub(crate) mod framework_agreements;
pub(crate) mod frameworks;
pub(crate) mod market;
pub(crate) mod notices;
pub(crate) mod ranking;
pub(crate) mod reference;
pub(crate) mod referrals;
pub(crate) mod services;
pub(crate) mod sessions;
pub(crate) mod tenders;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::calendar::Day;
use domain::purchasing::fields::{Answer, Answers, Field};
use domain::purchasing::forms::RawForm;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::{Failure, FieldProblem, Slice};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::problem::Stopped;
use crate::server::Site;

/// What a handler answers.
pub(crate) type Told<T> = Result<Json<T>, Stopped>;

/// The header with the caller's own key for one act.
pub(crate) const KEY: &str = "idempotency-key";
/// Rows of a list when the caller does not say how many.
const ROWS: u32 = 50;
/// Rows of a list at the most.
const ROWS_MOST: u32 = 200;

/// A body with the key under which it is done once. Nothing in it is trusted.
#[derive(Debug)]
pub(crate) struct Sent<T> {
    /// The second request with one key gets the answer of the first.
    pub key: Uuid,
    /// What was sent.
    pub body: T,
}

impl<T: DeserializeOwned> FromRequest<Site> for Sent<T> {
    type Rejection = Stopped;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Stopped> {
        let key = request.headers().get(KEY).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
        let key =
            key.ok_or_else(|| Stopped::unreadable("send a UUID of your own in the header Idempotency-Key, a new one for each act"))?;
        let Body(body) = Body::from_request(request, site).await?;
        Ok(Self { key, body })
    }
}

/// A body alone: for what cannot be repeated by a key.
pub(crate) struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Site> for Body<T> {
    type Rejection = Stopped;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Stopped> {
        let body = Json::<T>::from_request(request, site).await;
        body.map(|Json(body)| Self(body)).map_err(|rejection| Stopped::unreadable(rejection.body_text()))
    }
}

/// An act that needs nothing but to be asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// An act on the version of a record that the caller read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AtVersion {
    /// The version that was read. If the record has moved on since, nothing is done and the answer is 409.
    pub version: i64,
}

/// Which part of a list is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// `next` of the part before; without it the list begins.
    after: Option<String>,
    /// How many rows, from 1 to 200; 50 without it.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// The parameters after the question mark.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Site> for Asked<T> {
    type Rejection = Stopped;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Stopped> {
        let asked = axum::extract::Query::<T>::from_request_parts(parts, site).await;
        asked.map(|axum::extract::Query(asked)| Self(asked)).map_err(|rejection| Stopped::unreadable(rejection.body_text()))
    }
}

impl Part {
    /// One row more than is shown tells whether the list goes on.
    fn slice<K: DeserializeOwned>(&self) -> Result<Slice<K>, Stopped> {
        let after = self.after.as_deref().map(cursor).transpose()?;
        Ok(Slice { after, limit: self.rows()?.saturating_add(1) })
    }

    fn rows(&self) -> Result<u32, Stopped> {
        let rows = self.limit.unwrap_or(ROWS);
        if (1..=ROWS_MOST).contains(&rows) { Ok(rows) } else { Err(Failure::invalid("limit", "Ask for 1 to 200 rows").into()) }
    }

    /// The rows as they are told, with the cursor of the last one if the list goes on.
    fn listed<R, T, K: Serialize>(&self, rows: Vec<R>, key: impl Fn(&R) -> K, tell: impl Fn(R) -> T) -> Result<Json<Listed<T>>, Stopped> {
        let shown = usize::try_from(self.rows()?).unwrap_or(usize::MAX);
        let goes_on = rows.len() > shown;
        let last = rows.get(shown.saturating_sub(1)).filter(|_| goes_on).map(&key);
        let next = last.and_then(|key| serde_json::to_vec(&key).ok()).map(|text| URL_SAFE_NO_PAD.encode(text));
        Ok(Json(Listed { items: rows.into_iter().take(shown).map(tell).collect(), next }))
    }
}

/// A cursor is ours to write and to read: callers send back what they got.
fn cursor<K: DeserializeOwned>(text: &str) -> Result<K, Stopped> {
    let read = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    read.ok_or_else(|| Failure::invalid("after", "Send the value of `next` as you got it").into())
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The rows, in the order of the list.
    items: Vec<T>,
    /// Send it as `after` to get what follows; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What an input that was not kept should have been.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mend {
    /// The question's key or the member's name.
    field: String,
    /// What to do.
    message: String,
}

impl Mend {
    pub(crate) fn all(problems: Vec<FieldProblem>) -> Vec<Self> {
        problems.into_iter().map(|problem| Self { field: problem.field, message: problem.message }).collect()
    }
}

/// What is wrong, at the members of the body: a form on a page has more fields than a body has members, and the use case names those.
fn at_member(failure: Failure, member: impl Fn(&str) -> Option<String>) -> Failure {
    let Failure::Invalid(mut problems) = failure else { return failure };
    for problem in &mut problems {
        if let Some(name) = member(&problem.field) {
            problem.field = name;
        }
    }
    Failure::Invalid(problems)
}

/// Something new, with its address.
fn created<T: Serialize>(path: String, body: T) -> Response {
    (StatusCode::CREATED, [(header::LOCATION, path)], Json(body)).into_response()
}

/// What was answered, as a caller reads and sends it.
fn told(answers: &Answers) -> Map<String, Value> {
    let value = |answer: &Answer| match answer {
        Answer::Text(text) | Answer::One(text) | Answer::Postcode(text) => Value::from(text.as_str()),
        Answer::Number(number) => Value::from(*number),
        Answer::Pence(pence) => Value::from(pence.0),
        Answer::Day(Day(day)) => Value::from(day.to_string()),
        Answer::Yes(yes) => Value::from(*yes),
        Answer::Many(codes) => Value::from(codes.clone()),
    };
    answers.0.iter().map(|(key, answer)| (key.to_owned(), value(answer))).collect()
}

/// The answers of a body as the pairs of a form. A key that is no question is a slip of the caller and is said to be one.
fn sent(fields: &[&Field], answers: &Map<String, Value>) -> Result<Vec<(String, String)>, Failure> {
    let unknown = answers.keys().filter(|key| !fields.iter().any(|field| field.key == **key));
    let problems: Vec<_> = unknown.map(|key| FieldProblem::at(key.as_str(), "There is no such question here")).collect();
    if !problems.is_empty() {
        return Err(Failure::Invalid(problems));
    }
    let raw = RawForm::from_json(fields.iter().copied(), answers);
    Ok(raw.0.into_iter().flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value))).collect())
}

/// A closed list as its codes.
fn codes<C: domain::Code>() -> utoipa::openapi::schema::Object {
    utoipa::openapi::ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::SchemaType::new(utoipa::openapi::schema::Type::String))
        .enum_values(Some(C::ALL.iter().map(|one| one.code())))
        .build()
}
