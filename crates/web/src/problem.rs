//! What stops a request, as a page.
//!
//! A handler returns [`Stopped`]; the gate, which knows who asked, draws the page. A thing that is not there and a thing that
//! this person may not know of get the same bytes.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::Code as _;
use domain::access::Denied;
use serde::Serialize;
use serde_json::json;
use service::people::sign_in::SignedIn;
use service::{Failure, FieldProblem};
use utoipa::ToSchema;

use crate::api::Mend;
use crate::pages;
use crate::server::Site;
use crate::templates::RenderError;

/// What stops a handler, on its way to its page.
#[derive(Debug)]
pub enum Stopped {
    /// A use case said no.
    Failure(Failure),
    /// A page could not be made.
    Template(RenderError),
    /// A request to the JSON side is not one.
    Unreadable(String),
}

impl Stopped {
    /// What is wrong with the shape of a request.
    pub(crate) fn unreadable(why: impl Into<String>) -> Self {
        Self::Unreadable(why.into())
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<RenderError> for Stopped {
    fn from(error: RenderError) -> Self {
        Self::Template(error)
    }
}

/// What the gate turns into a page.
#[derive(Debug, Clone)]
enum Undrawn {
    Failure(Arc<Failure>),
    Template(Arc<RenderError>),
    Panic,
    ForeignForm,
    Unreadable(String),
    NoToken,
}

impl IntoResponse for Stopped {
    fn into_response(self) -> Response {
        undrawn(match self {
            Self::Failure(failure) => Undrawn::Failure(Arc::new(failure)),
            Self::Template(error) => Undrawn::Template(Arc::new(error)),
            Self::Unreadable(why) => Undrawn::Unreadable(why),
        })
    }
}

/// A form that came from another site.
pub(crate) fn foreign_form() -> Response {
    undrawn(Undrawn::ForeignForm)
}

/// A handler that panicked, which none of ours should. The panic itself is in the log of the process, with its place; here
/// the reader gets a page instead of a connection that breaks off. What the handler had begun is not committed.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    undrawn(Undrawn::Panic)
}

/// A call without a token that works.
pub(crate) fn no_token() -> Response {
    undrawn(Undrawn::NoToken)
}

fn undrawn(what: Undrawn) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(what);
    response
}

/// The words of a page that reports a problem.
#[derive(Debug, PartialEq, Eq)]
struct Words {
    status: StatusCode,
    title: &'static str,
    lines: Vec<String>,
    reference: Option<String>,
}

/// Draws the page of what stopped the request; everything else passes as it is.
pub(crate) fn draw(site: &Site, signed_in: Option<&SignedIn>, reference: &str, mut response: Response) -> Response {
    let Some(what) = response.extensions_mut().remove::<Undrawn>() else { return response };
    if let Undrawn::Failure(failure) = &what
        && matches!(**failure, Failure::Denied(Denied::SignInFirst))
    {
        return Redirect::to("/sign-in").into_response();
    }
    let words = words(&what, reference);
    let page = pages::page(site, signed_in, words.title);
    let data = json!({ "lines": words.lines, "reference": words.reference });
    match pages::draw("pages/problem.html", &page, &data) {
        Ok(page) => (words.status, page).into_response(),
        Err(error) => {
            tracing::error!(reference, error = chain(&error), "the page for a problem could not be made");
            (StatusCode::INTERNAL_SERVER_ERROR, "There is a problem with Nearhome. Try again later.").into_response()
        }
    }
}

/// A problem as a caller's software is told it (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Told {
    /// Always `about:blank`: the status says what kind it is.
    r#type: &'static str,
    title: &'static str,
    status: u16,
    /// What happened and what helps, in words.
    detail: String,
    /// What has to be mended, each at its field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Mend>,
    /// Under which a fault of ours is found in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

