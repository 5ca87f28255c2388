//! What waits for one's approval, with the checks that the regulation asks for.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::calendar::Day;
use domain::ids::ApprovalId;
use serde::Deserialize;
use service::governance::approval::{
    ApprovalView, ApprovalsOf, CheckAnswered, ChecksOwed, CompleteChecks, DecideApproval, GetApproval, Proposal,
};
use service::people::sign_in::SignedIn;
use service::{Failure, ask, perform};

use super::offers;
use super::part::Part;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Form, Link, Page};
use crate::{forms, pages};

/// Whose approvals are looked at.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Whose {
    /// `others` shows what others decide.
    #[serde(default)]
    whose: String,
}

/// `GET /approvals`: the reader's own first; those of others are a part of their own.
pub(crate) async fn waiting(
    State(site): State<Site>,
    Who(who): Who,
    Query(whose): Query<Whose>,
    Query(part): Query<Part>,
    Query(was): Query<WasDone>,
) -> Answered {
    let is_mine = whose.whose != "others";
    let mut waiting = ask(&site.nearhome, &who.caller, &ApprovalsOf { is_mine, slice: part.slice()? }).await?;
    let (path, caption, empty) = if is_mine {
        ("/approvals", "Yours to decide", "Nothing waits for your approval.")
    } else {
        ("/approvals?whose=others", "Decided by others", "Nothing waits for the approval of others.")
    };
    let others = part.cut(path, &mut waiting, None, |approval| (approval.position, approval.id));
    let row = |approval: &ApprovalView| {
        vec![
            Cell::link(approval.kind.label(), format!("/approvals/{}", approval.id)),
            Cell::text(&approval.referral_number),
            Cell::text(approval.position.to_string()),
            Cell::text(approval.state.label()),
            Cell::text(deciders(approval)),
        ]
    };
    let rows = waiting.iter().map(row).collect();
    let columns = ["Approval", "Referral", "#Step", "State", "Who decides"];
    let mut page = pages::page(&site, Some(&who), "Approvals").within("/approvals");
    page.notice = was.notice();
    let other = if is_mine {
        Link::new("Show approvals that others decide", "/approvals?whose=others")
    } else {
        Link::new("Show approvals that are yours to decide", "/approvals")
    };
    let table = Block::table(caption, &columns, rows, empty);
    let owed = owed(&ask(&site.nearhome, &who.caller, &ChecksOwed).await?, Day::in_uk(site.nearhome.now()));
    let blocks = [vec![table], others, vec![Block::Links { links: vec![other] }], owed.into_iter().collect()].concat();
    Ok(pages::show(&page, None, &blocks)?)
}

/// Approvals that were given in an emergency: the rest of their checks is due.
fn owed(approvals: &[ApprovalView], today: Day) -> Option<Block> {
    let row = |approval: &ApprovalView| {
        let mine = if approval.is_mine { Cell::tag("Yours to answer", "blue") } else { Cell::text("Somebody else’s") };
        let due = match approval.checks_due_on {
            Some(day) if day < today => Cell::tag(format!("Overdue since {}", on(day)), "red"),
            due => Cell::text(due.map(on).unwrap_or_default()),
        };
        let link = Cell::link(approval.kind.label(), format!("/approvals/{}", approval.id));
        vec![link, Cell::text(&approval.referral_number), due, mine]
    };
    let rows: Vec<_> = approvals.iter().map(row).collect();
    let columns = ["Approval", "Referral", "Due", "Who answers"];
    (!rows.is_empty()).then(|| Block::table("Checks still to be answered", &columns, rows, ""))
}

fn deciders(approval: &ApprovalView) -> String {
    approval.checks.decided_by.iter().map(|role| role.label()).collect::<Vec<_>>().join(" or ")
}

async fn approval(site: &Site, who: &SignedIn, id: &str) -> Result<ApprovalView, Stopped> {
    let approval: ApprovalId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetApproval { approval, today: Day::in_uk(site.nearhome.now()) }).await?)
}

fn page(site: &Site, who: &SignedIn, approval: &ApprovalView) -> Page {
    let mut page = pages::page(site, Some(who), approval.kind.label()).within("/approvals");
    page.back = Some(Link::new("Back to all approvals", "/approvals"));
    page
}

fn facts(approval: &ApprovalView) -> Block {
    let mut facts = vec![
        Fact::new("Referral", approval.referral_number.as_str()),
        Fact::new("Why it is needed", approval.why.as_str()),
        Fact::new("Who decides", deciders(approval)),
        Fact::new("State", approval.state.label()),
    ];
    if let Some((_, at)) = approval.decided {
        facts.push(Fact::new("Decided", when(at)));
        facts.push(Fact::new("What was said", approval.reason.clone().unwrap_or_default()));
    }
    if let Some(at) = approval.fell_away_at {
        facts.push(Fact::new("Not needed any more", format!("The offer was chosen again {}", when(at))));
    }
    Block::facts(facts)
}

