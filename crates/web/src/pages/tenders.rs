//! Tenders as councils and bidders read them, and what is done with a whole tender: publish, extend, give up.

use axum::extract::{Path, Query, State};
use domain::access::{Action, could};
use domain::calendar::{Day, Instant, TimeOfDay, WhenTwice};
use domain::consortium::framework::Lot;
use domain::ids::TenderId;
use domain::procurement::plan::TenderPlan;
use domain::procurement::tender::Phase;
use domain::purchasing::fields::{Answers, Field as Asked, FieldKind as Kind};
use service::people::sign_in::SignedIn;
use service::procurement::tender::{Addendum, CancelTender, ExtendDeadline, GetTender, ListTenders, PublishTender, TenderLine, TenderView};
use service::{Command, Failure, ask, perform};

use super::consortium::at_the_end;
use super::decisions::{answered, consortium};
use super::exercise_form;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, Task, on, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{FieldKind, Link, Page};

/// `GET /tenders`
pub(crate) async fn list(State(site): State<Site>, Who(who): Who) -> Answered {
    let all = ask(&site.nearhome, &who.caller, &ListTenders { now: site.nearhome.now() }).await?;
    let row = |line: &TenderLine| {
        let (state, colour) = state(line.phase);
        let title = Cell::link(line.tender.title.clone(), format!("/tenders/{}", line.tender.id));
        vec![title, Cell::text(&line.council), Cell::text(when(line.tender.deadline)), Cell::tag(state, colour)]
    };
    let columns = ["Tender", "Council that procures", "Bids until", "State"];
    let mut blocks = vec![Block::table("Tenders", &columns, all.iter().map(row).collect(), "There is no tender yet.")];
    if could(who.role, Action::BuildTender) {
        blocks.insert(
            0,
            Block::Acts {
                links: vec![
                    Link::new("Start a tender", "/tenders/new"),
                    Link::new("Start an exercise under a framework", "/tenders/exercise"),
                ],
            },
        );
        blocks.push(Block::Links {
            links: vec![Link::new("Your opening key", "/opening-key"), Link::new("What others buy", "/tenders/elsewhere")],
        });
    }
    let page = pages::page(&site, Some(&who), "Tenders").within("/tenders");
    Ok(pages::show(&page, None, &blocks)?)
}

/// Where a tender stands, in words, with the colour of the tag.
pub(super) fn state(phase: Phase) -> (&'static str, &'static str) {
    match phase {
        Phase::Draft => ("Draft", "grey"),
        Phase::Open => ("Open for bids and questions", "green"),
        Phase::QuestionsClosed => ("Open for bids", "green"),
        Phase::Closed => ("Closed", "blue"),
        Phase::Cancelled => ("Given up", "red"),
    }
}

pub(super) async fn tender(site: &Site, who: &SignedIn, id: &str) -> Result<TenderView, Stopped> {
    let tender: TenderId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetTender { tender, now: site.nearhome.now() }).await?)
}

/// The same for what only the council that procures may do.
pub(super) async fn own(site: &Site, who: &SignedIn, id: &str) -> Result<TenderView, Stopped> {
    let view = tender(site, who, id).await?;
    if is_ours(who, &view) { Ok(view) } else { Err(Failure::absent().into()) }
}

fn is_ours(who: &SignedIn, view: &TenderView) -> bool {
    view.tender.org_id == who.caller.organisation
}

pub(super) fn page(site: &Site, who: &SignedIn, title: &str, back: String) -> Page {
    let mut page = pages::page(site, Some(who), title).within("/tenders");
    page.back = Some(Link::new("Back", back));
    page
}

/// `GET /tenders/{id}`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = tender(&site, &who, &id).await?;
    let mut page = page(&site, &who, &view.tender.title, "/tenders".to_owned());
    page.notice = was.notice();
    let (text, colour) = state(view.phase);
    let mut blocks = vec![Block::State { text: text.to_owned(), colour }];
    if let Some(reason) = &view.tender.cancelled_reason {
        blocks.push(Block::Warning { text: format!("This tender was given up. {reason}") });
    }
    blocks.push(Block::facts(facts(&view, site.nearhome.now())));
    if let Some(exercise) = &view.plan.exercise {
        blocks.push(exercise_form::facts(exercise, &consortium(&site, &who).await?, &view.plan));
    }
    let writes = is_ours(&who, &view) && could(who.role, Action::BuildTender);
    if writes && view.phase == Phase::Draft {
        blocks.extend(to_do(&view));
    }
    blocks.extend(acts(&who, &view, writes));
    blocks.push(Block::heading("What bidders were told since"));
    blocks.push(addenda(&view.addenda));
    blocks.extend(asked_of_bidders(&view.plan));
    Ok(pages::show(&page, Some(&view.council), &blocks)?)
}

