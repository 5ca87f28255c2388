//! What waits for one's approval, with the checks that the regulation asks for.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::calendar::Day;
use domain::ids::ApprovalId;
use service::governance::approval::{
    ApprovalView, ApprovalsWaiting, CheckAnswered, ChecksOwed, CompleteChecks, DecideApproval, GetApproval,
};
use service::people::sign_in::SignedIn;
use service::{Failure, Slice, ask, perform};

use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Form, Link, Page};
use crate::{forms, pages};

/// `GET /approvals`
pub(crate) async fn waiting(State(site): State<Site>, Who(who): Who, Query(was): Query<WasDone>) -> Answered {
    let mut waiting = ask(&site.nearhome, &who.caller, &ApprovalsWaiting(Slice::first(pages::ROWS))).await?;
    waiting.sort_by_key(|approval| !approval.is_mine);
    let row = |approval: &ApprovalView| {
        let mine = if approval.is_mine { Cell::tag("Yours to decide", "blue") } else { Cell::text("Somebody else’s") };
        vec![
            Cell::link(approval.kind.label(), format!("/approvals/{}", approval.id)),
            Cell::text(&approval.referral_number),
            Cell::text(approval.position.to_string()),
            Cell::text(approval.state.label()),
            mine,
        ]
    };
    let rows = waiting.iter().map(row).collect();
    let columns = ["Approval", "Referral", "#Step", "State", "Who decides"];
    let mut page = pages::page(&site, Some(&who), "Approvals").within("/approvals");
    page.notice = was.notice();
    let mut blocks = vec![Block::table("Waiting", &columns, rows, "Nothing waits for approval.")];
    blocks.extend(owed(&ask(&site.nearhome, &who.caller, &ChecksOwed).await?, Day::in_uk(site.nearhome.now())));
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

async fn approval(site: &Site, who: &SignedIn, id: &str) -> Result<ApprovalView, Stopped> {
    let approval: ApprovalId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetApproval { approval }).await?)
}

fn page(site: &Site, who: &SignedIn, approval: &ApprovalView) -> Page {
    let mut page = pages::page(site, Some(who), approval.kind.label()).within("/approvals");
    page.back = Some(Link::new("Back to all approvals", "/approvals"));
    page
}

fn facts(approval: &ApprovalView) -> Block {
    let roles: Vec<&str> = approval.checks.decided_by.iter().map(|role| role.label()).collect();
    let mut facts = vec![
        Fact::new("Referral", approval.referral_number.as_str()),
        Fact::new("Why it is needed", approval.why.as_str()),
        Fact::new("Who decides", roles.join(" or ")),
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

/// `GET /approvals/{id}`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let approval = approval(&site, &who, &id).await?;
    show(&site, &who, &approval, None)
}

fn show(site: &Site, who: &SignedIn, approval: &ApprovalView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let offers = Link::new("See the offers", format!("/referrals/{}/offers", approval.referral));
    let above = vec![facts(approval), Block::Links { links: vec![offers] }];
    let page = page(site, who, approval);
    if approval.is_mine && approval.decided.is_none() && approval.fell_away_at.is_none() {
        return pages::ask(page, form(site, approval), above, again);
    }
    let checks = [Block::heading("Checks"), Block::facts(approval.checks.checks.iter().map(answered).collect())];
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
