//! The individual placement agreement: its terms, its document, its signatures, and the start under it.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use domain::Code as _;
use domain::access::{Action, could};
use domain::ids::AgreementId;
use domain::purchasing::agreement::AgreementState;
use service::people::sign_in::SignedIn;
use service::purchasing::agreement::{AgreementView, Agreements, GetAgreement, SignForCouncil, SignForProvider};
use service::purchasing::agreement_document::agreement_pdf;
use service::purchasing::take_back::TakeBackAgreement;
use service::{ask, perform};

use super::part::Part;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{FieldKind, Link, Page};
use crate::{forms, pages};

/// `GET /agreements`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who, Query(part): Query<Part>) -> Answered {
    let mut agreements = ask(&site.nearhome, &who.caller, &Agreements(part.slice()?)).await?;
    let others = part.cut("/agreements", &mut agreements, None, |line| (line.issued_at, line.id));
    let rows = agreements.iter().map(|line| {
        vec![
            Cell::link(line.number.clone(), path(line.id)),
            Cell::text(&line.service_name),
            Cell::text(on(line.starts_on)),
            Cell::text(line.state.label()),
        ]
    });
    let columns = ["Agreement", "Home", "First day", "State"];
    let table = Block::table("Agreements", &columns, rows.collect(), "There is no agreement yet.");
    let page = pages::page(&site, Some(&who), "Agreements").within("/agreements");
    Ok(pages::show(&page, None, &[vec![table], others].concat())?)
}

fn path(agreement: AgreementId) -> String {
    format!("/agreements/{agreement}")
}

async fn agreement(site: &Site, who: &SignedIn, id: &str) -> Result<AgreementView, Stopped> {
    let agreement: AgreementId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetAgreement { agreement }).await?)
}

fn page(site: &Site, who: &SignedIn, title: impl Into<String>, back: Link) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/agreements");
    page.back = Some(back);
    page
}

/// `GET /agreements/{id}`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = agreement(&site, &who, &id).await?;
    let mut page = page(&site, &who, format!("Agreement {}", view.content.number), Link::new("Back to all agreements", "/agreements"));
    page.notice = was.notice();
    let mut blocks = vec![Block::State { text: view.state.label().to_owned(), colour: "blue" }];
    // In an emergency the child comes first and the signatures follow.
    let may_start = matches!(view.state, AgreementState::Issued | AgreementState::ProviderSigned | AgreementState::CouncilSigned);
    let starts = could(who.role, Action::StartPlacement) && may_start;
    let start = starts.then(|| Link::new("Record that the child moved in", format!("{}/start", path(view.id))));
    let is_open = matches!(view.state, AgreementState::Issued | AgreementState::ProviderSigned);
    let take_back = could(who.role, Action::IssueAgreement) && is_open;
    let take_back = take_back.then(|| Link::new("Take the agreement back", format!("{}/take-back", path(view.id))));
    let links: Vec<Link> = signing(&who, &view).into_iter().chain(start).chain(take_back).collect();
    if !links.is_empty() {
        blocks.push(Block::Acts { links });
    }
    blocks.push(Block::facts(facts(&view)));
    let line = |line: &domain::money::itemised::PriceLine| {
        vec![Cell::text(line.kind.label()), Cell::text(line.description.as_str()), Cell::text(line.weekly.0.to_string())]
    };
    let rows = view.content.price.lines().iter().map(line).collect();
    blocks.push(Block::table("Price a week", &["Line", "What it is", "#A week"], rows, "No price"));
    blocks.push(Block::Links { links: vec![Link::new("The agreement as a document (PDF)", format!("{}/pdf", path(view.id)))] });
    Ok(pages::show(&page, Some(&view.content.service.name), &blocks)?)
}

fn facts(view: &AgreementView) -> Vec<Fact> {
    let content = &view.content;
    let signed = |signed: &Option<(String, domain::calendar::Instant)>| {
        signed.as_ref().map_or_else(|| "Not yet".to_owned(), |(name, at)| format!("{name}\n{}", when(*at)))
    };
    let funding: Vec<String> = content.funding.iter().map(|one| format!("{}: {}", one.funder, one.share)).collect();
    let child = [content.child.name.as_str(), content.child.case_number.as_str()].join("\n");
    let taken_back = view.taken_back_reason.as_ref().map(|reason| Fact::new("Taken back", reason.as_str()));
    let facts = [
        Fact::new("Child", child.trim()),
        Fact::new("Council", content.council.name.as_str()),
        Fact::new("Provider", content.provider.name.as_str()),
        Fact::new("Home", format!("{}\n{}", content.service.name, content.service.address)),
        Fact::new("Terms", content.terms.as_str()),
        Fact::new("Category", content.category.as_str()),
        Fact::new("First day", on(content.starts_on)),
        Fact::new("Expected last day", content.expected_end_on.map_or_else(|| "No end is agreed".to_owned(), on)),
        Fact::new("Who pays", funding.join("\n")),
        Fact::new("What the stay is for", content.outcomes.as_str()),
        Fact::new("Issued", when(view.issued_at)),
        Fact::new("Signed for the provider", signed(&view.provider_signed)),
        Fact::new("Signed for the council", signed(&view.council_signed)),
    ];
    taken_back.into_iter().chain(facts).collect()
}

