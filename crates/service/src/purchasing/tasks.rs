//! What is still to be done about a placement, by when, and that it was done.

use domain::Code as _;
use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::{OrganisationId, PlacementId, ReferralId, TaskId};
use domain::people::{Caller, OrganisationKind};
use domain::purchasing::placement::StartTask;
use domain::purchasing::suspension::SuspensionTask;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::purchasing::agreement::Agreement;
use store::purchasing::placement::{Placement, Task};
use store::purchasing::referral::Referral;
use store::{ReadTx, Reads as _, Threshold, Tx};
use uuid::Uuid;

use super::referral::{is_complete, load};
use super::search::PANEL_REVIEW;
use crate::governance::approval::has_open_checks;
use crate::{Command, Failure, Query, Slice};

/// A task with its deadline.
#[derive(Debug, Clone)]
pub struct TaskView {
    /// The task.
    pub id: TaskId,
    /// What is to be done.
    pub label: String,
    /// Whether it is the panel's look back at an emergency, which is closed with its outcome in words.
    pub is_panel_review: bool,
    /// What it is, if the suspension of a home set it.
    pub of_suspension: Option<SuspensionTask>,
    /// By when.
    pub due_on: Day,
    /// When it was done.
    pub done_on: Option<Day>,
    /// Open and late.
    pub is_overdue: bool,
    /// What was said.
    pub note: Option<String>,
}

/// A kind of task in words.
pub(super) fn label(kind: &str) -> String {
    if kind == PANEL_REVIEW {
        return "Record what the panel says of this emergency".to_owned();
    }
    if let Some(task) = SuspensionTask::of_kind(kind) {
        return task.to_string();
    }
    <StartTask as domain::Code>::from_code(kind).map_or_else(|_| kind.to_owned(), |kind| kind.to_string())
}

/// The task as people read it on this day.
#[must_use]
pub fn task_view(task: Task, today: Day) -> TaskView {
    TaskView {
        id: task.id,
        label: label(&task.kind),
        is_panel_review: task.kind == PANEL_REVIEW,
        of_suspension: SuspensionTask::of_kind(&task.kind),
        due_on: task.due_on,
        done_on: task.done_on,
        is_overdue: task.done_on.is_none() && today > task.due_on,
        note: task.note,
    }
}

/// Closes a task because what it asked for has happened.
pub(crate) async fn close_seen(tx: &mut Tx, council: OrganisationId, subject: Uuid, kind: StartTask) -> Result<(), Failure> {
    let tasks = store::purchasing::placement::tasks_of(tx, council, subject).await?;
    for mut task in tasks.into_iter().filter(|task| task.kind == kind.code() && task.done_on.is_none()) {
        (task.done_on, task.done_by) = (Some(Day::in_uk(tx.at())), Some(tx.caller().person));
        let event = json!({ "shape": 1, "kind": kind, "done_on": task.done_on });
        tx.update(&mut task, &event).await?;
    }
    Ok(())
}

/// What still has to happen before a task may be recorded as done, of those that close by the fact.
async fn is_waiting_for(tx: &mut Tx, task: &Task) -> Result<Option<String>, Failure> {
    let Ok(kind) = StartTask::from_code(&task.kind) else { return Ok(None) };
    let placement = tx.find::<Placement>(PlacementId(task.subject_id)).await?;
    match (kind, placement) {
        (StartTask::CompleteReferral, placement) => {
            let referral = placement.map_or(ReferralId(task.subject_id), |placement| placement.referral_id);
            let (referral, child) = load(tx, referral).await?;
            let open =
                (!is_complete(&referral, &child)?).then_some("questions of the referral are still open: this closes with the last answer");
            Ok(open.map(str::to_owned))
        }
        (StartTask::AgreementSigned, Some(placement)) => {
            let agreement: Agreement = tx.get(placement.agreement_id).await?;
            let open = !agreement.state.binds();
            Ok(open.then(|| format!("the agreement is `{}`: this closes when both sides have signed", agreement.state)))
        }
        (StartTask::ApprovalChecks, Some(placement)) => {
            let agreement: Agreement = tx.get(placement.agreement_id).await?;
            let open = has_open_checks(tx, placement.org_id, agreement.offer_id).await?;
            Ok(open.then(|| "checks of the approval are still open: this closes when the approver has answered the last".to_owned()))
        }
        (
            StartTask::AgreementSigned
            | StartTask::ApprovalChecks
            | StartTask::RegistrationChecked
            | StartTask::HostAuthorityNotice
            | StartTask::Regulation13Notices
            | StartTask::PlacementPlan,
            _,
        ) => Ok(None),
    }
}

