//! The pages on which a council writes a tender, each with a part of it. A page can be saved unfinished: what is missing is said on the
//! tender's own page, and keeps it from being published.

use axum::extract::{Path, Query, State};
use domain::Code;
use domain::calendar::Instant;
use domain::consortium::framework::{Criterion, Framework, PublishedMaximum, ScoreMethod};
use domain::consortium::{Consortium, Origin};
use domain::pence::{Pence, WeeklyRate};
use domain::procurement::plan::{
    OpeningRule, PriceFormula, QualityQuestion, StandstillKind, StandstillRule, Stoppable, TenderPlan, WantedInsurance,
};
use domain::procurement::tender::{Phase, TenderPeriodRule};
use domain::purchasing::fields::{Answer, Answers, Field as Asked, FieldKind as Kind};
use domain::purchasing::forms::parse_all;
use serde::Deserialize;
use service::people::sign_in::SignedIn;
use service::procurement::tender::{DraftTender, TenderDraft, TenderView};
use service::{Failure, FieldProblem, perform};

use super::decisions::{answered, consortium, own_code};
use super::exercise_form;
use super::tenders::{moment, own, page};
use super::{Answered, Done, done};
use crate::blocks::{Block, Cell};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::Wrong;
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Link};

const CLOCK: &str = "On the 24-hour clock, like 14:30";
const ONE_A_LINE: &str = "One on each line";

/// What is bought, and when.
const ABOUT: &[Asked] = &[
    Asked::new(Kind::Text, "title", "Title of the tender", "Enter a title").mandatory(),
    Asked::new(Kind::LongText, "description", "What is bought, and why", "Enter what is bought"),
    Asked::new(Kind::Text, "cpv", "Code of the Common Procurement Vocabulary", "Enter the code"),
    Asked::new(Kind::Text, "area", "Code of the area", "Enter the code").hint("In the statistical nomenclature, like UKF1"),
    Asked::new(Kind::Text, "terms_version", "Version of the terms", "Enter the version").mandatory(),
    Asked::new(Kind::Date, "starts_on", "First day of the framework", "Enter the day").mandatory(),
    Asked::new(Kind::Date, "ends_on", "Last day of the framework", "Enter the day").mandatory(),
    Asked::new(Kind::Date, "questions_until", "Questions until, day", "Enter the day").mandatory(),
    Asked::new(Kind::Text, "questions_until_time", "Questions until, time", "Enter the time").hint(CLOCK).mandatory(),
    Asked::new(Kind::Date, "answers_by", "Answers by", "Enter the day").mandatory(),
    Asked::new(Kind::Date, "deadline", "Bids until, day", "Enter the day").mandatory(),
    Asked::new(Kind::Text, "deadline_time", "Bids until, time", "Enter the time").hint(CLOCK).mandatory(),
];

/// By which rules bids are made, opened and judged. The lists of codes are added by the page.
const RULES: &[Asked] = &[
    Asked::new(Kind::Number, "price_weight_percent", "Weight of the price, in per cent", "Enter the weight").at_most(100).mandatory(),
    Asked::new(Kind::Number, "evaluators_at_least", "So many people score each bid, each alone", "Enter a number").at_most(20).mandatory(),
    Asked::new(Kind::Number, "councils_at_least", "Officers of so many councils open the bids", "Enter a number").at_most(50).mandatory(),
    Asked::new(Kind::Number, "window_minutes", "Within so many minutes", "Enter the minutes").at_most(1_440).mandatory(),
    Asked::new(Kind::Number, "standstill_days", "Working days of standstill", "Enter a number").at_most(60).mandatory(),
    Asked::new(Kind::Number, "days_at_least", "Days from the notice to the deadline, at least", "Enter the days").at_most(365).mandatory(),
    Asked::new(Kind::Number, "days_after_planned_notice", "The same after a planned procurement notice", "Enter the days")
        .at_most(365)
        .mandatory(),
    Asked::new(Kind::Number, "days_after_answers", "Days from the last answers to the deadline, at least", "Enter the days")
        .at_most(365)
        .mandatory(),
    Asked::new(Kind::LongText, "declarations", "What bidders declare", "Enter the declarations").hint(ONE_A_LINE),
    Asked::new(Kind::LongText, "insurances", "Insurances that bidders hold", "Enter the insurances")
        .hint("One on each line, with the amount after a colon, like Public liability: 5000000"),
];

