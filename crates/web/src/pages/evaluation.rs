//! Judging bids: where it stands, who evaluates, the lock, the ranking, and what becomes of each service.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use domain::access::{Action, could};
use domain::ids::{EvaluatorId, ServiceId, TenderId};
use domain::procurement::evaluation::EvaluationRefusal;
use domain::procurement::ranking::{Apart, PRICE, Ranked, Ranking};
use domain::procurement::sensitivity::{Crossing, Movement};
use domain::purchasing::matching::Points;
use service::people::sign_in::SignedIn;
use service::procurement::evaluation::{BidLine, EvaluationView, EvaluatorLine, GetEvaluation, RankedLot, ServiceLine};
use service::procurement::evaluator::{EndEvaluator, NameEvaluator};
use service::procurement::outcome::{BidOutcome, OutcomeKind, RecordOutcomes, Rejected};
use service::procurement::scoring::LockQuality;
use service::{Failure, ask, perform};

use super::part::{Listed, Parts};
use super::tenders::page;
use super::{Answered, Done, WasDone, conflicts, done};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong, sentence};
use crate::server::Site;
use crate::view::{Answer, Choice, Field, FieldKind, Link};

pub(super) async fn evaluation(site: &Site, who: &SignedIn, id: &str) -> Result<EvaluationView, Stopped> {
    let tender: TenderId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetEvaluation { tender }).await?)
}

/// The same for whoever runs it.
pub(super) async fn own(site: &Site, who: &SignedIn, id: &str) -> Result<EvaluationView, Stopped> {
    let view = evaluation(site, who, id).await?;
    if view.manages { Ok(view) } else { Err(Failure::absent().into()) }
}

pub(super) fn here(tender: TenderId) -> String {
    format!("/tenders/{tender}/evaluation")
}

/// `GET /tenders/{id}/evaluation`
pub(crate) async fn see(
    State(site): State<Site>,
    Who(who): Who,
    Path(id): Path<String>,
    Query(was): Query<WasDone>,
    Query(parts): Query<Parts>,
) -> Answered {
    let view = evaluation(&site, &who, &id).await?;
    let mut page = page(&site, &who, "Evaluation of the bids", format!("/tenders/{}", view.tender.id));
    page.notice = was.notice();
    let quality = view.tender.quality_locked_at.map_or_else(|| "Open".to_owned(), |at| format!("Locked on {}", when(at)));
    let mut blocks = vec![Block::facts(vec![
        Fact::new("Quality scores", quality),
        Fact::new("Answers without an agreed score", format!("{}{}", view.still_to_agree, agreed_again(view.to_agree_again))),
        Fact::new("Evaluators", format!("At least {} score each answer, each alone", view.plan.evaluators_at_least)),
    ])];
    blocks.extend(acts(&who, &view));
    blocks.extend(conflicts::late(&view.conflicts));
    if let Err(why) = &view.may_see {
        blocks.push(Block::text(sentence(&why.to_string())));
    } else {
        blocks.extend(bids(&view, &parts));
    }
    blocks.push(evaluators(&view.evaluators));
    for (number, lot) in view.lots.iter().enumerate() {
        blocks.extend(ranked_lot(&here(view.tender.id), number, lot, &parts));
    }
    if !view.outcomes.is_empty() {
        blocks.extend(outcomes(&view, &parts));
    }
    Ok(pages::show(&page, Some(&view.tender.title), &blocks)?)
}

/// What follows the number of answers, where some had an agreed score that fell.
fn agreed_again(number: usize) -> String {
    if number == 0 { String::new() } else { format!(", {number} to be agreed again since a conflict of interest was declared") }
}

