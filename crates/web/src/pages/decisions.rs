//! What councils decided: the list, the record of one decision as a council prints it, and what is said and done under it.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::calendar::Day;
use domain::consortium::{Consortium, CouncilCode};
use domain::governance::decision::{Decision, Delegation, Ruling};
use domain::ids::DecisionId;
use domain::purchasing::fields::{Answers, Field as Asked, FieldKind as Kind};
use domain::purchasing::forms::{missing, parse_all};
use service::governance::consortium::ConsortiumInForce;
use service::governance::decision::{
    ActStands, AgreeAsPartner, DecisionView, GetDecision, ListDecisions, OurCouncil, RecordConsultation, RevokeDecision, WhatMayIDo,
};
use service::people::sign_in::SignedIn;
use service::{Failure, FieldProblem, ask, perform};

use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Link, Page};

/// `GET /decisions`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who) -> Answered {
    let all = ask(&site.nearhome, &who.caller, &ListDecisions).await?;
    let row = |view: &DecisionView| {
        let state = if view.ended.is_some() { Cell::tag("No longer stands", "grey") } else { Cell::tag("Stands", "green") };
        let title = Cell::link(view.decision.title.clone(), format!("/decisions/{}", view.id));
        vec![title, Cell::text(&view.council_name), Cell::text(on(view.decision.met_on)), state]
    };
    let rows = all.iter().map(row).collect();
    let table = Block::table("Decisions", &["Decision", "Council", "Taken on", "State"], rows, "No decision is recorded yet.");
    let today = Day::in_uk(site.nearhome.now());
    let mut blocks = vec![table, open_acts(&ask(&site.nearhome, &who.caller, &WhatMayIDo { on: today }).await?)];
    if could(who.role, Action::RecordDecision) {
        blocks.insert(0, Block::Acts { links: vec![Link::new("Record a decision", "/decisions/new")] });
    }
    blocks.push(Block::Links { links: vec![Link::new("Agreements between the councils", "/between-councils")] });
    let page = pages::page(&site, Some(&who), "Decisions").within("/decisions");
    Ok(pages::show(&page, None, &blocks)?)
}

/// What the reader may do under their council's decisions, and what stands in the way of the rest.
fn open_acts(acts: &[ActStands]) -> Block {
    let row = |one: &ActStands| {
        let (state, why) = match &one.outcome {
            Ok(post) => (Cell::tag("Open to you", "green"), format!("As {post}")),
            Err(why) => (Cell::tag("Blocked", "red"), crate::problem::sentence(why)),
        };
        vec![Cell::text(one.act.label()), Cell::text(&one.about), state, Cell::text(why)]
    };
    let columns = ["Act", "Framework", "State", "Why"];
    Block::table("What you may do under your council’s decisions", &columns, acts.iter().map(row).collect(), "Nothing is governed.")
}

pub(super) async fn decision(site: &Site, who: &SignedIn, id: &str) -> Result<DecisionView, Stopped> {
    let decision: DecisionId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetDecision { decision }).await?)
}

/// The same for what only the council that decided may do.
async fn own(site: &Site, who: &SignedIn, id: &str) -> Result<DecisionView, Stopped> {
    let view = decision(site, who, id).await?;
    if view.council == who.caller.organisation { Ok(view) } else { Err(Failure::absent().into()) }
}

pub(super) async fn consortium(site: &Site, who: &SignedIn) -> Result<Consortium, Stopped> {
    Ok(ask(&site.nearhome, &who.caller, &ConsortiumInForce).await?)
}

pub(super) fn page(site: &Site, who: &SignedIn, title: &str, back: String) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/decisions");
    page.back = Some(Link::new("Back", back));
    page
}

/// `GET /decisions/{id}`: in the fields in which councils publish decisions.
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = decision(&site, &who, &id).await?;
    let consortium = consortium(&site, &who).await?;
    let mut page = page(&site, &who, &view.decision.title, "/decisions".to_owned());
    page.notice = was.notice();
    let mut blocks = Vec::new();
    if let Some((since, why, followed_by)) = &view.ended {
        blocks.push(Block::Warning { text: format!("This decision no longer stands since {}. {why}", on(*since)) });
        let link = followed_by.map(|next| Link::new("See the decision that takes its place", format!("/decisions/{next}")));
        blocks.extend(link.map(|link| Block::Links { links: vec![link] }));
    }
    blocks.push(Block::facts(facts(&view)));
    blocks.push(Block::heading("Decision"));
    let resolved = view.decision.resolutions.iter().map(|one| Block::Facts {
        title: Some(format!("Resolution {}: {}", one.number, kind(&one.ruling))),
        rows: ruling(&view.decision, &one.ruling, &consortium),
    });
    blocks.extend(resolved);
    blocks.extend(said_and_done(&view, &consortium));
    let record = Link::new("Record of the decision (PDF)", format!("/decisions/{}/record.pdf", view.id));
    blocks.push(Block::Links { links: vec![record] });
    blocks.extend(acts(&who, &view));
    Ok(pages::show(&page, Some(&view.council_name), &blocks)?)
}

