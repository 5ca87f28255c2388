//! Papers as PDF: the agreements of a framework, the letters to bidders, the record of a decision.

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect};
use domain::calendar::{Day, Instant};
use domain::ids::{FrameworkContractId, OrganisationId};
use serde::Deserialize;
use service::people::sign_in::SignedIn;
use service::procurement::agreement::ContractLine;
use service::procurement::result::GetSummaries;
use service::procurement::tender::TenderView;
use service::publish::decision_record::decision_record;
use service::publish::framework_agreement::{framework_agreement, signed_at};
use service::publish::paper::Paper;
use service::publish::result_letter::result_letter;
use service::{Failure, ask};

use super::Answered;
use super::award::{award, here, result};
use super::decisions::{consortium, decision};
use super::tenders::tender;
use crate::caller::Who;
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

async fn agreement(site: &Site, who: &SignedIn, view: &TenderView, line: &ContractLine) -> Answered {
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
    let view = award(&site, &who, &id).await?;
    let chosen = which.contract.parse::<FrameworkContractId>().ok();
    match view.contracts.iter().find(|line| Some(line.id) == chosen) {
        Some(line) => agreement(&site, &who, &tender(&site, &who, &id).await?, line).await,
        None => Ok(Redirect::to(&here(view.tender.id)).into_response()),
    }
}

/// `GET /tenders/{id}/result/agreement.pdf`
pub(crate) async fn own_agreement(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let view = result(&site, &who, &id).await?;
    match &view.contract {
        Some(line) => agreement(&site, &who, &tender(&site, &who, &id).await?, line).await,
        None => Ok(Redirect::to(&format!("/tenders/{}/result", view.tender.id)).into_response()),
    }
}

/// `GET /tenders/{id}/award/letter.pdf?bidder=…`: without a bidder, back to where one is chosen.
pub(crate) async fn letter_of(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    Query(which): Query<WhichLetter>,
) -> Answered {
    let view = award(&site, &who, &id).await?;
    let told = ask(&site.nearhome, &who.caller, &GetSummaries { tender: view.tender.id }).await?;
    let chosen = which.bidder.parse::<OrganisationId>().ok();
    let Some((_, bidder, summaries)) = told.iter().find(|(bidder, ..)| Some(*bidder) == chosen) else {
        return Ok(Redirect::to(&here(view.tender.id)).into_response());
    };
    let council = tender(&site, &who, &id).await?.council;
    letter(&site, result_letter(&view.tender, bidder, summaries, &council)?, summaries.first().map(|(at, _)| *at)).await
}

/// `GET /tenders/{id}/result/letter.pdf`
pub(crate) async fn own_letter(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let view = result(&site, &who, &id).await?;
    if view.summaries.is_empty() {
        return Ok(Redirect::to(&format!("/tenders/{}/result", view.tender.id)).into_response());
    }
    let council = tender(&site, &who, &id).await?.council;
    let paper = result_letter(&view.tender, &who.organisation_name, &view.summaries, &council)?;
    letter(&site, paper, view.summaries.first().map(|(at, _)| *at)).await
}

async fn letter(site: &Site, paper: Paper, told_at: Option<Instant>) -> Answered {
    pdf(paper, "result", told_at.unwrap_or_else(|| site.nearhome.now())).await
}

/// `GET /decisions/{id}/record.pdf`
pub(crate) async fn record(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let view = decision(&site, &who, &id).await?;
    let paper = decision_record(&view, &consortium(&site, &who).await?);
    let name = format!("decision-{}", Day::iso(view.decision.met_on));
    pdf(paper, &name, site.nearhome.now()).await
}
