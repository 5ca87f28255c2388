//! What a council has still to do for its referrals and placements, earliest first; and the panel's look back at an emergency.

use axum::extract::{Path, Query, State};
use domain::access::{Action, could};
use domain::calendar::Day;
use domain::ids::TaskId;
use domain::purchasing::suspension::SuspensionTask;
use service::people::sign_in::SignedIn;
use service::purchasing::board::ReferralView;
use service::purchasing::placement::{CompleteTask, OpenTask, OpenTasks, TaskSubject, TaskView};
use service::purchasing::tasks::task_view;
use service::{Failure, ask, perform};

use super::part::Part;
use super::referrals::{page as page_of, path as path_of, referral};
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, on};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{FieldKind, Link};
use crate::{forms, pages};

/// `GET /tasks`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who, Query(part): Query<Part>, Query(was): Query<WasDone>) -> Answered {
    let today = Day::in_uk(site.nearhome.now());
    let (mut tasks, total) = ask(&site.nearhome, &who.caller, &OpenTasks { today, slice: part.slice()? }).await?;
    let others = part.cut("/tasks", &mut tasks, Some(total), |open| (open.task.due_on, open.task.id));
    let rows = tasks.iter().map(|open| row(&who, open)).collect();
    let columns = ["Task", "For", "Due", "State"];
    let table = Block::table("What is to be done", &columns, rows, "Nothing is left to do.");
    let mut page = pages::page(&site, Some(&who), "Tasks").within("/tasks");
    page.notice = was.notice();
    Ok(pages::show(&page, None, &[vec![table], others].concat())?)
}

fn row(who: &SignedIn, open: &OpenTask) -> Vec<Cell> {
    let task = &open.task;
    let may = could(who.role, Action::CompleteTask);
    let (number, thing, href) = match &open.subject {
        // What an emergency owes is done by answering the referral's questions.
        TaskSubject::Referral(id, number) if may && task.is_panel_review => {
            (format!("Referral {number}"), path_of(*id), format!("{}/panel", path_of(*id)))
        }
        TaskSubject::Referral(id, number) if may && task.of_suspension.is_some() => {
            (format!("Referral {number}"), path_of(*id), format!("{}/frozen/{}", path_of(*id), task.id))
        }
        TaskSubject::Referral(id, number) => (format!("Referral {number}"), path_of(*id), path_of(*id)),
        TaskSubject::Placement(id, number) => {
            let here = format!("/placements/{id}");
            let closes = if may { format!("{here}/tasks/{}", task.id) } else { here.clone() };
            (format!("Placement under {number}"), here, closes)
        }
    };
    vec![Cell::link(task.label.clone(), href), Cell::link(number, thing), Cell::text(on(task.due_on)), state(task)]
}

fn state(task: &TaskView) -> Cell {
    if task.is_overdue { Cell::tag("Overdue", "red") } else { Cell::tag("To do", "yellow") }
}

/// The panel's task of this referral, if it was authorised as an emergency.
fn panel_of(site: &Site, view: &ReferralView) -> Option<TaskView> {
    let today = Day::in_uk(site.nearhome.now());
    view.tasks.iter().map(|task| task_view(task.clone(), today)).find(|task| task.is_panel_review)
}

/// `GET /referrals/{id}/panel`
pub(crate) async fn ask_panel(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    panel_page(&site, &who, &id, None).await
}

async fn panel_page(site: &Site, who: &SignedIn, id: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = referral(site, who, id).await?;
    let mut page = page_of(site, who, "What the panel says of this emergency", &view);
    page.back = Some(Link::new("Back to all tasks", "/tasks"));
    let Some(task) = panel_of(site, &view) else {
        return Ok(pages::show(&page, None, &[Block::text("The panel looks back at emergencies only, and this search was planned.")])?);
    };
    if let Some(day) = task.done_on {
        let said = task.note.unwrap_or_default();
        return Ok(pages::show(&page, None, &[Block::text(format!("Recorded on {}.", on(day))), Block::text(said)])?);
    }
    let note = pages::field(FieldKind::LongText, "note", "What did the panel decide, and why?");
    let form = forms::form(site, format!("{}/panel", path_of(view.referral.id)), None, vec![note], "Record the outcome");
    pages::ask(page, form, vec![Block::text(format!("Due on {}.", on(task.due_on)))], again)
}

/// `POST /referrals/{id}/panel`
pub(crate) async fn record_panel(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = referral(&site, &who, &id).await?;
    let task = panel_of(&site, &view).ok_or_else(|| Failure::refused("the panel looks back at emergencies only"))?;
    let command = CompleteTask { task: task.id, note: posted.value("note").to_owned() };
    match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(_) => Ok(done("/tasks", Done::MovedOn)),
        Err(failure) => panel_page(&site, &who, &id, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

/// A task of this referral that a suspension set: an address that joins the task of one child to the referral of another names nothing.
fn frozen_of(site: &Site, view: &ReferralView, id: &str) -> Result<TaskView, Stopped> {
    let (id, today): (TaskId, _) = (pages::id(id)?, Day::in_uk(site.nearhome.now()));
    let task = view.tasks.iter().find(|task| task.id == id).map(|task| task_view(task.clone(), today));
    task.filter(|task| task.of_suspension.is_some()).ok_or_else(|| Failure::absent().into())
}

/// `GET /referrals/{id}/frozen/{task}`
pub(crate) async fn ask_frozen(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>) -> Answered {
    frozen_page(&site, &who, &ids, None).await
}

async fn frozen_page(site: &Site, who: &SignedIn, ids: &(String, String), again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = referral(site, who, &ids.0).await?;
    let task = frozen_of(site, &view, &ids.1)?;
    let mut page = page_of(site, who, "An offer of a suspended home", &view);
    page.back = Some(Link::new("Back to all tasks", "/tasks"));
    let mut above = vec![Block::text(&task.label)];
    if let Some(day) = task.done_on {
        above.push(Block::text(format!("Done on {}.", on(day))));
        return Ok(pages::show(&page, None, &above)?);
    }
    if task.of_suspension == Some(SuspensionTask::OfferFrozen) {
        above.push(Block::text(
            "While the home is suspended its offer can be neither shortlisted nor chosen. Set it aside if the child cannot wait.",
        ));
    }
    above.push(Block::text(format!("Due on {}.", on(task.due_on))));
    let note = pages::field(FieldKind::LongText, "note", "What did you do about it?");
    let form = forms::form(site, format!("{}/frozen/{}", path_of(view.referral.id), task.id), None, vec![note], "Record that it is done");
    pages::ask(page, form, above, again)
}

/// `POST /referrals/{id}/frozen/{task}`
pub(crate) async fn record_frozen(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>, posted: Posted) -> Answered {
    let task = frozen_of(&site, &referral(&site, &who, &ids.0).await?, &ids.1)?;
    let command = CompleteTask { task: task.id, note: posted.value("note").to_owned() };
    match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(_) => Ok(done("/tasks", Done::MovedOn)),
        Err(failure) => frozen_page(&site, &who, &ids, Some((&posted, &Wrong::with(failure)?))).await,
    }
}