fn acts(who: &SignedIn, view: &EvaluationView) -> Option<Block> {
    let here = here(view.tender.id);
    let runs = view.manages && could(who.role, Action::RunEvaluation);
    let mut links = Vec::new();
    match view.may_see {
        Err(EvaluationRefusal::NotDeclared) => links.push(Link::new("Declare conflicts of interest", format!("{here}/declare"))),
        Ok(()) => links.push(Link::new("Declare a conflict of interest after all", format!("{here}/declare"))),
        Err(_) => {}
    }
    if runs {
        links.push(Link::new("Name an evaluator", format!("{here}/name")));
        if view.evaluators.iter().any(|one| one.ended_on.is_none()) {
            links.push(Link::new("End an evaluator’s part", format!("{here}/end")));
        }
        if view.tender.quality_locked_at.is_none() && !view.bids.is_empty() {
            links.push(Link::new("Lock the quality scores", format!("{here}/lock")));
        }
        if view.conflicts.iter().any(|one| one.settled.is_none()) {
            links.push(Link::new("Record how a conflict was dealt with", format!("{here}/settle")));
        }
        if !view.lots.is_empty() {
            links.insert(0, Link::new("Decide on each service", format!("{here}/outcomes")));
        }
    }
    (!links.is_empty()).then_some(Block::Acts { links })
}

/// How the homes of a bid lie to the radius of the exercise, a line each.
fn places(services: &[ServiceLine]) -> Cell {
    let lines = services.iter().filter_map(|one| one.place.as_ref().map(|(_, words)| format!("{}: {words}", one.name)));
    Cell::text(lines.collect::<Vec<_>>().join("\n"))
}

fn bids(view: &EvaluationView, parts: &Parts) -> Vec<Block> {
    let has_radius = view.plan.exercise.as_ref().is_some_and(|exercise| exercise.radius.is_some());
    let row = |bid: &BidLine| {
        let faults: Vec<String> =
            bid.services.iter().filter(|one| !one.goes_on()).map(|one| format!("{}: {}", one.name, one.faults)).collect();
        let mut cells = vec![
            Cell::link(&bid.provider, format!("{}/bids/{}", here(view.tender.id), bid.id)),
            Cell::text(&bid.lot),
            if bid.goes_on() { Cell::tag("Goes on", "green") } else { Cell::tag("Does not go on", "red") },
            Cell::text(if faults.is_empty() { "Nothing is missing".to_owned() } else { faults.join("\n") }),
        ];
        if has_radius {
            cells.push(places(&bid.services));
        }
        if view.scores {
            cells.push(Cell::text(format!("{} of {}", bid.mine, bid.asked)));
        }
        cells.push(Cell::text(format!("{} of {}{}", bid.agreed, bid.asked, agreed_again(bid.again))));
        cells
    };
    let mut columns = vec!["Bidder", "Lot", "Compliance", "What is missing"];
    if has_radius {
        columns.push("Where the homes lie");
    }
    if view.scores {
        columns.push("You scored");
    }
    columns.push("Agreed");
    let (path, empty) = (here(view.tender.id), "The quality envelopes are not open yet.");
    parts.table(&Listed { path: &path, name: "bids", caption: "Bids", columns: &columns, empty }, view.bids.iter().map(row))
}

fn evaluators(lines: &[EvaluatorLine]) -> Block {
    let row = |one: &EvaluatorLine| {
        let (text, colour) = match (one.ended_on, one.declared) {
            (Some(day), _) => (format!("Until {}", on(day)), "grey"),
            (None, None) => ("Has not declared yet".to_owned(), "yellow"),
            (None, Some((true, at))) => (format!("Declared a conflict on {}", when(at)), "red"),
            (None, Some((false, at))) => (format!("Declared none on {}", when(at)), "green"),
        };
        vec![Cell::text(&one.name), Cell::tag(text, colour), Cell::text(one.scored.to_string())]
    };
    let columns = ["Evaluator", "Conflicts of interest", "#Answers scored"];
    Block::table("Who evaluates", &columns, lines.iter().map(row).collect(), "Nobody is named yet.")
}

/// So many parts of a total can be read in a row of a table; more are behind their sums.
const PARTS_IN_A_ROW: usize = 8;

