//! Taking up an invitation: the link from the letter, and a password.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use domain::Code as _;
use serde::Serialize;
use service::people::invitation::{Invited, accept_invitation, invited};
use service::people::sign_in::Token;

use super::Answered;
use crate::forms::Posted;
use crate::pages;
use crate::problem::Wrong;
use crate::server::Site;
use crate::view::Problem;

/// The page of an invitation.
#[derive(Serialize)]
struct Invitation<'a> {
    token: &'a str,
    email: &'a str,
    organisation: &'a str,
    role: &'static str,
    has_account: bool,
    password_error: Option<String>,
}

/// `GET /invitations/{token}`
pub(crate) async fn open(State(site): State<Site>, Path(token): Path<String>) -> Answered {
    let found = invited(&site.nearhome, &Token::received(&token)).await?;
    show(&site, &token, &found, None)
}

fn show(site: &Site, token: &str, found: &Invited, wrong: Option<&Wrong>) -> Answered {
    let title = if found.has_account { "Take up your new role" } else { "Set your password" };
    let mut page = pages::page(site, None, title);
    let shown = |problem: &service::FieldProblem| Problem { text: problem.message.clone(), href: Some("#password".to_owned()) };
    page.problems = wrong.map(|wrong| wrong.problems.iter().map(shown).collect()).unwrap_or_default();
    let data = Invitation {
        token,
        email: &found.email,
        organisation: &found.organisation_name,
        role: found.role.label(),
        has_account: found.has_account,
        password_error: page.problems.first().map(|problem| problem.text.clone()),
    };
    let html = pages::draw("pages/invitation.html", &page, &data)?;
    Ok((wrong.map_or(axum::http::StatusCode::OK, |wrong| wrong.status), html).into_response())
}

/// `POST /invitations/{token}`
pub(crate) async fn accept(State(site): State<Site>, Path(token): Path<String>, posted: Posted) -> Answered {
    let received = Token::received(&token);
    match accept_invitation(&site.nearhome, &received, posted.exact("password")).await {
        Ok(_) => Ok(Redirect::to("/sign-in").into_response()),
        Err(failure) => {
            let wrong = Wrong::with(failure)?;
            // An invitation that is over says so on a page of its own.
            let found = invited(&site.nearhome, &received).await?;
            show(&site, &token, &found, Some(&wrong))
        }
    }
}
