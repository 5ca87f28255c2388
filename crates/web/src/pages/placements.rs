//! Children living in places: the list, one placement with its flags, tasks and charges; and the money against its ceiling.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::calendar::Day;
use domain::ids::{PlacementId, TaskId};
use domain::place::Miles;
use service::people::sign_in::SignedIn;
use service::purchasing::home_distance::miles_from_home;
use service::purchasing::placement::{CompleteTask, GetPlacement, PlacementView, Placements, TaskView};
use service::{Failure, ask, perform};

use super::part::Part;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on};
use crate::caller::Who;
use crate::forms::Posted;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, FieldKind, Link};
use crate::{forms, pages};

/// `GET /placements`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who, Query(part): Query<Part>) -> Answered {
    let mut placements = ask(&site.nearhome, &who.caller, &Placements(part.slice()?)).await?;
    let others = part.cut("/placements", &mut placements, None, |line| (line.started_on, line.id));
    let rows = placements.iter().map(|line| {
        vec![
            Cell::link(line.agreement_number.clone(), path(line.id)),
            Cell::text(&line.service_name),
            Cell::text(line.state.label()),
            Cell::text(on(line.started_on)),
            Cell::text(line.legal_class.label()),
            Cell::text(line.weekly.0.to_string()),
        ]
    });
    let columns = ["Agreement", "Home", "State", "Since", "By the regulations", "#A week"];
    let table = Block::table("Placements", &columns, rows.collect(), "No child lives in a place yet.");
    let page = pages::page(&site, Some(&who), "Placements").within("/placements");
    Ok(pages::show(&page, None, &[vec![table], others].concat())?)
}

fn path(placement: PlacementId) -> String {
    format!("/placements/{placement}")
}

async fn placement(site: &Site, who: &SignedIn, id: &str) -> Result<PlacementView, Stopped> {
    let placement: PlacementId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetPlacement { placement, today: Day::in_uk(site.nearhome.now()) }).await?)
}

/// `GET /placements/{id}`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = placement(&site, &who, &id).await?;
    let mut page = pages::page(&site, Some(&who), format!("Placement under {}", view.agreement_number)).within("/placements");
    page.back = Some(Link::new("Back to all placements", "/placements"));
    page.notice = was.notice();
    let mut about = facts(&view);
    if let Some(referral) = view.referral.filter(|_| could(who.role, Action::SeeReferral)) {
        let miles = miles_from_home(&site.nearhome, &who.caller, referral, &[view.point]).await?;
        about.push(from_home(miles.into_iter().next().flatten()));
    }
    let mut blocks = vec![Block::State { text: view.placement.state.label().to_owned(), colour: "blue" }, Block::facts(about)];
    let mut links = vec![Link::new("The agreement", format!("/agreements/{}", view.placement.agreement_id))];
    links.extend(view.referral.map(|referral| Link::new("The referral", format!("/referrals/{referral}"))));
    blocks.push(Block::Links { links });
    if view.referral.is_some() {
        blocks.push(tasks(&who, &view));
    }
    blocks.push(charges(&view));
    blocks.push(Block::heading("History"));
    blocks.push(Block::history(&view.timeline));
    Ok(pages::show(&page, Some(&view.service_name), &blocks)?)
}

/// The child’s distance from home, named so that nobody takes it for one by another measure.
pub(super) fn from_home(miles: Option<Miles>) -> Fact {
    let words = miles.map_or_else(|| format!("Not known: the return puts {}", Miles::UNKNOWN_IN_SSDA903), |miles| format!("{miles} miles"));
    Fact::new("Distance from home (as the SSDA903 return counts it)", words)
}

