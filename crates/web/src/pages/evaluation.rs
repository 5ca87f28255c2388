//! Judging bids: who evaluates, declarations, the scores of each bid, the lock, the ranking, and what becomes of each service.

use axum::extract::{Path, Query, State};
use domain::access::{Action, could};
use domain::ids::{EvaluatorId, OpenedBidId, TenderId};
use domain::procurement::evaluation::EvaluationRefusal;
use domain::procurement::ranking::{Ranked, Ranking};
use domain::procurement::sensitivity::{Crossing, Movement};
use service::people::sign_in::SignedIn;
use service::procurement::evaluation::{
    AnswerView, BidLine, BidToJudge, EvaluationView, EvaluatorLine, GetBidToJudge, GetEvaluation, RankedLot,
};
use service::procurement::evaluator::{DeclareConflict, EndEvaluator, NameEvaluator};
use service::procurement::outcome::{OutcomeKind, RecordOutcomes, Rejected};
use service::procurement::scoring::{AgreeScore, LockQuality, ScoreAnswer};
use service::{Failure, ask, perform};

use uuid::Uuid;

use super::tenders::page;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong, sentence};
use crate::server::Site;
use crate::view::{Answer, Choice, Field, FieldKind, Link};

async fn evaluation(site: &Site, who: &SignedIn, id: &str) -> Result<EvaluationView, Stopped> {
    let tender: TenderId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetEvaluation { tender }).await?)
}

/// The same for whoever runs it.
async fn own(site: &Site, who: &SignedIn, id: &str) -> Result<EvaluationView, Stopped> {
    let view = evaluation(site, who, id).await?;
    if view.manages { Ok(view) } else { Err(Failure::absent().into()) }
}

fn here(tender: TenderId) -> String {
    format!("/tenders/{tender}/evaluation")
}

/// `GET /tenders/{id}/evaluation`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = evaluation(&site, &who, &id).await?;
    let mut page = page(&site, &who, "Evaluation of the bids", format!("/tenders/{}", view.tender.id));
    page.notice = was.notice();
    let quality = view.tender.quality_locked_at.map_or_else(|| "Open".to_owned(), |at| format!("Locked on {}", when(at)));
    let mut blocks = vec![Block::facts(vec![
        Fact::new("Quality scores", quality),
        Fact::new("Answers without an agreed score", view.still_to_agree.to_string()),
        Fact::new("Evaluators", format!("At least {} score each answer, each alone", view.plan.evaluators_at_least)),
    ])];
    blocks.extend(acts(&who, &view));
    if let Err(why) = &view.may_see {
        blocks.push(Block::text(sentence(&why.to_string())));
    } else {
        blocks.push(bids(&view));
    }
    blocks.push(evaluators(&view.evaluators));
    for lot in &view.lots {
        blocks.extend(ranked_lot(lot));
    }
    if !view.outcomes.is_empty() {
        blocks.push(outcomes(&view));
    }
    Ok(pages::show(&page, Some(&view.tender.title), &blocks)?)
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
        if !view.lots.is_empty() {
            links.insert(0, Link::new("Decide on each service", format!("{here}/outcomes")));
        }
    }
    (!links.is_empty()).then_some(Block::Acts { links })
}

fn bids(view: &EvaluationView) -> Block {
    let row = |bid: &BidLine| {
        let faults: Vec<String> =
            bid.services.iter().filter(|(_, _, faults)| !faults.is_empty()).map(|(_, name, faults)| format!("{name}: {faults}")).collect();
        let mut cells = vec![
            Cell::link(&bid.provider, format!("{}/bids/{}", here(view.tender.id), bid.id)),
            Cell::text(&bid.lot),
            if bid.goes_on() { Cell::tag("Goes on", "green") } else { Cell::tag("Does not go on", "red") },
            Cell::text(if faults.is_empty() { "Nothing is missing".to_owned() } else { faults.join("\n") }),
        ];
        if view.scores {
            cells.push(Cell::text(format!("{} of {}", bid.mine, bid.asked)));
        }
        cells.push(Cell::text(format!("{} of {}", bid.agreed, bid.asked)));
        cells
    };
    let mut columns = vec!["Bidder", "Lot", "Compliance", "What is missing"];
    if view.scores {
        columns.push("You scored");
    }
    columns.push("Agreed");
    Block::table("Bids", &columns, view.bids.iter().map(row).collect(), "The quality envelopes are not open yet.")
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

/// The ranking of a lot, explained: parts that add up, who stands apart, and how it moves with the weights.
fn ranked_lot(lot: &RankedLot) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (category, moves) in lot.ranking.categories.iter().zip(&lot.moves) {
        let row = |ranked: &Ranked| {
            let parts: Vec<String> = ranked.parts.iter().map(|part| format!("{}: {}", part.title, part.sentence)).collect();
            vec![
                Cell::text(ranked.rank.to_string()),
                Cell::text(format!("{}\n{}", ranked.name, ranked.provider)),
                Cell::text(ranked.weekly.0.to_string()),
                Cell::text(ranked.total.to_string()),
                Cell::text(parts.join("\n")),
            ]
        };
        let title = format!("Lot {}: ranking in category {}", lot.inputs.lot, category.category);
        let columns = ["#Rank", "Home or branch", "#A week", "#Points", "How they add up"];
        blocks.push(Block::table(
            &title,
            &columns,
            category.ranked.iter().map(row).collect(),
            "Nobody who goes on bids for this category.",
        ));
        if category.ranked.len() > 1 {
            let title = format!("Category {}: how the ranking moves with the weights", category.category);
            let columns = ["Criterion", "#Weight", "Next change of places below", "Next change of places above", "First"];
            let rows = moves.movements.iter().map(|movement| moving(movement, &category.ranked)).collect();
            blocks.push(Block::table(&title, &columns, rows, "One criterion has all of the weight."));
        }
    }
    blocks.push(apart(lot));
    blocks
}