/// How the parts of a total add up.
fn explained(ranked: &Ranked) -> Cell {
    let parts: Vec<String> = ranked.parts.iter().map(|part| format!("{}: {}", part.title, part.sentence)).collect();
    if parts.len() <= PARTS_IN_A_ROW {
        return Cell::text(parts.join("\n"));
    }
    let sum = |is_price: bool| Points(ranked.parts.iter().filter(|part| (part.code == PRICE) == is_price).map(|part| part.points.0).sum());
    Cell::folded(format!("Quality {}, price {}", sum(false), sum(true)), parts)
}

/// The ranking of a lot, explained: parts that add up, who stands apart, and how it moves with the weights.
fn ranked_lot(path: &str, number: usize, lot: &RankedLot, parts: &Parts) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (place, (category, moves)) in lot.ranking.categories.iter().zip(&lot.moves).enumerate() {
        let row = |ranked: &Ranked| {
            vec![
                Cell::text(ranked.rank.to_string()),
                Cell::text(format!("{}\n{}", ranked.name, ranked.provider)),
                Cell::text(ranked.weekly.0.to_string()),
                Cell::text(ranked.total.to_string()),
                explained(ranked),
            ]
        };
        let caption = format!("Lot {}: ranking in category {}", lot.inputs.lot, category.category);
        let columns = ["#Rank", "Home or branch", "#A week", "#Points", "How they add up"];
        let (name, empty) = (format!("ranking-{number}-{place}"), "Nobody who goes on bids for this category.");
        let list = Listed { path, name: &name, caption: &caption, columns: &columns, empty };
        blocks.extend(parts.table(&list, category.ranked.iter().map(row)));
        if category.ranked.len() > 1 {
            let title = format!("Category {}: how the ranking moves with the weights", category.category);
            let columns = ["Criterion", "#Weight", "Next change of places below", "Next change of places above", "First"];
            let names: BTreeMap<ServiceId, &str> = category.ranked.iter().map(|row| (row.service, row.name.as_str())).collect();
            let rows = moves.movements.iter().map(|movement| moving(movement, &names)).collect();
            blocks.push(Block::table(&title, &columns, rows, "One criterion has all of the weight."));
        }
    }
    let (name, rows) = (format!("apart-{number}"), lot.ranking.apart.iter().map(stands_apart));
    let caption = apart_title(lot);
    let list = Listed { path, name: &name, caption: &caption, columns: &APART, empty: "Everybody goes on." };
    blocks.extend(parts.table(&list, rows));
    blocks
}

fn moving(movement: &Movement, names: &BTreeMap<ServiceId, &str>) -> Vec<Cell> {
    let name = |service| names.get(&service).copied().unwrap_or_default();
    let crossing = |found: Option<Crossing>| {
        found.map_or_else(|| "None".to_owned(), |one| format!("{}: {} and {}", one.at, name(one.below), name(one.above)))
    };
    let leaders: Vec<String> =
        movement.leaders.iter().map(|stretch| format!("{} from {} to {}", name(stretch.leader), stretch.from, stretch.to)).collect();
    vec![
        Cell::text(&movement.title),
        Cell::text(format!("{}%", movement.weight_percent)),
        Cell::text(crossing(movement.down)),
        Cell::text(crossing(movement.up)),
        Cell::text(leaders.join("\n")),
    ]
}

const APART: [&str; 4] = ["Home or branch", "Category", "#A week", "Why"];

fn apart_title(lot: &RankedLot) -> String {
    format!("Lot {}: not admitted", lot.inputs.lot)
}

fn stands_apart(one: &Apart) -> Vec<Cell> {
    vec![
        Cell::text(format!("{}\n{}", one.name, one.provider)),
        Cell::text(one.category.clone().unwrap_or_else(|| "None".to_owned())),
        Cell::text(one.weekly.map_or_else(String::new, |weekly| weekly.0.to_string())),
        Cell::text(sentence(&one.reasons.join("; "))),
    ]
}

/// All who stand apart, for whoever decides.
fn apart(lot: &RankedLot) -> Block {
    Block::table(apart_title(lot), &APART, lot.ranking.apart.iter().map(stands_apart).collect(), "Everybody goes on.")
}

