//! One framework from award to award: its state, its clock, and the way to the next tender.

use axum::extract::{Path, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::consortium::reaward::Deadline;
use domain::procurement::life::FrameworkState;
use domain::procurement::terms::Terms;
use service::ask;
use service::procurement::framework::{AgreementMade, DeadlineView, FrameworkView, GetFramework, Round};

use super::Answered;
use super::award::standing;
use super::consortium::{at_the_end, marked};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::pages;
use crate::server::Site;
use crate::view::Link;

/// `GET /frameworks/{reference}`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(reference): Path<String>) -> Answered {
    let wanted = GetFramework { reference: reference.clone(), now: site.nearhome.now() };
    let view = ask(&site.nearhome, &who.caller, &wanted).await?;
    let mut page = pages::page(&site, Some(&who), format!("Framework {reference}")).within("/frameworks");
    page.back = Some(Link::new("Back", "/frameworks"));
    let mut blocks = vec![Block::facts(facts(&view))];
    if could(who.role, Action::BuildTender) && view.framework.is_some() {
        let mut links = vec![Link::new("Start an exercise under it", format!("/tenders/exercise?under={reference}"))];
        if view.deadlines.iter().any(|one| one.deadline != Deadline::End) {
            links.push(Link::new("Tender its next award", format!("/tenders/new?like={reference}")));
        }
        blocks.push(Block::Acts { links });
    }
    blocks.push(deadlines(&view.deadlines));
    blocks.push(rounds("Awards", &view.rounds, "It was not tendered here."));
    blocks.push(terms(&view.terms));
    blocks.push(agreements(&view.agreements));
    blocks.push(rounds("Exercises under it", &view.exercises, "No exercise has been started under it."));
    let title = view.framework.as_ref().map(|framework| framework.title.as_str());
    Ok(pages::show(&page, title, &blocks)?)
}

fn facts(view: &FrameworkView) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(framework) = &view.framework {
        facts.push(Fact::new("Law", framework.regime.label()));
        facts.push(Fact::new("First day", on(framework.starts_on)));
        facts.push(Fact::new("Competitions when it ends", marked(framework, "continue_on_expiry", at_the_end(framework).to_owned())));
        let again: Vec<String> = framework.reawarded_on.iter().map(|day| on(*day)).collect();
        if !again.is_empty() {
            facts.push(Fact::new("Awarded again from", again.join("\n")));
        }
    }
    facts
}

fn deadlines(deadlines: &[DeadlineView]) -> Block {
    let row = |one: &DeadlineView| {
        let alarms = one.alarms.iter().map(|(day, sent)| match sent {
            Some(at) => format!("{}: letters sent {}", on(*day), when(*at)),
            None => on(*day),
        });
        vec![Cell::text(one.deadline.label()), Cell::text(on(one.due_on)), Cell::text(alarms.collect::<Vec<_>>().join("\n"))]
    };
    Block::table("Deadlines", &["What", "By", "Reminders"], deadlines.iter().map(row).collect(), "It has none.")
}

fn terms(terms: &[(Terms, Option<String>)]) -> Block {
    let row = |(terms, title): &(Terms, Option<String>)| {
        let by = match (terms.by, title) {
            (Some(tender), Some(title)) => Cell::link(title, format!("/tenders/{tender}")),
            (Some(_) | None, _) => Cell::text("The configuration"),
        };
        let version = terms.version.clone().unwrap_or_else(|| "Not on record".to_owned());
        vec![Cell::text(version), Cell::text(on(terms.from)), Cell::text(on(terms.until)), by]
    };
    Block::table("Terms", &["Version", "From", "To", "Put in force by"], terms.iter().map(row).collect(), "It was never in force.")
}

fn agreements(made: &[AgreementMade]) -> Block {
    let row = |one: &AgreementMade| {
        let (text, colour) = standing(one.standing);
        let tender = Cell::link(&one.title, format!("/tenders/{}", one.tender));
        vec![Cell::text(&one.provider), Cell::text(&one.terms), Cell::text(when(one.signed_at)), Cell::tag(text, colour), tender]
    };
    let columns = ["Provider", "Terms", "Signed by both", "State", "Tender"];
    Block::table(
        "Agreements, and the terms on which they were made",
        &columns,
        made.iter().map(row).collect(),
        "None is signed by both sides yet.",
    )
}

fn rounds(caption: &str, rounds: &[Round], empty: &str) -> Block {
    let row = |round: &Round| {
        vec![
            Cell::text(round.tender.round.to_string()),
            Cell::link(&round.tender.title, format!("/tenders/{}", round.tender.id)),
            Cell::text(on(round.begins_on)),
            Cell::tag(round.state.label(), colour(round.state)),
            Cell::text(round.signed.to_string()),
        ]
    };
    let columns = ["#Award", "Tender", "From", "State", "#Agreements signed by both"];
    Block::table(caption, &columns, rounds.iter().map(row).collect(), empty)
}

fn colour(state: FrameworkState) -> &'static str {
    match state {
        FrameworkState::Live => "green",
        FrameworkState::Draft | FrameworkState::Superseded | FrameworkState::Expired => "grey",
        FrameworkState::TenderOpen | FrameworkState::Evaluation | FrameworkState::Awarded => "blue",
        FrameworkState::Terminated => "red",
    }
}