/// What is decided: the home, where it stands, what it costs, and why this one.
fn proposed(proposal: &Proposal) -> Block {
    let offer = &proposal.offer;
    let mut rows = vec![
        Fact::new("Home", format!("{}\n{}", offer.service.name, offer.service.provider_name)),
        Fact::new("Ofsted", offer.service.rating.label()),
        Fact::new("Council of the area", offer.service.area.clone().unwrap_or_else(|| "Not known".to_owned())),
    ];
    rows.extend(offers::place(offer, &proposal.reference_point));
    rows.push(Fact::new("Price with extras", format!("{} a week\n{} a year", offer.weekly.0, offer.yearly)));
    let rank = proposal.rank.map_or_else(|| "Not ranked".to_owned(), |(rank, among)| format!("{rank} of {among}"));
    rows.push(Fact::new("Rank", rank));
    let is_first = proposal.rank.is_some_and(|(rank, _)| rank == 1);
    let why = match (&proposal.chosen_because, proposal.is_reason_kept_back) {
        (Some(why), _) => why.as_str(),
        (None, true) => "Given; kept back, because it is about the child",
        (None, false) if is_first => "It ranks first",
        (None, false) => "Not chosen yet",
    };
    rows.push(Fact::new(if is_first { "Why it was chosen" } else { "Why not the first in rank" }, why));
    Block::Facts { title: Some("What is to be approved".to_owned()), rows }
}

/// `GET /approvals/{id}`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let approval = approval(&site, &who, &id).await?;
    show(&site, &who, &approval, None)
}

fn show(site: &Site, who: &SignedIn, approval: &ApprovalView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let offers = Link::new("See the offers", format!("/referrals/{}/offers", approval.referral));
    let mut above = vec![facts(approval)];
    above.extend(approval.proposal.as_ref().map(proposed));
    above.push(Block::Links { links: vec![offers] });
    let page = page(site, who, approval);
    if approval.is_mine && approval.decided.is_none() && approval.fell_away_at.is_none() {
        return pages::ask(page, form(site, approval), above, again);
    }
    let rows: Vec<Fact> = approval.checks.checks.iter().map(answered).collect();
    let evidence = if rows.is_empty() { Block::text("The evidence is about the child and kept back.") } else { Block::facts(rows) };
    let checks = [Block::heading("Checks"), evidence];
    if approval.is_mine && approval.owes_checks() {
        return pages::ask(page, later_form(site, approval), above.into_iter().chain(checks).collect(), again);
    }
    Ok(pages::show(&page, None, &above.into_iter().chain(checks).collect::<Vec<_>>())?)
}

/// A check with what was said to it, and when, if that was after the approval.
fn answered(check: &CheckAnswered) -> Fact {
    let evidence = if check.is_open() { "Not answered yet" } else { &check.evidence };
    let later = check.answered_later.map(|(_, at)| format!("Answered {}", when(at)));
    Fact::new(check.check.label(), [Some(evidence.to_owned()), later].into_iter().flatten().collect::<Vec<_>>().join("\n"))
}

/// What an emergency approval left open.
fn later_form(site: &Site, approval: &ApprovalView) -> Form {
    let hint = approval.checks_due_on.map(|due| format!("On what evidence? Due by {}", on(due)));
    let field = |check: &CheckAnswered| view::Field {
        hint: hint.clone(),
        required: false,
        ..pages::field(FieldKind::LongText, check.check.code(), check.check.label())
    };
    let fields = approval.checks.checks.iter().filter(|check| check.is_open()).map(field).collect();
    forms::form(site, format!("/approvals/{}", approval.id), None, fields, "Record the evidence")
}

fn form(site: &Site, approval: &ApprovalView) -> Form {
    let evidence = |answered: &service::governance::approval::CheckAnswered| view::Field {
        hint: Some(format!("On what evidence? {}", answered.timing.label())),
        required: answered.timing == domain::governance::required::CheckTiming::BeforeApproval,
        value: view::Answer::Text(answered.evidence.clone()),
        ..pages::field(FieldKind::LongText, answered.check.code(), answered.check.label())
    };
    let mut fields: Vec<view::Field> = approval.checks.checks.iter().map(evidence).collect();
    let choice = |code: &str, label: &str| Choice { code: code.to_owned(), label: label.to_owned(), hint: None };
    let options = vec![choice("APPROVE", "I approve"), choice("REFUSE", "I refuse")];
    fields.push(view::Field { options, ..pages::field(FieldKind::OneOf, "decision", "Your decision") });
    let hint = Some("Needed when you refuse".to_owned());
    fields.push(view::Field { hint, required: false, ..pages::field(FieldKind::LongText, "reason", "Why?") });
    forms::form(site, format!("/approvals/{}", approval.id), None, fields, "Record your decision")
}

/// `POST /approvals/{id}`
pub(crate) async fn decide(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let seen = approval(&site, &who, &id).await?;
    let said = seen.checks.checks.iter().map(|answered| (answered.check, posted.value(answered.check.code()).to_owned()));
    let answers: Vec<_> = said.filter(|(_, evidence)| !evidence.is_empty()).collect();
    let outcome = match posted.value("decision") {
        _ if seen.owes_checks() => {
            let command = CompleteChecks { approval: seen.id, answers };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(|_| ())
        }
        decision @ ("APPROVE" | "REFUSE") => {
            let reason = posted.value("reason").to_owned();
            let command = DecideApproval { approval: seen.id, answers, approve: decision == "APPROVE", reason };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(|_| ())
        }
        _ => Err(Failure::invalid("decision", "Select whether you approve")),
    };
    match outcome {
        Ok(()) => Ok(done("/approvals", Done::MovedOn)),
        Err(failure) => show(&site, &who, &seen, Some((&posted, &Wrong::with(failure)?))),
    }
}