/// A question that bidders answer in words.
const QUESTION: &[Asked] = &[
    Asked::new(Kind::Text, "title", "What do people call the question?", "Enter a few words").mandatory(),
    Asked::new(Kind::LongText, "text", "The question", "Enter the question").mandatory(),
    Asked::new(Kind::Number, "words_at_most", "Words at most", "Enter the number of words").mandatory(),
    Asked::new(Kind::Number, "weight_percent", "Weight, in per cent", "Enter the weight").at_most(100).mandatory(),
    Asked::new(Kind::Number, "scale_max", "Highest score", "Enter the highest score").hint("The lowest is 0").at_most(100).mandatory(),
    Asked::new(Kind::Number, "at_least", "Score that a bid must reach", "Enter a score").at_most(100),
];

/// Fields with what is kept.
pub(super) fn filled(asked: &[Asked], values: Vec<(&str, Answer)>) -> Vec<view::Field> {
    let mut answers = Answers::default();
    for (key, answer) in values {
        answers.set(key, Some(answer));
    }
    asked.iter().map(|field| forms::question(field, &answers)).collect()
}

pub(super) fn text(value: &str) -> Answer {
    Answer::Text(value.to_owned())
}

/// The time of day of a moment, as it is typed.
fn time(at: Instant) -> Answer {
    Answer::Text(at.time_in_uk().to_string())
}

fn day(at: Instant) -> Answer {
    Answer::Day(domain::calendar::Day::in_uk(at))
}

/// A list of codes, of which one is chosen.
fn coded<C: Code>(key: &str, label: &str, chosen: C) -> view::Field {
    view::Field {
        options: options::<C>(),
        value: view::Answer::Text(chosen.code().to_owned()),
        ..pages::field(FieldKind::OneOf, key, label)
    }
}

/// A list of codes, of which any are chosen.
fn several<C: Code>(key: &str, label: &str, chosen: &[C]) -> view::Field {
    let value = view::Answer::Codes(chosen.iter().map(|one| one.code().to_owned()).collect());
    view::Field { options: options::<C>(), value, required: false, ..pages::field(FieldKind::ManyOf, key, label) }
}

fn options<C: Code>() -> Vec<Choice> {
    C::ALL.iter().map(|one| Choice { code: one.code().to_owned(), label: one.label().to_owned(), hint: None }).collect()
}

fn one<C: Code>(posted: &Posted, key: &str) -> Result<C, Failure> {
    C::from_code(posted.value(key)).map_err(|_| Failure::invalid(key, "Select one"))
}

fn draft_of(view: &TenderView) -> TenderDraft {
    TenderDraft {
        council: view.council_code.clone(),
        title: view.tender.title.clone(),
        questions_until: view.tender.questions_until,
        answers_by: view.tender.answers_by,
        deadline: view.tender.deadline,
        plan: view.plan.clone(),
    }
}

/// One page of the draft: its address, its title, and how it reads and changes the draft.
struct Part {
    path: &'static str,
    title: &'static str,
    fields: fn(&TenderView, &Consortium) -> Vec<view::Field>,
    change: fn(&mut TenderDraft, &Posted, &Site) -> Result<(), Failure>,
}

const PARTS: [Part; 4] = [
    Part { path: "about", title: "What is bought, and when", fields: about_fields, change: change_about },
    Part { path: "exercise", title: "The exercise", fields: exercise_form::fields, change: exercise_form::change },
    Part { path: "rules", title: "Rules of the tender", fields: rule_fields, change: change_rules },
    Part { path: "maxima", title: "Highest prices", fields: maximum_fields, change: change_maxima },
];

