//! The start page, one's roles, and help.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use domain::Code as _;
use serde_json::json;
use service::people::sign_in::SignedIn;

use super::Answered;
use crate::caller::{Visitor, Who};
use crate::server::Site;
use crate::view::{Answer, Choice, Field, FieldKind, Link};
use crate::{forms, pages};

/// `GET /`: the page of one's daily work, which is the first of the service navigation.
pub(crate) async fn home(State(site): State<Site>, Who(who): Who) -> Answered {
    if let Some((_, href)) = pages::navigation(&who).next() {
        return Ok(Redirect::to(&href).into_response());
    }
    let page = pages::page(&site, Some(&who), "Nothing waits for you here");
    Ok(pages::draw("pages/home.html", &page, &json!({ "role": who.role.label() }))?.into_response())
}

/// `GET /account`: in which role to go on.
pub(crate) async fn account(State(site): State<Site>, Who(who): Who) -> Answered {
    let mut page = pages::page(&site, Some(&who), "For whom do you act now?");
    page.back = Some(Link::new("Back", "/"));
    let form = forms::form(&site, "/account", None, vec![roles(&who)], "Go on in this role");
    Ok(pages::draw("pages/form.html", &page, &json!({ "form": form }))?.into_response())
}

fn roles(who: &SignedIn) -> Field {
    let choice = |held: &service::people::sign_in::HeldRole| Choice {
        code: held.membership.to_string(),
        label: format!("{}, {}", held.role.label(), held.organisation_name),
        hint: Some(held.post.clone()).filter(|post| !post.is_empty()),
    };
    Field {
        options: who.roles.iter().map(choice).collect(),
        value: who.membership.map_or(Answer::Nothing, |membership| Answer::Text(membership.to_string())),
        is_heading: true,
        ..pages::field(FieldKind::OneOf, "membership", "For whom do you act now?")
    }
}

/// `GET /help`
pub(crate) async fn help(State(site): State<Site>, Visitor(visitor): Visitor) -> Answered {
    let page = pages::page(&site, visitor.as_ref(), "Help");
    Ok(pages::draw("pages/help.html", &page, &json!({}))?.into_response())
}