/// The signature that this person may give now.
fn signing(who: &SignedIn, view: &AgreementView) -> Option<Link> {
    let is_open = matches!(view.state, AgreementState::Issued | AgreementState::ProviderSigned);
    let provider = could(who.role, Action::SignForProvider) && view.provider_signed.is_none();
    let council = could(who.role, Action::SignForCouncil) && view.provider_signed.is_some() && view.council_signed.is_none();
    let slug = if provider { "sign-provider" } else { "sign-council" };
    (is_open && (provider || council)).then(|| Link::new("Sign the agreement", format!("{}/{slug}", path(view.id))))
}

/// `GET /agreements/{id}/pdf`
pub(crate) async fn pdf(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let view = agreement(&site, &who, &id).await?;
    let name = format!("inline; filename=\"agreement-{}.pdf\"", view.id);
    // Typesetting keeps a processor busy: not on the threads that answer requests.
    let made = tokio::task::spawn_blocking(move || agreement_pdf(&view)).await;
    let document = made.map_err(|_| service::Failure::refused("the document could not be made; try again"))??;
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], document).into_response())
}

/// `GET /agreements/{id}/sign-council` and `GET /agreements/{id}/sign-provider`
pub(crate) async fn ask_sign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    sign_page(&site, &who, &id, None).await
}

async fn sign_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = agreement(site, who, id).await?;
    let slug = if could(who.role, Action::SignForProvider) { "sign-provider" } else { "sign-council" };
    let form = forms::form(site, format!("{}/{slug}", path(view.id)), Some(view.version), Vec::new(), "Sign the agreement");
    let words =
        format!("You sign as {}, for {}. The agreement binds both sides once both have signed.", who.person_name, who.organisation_name);
    let page = page(site, who, "Sign the agreement", Link::new("Back to the agreement", path(view.id)));
    pages::ask(page, form, vec![Block::facts(facts(&view)), Block::text(words)], again)
}

/// `POST /agreements/{id}/sign-council`
pub(crate) async fn sign_for_council(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let agreement: AgreementId = pages::id(&id)?;
    match perform(&site.nearhome, &who.caller, posted.key, &SignForCouncil { agreement }).await {
        Ok(_) => Ok(done(&path(agreement), Done::MovedOn)),
        Err(failure) => sign_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

/// `POST /agreements/{id}/sign-provider`
pub(crate) async fn sign_for_provider(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let agreement: AgreementId = pages::id(&id)?;
    match perform(&site.nearhome, &who.caller, posted.key, &SignForProvider { agreement }).await {
        Ok(_) => Ok(done(&path(agreement), Done::MovedOn)),
        Err(failure) => sign_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

/// `GET /agreements/{id}/take-back`
pub(crate) async fn ask_take_back(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    take_back_page(&site, &who, &id, None).await
}

async fn take_back_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = agreement(site, who, id).await?;
    let hint = Some("The provider reads it: write nothing that it may not know".to_owned());
    let fields = vec![crate::view::Field { hint, ..pages::field(FieldKind::LongText, "reason", "Why is the agreement taken back?") }];
    let form = forms::form(site, format!("{}/take-back", path(view.id)), Some(view.version), fields, "Take the agreement back");
    let words = "Signatures fall away, the offer goes back to the shortlist, and the provider is told. You can choose again at once.";
    let page = page(site, who, "Take the agreement back", Link::new("Back to the agreement", path(view.id)));
    pages::ask(page, form, vec![Block::text(words)], again)
}

/// `POST /agreements/{id}/take-back`
pub(crate) async fn take_back(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let agreement: AgreementId = pages::id(&id)?;
    let command = TakeBackAgreement { agreement, reason: posted.value("reason").to_owned() };
    match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(_) => Ok(done(&path(agreement), Done::MovedOn)),
        Err(failure) => take_back_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}