fn part(path: &str) -> Result<&'static Part, Failure> {
    PARTS.iter().find(|part| part.path == path).ok_or_else(Failure::absent)
}

/// `GET /tenders/{id}/draft/{part}`
pub(crate) async fn ask_part(State(site): State<Site>, Who(who): Who, Path((id, path)): Path<(String, String)>) -> Answered {
    part_page(&site, &who, &own(&site, &who, &id).await?, part(&path)?, None).await
}

async fn part_page(site: &Site, who: &SignedIn, view: &TenderView, part: &Part, again: Option<(&Posted, &Wrong)>) -> Answered {
    let here = format!("/tenders/{}", view.tender.id);
    let page = page(site, who, part.title, here.clone());
    if view.phase != Phase::Draft {
        return Ok(pages::show(&page, None, &[Block::text("This tender is not a draft any more.")])?);
    }
    let form = forms::form(
        site,
        format!("{here}/draft/{}", part.path),
        Some(view.tender.version),
        (part.fields)(view, &consortium(site, who).await?),
        "Save",
    );
    pages::ask(page, form, vec![Block::text(view.tender.title.clone())], again)
}

/// `POST /tenders/{id}/draft/{part}`
pub(crate) async fn save_part(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, path)): Path<(String, String)>,
    posted: Posted,
) -> Answered {
    let view = own(&site, &who, &id).await?;
    let part = part(&path)?;
    let mut draft = draft_of(&view);
    let changed = (part.change)(&mut draft, &posted, &site);
    match save(&site, &who, &view, &posted, changed.map(|()| draft)).await {
        Ok(()) => Ok(done(&format!("/tenders/{}", view.tender.id), Done::Saved)),
        Err(failure) => part_page(&site, &who, &view, part, Some((&posted, &Wrong::with(failure)?))).await,
    }
}

async fn save(site: &Site, who: &SignedIn, view: &TenderView, posted: &Posted, draft: Result<TenderDraft, Failure>) -> Result<(), Failure> {
    let command = DraftTender { tender: Some((view.tender.id, posted.version()?)), draft: draft? };
    perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop)
}

fn about_fields(view: &TenderView, _: &Consortium) -> Vec<view::Field> {
    let (tender, plan) = (&view.tender, &view.plan);
    let mut fields = filled(
        ABOUT,
        vec![
            ("title", text(&tender.title)),
            ("description", text(&plan.description)),
            ("cpv", text(&plan.cpv)),
            ("area", text(&plan.area)),
            ("terms_version", text(&plan.framework.terms_version)),
            ("starts_on", Answer::Day(plan.begins_on())),
            ("ends_on", Answer::Day(plan.framework.ends_on)),
            ("questions_until", day(tender.questions_until)),
            ("questions_until_time", time(tender.questions_until)),
            ("answers_by", Answer::Day(tender.answers_by)),
            ("deadline", day(tender.deadline)),
            ("deadline_time", time(tender.deadline)),
        ],
    );
    // What is bought under a framework keeps to what that says.
    if plan.exercise.is_none() {
        fields.push(may_finish(plan.framework.continue_on_expiry));
    }
    fields
}

fn may_finish(is_so: bool) -> view::Field {
    view::Field {
        value: view::Answer::Text(if is_so { "yes" } else { "no" }.to_owned()),
        hint: Some("The notice says so, and nothing else lets them".to_owned()),
        ..pages::field(FieldKind::YesNo, "continue_on_expiry", "May competitions under it that have begun finish after it ends?")
    }
}