/// Tells what stopped a request as JSON; everything else passes as it is.
pub(crate) fn tell(reference: &str, mut response: Response) -> Response {
    let Some(what) = response.extensions_mut().remove::<Undrawn>() else { return response };
    let words = words(&what, reference);
    let errors = match &what {
        Undrawn::Failure(failure) => match failure.as_ref() {
            Failure::Invalid(problems) => Mend::all(problems.clone()),
            Failure::Refused(_) | Failure::Conflict(_) | Failure::Denied(_) | Failure::Fault(_) => Vec::new(),
        },
        Undrawn::Template(_) | Undrawn::Panic | Undrawn::ForeignForm | Undrawn::Unreadable(_) | Undrawn::NoToken => Vec::new(),
    };
    let status = words.status.as_u16();
    let told =
        Told { r#type: "about:blank", title: words.title, status, detail: words.lines.join(" "), errors, reference: words.reference };
    let mut response = (words.status, Json(told)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if words.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn words(what: &Undrawn, reference: &str) -> Words {
    let page = |status, title, lines: &[&str]| Words {
        status,
        title,
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        reference: None,
    };
    let failure = match what {
        Undrawn::ForeignForm => {
            let lines =
                ["This form did not come from a page of Nearhome, so nothing was done.", "Open the page in Nearhome and try again."];
            return page(StatusCode::FORBIDDEN, "Nothing was done", &lines);
        }
        Undrawn::Template(error) => return fault(reference, error.as_ref()),
        Undrawn::Panic => return fault(reference, &std::io::Error::other("a handler panicked")),
        Undrawn::Unreadable(why) => return page(StatusCode::BAD_REQUEST, "The request cannot be read", &[&sentence(why)]),
        Undrawn::NoToken => {
            let lines = ["Send a token of your organisation: Authorization: Bearer …"];
            return page(StatusCode::UNAUTHORIZED, "No token that works", &lines);
        }
        Undrawn::Failure(failure) => failure.as_ref(),
    };
    match failure {
        Failure::Invalid(problems) => {
            let lines: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            page(StatusCode::UNPROCESSABLE_ENTITY, "Nothing was done", &lines)
        }
        Failure::Refused(why) => page(StatusCode::UNPROCESSABLE_ENTITY, "This cannot be done now", &[&sentence(why)]),
        Failure::Conflict(why) => page(StatusCode::CONFLICT, "Somebody was first", &[why]),
        Failure::Denied(Denied::NotAllowed { role, action }) => {
            let why = format!("Your role, {}, may not {}.", role.label().to_lowercase(), action.label());
            page(StatusCode::FORBIDDEN, "You may not do this", &[&why, "If you need to, ask the administrator of your organisation."])
        }
        Failure::Denied(Denied::NotVisible | Denied::SignInFirst) => {
            let lines = ["If you typed the address, check that it is right.", "If you pasted it, check that you copied all of it."];
            page(StatusCode::NOT_FOUND, "Page not found", &lines)
        }
        Failure::Fault(error) => fault(reference, error),
    }
}

/// Ours: the reader gets a reference, the log gets everything, once.
fn fault(reference: &str, error: &(dyn std::error::Error + 'static)) -> Words {
    tracing::error!(reference, error = chain(error), "a request failed");
    let lines = [
        "There is a problem with Nearhome, and your last step was not done.",
        "Try again in a few minutes. What you saved before is kept.",
    ];
    Words {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        title: "Sorry, there is a problem",
        lines: lines.map(str::to_owned).to_vec(),
        reference: Some(reference.to_owned()),
    }
}

/// The error with all its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What is wrong with a form, to be shown on the form itself.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// The status of the page that shows it.
    pub status: StatusCode,
    /// Each problem, at its field if it has one.
    pub problems: Vec<FieldProblem>,
}

impl Wrong {
    /// Takes what can be mended on the form.
    ///
    /// # Errors
    /// Everything else goes on to its own page.
    pub(crate) fn with(failure: Failure) -> Result<Self, Stopped> {
        let loose = |text: String| vec![FieldProblem::at("", text)];
        match failure {
            Failure::Invalid(problems) => Ok(Self { status: StatusCode::UNPROCESSABLE_ENTITY, problems }),
            Failure::Refused(why) => Ok(Self { status: StatusCode::UNPROCESSABLE_ENTITY, problems: loose(sentence(&why)) }),
            Failure::Conflict(why) => Ok(Self { status: StatusCode::CONFLICT, problems: loose(sentence(&why)) }),
            other @ (Failure::Denied(_) | Failure::Fault(_)) => Err(other.into()),
        }
    }
}

/// Starts with a capital, as a line of its own does.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