fn marked(decision: &Decision, field: &str, text: String) -> String {
    if decision.is_example(field) { format!("{text}\nExample value: not published") } else { text }
}

fn facts(view: &DecisionView) -> Vec<Fact> {
    let decision = &view.decision;
    let lines = |lines: &[String], none: &str| if lines.is_empty() { none.to_owned() } else { lines.join("\n") };
    let yes = |yes: bool| if yes { "Yes" } else { "No" }.to_owned();
    let call_in = decision.call_in_until.map_or_else(|| "No".to_owned(), |until| format!("Yes, until {}", on(until)));
    let exempt = decision.exempt.as_ref().map_or_else(|| "Open".to_owned(), |part| format!("{}\n{}", part.category, part.explanation));
    vec![
        Fact::new("Decision maker", decision.body.as_str()),
        Fact::new("Date of decision", on(decision.met_on)),
        Fact::new("Item", decision.item.as_str()),
        Fact::new("Decision status", if view.ended.is_some() { "No longer stands" } else { "Stands" }),
        Fact::new("Is key decision?", marked(decision, "is_key", yes(decision.is_key))),
        Fact::new("Is subject to call in?", marked(decision, "call_in_until", call_in)),
        Fact::new("Reason for urgency", decision.urgency_reason.clone().unwrap_or_else(|| "Not urgent".to_owned())),
        Fact::new("Restriction", marked(decision, "exempt", exempt)),
        Fact::new("Reasons for the decision", lines(&decision.reasons, "None recorded")),
        Fact::new("Alternative options considered", lines(&decision.alternatives, "None recorded")),
        Fact::new("Interests declared", lines(&decision.conflicts, "None")),
    ]
}

fn kind(ruling: &Ruling) -> &'static str {
    match ruling {
        Ruling::ApproveToProcure(_) => "approval to procure",
        Ruling::Delegate(_) => "delegation",
        Ruling::ExpenditureCeiling(_) => "ceiling on expenditure",
    }
}

pub(super) fn named(consortium: &Consortium, code: &CouncilCode) -> String {
    consortium.council(code).map_or_else(|| code.to_string(), |council| council.name.clone())
}

fn ruling(decision: &Decision, ruling: &Ruling, consortium: &Consortium) -> Vec<Fact> {
    let councils = |codes: &[CouncilCode]| codes.iter().map(|code| named(consortium, code)).collect::<Vec<_>>().join("\n");
    match ruling {
        Ruling::ApproveToProcure(approval) => vec![
            Fact::new("What", approval.subject.as_str()),
            Fact::new("Frameworks", marked(decision, "frameworks", approval.frameworks.join("\n"))),
            Fact::new("Lead council", named(consortium, &approval.lead)),
            Fact::new("Together with", councils(&approval.partners)),
        ],
        Ruling::Delegate(delegation) => {
            let after: Vec<&str> = delegation.after.iter().map(|act| act.label()).collect();
            let mut rows = vec![Fact::new("Act", delegation.act.label()), Fact::new("To the post", delegation.to.as_str())];
            let more = [
                ("Only after", after.join("\n")),
                ("In consultation with", delegation.consultees.join("\n")),
                ("In partnership with", councils(&delegation.partners)),
            ];
            rows.extend(more.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, text)| Fact::new(key, text)));
            rows
        }
        Ruling::ExpenditureCeiling(ceiling) => vec![
            Fact::new("Budget", ceiling.budget.as_str()),
            Fact::new("No more than", marked(decision, "amount_pence", ceiling.amount_pence.to_string())),
            Fact::new("In the prices of", ceiling.price_base_year.as_str()),
        ],
    }
}