fn facts(view: &TenderView, now: Instant) -> Vec<Fact> {
    let (tender, framework) = (&view.tender, &view.plan.framework);
    let ceiling = framework.value_ceiling_pence.map(|ceiling| ceiling.to_string()).unwrap_or_default();
    let mut facts = vec![
        Fact::new("What is bought", view.plan.description.as_str()),
        Fact::new("Framework", format!("{}, {}", framework.reference, framework.title)),
        match view.plan.reopening {
            None => Fact::new("In force", format!("{} to {}", on(framework.starts_on), on(framework.ends_on))),
            Some(next) => {
                let words = format!(
                    "From {}, of a framework that runs from {} to {}",
                    on(next.begins_on),
                    on(framework.starts_on),
                    on(framework.ends_on)
                );
                Fact::new("Next award", words)
            }
        },
        Fact::new("Greatest value, VAT included", ceiling),
        Fact::new("Published", tender.published_at.map_or_else(|| "Not yet".to_owned(), when)),
        Fact::new("Questions until", when(tender.questions_until)),
        Fact::new("Answers by", on(tender.answers_by)),
        Fact::new("Bids until", format!("{}{}", when(tender.deadline), left(view.phase, now, tender.deadline))),
        Fact::new(
            "Opened by",
            format!(
                "Officers of {} of the councils, within {} minutes",
                view.plan.opening.councils_at_least, view.plan.opening.window_minutes
            ),
        ),
    ];
    if view.plan.exercise.is_none() {
        facts.push(Fact::new("Competitions under it when it ends", at_the_end(framework)));
    }
    facts
}

/// How long bidders still have, by the server's clock.
pub(super) fn left(phase: Phase, now: Instant, deadline: Instant) -> String {
    if !matches!(phase, Phase::Open | Phase::QuestionsClosed) {
        return String::new();
    }
    let minutes = now.minutes_until(deadline);
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let many = |count: i64, word: &str| if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") };
    let parts = if days > 0 { [many(days, "day"), many(hours, "hour")] } else { [many(hours, "hour"), many(minutes, "minute")] };
    format!("\n{} left by our clock", parts.join(" and "))
}

/// What the draft still needs, page by page.
fn to_do(view: &TenderView) -> [Block; 2] {
    let here = format!("/tenders/{}", view.tender.id);
    let touches = |path: &str, parts: &[&str]| parts.iter().any(|part| path.starts_with(part));
    let task = |title: &str, page: &str, parts: &[&str]| Task {
        title: title.to_owned(),
        hint: None,
        href: Some(format!("{here}/{page}")),
        status: if view.problems.iter().any(|problem| touches(&problem.field, parts)) { "PROBLEM" } else { "DONE" },
    };
    let mut tasks =
        vec![task("What is bought, and when", "draft/about", &["description", "cpv", "area", "framework.ends_on", "framework.starts_on"])];
    if view.plan.exercise.is_some() {
        tasks.push(task("The exercise", "draft/exercise", &["exercise", "framework.users", "framework.starts_on", "opened_by"]));
    }
    tasks.extend([
        task("Questions that bidders answer", "quality", &["questions"]),
        task("Highest prices", "draft/maxima", &["framework.lots", "framework.categories"]),
        task("Rules of the tender", "draft/rules", &["price_weight_percent", "evaluators", "opening", "standstill"]),
    ]);
    let problems = view.problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>();
    let lines = if problems.is_empty() { vec!["Nothing is missing.".to_owned()] } else { problems };
    [Block::Tasks { tasks }, Block::Text { lines }]
}

/// Nobody competes for it.
fn is_direct(view: &TenderView) -> bool {
    view.plan.exercise.as_ref().is_some_and(|exercise| exercise.direct.is_some())
}

