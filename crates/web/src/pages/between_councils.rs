//! The agreements between the councils that buy together: their terms, who has signed, and signing for one's own council.

use axum::extract::{Path, Query, State};
use domain::ids::InterAuthorityAgreementId;
use service::governance::inter_authority::{CouncilsAgreementView, GetCouncilsAgreement, ListCouncilsAgreements, SignCouncilsAgreement};
use service::people::sign_in::SignedIn;
use service::{Failure, ask, perform};

use super::decisions::own_code;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Link, Page};
use domain::access::{Action, could};

/// `GET /between-councils`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who) -> Answered {
    let all = ask(&site.nearhome, &who.caller, &ListCouncilsAgreements).await?;
    let row = |view: &CouncilsAgreementView| {
        let (signed, parties) = (view.parties.iter().filter(|(.., signature)| signature.is_some()).count(), view.parties.len());
        let colour = if signed == parties { "green" } else { "yellow" };
        vec![
            Cell::link(view.terms.title.clone(), format!("/between-councils/{}", view.id)),
            Cell::text(view.terms.edition.to_string()),
            Cell::text(format!("{} to {}", on(view.terms.starts_on), on(view.terms.ends_on))),
            Cell::tag(format!("{signed} of {parties} signed"), colour),
        ]
    };
    let rows = all.iter().map(row).collect();
    let columns = ["Agreement", "#Edition", "Term", "Signatures"];
    let table = Block::table("Agreements", &columns, rows, "No agreement between the councils is on record. Nobody calls off without one.");
    let mut page = pages::page(&site, Some(&who), "Agreements between the councils").within("/decisions");
    page.back = Some(Link::new("Back to decisions", "/decisions"));
    Ok(pages::show(&page, None, &[table])?)
}

async fn agreement(site: &Site, who: &SignedIn, id: &str) -> Result<CouncilsAgreementView, Stopped> {
    let agreement: InterAuthorityAgreementId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetCouncilsAgreement { agreement }).await?)
}

fn page(site: &Site, who: &SignedIn, title: &str, back: &str) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/decisions");
    page.back = Some(Link::new("Back", back));
    page
}

/// `GET /between-councils/{id}`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = agreement(&site, &who, &id).await?;
    let own = own_code(&site, &who).await?;
    let mut page = page(&site, &who, &view.terms.title, "/between-councils");
    page.notice = was.notice();
    let mut blocks = vec![Block::facts(terms(&view)), signatures(&view)];
    let is_open = view.parties.iter().any(|(code, _, signature)| *code == own && signature.is_none());
    if is_open && could(who.role, Action::SignCouncilsAgreement) {
        blocks.push(Block::Acts { links: vec![Link::new("Sign for our council", format!("/between-councils/{}/sign", view.id))] });
    }
    Ok(pages::show(&page, None, &blocks)?)
}

fn terms(view: &CouncilsAgreementView) -> Vec<Fact> {
    let terms = &view.terms;
    let lead =
        view.parties.iter().find(|(code, ..)| *code == terms.lead).map_or_else(|| terms.lead.to_string(), |(_, name, _)| name.clone());
    let mut facts = vec![
        Fact::new("Edition", terms.edition.to_string()),
        Fact::new("Term", format!("{} to {}", on(terms.starts_on), on(terms.ends_on))),
        Fact::new("Lead council", lead),
        Fact::new("Frameworks", terms.frameworks.join("\n")),
        Fact::new("Who does what", terms.roles.join("\n")),
        Fact::new("How costs are shared", terms.cost_sharing.as_str()),
        Fact::new("How risks are shared", terms.risk_sharing.as_str()),
    ];
    if terms.origin.is_example() {
        facts.push(Fact::new("Where the terms come from", "Example terms: not published"));
    }
    facts
}

fn signatures(view: &CouncilsAgreementView) -> Block {
    let rows = view.parties.iter().map(|(_, name, signature)| match signature {
        Some(signed) => {
            let by = format!("{}, {}", signed.signatory, signed.post);
            vec![Cell::text(name), Cell::tag("Signed", "green"), Cell::text(by), Cell::text(when(signed.signed_at))]
        }
        None => vec![Cell::text(name), Cell::tag("Not signed", "yellow"), Cell::text("Nobody yet"), Cell::text("It cannot call off")],
    });
    Block::table("Signatures", &["Council", "State", "By", "When"], rows.collect(), "It has no parties.")
}

/// `GET /between-councils/{id}/sign`
pub(crate) async fn ask_sign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    sign_page(&site, &who, &id, None).await
}

async fn sign_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = agreement(site, who, id).await?;
    let own = own_code(site, who).await?;
    if !view.parties.iter().any(|(code, ..)| *code == own) {
        return Err(Failure::absent().into());
    }
    let here = format!("/between-councils/{}", view.id);
    let options = vec![Choice { code: "yes".to_owned(), label: "I sign for my council, by the post that I hold".to_owned(), hint: None }];
    let fields = vec![view::Field { options, ..pages::field(FieldKind::ManyOf, "signs", "Signature") }];
    let form = forms::form(site, format!("{here}/sign"), None, fields, "Sign");
    let page = page(site, who, "Sign the agreement between the councils", &here);
    pages::ask(page, form, vec![Block::facts(terms(&view)), signatures(&view)], again)
}

/// `POST /between-councils/{id}/sign`
pub(crate) async fn sign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = agreement(&site, &who, &id).await?;
    let outcome = if posted.value("signs") == "yes" {
        let command = SignCouncilsAgreement { agreement: view.id };
        perform(&site.nearhome, &who.caller, posted.key, &command).await
    } else {
        Err(Failure::invalid("signs", "Confirm that you sign for your council"))
    };
    match outcome {
        Ok(_) => Ok(done(&format!("/between-councils/{}", view.id), Done::MovedOn)),
        Err(failure) => sign_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}
