//! The notices of a procurement: which are due, what each still lacks, what was published, and what only notices need.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::calendar::{Day, Instant};
use domain::ids::TenderId;
use domain::procurement::notice::Due;
use domain::procurement::ocds::build::Telling;
use domain::procurement::public_facts::Supplier;
use domain::procurement::tender::Phase;
use domain::purchasing::fields::{Answer, Answers, Field as Asked, FieldKind as Kind};
use service::people::sign_in::SignedIn;
use service::publish::notices::{GetNotices, KeepSupplier, NoticeLine, NoticesView, PublishNotice, RecordEngagement, Told};
use service::{Command, Failure, ask, perform};

use super::decisions::answered;
use super::tenders::page;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Link};

async fn notices(site: &Site, who: &SignedIn, id: &str) -> Result<NoticesView, Stopped> {
    let tender: TenderId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetNotices { tender, now: site.nearhome.now() }).await?)
}

/// The same for what only the council that procures may do.
async fn own(site: &Site, who: &SignedIn, id: &str) -> Result<NoticesView, Stopped> {
    let view = notices(site, who, id).await?;
    if view.tender.org_id == who.caller.organisation { Ok(view) } else { Err(Failure::absent().into()) }
}

fn here(view: &NoticesView) -> String {
    format!("/tenders/{}/notices", view.tender.id)
}

/// `GET /tenders/{id}/notices`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = notices(&site, &who, &id).await?;
    let mut page = page(&site, &who, "Notices", format!("/tenders/{}", view.tender.id));
    page.notice = was.notice();
    let mut blocks = Vec::new();
    if view.tender.org_id == who.caller.organisation && could(who.role, Action::PublishNotice) {
        blocks.extend(acts(&view, site.nearhome.now()));
    }
    let today = Day::in_uk(site.nearhome.now());
    let rows = view.lines.iter().map(|line| row(line, today)).collect();
    blocks.push(Block::table("Notices of the Procurement Act 2023", &["Notice", "Stage", "State", "What is missing"], rows, "None."));
    blocks.push(told(&view.told));
    blocks.extend(view.engagement.as_ref().map(|talks| {
        let reason = talks.no_notice_because.clone().unwrap_or_else(|| "A notice tells of them".to_owned());
        Block::Facts {
            title: Some("Talks with providers".to_owned()),
            rows: vec![
                Fact::new("When", format!("{} to {}", on(talks.first_on), on(talks.last_on))),
                Fact::new("About", talks.about.as_str()),
                Fact::new("Notice", reason),
            ],
        }
    }));
    if !view.suppliers.is_empty() {
        blocks.push(suppliers(&view.suppliers));
    }
    blocks.push(Block::facts(vec![Fact::new("Id of the contracting process", view.ocid.as_str())]));
    Ok(pages::show(&page, Some(&view.tender.title), &blocks)?)
}

fn acts(view: &NoticesView, now: Instant) -> Option<Block> {
    let mut links = Vec::new();
    if view.lines.iter().any(|line| line.telling.is_some()) {
        links.push(Link::new("Publish a notice", format!("{}/publish", here(view))));
    }
    if view.tender.phase(now) == Phase::Draft {
        links.push(Link::new("Record talks with providers", format!("{}/talks", here(view))));
    }
    if !view.suppliers.is_empty() {
        links.push(Link::new("Enter what registers say about a supplier", format!("{}/supplier", here(view))));
    }
    (!links.is_empty()).then_some(Block::Acts { links })
}

fn row(line: &NoticeLine, today: Day) -> Vec<Cell> {
    let state = match line.due {
        Due::Published(at) => Cell::tag(format!("Published {}", when(at)), "green"),
        Due::NotAsked(why) => Cell::text(why),
        Due::Optional(what) => Cell::text(format!("Not asked for. {what}")),
        Due::After(what) => Cell::text(format!("Once {what}")),
        Due::Before(what) => Cell::tag(format!("Due before {what}"), "yellow"),
        Due::Now => Cell::tag("Due now", "red"),
        Due::By(day) if day < today => Cell::tag(format!("Was due by {}", on(day)), "red"),
        Due::By(day) => Cell::tag(format!("Due by {}", on(day)), "yellow"),
    };
    let missing: Vec<String> = line.missing.iter().map(|missing| format!("{}: {}", missing.what.label(), missing.why)).collect();
    let missing = if missing.is_empty() { "Nothing".to_owned() } else { missing.join("\n") };
    let name = format!("{}, {}", line.notice.code(), line.notice.label());
    vec![Cell::text(name), Cell::text(line.notice.stage().label()), state, Cell::text(missing)]
}