fn acts(who: &SignedIn, view: &TenderView, writes: bool) -> Option<Block> {
    let here = format!("/tenders/{}", view.tender.id);
    let mut links = Vec::new();
    match view.phase {
        Phase::Draft if is_direct(view) => {
            if is_ours(who, view) && could(who.role, Action::AwardFramework) {
                links.push(Link::new("Award without a competition", format!("{here}/direct")));
            }
        }
        Phase::Draft if writes => {
            links.push(Link::new("Publish", format!("{here}/publish")));
            links.push(Link::new("Give up", format!("{here}/cancel")));
        }
        Phase::Open | Phase::QuestionsClosed if writes => {
            links.push(Link::new("Give bidders more time", format!("{here}/extend")));
            links.push(Link::new("Give up", format!("{here}/cancel")));
        }
        Phase::Closed if writes => links.push(Link::new("Give up", format!("{here}/cancel"))),
        Phase::Draft | Phase::Open | Phase::QuestionsClosed | Phase::Closed | Phase::Cancelled => {}
    }
    if could(who.role, Action::SeeOwnBids) {
        links.push(Link::new("Your bids", format!("/bids/{}", view.tender.id)));
    }
    if could(who.role, Action::SeeNotices) {
        links.push(Link::new("Notices", format!("{here}/notices")));
    }
    if view.tender.published_at.is_some() {
        links.push(Link::new("Questions and answers", format!("{here}/questions")));
    }
    if could(who.role, Action::SeeEvaluation) && view.tender.published_at.is_some() {
        links.push(Link::new("Evaluation of the bids", format!("{here}/evaluation")));
    }
    if could(who.role, Action::SeeAward) && is_ours(who, view) && view.phase == Phase::Closed {
        links.push(Link::new("Award and agreements", format!("{here}/award")));
    }
    if could(who.role, Action::SeeResult) && view.phase == Phase::Closed {
        links.push(Link::new("Result of your bids", format!("{here}/result")));
    }
    if could(who.role, Action::SeeOpening) && view.tender.published_at.is_some() {
        links.insert(0, Link::new("Opening of the bids", format!("{here}/opening")));
    }
    (!links.is_empty()).then_some(Block::Acts { links })
}

fn addenda(addenda: &[Addendum]) -> Block {
    let row = |one: &Addendum| {
        let said = one.question.as_ref().map_or_else(|| one.text.clone(), |question| format!("{question}\n{}", one.text));
        vec![Cell::text(one.number.to_string()), Cell::text(domain::Code::label(one.kind)), Cell::text(when(one.at)), Cell::text(said)]
    };
    Block::table(
        "Answers, changes and later deadlines",
        &["#Number", "What", "When", "Text"],
        addenda.iter().map(row).collect(),
        "Nothing so far.",
    )
}

/// What a bid must say, for each lot.
fn asked_of_bidders(plan: &TenderPlan) -> Vec<Block> {
    let mut blocks = vec![Block::heading("What a bid says")];
    let declared = plan.declarations.join("\n");
    let insured = plan.insurances.iter().map(|one| format!("{}, {} or more", one.name, one.at_least_pence)).collect::<Vec<_>>().join("\n");
    let rule = format!("{}% of the points. {}", plan.price_weight_percent, domain::Code::label(plan.price_formula));
    let ratings: Vec<&str> = plan.framework.allowed_ratings.iter().map(|rating| domain::Code::label(*rating)).collect();
    blocks.push(Block::facts(vec![
        Fact::new("Declarations", declared),
        Fact::new("Insurances", insured),
        Fact::new("Ratings that are admitted", ratings.join("\n")),
        Fact::new("Price", rule),
    ]));
    for lot in &plan.framework.lots {
        blocks.push(questions(plan, lot));
        blocks.push(maxima(plan, lot));
    }
    blocks
}

fn questions(plan: &TenderPlan, lot: &Lot) -> Block {
    let rows = plan.questions_of(&lot.code).map(|question| {
        let least = question.at_least.map(|least| format!(", at least {least}")).unwrap_or_default();
        vec![
            Cell::text(format!("{}\n{}", question.title, question.text)),
            Cell::text(format!("{}%", question.weight_percent)),
            Cell::text(question.words_at_most.to_string()),
            Cell::text(format!("0 to {}{least}", question.scale_max)),
        ]
    });
    let columns = ["Question", "#Weight", "#Words at most", "#Scores"];
    Block::table(format!("Questions of lot {}, {}", lot.code, lot.name), &columns, rows.collect(), "No question is asked in words.")
}

fn maxima(plan: &TenderPlan, lot: &Lot) -> Block {
    let begins_on = plan.begins_on();
    let rows = lot.categories.iter().map(|category| {
        let highest = category.maximum_on(begins_on).map_or_else(|| "None".to_owned(), |row| row.weekly.to_string());
        vec![Cell::text(&category.code), Cell::text(&category.name), Cell::text(highest)]
    });
    let caption = format!("Published maximum weekly prices of lot {}; a bid stays below them", lot.code);
    Block::table(caption, &["Category", "For", "#Highest price a week"], rows.collect(), "The lot has no category.")
}

/// Draws the form of an act on the whole tender.
fn act_page(site: &Site, who: &SignedIn, view: &TenderView, act: &Act, again: Option<(&Posted, &Wrong)>) -> Answered {
    let here = format!("/tenders/{}", view.tender.id);
    let fields = act.asks.iter().map(|field| forms::question(field, &Answers::default())).collect();
    let form = forms::form(site, format!("{here}/{}", act.path), None, fields, act.button);
    let above = vec![Block::text(view.tender.title.clone()), Block::text(act.says)];
    pages::ask(page(site, who, act.title, here), form, above, again)
}