fn change_about(draft: &mut TenderDraft, posted: &Posted, _: &Site) -> Result<(), Failure> {
    let answers = answered(ABOUT, posted)?;
    let text = |key: &str| answers.text(key).unwrap_or_default().to_owned();
    let on = |key: &'static str| answers.day(key).ok_or_else(|| Failure::invalid(key, "Enter the day"));
    draft.title = text("title");
    draft.questions_until = moment(&answers, "questions_until", "questions_until_time")?;
    draft.answers_by = on("answers_by")?;
    draft.deadline = moment(&answers, "deadline", "deadline_time")?;
    let plan = &mut draft.plan;
    (plan.description, plan.cpv, plan.area) = (text("description"), text("cpv"), text("area"));
    plan.framework.terms_version = text("terms_version");
    match posted.value("continue_on_expiry") {
        answer @ ("yes" | "no") => plan.framework.continue_on_expiry = answer == "yes",
        _ if plan.exercise.is_none() => return Err(Failure::invalid("continue_on_expiry", "Select yes if they may finish")),
        _ => {}
    }
    plan.framework.ends_on = on("ends_on")?;
    match &mut plan.reopening {
        Some(reopening) => reopening.begins_on = on("starts_on")?,
        None => plan.framework.starts_on = on("starts_on")?,
    }
    Ok(())
}

fn rule_fields(view: &TenderView, _: &Consortium) -> Vec<view::Field> {
    let plan = &view.plan;
    let insurance = |one: &WantedInsurance| format!("{}: {}", one.name, one.at_least_pence.to_string().replace(['£', ','], ""));
    let insurances = plan.insurances.iter().map(insurance).collect::<Vec<_>>().join("\n");
    let mut fields = filled(
        RULES,
        vec![
            ("price_weight_percent", Answer::Number(plan.price_weight_percent)),
            ("evaluators_at_least", Answer::Number(plan.evaluators_at_least)),
            ("councils_at_least", Answer::Number(plan.opening.councils_at_least)),
            ("window_minutes", Answer::Number(plan.opening.window_minutes)),
            ("standstill_days", Answer::Number(plan.standstill.working_days)),
            ("days_at_least", Answer::Number(plan.tender_period.days_at_least)),
            ("days_after_planned_notice", Answer::Number(plan.tender_period.days_after_planned_notice)),
            ("days_after_answers", Answer::Number(plan.tender_period.days_after_answers)),
            ("declarations", text(&plan.declarations.join("\n"))),
            ("insurances", text(&insurances)),
        ],
    );
    fields.push(coded("price_formula", "How prices become points", plan.price_formula));
    fields.push(coded("standstill_kind", "Standstill after the award notice", plan.standstill.kind));
    fields.push(several("stops", "What an open challenge or complaint stops", &plan.open_challenge_stops));
    fields
}