fn told(told: &[Told]) -> Block {
    let row = |one: &Told| {
        let notice = one.telling.notice();
        vec![Cell::text(one.number.to_string()), Cell::text(one.telling.label()), Cell::text(notice.code()), Cell::text(when(one.at))]
    };
    let columns = ["#Release", "What it tells", "Notice", "When"];
    Block::table("Published, never to change again", &columns, told.iter().map(row).collect(), "Nothing is published yet.")
}

fn suppliers(suppliers: &[Supplier]) -> Block {
    let said = |said: Option<bool>| said.map_or("Not entered", |yes| if yes { "Yes" } else { "No" });
    let row = |one: &Supplier| {
        vec![Cell::text(&one.name), Cell::text(&one.number), Cell::text(said(one.is_small)), Cell::text(said(one.is_voluntary))]
    };
    let columns = ["Supplier", "Register number", "Small or medium", "Voluntary or social"];
    Block::table("Suppliers that the award names", &columns, suppliers.iter().map(row).collect(), "None.")
}

const TALKS: &[Asked] = &[
    Asked::new(Kind::Date, "first_on", "First day of the talks", "Enter the first day").mandatory(),
    Asked::new(Kind::Date, "last_on", "Last day of the talks", "Enter the last day").mandatory(),
    Asked::new(Kind::LongText, "about", "What are they about, and how can providers take part?", "Enter what they are about")
        .hint("The public reads this")
        .mandatory(),
    Asked::new(Kind::LongText, "no_notice_because", "Why does no notice tell of them?", "Enter the reason")
        .hint("Leave this empty if you publish the notice. The tender notice gives the reason"),
];

const SUPPLIER: &[Asked] = &[
    Asked::new(Kind::Text, "register_number", "Number at Companies House or in the register of charities", "Enter the number").mandatory(),
    Asked::new(Kind::Text, "charity_number", "Charity number, if it is a company and a charity", "Enter the number"),
    Asked::new(Kind::YesNo, "is_small", "Is it a small or medium enterprise?", "Select yes or no").mandatory(),
    Asked::new(Kind::YesNo, "is_voluntary", "Is it a voluntary or community organisation or a social enterprise?", "Select yes or no")
        .mandatory(),
];

/// A form of this page's, as it is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sheet {
    Publish,
    Talks,
    Supplier,
}

impl Sheet {
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Publish => ("publish", "Publish a notice", "Publish"),
            Self::Talks => ("talks", "Talks with providers", "Keep them on record"),
            Self::Supplier => ("supplier", "What registers say about a supplier", "Keep it on record"),
        }
    }

    fn fields(self, view: &NoticesView) -> Vec<view::Field> {
        let asked = |fields: &[Asked], answers: &Answers| fields.iter().map(|field| forms::question(field, answers)).collect::<Vec<_>>();
        match self {
            Self::Publish => {
                let option = |line: &NoticeLine| {
                    let telling = line.telling?;
                    let label = format!("{}: {}", line.notice.code(), line.notice.label());
                    Some(Choice { code: telling.code().to_owned(), label, hint: Some(telling.label().to_owned()) })
                };
                let options = view.lines.iter().filter_map(option).collect();
                vec![view::Field { options, ..pages::field(FieldKind::OneOf, "telling", "Which notice goes out?") }]
            }
            Self::Talks => {
                let mut kept = Answers::default();
                if let Some(talks) = &view.engagement {
                    kept.set("first_on", Some(Answer::Day(talks.first_on)));
                    kept.set("last_on", Some(Answer::Day(talks.last_on)));
                    kept.set("about", Some(Answer::Text(talks.about.clone())));
                    kept.set("no_notice_because", talks.no_notice_because.clone().map(Answer::Text));
                }
                asked(TALKS, &kept)
            }
            Self::Supplier => {
                let option = |one: &Supplier| Choice { code: one.id.to_string(), label: one.name.clone(), hint: None };
                let options = view.suppliers.iter().map(option).collect();
                let which = view::Field { options, ..pages::field(FieldKind::OneOf, "supplier", "Which supplier?") };
                std::iter::once(which).chain(asked(SUPPLIER, &Answers::default())).collect()
            }
        }
    }
}

