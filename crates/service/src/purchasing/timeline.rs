//! What happened to a record, as people read it.

use domain::Code as _;
use domain::calendar::Instant;
use domain::purchasing::placement::StartMode;
use domain::purchasing::questions::{question, section};
use domain::purchasing::referral::ReferralAct;
use serde_json::Value;
use store::ReadTx;
use store::purchasing::placement::Task;
use store::record::Moment;
use uuid::Uuid;

use super::tasks::label;
use crate::Failure;

/// One line of a timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Instant,
    /// Who acted.
    pub who: String,
    /// What was done, in words.
    pub what: String,
    /// Which act of the referral's life it was.
    pub act: Option<ReferralAct>,
    /// What was said with it, for the council only: an event never holds it, the row does.
    pub said: Option<String>,
}

/// What happened to these records, first things first; what one act did to several of them stands there once.
pub(super) async fn timeline(reads: &mut ReadTx, records: &[Uuid]) -> Result<Vec<Happened>, Failure> {
    let mut happened = Vec::new();
    for record in records {
        happened.extend(store::record::timeline(reads, *record).await?.into_iter().map(in_words));
    }
    happened.sort_by_key(|one| one.at);
    happened.dedup();
    Ok(happened)
}

fn in_words(moment: Moment) -> Happened {
    // A body of another shape is still an event: the action says what it was.
    let body: Value = serde_json::from_str(&moment.body).unwrap_or(Value::Null);
    let what = of_body(&body).unwrap_or_else(|| moment.action.label().to_owned());
    let act = act_of(&body);
    Happened { at: moment.at, who: moment.who.unwrap_or_else(|| "Nearhome".to_owned()), what, act, said: None }
}

fn act_of(body: &Value) -> Option<ReferralAct> {
    body.get("act").and_then(Value::as_str).and_then(|code| ReferralAct::from_code(code).ok())
}

/// Puts the referral's note beside the act that left it: the last of those that leave one.
pub(super) fn with_note(timeline: &mut [Happened], note: Option<&str>) {
    if let Some(last) = timeline.iter_mut().rev().find(|happened| happened.act.is_some_and(leaves_a_note)) {
        last.said = note.map(str::to_owned);
    }
}

fn leaves_a_note(act: ReferralAct) -> bool {
    use ReferralAct as Act;
    match act {
        Act::Return | Act::SearchInHouse | Act::Withdraw | Act::EndSearch => true,
        Act::Submit
        | Act::Accept
        | Act::Authorise
        | Act::Release
        | Act::Shortlist
        | Act::Prefer
        | Act::SetAside
        | Act::AskApproval
        | Act::RefuseApproval
        | Act::Place
        | Act::FallThrough => false,
    }
}

/// What was done of these tasks, with what was said. That they were opened stands in the act that opened them.
pub(super) async fn steps_of_tasks(reads: &mut ReadTx, tasks: &[Task]) -> Result<Vec<Happened>, Failure> {
    let mut steps = Vec::new();
    for task in tasks.iter().filter(|task| task.done_on.is_some()) {
        for moment in store::record::timeline(reads, task.id.0).await?.into_iter().skip(1) {
            let what = format!("Done: {}", label(&task.kind));
            steps.push(Happened { what, said: task.note.clone(), ..in_words(moment) });
        }
    }
    Ok(steps)
}

/// How a placement began, in words.
pub(super) fn moved_in(mode: StartMode) -> String {
    let words = match mode {
        StartMode::Planned => "The child moved in",
        StartMode::Emergency => "The child moved in before everything was done",
    };
    words.to_owned()
}

/// What an event's body says: an act, or a page with the questions that were answered.
fn of_body(body: &Value) -> Option<String> {
    let text = |key: &str| body.get(key).and_then(Value::as_str);
    if let Some(act) = act_of(body) {
        return Some(act.label().to_owned());
    }
    if let Some(mode) = text("start").and_then(|code| StartMode::from_code(code).ok()) {
        return Some(moved_in(mode));
    }
    let page = section(text("page")?)?;
    let keys = body.get("answered").and_then(Value::as_array).into_iter().flatten();
    let labels: Vec<&str> = keys.filter_map(|key| question(key.as_str()?)).map(|question| question.field.label).collect();
    Some(format!("{}: {}", page.title, labels.join(", ")))
}