pub(super) fn lines(answers: &Answers, key: &str) -> Vec<String> {
    let text = answers.text(key).unwrap_or_default();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// `Public liability: 5000000`
fn insurance(line: &str) -> Result<WantedInsurance, Failure> {
    let wrong = || Failure::invalid("insurances", format!("Write `{line}` with the amount in pounds after a colon"));
    let (name, amount) = line.rsplit_once(':').ok_or_else(wrong)?;
    let at_least_pence: Pence = amount.trim().parse().map_err(|_| wrong())?;
    if name.trim().is_empty() { Err(wrong()) } else { Ok(WantedInsurance { name: name.trim().to_owned(), at_least_pence }) }
}

fn change_rules(draft: &mut TenderDraft, posted: &Posted, _: &Site) -> Result<(), Failure> {
    let answers = answered(RULES, posted)?;
    let number = |key: &str| answers.number(key).unwrap_or_default();
    let plan = &mut draft.plan;
    plan.price_formula = one::<PriceFormula>(posted, "price_formula")?;
    plan.standstill = StandstillRule { kind: one::<StandstillKind>(posted, "standstill_kind")?, working_days: number("standstill_days") };
    let stops = posted.raw.values("stops").filter(|code| !code.is_empty());
    plan.open_challenge_stops = stops
        .map(|code| Stoppable::from_code(code).map_err(|_| Failure::invalid("stops", "Select from the list")))
        .collect::<Result<_, _>>()?;
    plan.price_weight_percent = number("price_weight_percent");
    plan.evaluators_at_least = number("evaluators_at_least");
    plan.opening = OpeningRule { councils_at_least: number("councils_at_least"), window_minutes: number("window_minutes") };
    plan.tender_period = TenderPeriodRule {
        days_at_least: number("days_at_least"),
        days_after_planned_notice: number("days_after_planned_notice"),
        days_after_answers: number("days_after_answers"),
    };
    plan.declarations = lines(&answers, "declarations");
    plan.insurances = lines(&answers, "insurances").iter().map(|line| insurance(line)).collect::<Result<_, _>>()?;
    Ok(())
}

fn maximum_fields(view: &TenderView, _: &Consortium) -> Vec<view::Field> {
    let (framework, begins_on) = (&view.plan.framework, view.plan.begins_on());
    let categories = framework.lots.iter().flat_map(|lot| lot.categories.iter().map(move |category| (lot, category)));
    let field = |(lot, category): (&domain::consortium::framework::Lot, &domain::consortium::framework::Category)| {
        // Where none holds on the first day yet, the last one is a beginning.
        let row = category.maximum_on(begins_on).or(category.maximum_weekly_prices.last());
        let highest = row.map(|row| row.weekly.0.to_string().replace(['£', ','], ""));
        view::Field {
            value: highest.map_or(view::Answer::Nothing, view::Answer::Text),
            hint: Some(format!("Lot {}, {}", lot.code, lot.name)),
            ..pages::field(FieldKind::Money, &category.code, &format!("{}, a week", category.name))
        }
    };
    categories.map(field).collect()
}

fn change_maxima(draft: &mut TenderDraft, posted: &Posted, _: &Site) -> Result<(), Failure> {
    let mut problems = Vec::new();
    let from = draft.plan.begins_on();
    let framework = &mut draft.plan.framework;
    for category in framework.lots.iter_mut().flat_map(|lot| &mut lot.categories) {
        match posted.value(&category.code).parse::<Pence>() {
            Ok(pence) if pence > Pence::ZERO => {
                category.maximum_weekly_prices =
                    vec![PublishedMaximum { weekly: WeeklyRate(pence), from, to: None, origin: Origin::Agreed }];
            }
            Ok(_) | Err(_) => problems.push(FieldProblem::at(&category.code, format!("Enter the highest price for {}", category.name))),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::Invalid(problems)) }
}

/// `GET /tenders/{id}/quality`
pub(crate) async fn questions(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    let view = own(&site, &who, &id).await?;
    let here = format!("/tenders/{}", view.tender.id);
    let row = |question: &QualityQuestion| {
        vec![
            Cell::link(question.title.clone(), format!("{here}/quality/{}", question.code)),
            Cell::text(if question.lots.is_empty() { "Every lot".to_owned() } else { question.lots.join(", ") }),
            Cell::text(format!("{}%", question.weight_percent)),
            Cell::text(question.words_at_most.to_string()),
        ]
    };
    let rows = view.plan.questions.iter().map(row).collect();
    let table = Block::table("Questions", &["Question", "Lots", "#Weight", "#Words at most"], rows, "No question is asked yet.");
    let add = Block::Acts { links: vec![Link::new("Add a question", format!("{here}/quality/new"))] };
    Ok(pages::show(&page(&site, &who, "Questions that bidders answer", here), Some(&view.tender.title), &[table, add])?)
}

/// `GET /tenders/{id}/quality/{code}`; `new` adds one.
pub(crate) async fn ask_question(State(site): State<Site>, Who(who): Who, Path((id, code)): Path<(String, String)>) -> Answered {
    question_page(&site, &who, &own(&site, &who, &id).await?, &code, None)
}

/// In an exercise: which of the framework's criteria a question refines.
fn refined(view: &TenderView, criteria: &[Criterion], known: Option<&QualityQuestion>) -> Option<view::Field> {
    view.plan.exercise.as_ref()?;
    let scored = criteria.iter().filter(|one| one.how == ScoreMethod::Scored);
    let options = scored.map(|one| Choice { code: one.code.clone(), label: one.name.clone(), hint: None });
    Some(view::Field {
        options: options.collect(),
        value: known.and_then(|one| one.refines.clone()).map_or(view::Answer::Nothing, view::Answer::Text),
        ..pages::field(FieldKind::OneOf, "refines", "Which of the framework’s criteria does it refine?")
    })
}

fn question_page(site: &Site, who: &SignedIn, view: &TenderView, code: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    // The plan took them over from its framework.
    let criteria = &view.plan.framework.criteria;
    let here = format!("/tenders/{}/quality", view.tender.id);
    let known = view.plan.questions.iter().find(|question| question.code == code);
    if known.is_none() && code != "new" {
        return Err(Failure::absent().into());
    }
    let values = known.map(|one| {
        let mut values = vec![
            ("title", text(&one.title)),
            ("text", text(&one.text)),
            ("words_at_most", Answer::Number(one.words_at_most)),
            ("weight_percent", Answer::Number(one.weight_percent)),
            ("scale_max", Answer::Number(one.scale_max)),
        ];
        values.extend(one.at_least.map(|least| ("at_least", Answer::Number(least))));
        values
    });
    let mut fields = filled(QUESTION, values.unwrap_or_default());
    let lots = view.plan.framework.lots.iter().map(|lot| Choice { code: lot.code.clone(), label: lot.name.clone(), hint: None });
    fields.push(view::Field {
        options: lots.collect(),
        value: view::Answer::Codes(known.map(|one| one.lots.clone()).unwrap_or_default()),
        hint: Some("Leave all empty when every lot asks it".to_owned()),
        required: false,
        ..pages::field(FieldKind::ManyOf, "lots", "Lots that ask it")
    });
    fields.extend(refined(view, criteria, known));
    if known.is_some() {
        let no = view::Answer::Text("no".to_owned());
        fields.push(view::Field { value: no, ..pages::field(FieldKind::YesNo, "remove", "Take the question out?") });
    }
    let form = forms::form(site, format!("{here}/{code}"), Some(view.tender.version), fields, "Save");
    let title = if known.is_some() { "A question that bidders answer" } else { "Add a question" };
    pages::ask(page(site, who, title, here), form, Vec::new(), again)
}

/// `POST /tenders/{id}/quality/{code}`
pub(crate) async fn save_question(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, code)): Path<(String, String)>,
    posted: Posted,
) -> Answered {
    let view = own(&site, &who, &id).await?;
    let mut draft = draft_of(&view);
    let changed = change_question(&mut draft.plan, &code, &posted);
    match save(&site, &who, &view, &posted, changed.map(|()| draft)).await {
        Ok(()) => Ok(done(&format!("/tenders/{}/quality", view.tender.id), Done::Saved)),
        Err(failure) => question_page(&site, &who, &view, &code, Some((&posted, &Wrong::with(failure)?))),
    }
}