fn outcomes(view: &EvaluationView, parts: &Parts) -> Vec<Block> {
    let bids = view.lots.iter().flat_map(|lot| &lot.inputs.bids);
    let names: BTreeMap<_, _> =
        bids.flat_map(|bid| bid.lines.iter().map(move |line| ((bid.bid, line.service), (&line.name, &bid.provider)))).collect();
    let row = |outcome: &BidOutcome| {
        let found = names.get(&(outcome.opened_bid_id, outcome.service_id));
        let name = found.map_or_else(String::new, |(name, provider)| format!("{name}\n{provider}"));
        let (text, colour) = match outcome.outcome {
            OutcomeKind::Admit => ("Admitted", "green"),
            OutcomeKind::Reject => ("Not admitted", "red"),
        };
        vec![Cell::text(name), Cell::text(&outcome.category), Cell::tag(text, colour), Cell::text(sentence(&outcome.reason))]
    };
    let (path, caption, columns) =
        (here(view.tender.id), "What becomes of each service", ["Home or branch", "Category", "Outcome", "Reason"]);
    parts.table(&Listed { path: &path, name: "outcomes", caption, columns: &columns, empty: "" }, view.outcomes.iter().map(row))
}

/// `GET /tenders/{id}/evaluation/name`
pub(crate) async fn ask_name(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    name_page(&site, &who, &own(&site, &who, &id).await?, None)
}

fn name_page(site: &Site, who: &SignedIn, view: &EvaluationView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let hint = Some("Anybody who works for one of the councils and has an account".to_owned());
    let fields = vec![Field { hint, ..pages::field(FieldKind::Text, "email", "Email address of the evaluator") }];
    let form = forms::form(site, format!("{}/name", here(view.tender.id)), None, fields, "Name the evaluator");
    pages::ask(page(site, who, "Name an evaluator", here(view.tender.id)), form, Vec::new(), again)
}

