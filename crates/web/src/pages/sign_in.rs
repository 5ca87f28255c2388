//! Signing in and out: password, code, and the authenticator app before the first code.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use qrcode::{Color, QrCode};
use serde::{Deserialize, Serialize};
use service::people::sign_in::{self, Enrolment, NextStep, Token};
use service::{Failure, FieldProblem};

use super::Answered;
use crate::caller::{self, Source, Visitor, Who};
use crate::forms::Posted;
use crate::pages;
use crate::problem::Wrong;
use crate::server::Site;
use crate::view::Problem;

/// Where to go on after signing in.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Return {
    #[serde(default, rename = "return")]
    path: String,
}

impl Return {
    fn posted(posted: &Posted) -> Self {
        Self { path: posted.value("return").to_owned() }
    }

    /// The path, if it is one of ours and not the start page anyway.
    fn own(&self) -> Option<&str> {
        caller::own_path(&self.path).filter(|path| *path != "/")
    }

    /// This page with the way back carried along.
    fn with(&self, page: &str) -> String {
        self.own().map_or_else(|| page.to_owned(), |path| format!("{page}?return={}", caller::escaped(path)))
    }
}

/// The password page.
#[derive(Serialize)]
struct PasswordPage<'a> {
    email: &'a str,
    back_to: Option<&'a str>,
    email_error: Option<String>,
}

/// `GET /sign-in`
pub(crate) async fn ask_password(State(site): State<Site>, Visitor(visitor): Visitor, Query(back): Query<Return>) -> Answered {
    if visitor.is_some() {
        return Ok(Redirect::to(back.own().unwrap_or("/")).into_response());
    }
    password_page(&site, "", &back, None)
}

fn password_page(site: &Site, email: &str, back: &Return, wrong: Option<&Wrong>) -> Answered {
    let mut page = pages::page(site, None, "Sign in");
    page.problems = wrong.map(|wrong| problems(&wrong.problems, "email")).unwrap_or_default();
    let email_error = page.problems.first().map(|problem| problem.text.clone());
    let html = pages::draw("pages/sign_in.html", &page, &PasswordPage { email, back_to: back.own(), email_error })?;
    Ok((wrong.map_or(StatusCode::OK, |wrong| wrong.status), html).into_response())
}

/// All problems, each leading to the page's one input: which of two secrets was wrong is not told.
fn problems(problems: &[FieldProblem], input: &str) -> Vec<Problem> {
    let shown = |problem: &FieldProblem| Problem { text: problem.message.clone(), href: Some(format!("#{input}")) };
    problems.iter().map(shown).collect()
}

/// `POST /sign-in`
pub(crate) async fn give_password(State(site): State<Site>, Source(source): Source, posted: Posted) -> Answered {
    let (email, back) = (posted.value("email"), Return::posted(&posted));
    let begun = if email.is_empty() {
        Err(Failure::invalid("email", "Enter your email address"))
    } else {
        sign_in::begin(&site.nearhome, email, posted.exact("password"), &source).await
    };
    match begun {
        Ok(begun) => Ok(go(&site, &back.with("/sign-in/code"), Some(&begun.token))),
        Err(failure) => password_page(&site, email, &back, Some(&Wrong::with(failure)?)),
    }
}

/// A redirect that gives the browser a token, or takes its token away.
fn go(site: &Site, path: &str, token: Option<&Token>) -> Response {
    let mut response = Redirect::to(path).into_response();
    if let Some(cookie) = caller::cookie(token, &site.settings) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// The code page, with the secret for the app while it is not confirmed.
#[derive(Serialize)]
struct CodePage<'a> {
    back_to: Option<&'a str>,
    enrolment: Option<Picture>,
    code_error: Option<String>,
}

/// A secret as a picture and as text.
#[derive(Serialize)]
struct Picture {
    secret: String,
    modules: usize,
    path: Option<String>,
}

impl Picture {
    fn of(enrolment: &Enrolment) -> Self {
        // Whoever cannot scan types the secret, so a picture that cannot be made stops nobody.
        let code = QrCode::new(&enrolment.secret_uri).ok();
        let secret = enrolment.secret.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
        Self { secret, modules: code.as_ref().map_or(0, QrCode::width), path: code.as_ref().map(squares) }
    }
}

/// The dark squares as one SVG path, one unit each.
fn squares(code: &QrCode) -> String {
    use std::fmt::Write as _;
    let width = code.width();
    let colours = code.to_colors();
    let dark = colours.iter().enumerate().filter(|(_, colour)| **colour == Color::Dark);
    dark.fold(String::new(), |mut path, (place, _)| {
        // Writing to a string cannot fail.
        let _ = write!(path, "M{} {}h1v1h-1z", place % width, place / width);
        path
    })
}

/// `GET /sign-in/code`
pub(crate) async fn ask_code(State(site): State<Site>, Query(back): Query<Return>, headers: HeaderMap) -> Answered {
    code_page(&site, &headers, &back, None).await
}

async fn code_page(site: &Site, headers: &HeaderMap, back: &Return, wrong: Option<&Wrong>) -> Answered {
    let next = match caller::token(headers, &site.settings) {
        Some(token) => sign_in::next_step(&site.nearhome, &token).await?,
        None => None,
    };
    let (enrolment, title) = match next {
        None => return Ok(Redirect::to(&back.with("/sign-in")).into_response()),
        Some(NextStep::Code) => (None, "Enter the code from your app"),
        Some(NextStep::Enrol(enrolment)) => (Some(Picture::of(&enrolment)), "Set up your authenticator app"),
    };
    let mut page = pages::page(site, None, title);
    page.problems = wrong.map(|wrong| problems(&wrong.problems, "code")).unwrap_or_default();
    let code_error = page.problems.first().map(|problem| problem.text.clone());
    let html = pages::draw("pages/sign_in_code.html", &page, &CodePage { back_to: back.own(), enrolment, code_error })?;
    Ok((wrong.map_or(StatusCode::OK, |wrong| wrong.status), html).into_response())
}

/// `POST /sign-in/code`
pub(crate) async fn give_code(State(site): State<Site>, headers: HeaderMap, posted: Posted) -> Answered {
    let back = Return::posted(&posted);
    let Some(token) = caller::token(&headers, &site.settings) else {
        return Ok(Redirect::to(&back.with("/sign-in")).into_response());
    };
    match sign_in::second_factor(&site.nearhome, &token, posted.value("code")).await {
        Ok(token) => Ok(go(&site, back.own().unwrap_or("/"), Some(&token))),
        Err(Failure::Denied(_)) => Ok(Redirect::to(&back.with("/sign-in")).into_response()),
        Err(failure) => code_page(&site, &headers, &back, Some(&Wrong::with(failure)?)).await,
    }
}

/// `POST /sign-out`
pub(crate) async fn sign_out(State(site): State<Site>, headers: HeaderMap) -> Answered {
    if let Some(token) = caller::token(&headers, &site.settings) {
        sign_in::sign_out(&site.nearhome, &token).await?;
    }
    Ok(go(&site, "/sign-in", None))
}

/// `POST /account`: goes on in another role.
pub(crate) async fn choose_role(State(site): State<Site>, Who(who): Who, headers: HeaderMap, posted: Posted) -> Answered {
    let chosen = posted.value("membership").parse().map_err(|_| Failure::invalid("membership", "Choose a role"))?;
    if let Some(token) = caller::token(&headers, &site.settings) {
        sign_in::choose_role(&site.nearhome, &who, &token, chosen).await?;
    }
    Ok(Redirect::to("/").into_response())
}