/// Records that a task is done. What the system sees for itself is not taken on anybody's word.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CompleteTask {
    /// The task.
    pub task: TaskId,
    /// What was done, or why somebody was not told.
    pub note: String,
}

impl Command for CompleteTask {
    const ACTION: Action = Action::CompleteTask;
    /// The day on which it was done.
    type Answer = Day;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let task = threshold.find::<Task>(self.task).await?;
        Ok(task.filter(|task| task.org_id == caller.organisation).map(|_| Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<Day, Failure> {
        let mut task: Task = tx.get(self.task).await?;
        if let Some(done_on) = task.done_on {
            return Err(Failure::Conflict(format!("this task was done on {done_on}")));
        }
        if let Some(why) = is_waiting_for(tx, &task).await? {
            return Err(Failure::refused(why));
        }
        if task.kind == PANEL_REVIEW && self.note.trim().is_empty() {
            return Err(Failure::invalid("note", "Enter what the panel said"));
        }
        match SuspensionTask::of_kind(&task.kind) {
            Some(SuspensionTask::RiskReview) if self.note.trim().is_empty() => {
                return Err(Failure::invalid("note", "Enter what you found, and whether the child stays"));
            }
            Some(SuspensionTask::OfferFrozen | SuspensionTask::OfferThawed | SuspensionTask::OfferRanOut)
                if self.note.trim().is_empty() =>
            {
                return Err(Failure::invalid("note", "Enter what you did about it"));
            }
            _ => {}
        }
        let today = Day::in_uk(tx.at());
        (task.done_on, task.done_by) = (Some(today), Some(tx.caller().person));
        task.note = Some(self.note.trim().to_owned()).filter(|note| !note.is_empty());
        let event = json!({ "shape": 1, "kind": task.kind, "done_on": today });
        tx.update(&mut task, &event).await?;
        Ok(today)
    }
}

/// A part of what is still to be done in the caller's council, earliest first.
#[derive(Debug, Clone, Copy)]
pub struct OpenTasks {
    /// Today in the United Kingdom.
    pub today: Day,
    /// Which part.
    pub slice: Slice<(Day, Uuid)>,
}

/// What a task is about, with the number by which people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskSubject {
    /// A referral.
    Referral(ReferralId, String),
    /// A placement, under the number of its agreement.
    Placement(PlacementId, String),
}

/// An open task.
#[derive(Debug, Clone)]
pub struct OpenTask {
    /// What it is about.
    pub subject: TaskSubject,
    /// What is to be done.
    pub task: TaskView,
}

impl Query for OpenTasks {
    const ACTION: Action = Action::SeeBoard;
    /// The part, and how many are open in all.
    type Answer = (Vec<OpenTask>, i64);

    async fn relation(&self, _: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok((caller.kind == OrganisationKind::Council).then_some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<(Vec<OpenTask>, i64), Failure> {
        let mut open = Vec::new();
        for task in store::purchasing::placement::open_tasks(reads, caller.organisation, &self.slice).await? {
            let subject = subject(reads, task.subject_id).await?;
            open.push(OpenTask { subject, task: task_view(task, self.today) });
        }
        Ok((open, store::purchasing::placement::how_many_open_tasks(reads, caller.organisation).await?))
    }
}

async fn subject(reads: &mut ReadTx, id: Uuid) -> Result<TaskSubject, Failure> {
    if let Some(referral) = reads.find::<Referral>(ReferralId(id)).await? {
        return Ok(TaskSubject::Referral(referral.id, referral.number));
    }
    let placement: Placement = reads.get(PlacementId(id)).await?;
    let agreement: Agreement = reads.get(placement.agreement_id).await?;
    Ok(TaskSubject::Placement(placement.id, agreement.number))
}
