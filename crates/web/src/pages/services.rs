//! Homes and branches: the list, the file of one, and how it stands with the councils: restricted, suspended, open again or removed.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::ids::ServiceId;
use domain::purchasing::fields::{Answers, Field as Asked, FieldKind as Kind};
use domain::purchasing::service::ServiceStanding;
use domain::purchasing::suspension::{StandingAct, Trigger};
use serde::Deserialize;
use service::market::provider_file::Services;
use service::market::service_file::{Admission, GetServiceFile, RatingRow, Service, ServiceFile, SuspensionShown};
use service::market::suspension::{Assured, ChangeStanding, RecordAssurance, SignLift};
use service::people::sign_in::SignedIn;
use service::{Failure, ask, perform};

use super::decisions::answered;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{Choice, Field, FieldKind, Link, Page};

/// So many rows a page of the list has.
const ROWS: u32 = 50;

/// After which number the list goes on.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    after: String,
}

/// `GET /services`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who, Query(part): Query<After>) -> Answered {
    let wanted = Services { after: part.after.clone(), limit: ROWS, ..Services::default() };
    let found = ask(&site.nearhome, &who.caller, &wanted).await?;
    let row = |one: &Service| {
        vec![
            Cell::link(&one.name, path(one.id)),
            Cell::text(&one.urn),
            Cell::text(one.kind.label()),
            Cell::text(one.rating.label()),
            Cell::tag(one.status.label(), colour(one.status)),
        ]
    };
    let columns = ["Name", "URN", "Kind", "Ofsted rating", "Standing"];
    let mut blocks = vec![Block::table("Homes and branches", &columns, found.iter().map(row).collect(), "There is none.")];
    let last = found.last().filter(|_| found.len() >= usize::try_from(ROWS).unwrap_or(usize::MAX));
    let next = last.map(|last| Link::new("Next page", format!("/services?after={}", last.urn)));
    let first = (!part.after.is_empty()).then(|| Link::new("First page", "/services"));
    if first.is_some() || next.is_some() {
        blocks.push(Block::Pages { of: None, first, next });
    }
    Ok(pages::show(&pages::page(&site, Some(&who), "Homes and branches").within("/services"), None, &blocks)?)
}

fn path(service: ServiceId) -> String {
    format!("/services/{service}")
}

fn colour(standing: ServiceStanding) -> &'static str {
    match standing {
        ServiceStanding::Active => "green",
        ServiceStanding::Restricted => "yellow",
        ServiceStanding::Suspended => "red",
        ServiceStanding::Removed => "grey",
    }
}

async fn file(site: &Site, who: &SignedIn, id: &str) -> Result<ServiceFile, Stopped> {
    Ok(ask(&site.nearhome, &who.caller, &GetServiceFile { service: pages::id(id)? }).await?)
}

fn page(site: &Site, who: &SignedIn, title: &str, back: String) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/services");
    page.back = Some(Link::new("Back", back));
    page
}

/// `GET /services/{id}`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = file(&site, &who, &id).await?;
    let mut page = page(&site, &who, &view.service.name, "/services".to_owned());
    page.notice = was.notice();
    let standing = view.service.status;
    let mut blocks = vec![Block::State { text: standing.label().to_owned(), colour: colour(standing) }];
    let acts: Vec<Link> =
        acts(&who, standing).into_iter().map(|(text, last)| Link::new(text, format!("{}/{last}", path(view.service.id)))).collect();
    if !acts.is_empty() {
        blocks.push(Block::Acts { links: acts });
    }
    blocks.push(Block::facts(facts(&view)));
    blocks.extend(view.suspensions.iter().map(suspension));
    blocks.extend(view.suspensions.iter().flat_map(|one| &one.assured).map(assurance));
    blocks.push(ratings(&view.ratings));
    blocks.push(admissions(&view.admissions));
    Ok(pages::show(&page, Some(&view.provider), &blocks)?)
}

/// What is open to the reader: words, and the last part of the address.
fn acts(who: &SignedIn, standing: ServiceStanding) -> Vec<(&'static str, &'static str)> {
    let is_suspended = standing == ServiceStanding::Suspended;
    let open = [
        ("Restrict or suspend", "standing", Action::SuspendService, !is_suspended && standing.takes_children()),
        ("Record that somebody looked", "assure", Action::AssureService, is_suspended),
        ("Sign the end of the suspension", "sign", Action::LiftSuspension, is_suspended),
        ("Remove for good", "standing", Action::SuspendService, is_suspended),
    ];
    open.into_iter().filter(|(_, _, action, is_open)| *is_open && could(who.role, *action)).map(|(text, last, ..)| (text, last)).collect()
}