fn moving(movement: &Movement, ranked: &[Ranked]) -> Vec<Cell> {
    let name = |service| ranked.iter().find(|row| row.service == service).map_or("", |row| row.name.as_str());
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

fn apart(lot: &RankedLot) -> Block {
    let rows = lot.ranking.apart.iter().map(|one| {
        vec![
            Cell::text(format!("{}\n{}", one.name, one.provider)),
            Cell::text(one.category.clone().unwrap_or_else(|| "None".to_owned())),
            Cell::text(one.weekly.map_or_else(String::new, |weekly| weekly.0.to_string())),
            Cell::text(sentence(&one.reasons.join("; "))),
        ]
    });
    let title = format!("Lot {}: not admitted", lot.inputs.lot);
    Block::table(&title, &["Home or branch", "Category", "#A week", "Why"], rows.collect(), "Everybody goes on.")
}

fn outcomes(view: &EvaluationView) -> Block {
    let names: Vec<_> =
        view.lots.iter().flat_map(|lot| &lot.inputs.bids).flat_map(|bid| bid.lines.iter().map(move |line| (bid, line))).collect();
    let rows = view.outcomes.iter().map(|outcome| {
        let found = names.iter().find(|(bid, line)| bid.bid == outcome.opened_bid_id && line.service == outcome.service_id);
        let name = found.map_or_else(String::new, |(bid, line)| format!("{}\n{}", line.name, bid.provider));
        let (text, colour) = match outcome.outcome {
            OutcomeKind::Admit => ("Admitted", "green"),
            OutcomeKind::Reject => ("Not admitted", "red"),
        };
        vec![Cell::text(name), Cell::text(&outcome.category), Cell::tag(text, colour), Cell::text(sentence(&outcome.reason))]
    });
    Block::table("What becomes of each service", &["Home or branch", "Category", "Outcome", "Reason"], rows.collect(), "")
}

/// `GET /tenders/{id}/evaluation/declare`
pub(crate) async fn ask_declare(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    declare_page(&site, &who, &evaluation(&site, &who, &id).await?, None)
}

fn declare_page(site: &Site, who: &SignedIn, view: &EvaluationView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let fields = vec![
        pages::field(FieldKind::YesNo, "has_conflict", "Have you a conflict of interest with any bidder?"),
        Field { required: false, ..pages::field(FieldKind::LongText, "words", "What it is") },
    ];
    let bidders = if view.bids.is_empty() {
        "You are shown no bid before you have declared."
    } else {
        "A conflict that turns up later is declared here too."
    };
    let words = "A conflict is anything that could sway you, or could look as if it did: family, work, money, friendship or a dispute with somebody who bids.";
    let above = vec![Block::Text { lines: vec![words.to_owned(), bidders.to_owned()] }];
    let form = forms::form(site, format!("{}/declare", here(view.tender.id)), None, fields, "Declare");
    pages::ask(page(site, who, "Conflicts of interest", here(view.tender.id)), form, above, again)
}

/// `POST /tenders/{id}/evaluation/declare`
pub(crate) async fn declare(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let tender: TenderId = pages::id(&id)?;
    let outcome = match posted.value("has_conflict") {
        answer @ ("yes" | "no") => {
            let command = DeclareConflict { tender, has_conflict: answer == "yes", words: posted.exact("words").to_owned() };
            perform(&site.nearhome, &who.caller, posted.key, &command).await.map(drop)
        }
        _ => Err(Failure::invalid("has_conflict", "Select yes if you have a conflict of interest")),
    };
    match outcome {
        Ok(()) => Ok(done(&here(tender), Done::Declared)),
        Err(failure) => declare_page(&site, &who, &evaluation(&site, &who, &id).await?, Some((&posted, &Wrong::with(failure)?))),
    }
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

async fn to_judge(site: &Site, who: &SignedIn, id: &str, bid: &str) -> Result<BidToJudge, Stopped> {
    let (tender, bid): (TenderId, OpenedBidId) = (pages::id(id)?, pages::id(bid)?);
    Ok(ask(&site.nearhome, &who.caller, &GetBidToJudge { tender, bid }).await?)
}

/// `GET /tenders/{id}/evaluation/bids/{bid}`: what the bidder says, and the form of whoever scores or writes down what was agreed.
pub(crate) async fn bid(
    State(site): State<Site>,
    Who(who): Who,
    Path((id, bid)): Path<(String, String)>,
    Query(was): Query<WasDone>,
) -> Answered {
    bid_page(&site, &who, &to_judge(&site, &who, &id, &bid).await?, &was, None)
}

fn bid_page(site: &Site, who: &SignedIn, view: &BidToJudge, was: &WasDone, again: Option<(&Posted, &Wrong)>) -> Answered {
    let mut page = page(site, who, &format!("Bid of {} for lot {}", view.line.provider, view.line.lot), here(view.tender.id));
    page.notice = was.notice();
    let quality = &view.quality;
    let mut about = vec![Fact::new("Company or charity number", &quality.company_number)];
    about.extend(quality.insurances.iter().map(|one| Fact::new(&one.name, format!("{}\nuntil {}", one.amount_pence, on(one.valid_until)))));
    let services = view.line.services.iter().map(|(_, name, faults)| {
        let tag = if faults.is_empty() { Cell::tag("Goes on", "green") } else { Cell::tag("Does not go on", "red") };
        vec![Cell::text(name), tag, Cell::text(sentence(faults))]
    });
    let mut blocks = vec![
        Block::facts(about),
        Block::table("Homes and branches", &["Name", "Compliance", "What is missing"], services.collect(), "The bid names none."),
    ];
    for answer in &view.answers {
        blocks.extend(answer_blocks(answer));
    }
    let fields: Vec<Field> = if view.scores && view.tender.quality_locked_at.is_none() {
        let open = view.answers.iter().filter(|answer| answer.agreed.is_none());
        open.flat_map(|answer| pair(answer, "score", "Your score", "Your reason", answer.mine.as_ref())).collect()
    } else if view.manages && view.tender.quality_locked_at.is_none() {
        let comparable = view.answers.iter().filter(|answer| answer.all.is_some());
        comparable.flat_map(|answer| pair(answer, "agreed", "Agreed score", "Why, for the bidder", answer.agreed.as_ref())).collect()
    } else {
        Vec::new()
    };
    if fields.is_empty() {
        return Ok(pages::show(&page, Some(&view.tender.title), &blocks)?);
    }
    let (act, button) = if view.scores { ("score", "Save my scores") } else { ("agree", "Save what was agreed") };
    let form = forms::form(site, format!("{}/bids/{}/{act}", here(view.tender.id), view.line.id), None, fields, button);
    pages::ask(page, form, blocks, again)
}

fn answer_blocks(answer: &AnswerView) -> Vec<Block> {
    let question = &answer.question;
    let mut blocks = vec![
        Block::heading(&question.title),
        Block::text(&question.text),
        Block::Text { lines: answer.text.lines().map(str::to_owned).collect() },
    ];
    let mut facts = vec![Fact::new("Weight", format!("{}%, scores from 0 to {}", question.weight_percent, question.scale_max))];
    if let Some(least) = question.at_least {
        facts.push(Fact::new("A bid must reach", least.to_string()));
    }
    match &answer.all {
        Some(all) => facts.extend(all.iter().map(|(name, score, reason)| Fact::new(name, format!("{score}\n{reason}")))),
        None => facts.push(Fact::new("Scores so far", format!("{}; they are shown when enough people have scored", answer.given))),
    }
    if let Some((agreed, reason)) = &answer.agreed {
        facts.push(Fact::new("Agreed", format!("{agreed}\n{reason}")));
    }
    blocks.push(Block::facts(facts));
    blocks
}

/// The fields of a score and its reason.
fn pair(answer: &AnswerView, key: &str, score: &str, reason: &str, before: Option<&(u32, String)>) -> [Field; 2] {
    let question = &answer.question;
    let typed = before
        .map_or((Answer::Nothing, Answer::Nothing), |(score, reason)| (Answer::Text(score.to_string()), Answer::Text(reason.clone())));
    let number = Field {
        hint: Some(format!("From 0 to {}", question.scale_max)),
        value: typed.0,
        required: false,
        ..pages::field(FieldKind::Number, &format!("{key}-{}", question.code), &format!("{score}: {}", question.title))
    };
    let words = pages::field(FieldKind::LongText, &format!("reason-{}", question.code), &format!("{reason}: {}", question.title));
    [number, Field { value: typed.1, required: false, ..words }]
}

/// What of a form of scores was typed: the code of the question, the number or why it is none, and the reason.
fn typed(posted: &Posted, view: &BidToJudge, key: &str) -> Vec<(String, Result<u32, Failure>, String)> {
    let answers = view.answers.iter().map(|answer| &answer.question);
    let filled = answers.filter_map(|question| {
        let field = format!("{key}-{}", question.code);
        let (number, reason) = (posted.value(&field), posted.value(&format!("reason-{}", question.code)));
        let wrong = || Failure::invalid(field.clone(), format!("Enter a whole number from 0 to {}", question.scale_max));
        (!number.is_empty() || !reason.is_empty()).then(|| (question.code.clone(), number.parse().map_err(|_| wrong()), reason.to_owned()))
    });
    filled.collect()
}

/// The key of one of the acts of a form.
fn key_of(posted: &Posted, number: usize) -> Uuid {
    Uuid::from_u128(posted.key.as_u128().wrapping_add(u128::try_from(number).unwrap_or_default()))
}

/// `POST /tenders/{id}/evaluation/bids/{bid}/score`
pub(crate) async fn score(State(site): State<Site>, Who(who): Who, Path((id, bid)): Path<(String, String)>, posted: Posted) -> Answered {
    let view = to_judge(&site, &who, &id, &bid).await?;
    let (tender, bid_id) = (view.tender.id, view.line.id);
    let mut failures = Vec::new();
    for (number, (question, score, reason)) in typed(&posted, &view, "score").into_iter().enumerate() {
        let before = view.answers.iter().find(|answer| answer.question.code == question).and_then(|answer| answer.mine.as_ref());
        let outcome = match score {
            Ok(score) if before == Some(&(score, reason.clone())) => Ok(()),
            Ok(score) => {
                let command = ScoreAnswer { tender, bid: bid_id, question, score, reason };
                perform(&site.nearhome, &who.caller, key_of(&posted, number), &command).await.map(drop)
            }
            Err(failure) => Err(failure),
        };
        failures.extend(outcome.err());
    }
    kept(&site, &who, (&id, &bid), &posted, failures).await
}

/// `POST /tenders/{id}/evaluation/bids/{bid}/agree`
pub(crate) async fn agree(State(site): State<Site>, Who(who): Who, Path((id, bid)): Path<(String, String)>, posted: Posted) -> Answered {
    let view = to_judge(&site, &who, &id, &bid).await?;
    let (tender, bid_id) = (view.tender.id, view.line.id);
    let mut failures = Vec::new();
    for (number, (question, agreed, reason)) in typed(&posted, &view, "agreed").into_iter().enumerate() {
        let outcome = match agreed {
            Ok(agreed) => {
                let command = AgreeScore { tender, bid: bid_id, question, agreed, reason };
                perform(&site.nearhome, &who.caller, key_of(&posted, number), &command).await.map(drop)
            }
            Err(failure) => Err(failure),
        };
        failures.extend(outcome.err());
    }
    kept(&site, &who, (&id, &bid), &posted, failures).await
}

/// What was right is kept; what was not is told at its field, all of it at once.
async fn kept(site: &Site, who: &SignedIn, (id, bid): (&str, &str), posted: &Posted, failures: Vec<Failure>) -> Answered {
    let mut wrong: Option<Wrong> = None;
    for failure in failures {
        let next = Wrong::with(failure)?;
        match &mut wrong {
            Some(all) => all.problems.extend(next.problems),
            None => wrong = Some(next),
        }
    }
    let Some(wrong) = wrong else { return Ok(done(&format!("/tenders/{id}/evaluation/bids/{bid}"), Done::Scored)) };
    let view = to_judge(site, who, id, bid).await?;
    bid_page(site, who, &view, &WasDone::default(), Some((posted, &wrong)))
}

/// `GET /tenders/{id}/evaluation/lock`
pub(crate) async fn ask_lock(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    lock_page(&site, &who, &own(&site, &who, &id).await?, None)
}

fn lock_page(site: &Site, who: &SignedIn, view: &EvaluationView, again: Option<(&Posted, &Wrong)>) -> Answered {
    let left = match view.still_to_agree {
        0 => "Every answer that counts has an agreed score.".to_owned(),
        1 => "One answer has no agreed score yet.".to_owned(),
        many => format!("{many} answers have no agreed score yet."),
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
