//! The tokens of an organisation's own software: issued, shown once, revoked.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::ids::ApiTokenId;
use domain::people::Role;
use service::people::sign_in::SignedIn;
use service::people::tokens::{IssueToken, RevokeToken, RolesForSoftware, TOKEN_DAYS, TokenLine, Tokens, issue_token};
use service::{Failure, ask, perform};

use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, when};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Link, Page};
use crate::{forms, pages};

fn page(site: &Site, who: &SignedIn, title: &str) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/tokens");
    page.back = Some(Link::new("Back to all API tokens", "/tokens"));
    page
}

/// `GET /tokens`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who, Query(was): Query<WasDone>) -> Answered {
    let tokens = ask(&site.nearhome, &who.caller, &Tokens).await?;
    let rows = tokens.iter().map(|token| {
        vec![
            Cell::text(&token.name),
            Cell::text(token.role.label()),
            Cell::text(when(token.expires_at)),
            if token.may_be_stopped {
                Cell::link(format!("Revoke ‘{}’", token.name), format!("/tokens/{}/revoke", token.id))
            } else {
                Cell::text("By whoever keeps the connections")
            },
        ]
    });
    let table = Block::table("API tokens", &["For", "Acts as", "Works until", "Stop it"], rows.collect(), "No software has a token.");
    let mut page = pages::page(&site, Some(&who), "API tokens").within("/tokens");
    page.notice = was.notice();
    let issue = Block::Acts { links: vec![Link::new("Issue a token", "/tokens/new")] };
    Ok(pages::show(&page, Some(&who.organisation_name), &[issue, table])?)
}

/// `GET /tokens/new`
pub(crate) async fn ask_new(State(site): State<Site>, Who(who): Who) -> Answered {
    new_page(&site, &who, None).await
}

async fn new_page(site: &Site, who: &SignedIn, again: Option<(&Posted, &Wrong)>) -> Answered {
    let roles = ask(&site.nearhome, &who.caller, &RolesForSoftware).await?;
    let roles = roles.iter();
    let options = roles.map(|role| Choice { code: role.code().to_owned(), label: role.label().to_owned(), hint: None }).collect();
    let days = format!("From 1 to {TOKEN_DAYS}; after that a person decides again");
    let fields = vec![
        view::Field { hint: Some("Like ‘Case system’".to_owned()), ..pages::field(FieldKind::Text, "name", "What is it for?") },
        view::Field { options, ..pages::field(FieldKind::OneOf, "role", "As what does the software act?") },
        view::Field { hint: Some(days), ..pages::field(FieldKind::Number, "days", "For how many days does it work?") },
    ];
    let words = "You answer for what is done with the token, and it works only as long as you could issue it. A token that reaches the \
                 cases of children is issued by somebody who has its role. Approving and signing are done by people, not by software.";
    let form = forms::form(site, "/tokens/new", None, fields, "Issue the token");
    pages::ask(page(site, who, "Issue a token"), form, vec![Block::text(words)], again)
}

/// `POST /tokens/new`: the answer shows the token, which nobody can see again.
pub(crate) async fn issue(State(site): State<Site>, Who(who): Who, posted: Posted) -> Answered {
    let outcome = match wanted(&posted) {
        Ok(wanted) => issue_token(&site.nearhome, &who.caller, posted.key, &wanted).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok((_, token)) => {
            let blocks = [
                Block::Warning { text: "Copy the token now: it cannot be shown again.".to_owned() },
                Block::facts(vec![Fact::new("For", posted.value("name")), Fact::new("Token", token.reveal())]),
            ];
            Ok(pages::show(&page(&site, &who, "The token was issued"), None, &blocks)?)
        }
        Err(failure) => new_page(&site, &who, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

fn wanted(posted: &Posted) -> Result<IssueToken, Failure> {
    let role = Role::from_code(posted.value("role")).map_err(|_| Failure::invalid("role", "Select as what the software acts"))?;
    let days = posted.value("days").parse().map_err(|_| Failure::invalid("days", "Enter a whole number of days, like 90"))?;
    Ok(IssueToken { name: posted.value("name").to_owned(), role, days })
}

async fn token(site: &Site, who: &SignedIn, id: &str) -> Result<TokenLine, Stopped> {
    let id: ApiTokenId = pages::id(id)?;
    let tokens = ask(&site.nearhome, &who.caller, &Tokens).await?;
    tokens.into_iter().find(|token| token.id == id).ok_or_else(|| Failure::absent().into())
}

/// `GET /tokens/{id}/revoke`
pub(crate) async fn ask_revoke(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let token = token(&site, &who, &id).await?;
    let words = format!("‘{}’ works until {}. Revoked, its next call is refused.", token.name, when(token.expires_at));
    let form = forms::form(&site, format!("/tokens/{}/revoke", token.id), None, Vec::new(), "Revoke the token");
    pages::ask(page(&site, &who, "Revoke a token"), form, vec![Block::text(words)], None)
}

/// `POST /tokens/{id}/revoke`
pub(crate) async fn revoke(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    perform(&site.nearhome, &who.caller, posted.key, &RevokeToken { token: pages::id(&id)? }).await?;
    Ok(done("/tokens", Done::MovedOn))
}