fn change_question(plan: &mut TenderPlan, code: &str, posted: &Posted) -> Result<(), Failure> {
    if posted.value("remove") == "yes" {
        plan.questions.retain(|question| question.code != code);
        return Ok(());
    }
    let answers = answered(QUESTION, posted)?;
    let text = |key: &str| answers.text(key).unwrap_or_default().to_owned();
    let number = |key: &str| answers.number(key).unwrap_or_default();
    let question = QualityQuestion {
        code: if code == "new" { free_code(plan) } else { code.to_owned() },
        title: text("title"),
        text: text("text"),
        lots: posted.raw.values("lots").filter(|lot| !lot.is_empty()).map(str::to_owned).collect(),
        words_at_most: number("words_at_most"),
        weight_percent: number("weight_percent"),
        scale_max: number("scale_max"),
        at_least: answers.number("at_least"),
        refines: Some(posted.value("refines").to_owned()).filter(|code| !code.is_empty()),
    };
    match plan.questions.iter_mut().find(|known| known.code == question.code) {
        Some(known) => *known = question,
        None => plan.questions.push(question),
    }
    Ok(())
}

/// The next code that no question has.
fn free_code(plan: &TenderPlan) -> String {
    let is_free = |code: &String| plan.questions.iter().all(|question| question.code != *code);
    (1..=plan.questions.len() + 1).map(|number| format!("Q{number}")).find(is_free).unwrap_or_default()
}