fn facts(view: &ServiceFile) -> Vec<Fact> {
    let service = &view.service;
    let inspected = service.inspected_on.map(|day| format!("\nInspected on {}", on(day))).unwrap_or_default();
    let manager = match (&service.manager_name, service.is_manager_registered) {
        (Some(name), true) => format!("{name}, registered"),
        (Some(name), false) => format!("{name}, not registered yet"),
        (None, _) => String::new(),
    };
    let mut facts = vec![
        Fact::new("URN", &service.urn),
        Fact::new("Kind", service.kind.label()),
        Fact::new("Run by", format!("{}\n{}", view.provider, service.sector.label())),
        Fact::new("Ofsted rating", format!("{}{inspected}", service.rating.label())),
        Fact::new("Registered on", service.registered_on.map(on).unwrap_or_default()),
        Fact::new("Registered places", service.places_registered.to_string()),
        Fact::new("Manager", manager),
    ];
    facts.extend(service.suspended_on.map(|day| Fact::new("No new placements since", on(day))));
    facts.extend(service.assured_on.map(|day| Fact::new("Found safe again on", on(day))));
    facts
}

fn suspension(one: &SuspensionShown) -> Block {
    let mut rows = vec![
        Fact::new("Because", one.cause.label()),
        Fact::new("In words", &one.reason),
        Fact::new("By", &one.by),
        Fact::new("Since", on(one.begun_on)),
    ];
    if let Some((day, stood)) = one.ended {
        rows.push(Fact::new("Ended", format!("{}\nThen: {}", on(day), stood.label())));
        rows.push(Fact::new("Why it ended", one.ended_reason.clone().unwrap_or_default()));
    }
    let title = if one.ended.is_some() { format!("{} (over)", one.standing.label()) } else { one.standing.label().to_owned() };
    Block::Facts { title: Some(title), rows }
}

fn assurance(one: &Assured) -> Block {
    let signed: Vec<String> = one.signed.iter().map(|(post, at)| format!("{post}, {}", when(*at))).collect();
    let rows = vec![
        Fact::new("Who looked", &one.looked_by),
        Fact::new("What they found", &one.findings),
        Fact::new("What changed", &one.changed),
        Fact::new("Signed by", signed.join("\n")),
    ];
    Block::Facts { title: Some(format!("Looked at on {}", on(one.looked_on))), rows }
}

fn ratings(ratings: &[RatingRow]) -> Block {
    let row = |one: &RatingRow| {
        let published = one.published_on.map(on).unwrap_or_default();
        vec![Cell::text(on(one.inspected_on)), Cell::text(one.rating.label()), Cell::text(published)]
    };
    Block::table("Judgements", &["Inspected", "Rating", "Published"], ratings.iter().map(row).collect(), "It was not inspected yet.")
}

fn admissions(admissions: &[Admission]) -> Block {
    let row = |one: &Admission| {
        vec![
            Cell::text(format!("{}, {}, {}", one.framework, one.lot, one.category)),
            Cell::text(on(one.admitted_on)),
            Cell::text(one.ended_on.map(on).unwrap_or_default()),
            Cell::text(one.tendered_max_pence.to_string()),
        ]
    };
    let columns = ["Framework, lot and category", "From", "Until", "#Highest price a week"];
    Block::table("Places on frameworks", &columns, admissions.iter().map(row).collect(), "It is on no framework.")
}

const REASON: &[Asked] = &[Asked::new(Kind::LongText, "reason", "Why?", "Enter why")
    .hint("Every council and the provider read this. Name no child")
    .mandatory()];

/// The acts that change how a service stands, as far as one officer does them.
fn open_acts(standing: ServiceStanding) -> impl Iterator<Item = StandingAct> {
    StandingAct::ALL.iter().copied().filter(move |act| *act != StandingAct::Lift && standing.leads_to(*act).is_some())
}

fn standing_page(site: &Site, who: &SignedIn, view: &ServiceFile, again: Option<(&Posted, &Wrong)>) -> Answered {
    let here = path(view.service.id);
    let page = page(site, who, "Restrict, suspend or remove", here.clone());
    let standing = view.service.status;
    let above = vec![
        Block::text(&view.service.name),
        Block::text(
            "A suspension holds for every council at once. The home gets no new referrals, its open offers are frozen, and each council \
             reviews the risk to its children who live there. They stay until their council decides otherwise.",
        ),
    ];
    let code = |act: StandingAct| Choice { code: act.code().to_owned(), label: act.label().to_owned(), hint: None };
    let acts: Vec<Choice> = open_acts(standing).map(code).collect();
    if acts.is_empty() && again.is_none() {
        return Ok(pages::show(&page, None, &[above, vec![Block::text("It was removed for good: nothing else can be done.")]].concat())?);
    }
    let causes = Trigger::ALL.iter().map(|cause| Choice { code: cause.code().to_owned(), label: cause.label().to_owned(), hint: None });
    let mut fields = vec![Field { options: acts, ..pages::field(FieldKind::OneOf, "act", "What do you do?") }];
    let has_cause = |act: StandingAct| matches!(act, StandingAct::Restrict | StandingAct::Suspend);
    if open_acts(standing).any(has_cause) {
        let required = open_acts(standing).all(has_cause);
        let hint = (!required).then(|| "Needed to restrict and to suspend".to_owned());
        let cause = pages::field(FieldKind::OneOf, "cause", "What set it off?");
        fields.push(Field { options: causes.collect(), required, hint, ..cause });
    }
    fields.extend(REASON.iter().map(|asked| forms::question(asked, &Answers::default())));
    let form = forms::form(site, format!("{here}/standing"), None, fields, "Do it for every council");
    pages::ask(page, form, above, again)
}