fn draw(site: &Site, who: &SignedIn, view: &NoticesView, sheet: Sheet, again: Option<(&Posted, &Wrong)>) -> Answered {
    let (path, title, button) = sheet.words();
    let mut above = vec![Block::text(view.tender.title.clone())];
    if sheet == Sheet::Publish {
        above.push(Block::text("What is published never changes again. A later release tells what changed."));
    }
    let fields = sheet.fields(view);
    let is_idle = fields.first().is_some_and(|field| field.kind == FieldKind::OneOf && field.options.is_empty());
    if is_idle && again.is_none() {
        let nothing = Block::text("There is nothing to choose from now. The page before this one says what is missing.");
        return Ok(pages::show(&page(site, who, title, here(view)), None, &[nothing])?);
    }
    let form = forms::form(site, format!("{}/{path}", here(view)), None, fields, button);
    pages::ask(page(site, who, title, here(view)), form, above, again)
}

async fn take<C: Command>(
    site: &Site,
    who: &SignedIn,
    view: &NoticesView,
    sheet: Sheet,
    posted: &Posted,
    command: Result<C, Failure>,
) -> Answered {
    let outcome = match command {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop),
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => Ok(done(&here(view), Done::MovedOn)),
        Err(failure) => draw(site, who, view, sheet, Some((posted, &Wrong::with(failure)?))),
    }
}

/// `GET /tenders/{id}/notices/publish`
pub(crate) async fn ask_publish(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    draw(&site, &who, &own(&site, &who, &id).await?, Sheet::Publish, None)
}

/// `POST /tenders/{id}/notices/publish`
pub(crate) async fn publish(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let telling = Telling::from_code(posted.value("telling")).map_err(|_| Failure::invalid("telling", "Select which notice goes out"));
    let command = telling.map(|telling| PublishNotice { tender: view.tender.id, telling });
    take(&site, &who, &view, Sheet::Publish, &posted, command).await
}

/// `GET /tenders/{id}/notices/talks`
pub(crate) async fn ask_talks(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    draw(&site, &who, &own(&site, &who, &id).await?, Sheet::Talks, None)
}

/// `POST /tenders/{id}/notices/talks`
pub(crate) async fn talks(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let command = answered(TALKS, &posted).and_then(|answers| {
        let day = |field: &'static str| answers.day(field).ok_or_else(|| Failure::invalid(field, "Enter the day"));
        let text = |field| answers.text(field).unwrap_or_default().to_owned();
        Ok(RecordEngagement {
            tender: view.tender.id,
            first_on: day("first_on")?,
            last_on: day("last_on")?,
            about: text("about"),
            no_notice_because: text("no_notice_because"),
        })
    });
    take(&site, &who, &view, Sheet::Talks, &posted, command).await
}

/// `GET /tenders/{id}/notices/supplier`
pub(crate) async fn ask_supplier(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    draw(&site, &who, &own(&site, &who, &id).await?, Sheet::Supplier, None)
}

/// `POST /tenders/{id}/notices/supplier`
pub(crate) async fn supplier(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let named = view.suppliers.iter().find(|one| one.id.to_string() == posted.value("supplier"));
    let named = named.ok_or_else(|| Failure::invalid("supplier", "Select the supplier"));
    let command = named.and_then(|supplier| {
        let answers = answered(SUPPLIER, &posted)?;
        let text = |field| answers.text(field).unwrap_or_default().to_owned();
        Ok(KeepSupplier {
            supplier: supplier.id,
            register_number: text("register_number"),
            charity_number: text("charity_number"),
            is_small: posted.value("is_small") == "yes",
            is_voluntary: posted.value("is_voluntary") == "yes",
        })
    });
    take(&site, &who, &view, Sheet::Supplier, &posted, command).await
}