fn facts(view: &PlacementView) -> Vec<Fact> {
    let yes = |yes: bool| if yes { "Yes" } else { "No" };
    let placement = &view.placement;
    let miles = format!("{}.{} miles", placement.tenths_of_miles / 10, placement.tenths_of_miles % 10);
    vec![
        Fact::new("First day", on(placement.started_on)),
        Fact::new("Last day", placement.ended_on.map_or_else(|| "No end yet".to_owned(), on)),
        Fact::new("Started in an emergency", yes(placement.is_emergency)),
        Fact::new("Price", format!("{} a week", placement.weekly_pence)),
        Fact::new("Distance from the reference point", miles),
        Fact::new("Within the councils’ radius", yes(placement.is_within_radius)),
        Fact::new("In the area of a member council", yes(placement.is_in_footprint)),
        Fact::new("By the regulations", placement.legal_class.label()),
    ]
}

fn tasks(who: &SignedIn, view: &PlacementView) -> Block {
    let may = could(who.role, Action::CompleteTask);
    let row = |task: &TaskView| {
        let state = match (task.done_on, task.is_overdue) {
            (Some(day), _) => Cell::text(format!("Done on {}", on(day))),
            (None, true) => Cell::tag("Overdue", "red"),
            (None, false) => Cell::tag("To do", "yellow"),
        };
        let label = if may && task.done_on.is_none() {
            Cell::link(task.label.clone(), format!("{}/tasks/{}", path(view.placement.id), task.id))
        } else {
            Cell::text(&task.label)
        };
        vec![label, Cell::text(on(task.due_on)), state]
    };
    let rows = view.tasks.iter().map(row).collect();
    Block::table("What must be done", &["Task", "Due", "State"], rows, "Nothing is left to do.")
}

fn charges(view: &PlacementView) -> Block {
    let row = |line: &domain::money::charge::ChargeLine| {
        let days = Cell::text(line.days.to_string());
        vec![
            Cell::text(on(line.from)),
            Cell::text(on(line.to)),
            days,
            Cell::text(line.weekly.0.to_string()),
            Cell::text(line.amount.to_string()),
        ]
    };
    let columns = ["From", "To", "#Days", "#A week", "#Charge"];
    Block::table("Charges of this month and the next two", &columns, view.charges.iter().map(row).collect(), "Nothing is charged.")
}

/// `GET /placements/{id}/tasks/{task}`
pub(crate) async fn ask_task(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>) -> Answered {
    task_page(&site, &who, &ids, None).await
}

/// A task of this placement: an address that joins the task of one child to the placement of another names nothing.
fn task_of<'a>(view: &'a PlacementView, id: &str) -> Result<&'a TaskView, Stopped> {
    let id: TaskId = pages::id(id)?;
    view.tasks.iter().find(|task| task.id == id).ok_or_else(|| Failure::absent().into())
}

async fn task_page(site: &Site, who: &SignedIn, ids: &(String, String), again: Option<(&Posted, &Wrong)>) -> Answered {
    let view = placement(site, who, &ids.0).await?;
    let task = task_of(&view, &ids.1)?;
    let id = task.id;
    let mut page = pages::page(site, Some(who), task.label.clone()).within("/placements");
    page.back = Some(Link::new("Back to the placement", path(view.placement.id)));
    let note = view::Field { required: task.of_suspension.is_some(), ..pages::field(FieldKind::LongText, "note", "What was done?") };
    let form = forms::form(site, format!("{}/tasks/{id}", path(view.placement.id)), None, vec![note], "Record that it is done");
    pages::ask(page, form, vec![Block::text(format!("Due on {}.", on(task.due_on)))], again)
}

/// `POST /placements/{id}/tasks/{task}`
pub(crate) async fn complete_task(State(site): State<Site>, Who(who): Who, Path(ids): Path<(String, String)>, posted: Posted) -> Answered {
    let view = placement(&site, &who, &ids.0).await?;
    let command = CompleteTask { task: task_of(&view, &ids.1)?.id, note: posted.value("note").to_owned() };
    match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(_) => Ok(done(&path(view.placement.id), Done::MovedOn)),
        Err(failure) => task_page(&site, &who, &ids, Some((&posted, &Wrong::with(failure)?))).await,
    }
}