fn said_and_done(view: &DecisionView, consortium: &Consortium) -> [Block; 2] {
    let said = view.consultations.iter().map(|one| {
        let who = CouncilCode(one.who.clone());
        let who = if consortium.council(&who).is_some() { named(consortium, &who) } else { one.who.clone() };
        vec![Cell::text(who), Cell::text(one.kind.label()), Cell::text(&one.about), Cell::text(on(one.said_on)), Cell::text(&one.said)]
    });
    let columns = ["Who", "How", "Framework", "When", "What they said"];
    let said = Block::table("Consulted and agreed", &columns, said.collect(), "Nobody has been consulted yet.");
    let acts = view.acts.iter().map(|act| {
        let number = act.resolution.map(|number| number.to_string()).unwrap_or_default();
        vec![
            Cell::text(act.act.label()),
            Cell::text(&act.about),
            Cell::text(&act.post),
            Cell::text(number),
            Cell::text(act.amount_pence.to_string()),
        ]
    });
    let columns = ["Act", "Framework", "By the post", "#Resolution", "#Amount"];
    [said, Block::table("Done under this decision", &columns, acts.collect(), "Nothing has been done under it yet.")]
}

fn acts(who: &SignedIn, view: &DecisionView) -> Option<Block> {
    let here = format!("/decisions/{}", view.id);
    let mut links = Vec::new();
    if view.ended.is_none() && view.council == who.caller.organisation && could(who.role, Action::RecordDecision) {
        links.push(Link::new("Record a consultation", format!("{here}/consultation")));
        links.push(Link::new("Revoke or supersede", format!("{here}/revoke")));
    }
    if view.ended.is_none() && view.council != who.caller.organisation && could(who.role, Action::AgreeAsPartner) {
        links.push(Link::new("Agree for our council", format!("{here}/agree")));
    }
    (!links.is_empty()).then_some(Block::Acts { links })
}

/// What was said, and when; the page adds on what and by whom.
const SAID: &[Asked] = &[
    Asked::new(Kind::LongText, "said", "What was said", "Enter what was said").mandatory(),
    Asked::new(Kind::Date, "said_on", "When", "Enter the day").mandatory(),
];

/// The answers to a page's own questions, or every problem at its field.
pub(super) fn answered(asked: &'static [Asked], posted: &Posted) -> Result<Answers, Failure> {
    let mut answers = Answers::default();
    let mut errors = parse_all(asked, &posted.raw, &mut answers);
    let refused: Vec<&str> = errors.iter().map(|error| error.key).collect();
    errors.extend(missing(asked, &answers).into_iter().filter(|error| !refused.contains(&error.key)).collect::<Vec<_>>());
    if errors.is_empty() {
        return Ok(answers);
    }
    Err(Failure::Invalid(errors.into_iter().map(|error| FieldProblem::at(error.input, error.message)).collect()))
}

pub(super) fn choice(text: &str) -> Choice {
    Choice { code: text.to_owned(), label: text.to_owned(), hint: None }
}

/// The frameworks to which delegations of the decision apply that ask for somebody.
fn frameworks(view: &DecisionView, consortium: &Consortium, asks: impl Fn(&Delegation) -> bool) -> view::Field {
    let is_asked = |reference: &str| {
        let mut fitting = view.decision.delegations().filter(|(_, delegation)| view.decision.covers(&delegation.frameworks, reference));
        fitting.any(|(_, delegation)| asks(delegation))
    };
    let asked = consortium.frameworks.iter().filter(|framework| is_asked(&framework.reference));
    let option = |framework: &domain::consortium::framework::Framework| Choice {
        hint: Some(framework.title.clone()),
        ..choice(&framework.reference)
    };
    view::Field { options: asked.map(option).collect(), ..pages::field(FieldKind::OneOf, "about", "On which framework?") }
}

fn said_fields() -> impl Iterator<Item = view::Field> {
    SAID.iter().map(|field| forms::question(field, &Answers::default()))
}

/// `GET /decisions/{id}/consultation`
pub(crate) async fn ask_consultation(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    consultation_page(&site, &who, &id, None).await
}

async fn consultation_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = own(site, who, id).await?;
    let mut consultees: Vec<&str> = Vec::new();
    for name in view.decision.delegations().flat_map(|(_, delegation)| &delegation.consultees) {
        if !consultees.contains(&name.as_str()) {
            consultees.push(name);
        }
    }
    let page = page(site, who, "Record a consultation", format!("/decisions/{}", view.id));
    if consultees.is_empty() && again.is_none() {
        return Ok(pages::show(&page, None, &[Block::text("This decision asks for nobody to be consulted.")])?);
    }
    let options = consultees.into_iter().map(choice).collect();
    let mut fields = vec![view::Field { options, ..pages::field(FieldKind::OneOf, "who", "Who was consulted?") }];
    fields.push(frameworks(&view, &consortium(site, who).await?, |delegation| !delegation.consultees.is_empty()));
    fields.extend(said_fields());
    let form = forms::form(site, format!("/decisions/{}/consultation", view.id), None, fields, "Record the consultation");
    pages::ask(page, form, vec![Block::text(view.decision.title.clone())], again)
}

