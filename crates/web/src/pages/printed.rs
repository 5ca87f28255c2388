//! Papers as PDF: the agreements of a framework, the letters to bidders, the record of a decision.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::calendar::{Day, Instant};
use domain::ids::{FrameworkContractId, OrganisationId};
use serde::Deserialize;
use service::people::sign_in::SignedIn;
use service::procurement::agreement::ContractLine;
use service::procurement::result::{GetSummaries, Summary};
use service::publish::decision_record::decision_record;
use service::publish::framework_agreement::{framework_agreement, signed_at};
use service::publish::paper::Paper;
use service::publish::result_letter::result_letter;
use service::{Failure, ask};
use uuid::Uuid;

use super::Answered;
use super::award::{award, result};
use super::decisions::{consortium, decision};
use super::tenders::tender;
use crate::caller::Who;
use crate::pages;
use crate::problem::Stopped;
use crate::server::Site;

/// The paper as an answer that a browser shows.
async fn pdf(paper: Paper, name: &str, issued_at: Instant) -> Answered {
    // Typesetting keeps a processor busy: not on the threads that answer requests.
    let made = tokio::task::spawn_blocking(move || paper.pdf(issued_at)).await;
    let document = made.map_err(|_| Failure::refused("the document could not be made; try again"))??;
    let name = format!("inline; filename=\"{name}.pdf\"");
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], document).into_response())
}

/// With whom an agreement is.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WhichAgreement {
    #[serde(default)]
    contract: String,
}

/// To whom a letter went.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct WhichLetter {
    #[serde(default)]
    bidder: String,
}

async fn agreement(site: &Site, who: &SignedIn, id: &str, line: &ContractLine) -> Answered {
    let view = tender(site, who, id).await?;
    let paper = framework_agreement(&view.tender, line, &view.council, &consortium(site, who).await?)?;
    // Until somebody signs there is nothing but this moment to date it by.
    pdf(paper, "framework-agreement", signed_at(line).unwrap_or_else(|| site.nearhome.now())).await
}

/// `GET /tenders/{id}/award/agreement.pdf?contract=…`: without a contract, back to where one is chosen.
pub(crate) async fn agreement_of(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    Query(which): Query<WhichAgreement>,
) -> Answered {
    let chosen = which.contract.parse().unwrap_or(FrameworkContractId(Uuid::nil()));
    let found = agreement_with(&site, &who, &id, chosen).await?;
    Ok(found.unwrap_or_else(|| back(&format!("/tenders/{id}/award"))))
}

/// One of the agreements of an award, if it is one.
pub(crate) async fn agreement_with(
    site: &Site,
    who: &SignedIn,
    id: &str,
    contract: FrameworkContractId,
) -> Result<Option<Response>, Stopped> {
    match award(site, who, id).await?.contracts.iter().find(|line| line.id == contract) {
        Some(line) => agreement(site, who, id, line).await.map(Some),
        None => Ok(None),
    }
}

fn back(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// `GET /tenders/{id}/result/agreement.pdf`
pub(crate) async fn own_agreement(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let found = agreement_with_us(&site, &who, &id).await?;
    Ok(found.unwrap_or_else(|| back(&format!("/tenders/{id}/result"))))
}

/// The agreement with the caller's organisation, once it may read it.
pub(crate) async fn agreement_with_us(site: &Site, who: &SignedIn, id: &str) -> Result<Option<Response>, Stopped> {
    match &result(site, who, id).await?.contract {
        Some(line) => agreement(site, who, id, line).await.map(Some),
        None => Ok(None),
    }
}

/// `GET /tenders/{id}/award/letter.pdf?bidder=…`: without a bidder, back to where one is chosen.
pub(crate) async fn letter_of(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    Query(which): Query<WhichLetter>,
) -> Answered {
    let chosen = which.bidder.parse().unwrap_or(OrganisationId(Uuid::nil()));
    let found = letter_to(&site, &who, &id, chosen).await?;
    Ok(found.unwrap_or_else(|| back(&format!("/tenders/{id}/award"))))
}

/// What one of the bidders was told, if it was told anything.
pub(crate) async fn letter_to(site: &Site, who: &SignedIn, id: &str, bidder: OrganisationId) -> Result<Option<Response>, Stopped> {
    let told = ask(&site.nearhome, &who.caller, &GetSummaries { tender: pages::id(id)? }).await?;
    match told.iter().find(|(known, ..)| *known == bidder) {
        Some((_, name, summaries)) => letter(site, who, id, name, summaries).await.map(Some),
        None => Ok(None),
    }
}

/// `GET /tenders/{id}/result/letter.pdf`
pub(crate) async fn own_letter(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let found = letter_to_us(&site, &who, &id).await?;
    Ok(found.unwrap_or_else(|| back(&format!("/tenders/{id}/result"))))
}

/// What the caller's organisation was told, if it was told anything.
pub(crate) async fn letter_to_us(site: &Site, who: &SignedIn, id: &str) -> Result<Option<Response>, Stopped> {
    match result(site, who, id).await?.summaries.as_slice() {
        [] => Ok(None),
        told => letter(site, who, id, &who.organisation_name, told).await.map(Some),
    }
}

async fn letter(site: &Site, who: &SignedIn, id: &str, bidder: &str, told: &[(Instant, Summary)]) -> Answered {
    let view = tender(site, who, id).await?;
    let told_at = told.first().map_or_else(|| site.nearhome.now(), |(at, _)| *at);
    pdf(result_letter(&view.tender, bidder, told, &view.council)?, "result", told_at).await
}

/// `GET /decisions/{id}/record.pdf`
pub(crate) async fn record(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let view = decision(&site, &who, &id).await?;
    let paper = decision_record(&view, &consortium(&site, &who).await?);
    let name = format!("decision-{}", Day::iso(view.decision.met_on));
    pdf(paper, &name, site.nearhome.now()).await
}