/// `GET /tenders/new`
pub(crate) async fn ask_new(State(site): State<Site>, Who(who): Who, Query(begun): Query<Begun>) -> Answered {
    new_page(&site, &who, &begun.like, None).await
}

/// From where a new tender is begun.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Begun {
    /// The framework whose next award it is.
    #[serde(default)]
    like: String,
}

/// What a new tender is begun with, beside the framework that it is like.
const NEW: &[Asked] = &[Asked::new(Kind::Text, "reference", "Reference of the framework", "Enter the reference")
    .hint("Leave it as it is for the next award of a framework; enter another for a new one")];

async fn new_page(site: &Site, who: &SignedIn, begun: &str, again: Option<(&Posted, &Wrong)>) -> Answered {
    let known = consortium(site, who).await?;
    let option = |framework: &Framework| Choice { code: framework.reference.clone(), label: framework.title.clone(), hint: None };
    let like = view::Field {
        options: known.frameworks.iter().map(option).collect(),
        value: view::Answer::Text(begun.to_owned()),
        ..pages::field(FieldKind::OneOf, "like", "Which framework is it like?")
    };
    let mut fields = vec![like];
    let mut reference = Answers::default();
    if !begun.is_empty() {
        reference.set("reference", Some(Answer::Text(begun.to_owned())));
    }
    fields.extend(NEW.iter().map(|field| forms::question(field, &reference)));
    fields.extend(ABOUT.iter().map(|field| forms::question(field, &Answers::default())));
    fields.push(may_finish(known.framework(begun).is_some_and(|like| like.continue_on_expiry)));
    let form = forms::form(site, "/tenders/new", None, fields, "Start the tender");
    let words = "Lots, categories, highest prices and users are taken over from the framework that it is like; prices, questions and rules \
                 are written on pages of their own.";
    pages::ask(page(site, who, "Start a tender", "/tenders".to_owned()), form, vec![Block::text(words)], again)
}

/// `POST /tenders/new`
pub(crate) async fn start(State(site): State<Site>, Who(who): Who, posted: Posted) -> Answered {
    let known = consortium(&site, &who).await?;
    let council = own_code(&site, &who).await?;
    let draft = known.framework(posted.value("like")).ok_or_else(|| Failure::invalid("like", "Select a framework")).and_then(|like| {
        let mut answers = Answers::default();
        parse_all(NEW, &posted.raw, &mut answers);
        let mut framework = like.clone();
        if let Some(reference) = answers.text("reference") {
            reference.clone_into(&mut framework.reference);
        }
        let (at, answers_by) = (site.nearhome.now(), framework.starts_on);
        let mut draft = TenderDraft {
            council,
            title: String::new(),
            questions_until: at,
            answers_by,
            deadline: at,
            plan: TenderPlan::blank(framework),
        };
        change_about(&mut draft, &posted, &site).map(|()| draft)
    });
    let outcome = match draft {
        Ok(draft) => perform(&site.nearhome, &who.caller, posted.key, &DraftTender { tender: None, draft }).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(id) => Ok(done(&format!("/tenders/{id}"), Done::Saved)),
        Err(failure) => new_page(&site, &who, "", Some((&posted, &Wrong::with(failure)?))).await,
    }
}