/// `POST /decisions/{id}/consultation`
pub(crate) async fn consult(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let command = answered(SAID, &posted).and_then(|answers| {
        Ok(RecordConsultation {
            decision: view.id,
            about: posted.value("about").to_owned(),
            who: posted.value("who").to_owned(),
            said: answers.text("said").unwrap_or_default().to_owned(),
            said_on: answers.day("said_on").ok_or_else(|| Failure::invalid("said_on", "Enter the day"))?,
        })
    });
    let outcome = match command {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(_) => Ok(done(&format!("/decisions/{}", view.id), Done::MovedOn)),
        Err(failure) => consultation_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

/// The code of the reader's own council.
pub(super) async fn own_code(site: &Site, who: &SignedIn) -> Result<CouncilCode, Stopped> {
    Ok(ask(&site.nearhome, &who.caller, &OurCouncil).await?.ok_or_else(Failure::absent)?)
}

/// `GET /decisions/{id}/agree`
pub(crate) async fn ask_agree(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    agree_page(&site, &who, &id, None).await
}

async fn agree_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = decision(site, who, id).await?;
    let code = own_code(site, who).await?;
    let about = frameworks(&view, &consortium(site, who).await?, |delegation| delegation.partners.contains(&code));
    let page = page(site, who, "Agree for our council", format!("/decisions/{}", view.id));
    if about.options.is_empty() && again.is_none() {
        return Ok(pages::show(&page, None, &[Block::text("This decision does not ask for your council’s agreement.")])?);
    }
    let fields = std::iter::once(about).chain(said_fields()).collect();
    let form = forms::form(site, format!("/decisions/{}/agree", view.id), None, fields, "Record our agreement");
    let above = vec![Block::text(format!("{}: {}", view.council_name, view.decision.title))];
    pages::ask(page, form, above, again)
}

/// `POST /decisions/{id}/agree`
pub(crate) async fn agree(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = decision(&site, &who, &id).await?;
    let council = own_code(&site, &who).await?;
    let command = answered(SAID, &posted).and_then(|answers| {
        Ok(AgreeAsPartner {
            decision: view.id,
            about: posted.value("about").to_owned(),
            council,
            said: answers.text("said").unwrap_or_default().to_owned(),
            said_on: answers.day("said_on").ok_or_else(|| Failure::invalid("said_on", "Enter the day"))?,
        })
    });
    let outcome = match command {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(_) => Ok(done(&format!("/decisions/{}", view.id), Done::MovedOn)),
        Err(failure) => agree_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

/// `GET /decisions/{id}/revoke`
pub(crate) async fn ask_revoke(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    revoke_page(&site, &who, &id, None).await
}

async fn revoke_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = own(site, who, id).await?;
    let page = page(site, who, "Revoke or supersede the decision", format!("/decisions/{}", view.id));
    let all = ask(&site.nearhome, &who.caller, &ListDecisions).await?;
    let later = all.iter().filter(|other| {
        other.council == view.council && other.id != view.id && other.ended.is_none() && other.decision.met_on >= view.decision.met_on
    });
    let option = |other: &DecisionView| Choice {
        code: other.id.to_string(),
        label: format!("{}, {}", other.decision.title, on(other.decision.met_on)),
        hint: None,
    };
    let none = Choice { code: "NONE".to_owned(), label: "None: it is revoked".to_owned(), hint: None };
    let options = later.map(option).chain([none]).collect();
    let fields = vec![
        view::Field { options, ..pages::field(FieldKind::OneOf, "followed_by", "Which decision takes its place?") },
        pages::field(FieldKind::LongText, "reason", "Why does it no longer stand?"),
    ];
    let form = forms::form(site, format!("/decisions/{}/revoke", view.id), Some(view.version), fields, "End the decision");
    let above =
        vec![Block::text(view.decision.title.clone()), Block::text("What it opened is blocked from the moment that you send this.")];
    pages::ask(page, form, above, again)
}

/// `POST /decisions/{id}/revoke`
pub(crate) async fn revoke(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let wanted = match posted.value("followed_by") {
        "NONE" => Ok(None),
        other => other.parse().map(Some).map_err(|_| Failure::invalid("followed_by", "Select what takes its place, or none")),
    };
    let command = wanted.and_then(|followed_by| {
        Ok(RevokeDecision { decision: view.id, version: posted.version()?, reason: posted.value("reason").to_owned(), followed_by })
    });
    let outcome = match command {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(_) => Ok(done(&format!("/decisions/{}", view.id), Done::MovedOn)),
        Err(failure) => revoke_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}