/// An act on the whole tender, as its page puts it.
struct Act {
    path: &'static str,
    title: &'static str,
    says: &'static str,
    button: &'static str,
    asks: &'static [Asked],
}

const PUBLISH: Act = Act {
    path: "publish",
    title: "Publish the tender",
    says: "From then on every provider reads it, and what it says changes only by an addendum. The keys to the bids are made and \
           shared among the councils.",
    button: "Publish the tender",
    asks: &[Asked::new(
        Kind::YesNo,
        "had_planned_notice",
        "Did a planned procurement notice go out early enough for the shorter period?",
        "Select yes or no",
    )
    .mandatory()],
};

const EXTEND: Act = Act {
    path: "extend",
    title: "Give bidders more time",
    says: "The deadline moves to a later time, and every provider is told. Once it has passed it cannot be moved.",
    button: "Move the deadline",
    asks: &[
        Asked::new(Kind::Date, "deadline", "New deadline, day", "Enter the day").mandatory(),
        Asked::new(Kind::Text, "deadline_time", "New deadline, time", "Enter the time")
            .hint("On the 24-hour clock, like 14:30")
            .mandatory(),
        Asked::new(Kind::LongText, "reason", "Why do bidders have more time?", "Enter why bidders have more time").mandatory(),
    ],
};

const CANCEL: Act = Act {
    path: "cancel",
    title: "Give the tender up",
    says: "No bid is taken or opened any more. A tender that was given up is not taken up again.",
    button: "Give the tender up",
    asks: &[Asked::new(Kind::LongText, "reason", "Why is it given up?", "Enter why the tender is given up").mandatory()],
};

/// `GET /tenders/{id}/publish`
pub(crate) async fn ask_publish(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    act_page(&site, &who, &own(&site, &who, &id).await?, &PUBLISH, None)
}

/// `GET /tenders/{id}/extend`
pub(crate) async fn ask_extend(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    act_page(&site, &who, &own(&site, &who, &id).await?, &EXTEND, None)
}

/// `GET /tenders/{id}/cancel`
pub(crate) async fn ask_cancel(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    act_page(&site, &who, &own(&site, &who, &id).await?, &CANCEL, None)
}

/// Does an act if its form can be read, or asks again with what is wrong.
async fn take<C: Command>(
    site: &Site,
    who: &SignedIn,
    view: &TenderView,
    act: &Act,
    posted: &Posted,
    command: Result<C, Failure>,
) -> Answered {
    let outcome = match command {
        Ok(command) => perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop),
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(()) => Ok(done(&format!("/tenders/{}", view.tender.id), Done::MovedOn)),
        Err(failure) => act_page(site, who, view, act, Some((posted, &Wrong::with(failure)?))),
    }
}

/// `POST /tenders/{id}/publish`
pub(crate) async fn publish(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let had_planned_notice = posted.value("had_planned_notice") == "yes";
    let command = answered(PUBLISH.asks, &posted).map(|_| PublishTender { tender: view.tender.id, had_planned_notice });
    take(&site, &who, &view, &PUBLISH, &posted, command).await
}

/// `POST /tenders/{id}/extend`
pub(crate) async fn extend(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let command = answered(EXTEND.asks, &posted).and_then(|answers| {
        let to = moment(&answers, "deadline", "deadline_time")?;
        Ok(ExtendDeadline { tender: view.tender.id, to, reason: answers.text("reason").unwrap_or_default().to_owned() })
    });
    take(&site, &who, &view, &EXTEND, &posted, command).await
}

/// `POST /tenders/{id}/cancel`
pub(crate) async fn cancel(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let command = answered(CANCEL.asks, &posted)
        .map(|answers| CancelTender { tender: view.tender.id, reason: answers.text("reason").unwrap_or_default().to_owned() });
    take(&site, &who, &view, &CANCEL, &posted, command).await
}

/// A day and a time of two inputs as one moment. In the night when the clocks go back a time that comes twice is the later one, which
/// takes no hour from anybody.
pub(super) fn moment(answers: &Answers, day: &'static str, time: &'static str) -> Result<Instant, Failure> {
    let on: Day = answers.day(day).ok_or_else(|| Failure::invalid(day, "Enter the day"))?;
    let at: TimeOfDay = answers.text(time).unwrap_or_default().parse().map_err(|error| Failure::invalid(time, format!("{error}")))?;
    on.at(at, WhenTwice::Second).map_err(|error| Failure::invalid(time, error.to_string()))
}

/// A field that asks for a passphrase.
pub(super) fn secret(key: &str, label: &str) -> crate::view::Field {
    pages::field(FieldKind::Secret, key, label)
}
