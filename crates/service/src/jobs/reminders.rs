//! Reminders of what comes to a framework: its next award or re-opening, and its end. On the day on which an alarm is reached a letter goes
//! to the people of the council that leads the framework, once, however many workers there are and however often they start.

use std::collections::BTreeSet;

use domain::Code as _;
use domain::access::{Action, Relation, worker};
use domain::calendar::Day;
use domain::consortium::framework::Framework;
use domain::consortium::reaward::{Deadline, alarm_reached};
use domain::ids::FrameworkReminderId;
use domain::people::{Caller, Role};
use serde::Serialize;
use serde_json::json;
use store::people::organisation::{colleagues, council_by_code};
use store::procurement::reminder::{FrameworkReminder, of_framework};
use store::{Threshold, Tx};
use uuid::Uuid;

use super::mail::{Mail, enqueue};
use crate::{Command, Failure, Nearhome, perform};

/// Puts a letter into the outbox for every alarm that was reached and that nobody was told of; answers how many letters.
///
/// # Errors
/// [`Failure::Fault`] of the database.
pub async fn remind(nearhome: &Nearhome) -> Result<usize, Failure> {
    perform(nearhome, &worker(), Uuid::nil(), &Remind).await
}

#[derive(Debug, Serialize)]
struct Remind;

impl Command for Remind {
    const ACTION: Action = Action::RunJobs;
    const IS_REPEATABLE: bool = false;
    type Answer = usize;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<usize, Failure> {
        // A worker may start before anything is configured.
        if store::governance::consortium::row(tx).await?.is_none() {
            return Ok(0);
        }
        let (consortium, today) = (store::governance::consortium::in_force(tx).await?, Day::in_uk(tx.at()));
        let mut letters = 0;
        for framework in &consortium.frameworks {
            let told = of_framework(tx, &framework.reference).await?;
            for (deadline, due_on) in framework.deadlines() {
                let Some(months) = alarm_reached(due_on, today) else { continue };
                let is_this = |one: &FrameworkReminder| (one.deadline, one.due_on, one.months) == (deadline, due_on, i64::from(months));
                if !told.iter().any(is_this) {
                    letters += tell(tx, framework, deadline, due_on, months).await?;
                }
            }
        }
        Ok(letters)
    }
}

/// Tells the contract officers and the head of contracting of the council that leads. While there is nobody to tell, nothing is told: they
/// are told once they are there.
async fn tell(tx: &mut Tx, framework: &Framework, deadline: Deadline, due_on: Day, months: u32) -> Result<usize, Failure> {
    let Some(lead) = council_by_code(tx, &framework.lead.0).await? else { return Ok(0) };
    let to: BTreeSet<String> = colleagues(tx, lead.id)
        .await?
        .into_iter()
        .filter(|person| matches!(person.role, Role::ContractOfficer | Role::HeadOfContracting))
        .map(|person| person.email)
        .collect();
    if to.is_empty() {
        return Ok(0);
    }
    let what = match deadline {
        Deadline::NextAward => format!("is to be awarded again by {due_on}"),
        Deadline::Reopening => format!("is to be re-opened by {due_on}"),
        Deadline::End => format!("ends with {due_on}"),
    };
    let subject = format!("{}: {}, {due_on}", framework.reference, deadline.label());
    let body = format!(
        "{} ({}) {what}. This is the reminder of {months} months before. Sign in to Nearhome to see how the framework stands.",
        framework.title, framework.reference
    );
    let letters = to.len();
    for to in to {
        enqueue(tx, &Mail::Notice { to, subject: subject.clone(), body: body.clone() }).await?;
    }
    let row = FrameworkReminder {
        id: FrameworkReminderId(tx.new_id()),
        version: 1,
        org_id: lead.id,
        framework: framework.reference.clone(),
        deadline,
        due_on,
        months: months.into(),
        sent_at: tx.at(),
    };
    tx.create(&row, &json!({ "shape": 1, "deadline": deadline, "due_on": due_on, "months": months, "letters": letters })).await?;
    Ok(letters)
}