/// `POST /tenders/{id}/evaluation/name`
pub(crate) async fn name(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender: TenderId = pages::id(&id)?;
    let command = NameEvaluator { tender, email: posted.value("email").to_owned() };
    match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(_) => Ok(done(&here(tender), Done::Named)),
        Err(failure) => name_page(&site, &who, &evaluation(&site, &who, &id).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}

/// `GET /tenders/{id}/evaluation/end`
pub(crate) async fn ask_end(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    end_page(&site, &who, &own(&site, &who, &id).await?, None)
}

fn end_page(site: &Site, who: &SignedIn, view: &EvaluationView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let live = view.evaluators.iter().filter(|one| one.ended_on.is_none());
    let options = live.map(|one| Choice { code: one.id.to_string(), label: one.name.clone(), hint: None }).collect();
    let fields = vec![Field { options, ..pages::field(FieldKind::OneOf, "evaluator", "Who evaluates no longer?") }];
    let form = forms::form(site, format!("{}/end", here(view.tender.id)), None, fields, "End their part");
    let above = vec![Block::text("What they scored stays on record and counts as it does now.")];
    pages::ask(page(site, who, "End an evaluator’s part", here(view.tender.id)), form, above, again)
}

/// `POST /tenders/{id}/evaluation/end`
pub(crate) async fn end(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender = own(&site, &who, &id).await?.tender.id;
    let outcome = match posted.value("evaluator").parse::<EvaluatorId>() {
        Ok(evaluator) => perform(&site.nearhome, &who.caller, posted.key, &EndEvaluator { tender, evaluator }).await,
        Err(_) => Err(Failure::invalid("evaluator", "Select who evaluates no longer")),
    };
    match outcome {
        Ok(_) => Ok(done(&here(tender), Done::MovedOn)),
        Err(failure) => end_page(&site, &who, &evaluation(&site, &who, &id).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}

/// `GET /tenders/{id}/evaluation/lock`
pub(crate) async fn ask_lock(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    lock_page(&site, &who, &own(&site, &who, &id).await?, None)
}

fn lock_page(site: &Site, who: &SignedIn, view: &EvaluationView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let left = match view.still_to_agree {
        0 => "Every answer that counts has an agreed score.".to_owned(),
        1 => format!("One answer has no agreed score yet{}.", agreed_again(view.to_agree_again)),
        many => format!("{many} answers have no agreed score yet{}.", agreed_again(view.to_agree_again)),
    };
    let above =
        vec![Block::text(left), Block::text("Once the scores are locked none of them changes, and the price envelopes can be opened.")];
    let form = forms::form(site, format!("{}/lock", here(view.tender.id)), None, Vec::new(), "Lock the quality scores");
    pages::ask(page(site, who, "Lock the quality scores", here(view.tender.id)), form, above, again)
}

/// `POST /tenders/{id}/evaluation/lock`
pub(crate) async fn lock(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender: TenderId = pages::id(&id)?;
    match perform(&site.nearhome, &who.caller, posted.key, &LockQuality { tender }).await {
        Ok(_) => Ok(done(&here(tender), Done::MovedOn)),
        Err(failure) => lock_page(&site, &who, &evaluation(&site, &who, &id).await?, Some((&posted, &Wrong::with(failure)?))),
    }
}

/// `GET /tenders/{id}/evaluation/outcomes`
pub(crate) async fn ask_outcomes(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    outcomes_page(&site, &who, &own(&site, &who, &id).await?, None)
}

/// Everything that could be admitted: the bid, the service, the category, and a name for it.
fn admissible(ranking: &Ranking) -> impl Iterator<Item = (&Ranked, &str)> {
    ranking
        .categories
        .iter()
        .flat_map(|category| category.ranked.iter().filter(|row| row.is_within_limit).map(|row| (row, category.category.as_str())))
}

fn code_of(row: &Ranked, category: &str) -> String {
    format!("{}-{category}", row.service)
}

fn outcomes_page(site: &Site, who: &SignedIn, view: &EvaluationView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let mut fields = Vec::new();
    for (row, category) in view.lots.iter().flat_map(|lot| admissible(&lot.ranking)) {
        let label = format!("{} of {}, category {category}: rank {} at {}", row.name, row.provider, row.rank, row.weekly);
        let options = [("ADMIT", "Admit"), ("REJECT", "Do not admit")];
        let options = options.map(|(code, label)| Choice { code: code.to_owned(), label: label.to_owned(), hint: None }).to_vec();
        let choice = pages::field(FieldKind::OneOf, &format!("outcome-{}", code_of(row, category)), &label);
        fields.push(Field { options, value: Answer::Text("ADMIT".to_owned()), ..choice });
        let key = format!("reason-{}", code_of(row, category));
        let reason = pages::field(FieldKind::Text, &key, &format!("Why {} is not admitted to {category}", row.name));
        fields.push(Field { required: false, hint: Some("Only if it is not admitted; the bidder is told it".to_owned()), ..reason });
    }
    let words =
        "What is not ranked cannot be admitted, and is rejected for what it lacks. What is ranked is admitted unless you say why not.";
    let mut above = vec![Block::text(words)];
    above.extend(view.lots.iter().map(apart));
    let form = forms::form(site, format!("{}/outcomes", here(view.tender.id)), None, fields, "Record the outcomes");
    pages::ask(page(site, who, "Decide on each service", here(view.tender.id)), form, above, again)
}

/// `POST /tenders/{id}/evaluation/outcomes`
pub(crate) async fn record_outcomes(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let rows = view.lots.iter().flat_map(|lot| admissible(&lot.ranking));
    let rejected =
        rows.filter(|(row, category)| posted.value(&format!("outcome-{}", code_of(row, category))) == "REJECT").map(|(row, category)| {
            Rejected {
                bid: row.bid,
                service: row.service,
                category: category.to_owned(),
                reason: posted.value(&format!("reason-{}", code_of(row, category))).to_owned(),
            }
        });
    let command = RecordOutcomes { tender: view.tender.id, rejected: rejected.collect() };
    match perform(&site.nearhome, &who.caller, posted.key, &command).await {
        Ok(_) => Ok(done(&here(view.tender.id), Done::Saved)),
        Err(failure) => outcomes_page(&site, &who, &view, Some((&posted, &Wrong::with(failure)?))),
    }
}
