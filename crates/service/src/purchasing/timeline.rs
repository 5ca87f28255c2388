//! What happened to a record, as people read it.

use domain::Code as _;
use domain::calendar::Instant;
use domain::purchasing::placement::StartMode;
use domain::purchasing::questions::{question, section};
use domain::purchasing::referral::ReferralAct;
use serde_json::Value;
use store::ReadTx;
use store::record::Moment;
use uuid::Uuid;

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
    Happened { at: moment.at, who: moment.who.unwrap_or_else(|| "Nearhome".to_owned()), what }
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
    if let Some(act) = text("act").and_then(|code| ReferralAct::from_code(code).ok()) {
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
