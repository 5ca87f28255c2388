//! Conflicts of interest: declaring one, what a late one touches, and putting on record how it was dealt with.

use axum::extract::{Path, State};
use domain::ids::{ConflictDeclarationId, TenderId};
use service::people::sign_in::SignedIn;
use service::procurement::conflict::{ConflictLine, DeclareConflict, SettleConflict};
use service::procurement::evaluation::EvaluationView;
use service::{Failure, perform};

use super::evaluation::{evaluation, here, own};
use super::tenders::page;
use super::{Answered, Done, done};
use crate::blocks::{Block, Cell, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::Wrong;
use crate::server::Site;
use crate::view::{Choice, Field, FieldKind};

/// The conflicts of interest that touch the scores, for whoever runs the evaluation and whoever awards; those that are open in a warning.
pub(super) fn late(conflicts: &[ConflictLine]) -> Vec<Block> {
    if conflicts.is_empty() {
        return Vec::new();
    }
    let mut blocks = Vec::new();
    let open: Vec<&str> = conflicts.iter().filter(|one| one.settled.is_none()).map(|one| one.name.as_str()).collect();
    if !open.is_empty() {
        let who = open.join(", ");
        let text = format!(
            "{who} declared a conflict of interest that touches the scores. Nobody awards or countersigns before it is on record how that was dealt with."
        );
        blocks.push(Block::Warning { text });
    }
    let row = |one: &ConflictLine| {
        let how = one.settled.as_ref().map_or_else(|| "Open".to_owned(), |(how, at, by)| format!("{how}\n{by}, {}", when(*at)));
        vec![
            Cell::text(format!("{}\n{}", one.name, when(one.declared_at))),
            Cell::text(&one.words),
            Cell::text(one.touched.to_string()),
            Cell::text(how),
        ]
    };
    let columns = ["Who", "What it is", "#Agreed scores with their part in them", "How it was dealt with"];
    blocks.push(Block::table("Conflicts of interest that touch the scores", &columns, conflicts.iter().map(row).collect(), ""));
    blocks
}

/// `GET /tenders/{id}/evaluation/declare`
pub(crate) async fn ask_declare(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    declare_page(&site, &who, &evaluation(&site, &who, &id).await?, None)
}

fn declare_page(site: &Site, who: &SignedIn, view: &EvaluationView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let fields = vec![
        pages::field(FieldKind::YesNo, "has_conflict", "Have you a conflict of interest with any bidder?"),
        Field { required: false, ..pages::field(FieldKind::LongText, "words", "What it is") },
    ];
    let bidders = if view.bids.is_empty() {
        "You are shown no bid before you have declared."
    } else {
        "A conflict that turns up later is declared here too."
    };
    let words = "A conflict is anything that could sway you, or could look as if it did: family, work, money, friendship or a dispute with somebody who bids.";
    let above = vec![Block::Text { lines: vec![words.to_owned(), bidders.to_owned()] }];
    let form = forms::form(site, format!("{}/declare", here(view.tender.id)), None, fields, "Declare");
    pages::ask(page(site, who, "Conflicts of interest", here(view.tender.id)), form, above, again)
}

/// `POST /tenders/{id}/evaluation/declare`
pub(crate) async fn declare(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender: TenderId = pages::id(&id)?;
    let outcome = match posted.value("has_conflict") {
        answer @ ("yes" | "no") => {
            let command = DeclareConflict { tender, has_conflict: answer == "yes", words: posted.exact("words").to_owned() };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop)
        }
        _ => Err(Failure::invalid("has_conflict", "Select yes if you have a conflict of interest")),
    };
    match outcome {
        Ok(()) => Ok(done(&here(tender), Done::Declared)),
        Err(failure) => declare_page(&site, &who, &evaluation(&site, &who, &id).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}

/// `GET /tenders/{id}/evaluation/settle`
pub(crate) async fn ask_settle(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    settle_page(&site, &who, &own(&site, &who, &id).await?, None)
}

fn settle_page(site: &Site, who: &SignedIn, view: &EvaluationView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let open = view.conflicts.iter().filter(|one| one.settled.is_none());
    let option = |one: &ConflictLine| Choice {
        code: one.declaration.to_string(),
        label: format!("{}, declared on {}", one.name, when(one.declared_at)),
        hint: Some(one.words.clone()),
    };
    let hint = Some("For example who looked at the scores again without them, and what came of it".to_owned());
    let fields = vec![
        Field {
            options: open.map(option).collect(),
            ..pages::field(FieldKind::OneOf, "declaration", "Which conflict of interest was dealt with?")
        },
        Field { hint, ..pages::field(FieldKind::LongText, "how", "How was it dealt with?") },
    ];
    let above = vec![Block::text(
        "What is locked stays as it is. Whoever awards reads what you record here. If the scores cannot stand, give the tender up instead.",
    )];
    let form = forms::form(site, format!("{}/settle", here(view.tender.id)), None, fields, "Record it");
    pages::ask(page(site, who, "Record how a conflict was dealt with", here(view.tender.id)), form, above, again)
}

/// `POST /tenders/{id}/evaluation/settle`
pub(crate) async fn settle(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender = own(&site, &who, &id).await?.tender.id;
    let outcome = match posted.value("declaration").parse::<ConflictDeclarationId>() {
        Ok(declaration) => {
            let command = SettleConflict { tender, declaration, how: posted.exact("how").to_owned() };
            perform(&site.nearhome, &who.caller, posted.key, &command).await
        }
        Err(_) => Err(Failure::invalid("declaration", "Select which conflict of interest was dealt with")),
    };
    match outcome {
        Ok(_) => Ok(done(&here(tender), Done::MovedOn)),
        Err(failure) => settle_page(&site, &who, &own(&site, &who, &id).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}