/// `GET /services/{id}/standing`
pub(crate) async fn ask_standing(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    standing_page(&site, &who, &file(&site, &who, &id).await?, None)
}

/// `POST /services/{id}/standing`
pub(crate) async fn change_standing(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = file(&site, &who, &id).await?;
    let cause = Trigger::from_code(posted.value("cause")).ok();
    let command = StandingAct::from_code(posted.value("act")).map_err(|_| Failure::invalid("act", "Select what you do"));
    let command = command.map(|act| ChangeStanding { service: view.service.id, act, cause, reason: posted.exact("reason").to_owned() });
    let outcome = match command {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop),
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => Ok(done(&path(view.service.id), Done::MovedOn)),
        Err(failure) => standing_page(&site, &who, &view, Some((&posted, &Wrong::with(failure)?))),
    }
}

const ASSURANCE: &[Asked] = &[
    Asked::new(Kind::Text, "looked_by", "Who looked?", "Enter who looked").hint("Name and post").mandatory(),
    Asked::new(Kind::Date, "looked_on", "On which day?", "Enter the day").mandatory(),
    Asked::new(Kind::LongText, "findings", "What did they find?", "Enter what they found").hint("Name no child").mandatory(),
    Asked::new(Kind::LongText, "changed", "What changed since the suspension?", "Enter what changed")
        .hint("The provider reads this, too, once it is lifted. Name no child")
        .mandatory(),
];

fn assurance_page(site: &Site, who: &SignedIn, view: &ServiceFile, again: Option<(&Posted, &Wrong)>) -> Answered {
    let here = path(view.service.id);
    let fields = ASSURANCE.iter().map(|asked| forms::question(asked, &Answers::default())).collect();
    let form = forms::form(site, format!("{here}/assure"), None, fields, "Record it");
    let above = vec![
        Block::text(&view.service.name),
        Block::text(
            "Two people of two different posts then sign the end of the suspension. Signatures under an earlier entry do not count.",
        ),
    ];
    pages::ask(page(site, who, "Record that somebody looked", here), form, above, again)
}

/// `GET /services/{id}/assure`
pub(crate) async fn ask_assurance(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    assurance_page(&site, &who, &file(&site, &who, &id).await?, None)
}

/// `POST /services/{id}/assure`
pub(crate) async fn record_assurance(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = file(&site, &who, &id).await?;
    let text = |answers: &Answers, key: &str| answers.text(key).unwrap_or_default().to_owned();
    let command = answered(ASSURANCE, &posted).and_then(|answers| {
        Ok(RecordAssurance {
            service: view.service.id,
            looked_by: text(&answers, "looked_by"),
            looked_on: answers.day("looked_on").ok_or_else(|| Failure::invalid("looked_on", "Enter the day"))?,
            findings: text(&answers, "findings"),
            changed: text(&answers, "changed"),
        })
    });
    let outcome = match command {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop),
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => Ok(done(&path(view.service.id), Done::MovedOn)),
        Err(failure) => assurance_page(&site, &who, &view, Some((&posted, &Wrong::with(failure)?))),
    }
}

fn sign_page(site: &Site, who: &SignedIn, view: &ServiceFile, again: Option<(&Posted, &Wrong)>) -> Answered {
    let here = path(view.service.id);
    let form = forms::form(site, format!("{here}/sign"), None, Vec::new(), "Sign");
    let mut above = vec![
        Block::text(&view.service.name),
        Block::text(
            "By signing you say that children can be placed here again. The second signature, of another post, lifts the suspension.",
        ),
    ];
    above.extend(view.suspensions.first().filter(|one| one.ended.is_none()).and_then(|one| one.assured.first()).map(assurance));
    pages::ask(page(site, who, "Sign the end of the suspension", here), form, above, again)
}

/// `GET /services/{id}/sign`
pub(crate) async fn ask_sign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    sign_page(&site, &who, &file(&site, &who, &id).await?, None)
}

/// `POST /services/{id}/sign`
pub(crate) async fn sign(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = file(&site, &who, &id).await?;
    match perform(&site.nearhome, &who.caller, posted.key, &SignLift { service: view.service.id }).await {
        Ok(_) => Ok(done(&path(view.service.id), Done::MovedOn)),
        Err(failure) => sign_page(&site, &who, &view, Some((&posted, &Wrong::with(failure)?))),
    }
}
