//! One bid to judge: what it says, and the form of whoever scores its answers or writes down what was agreed.

use axum::extract::{Path, Query, State};
use domain::ids::{OpenedBidId, TenderId};
use service::people::sign_in::SignedIn;
use service::procurement::evaluation::{AnswerView, BidToJudge, GetBidToJudge};
use service::procurement::scoring::{AgreeScore, ScoreAnswer};
use service::{Failure, ask, perform};
use uuid::Uuid;

use super::evaluation::here;
use super::tenders::page;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong, sentence};
use crate::server::Site;
use crate::view::{Answer, Field, FieldKind};

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
    let has_radius = view.line.services.iter().any(|one| one.place.is_some());
    let services = view.line.services.iter().map(|one| {
        let tag = if one.goes_on() { Cell::tag("Goes on", "green") } else { Cell::tag("Does not go on", "red") };
        let mut cells = vec![Cell::text(&one.name), tag, Cell::text(sentence(&one.faults))];
        cells.extend(has_radius.then(|| Cell::text(one.place.as_ref().map_or_else(String::new, |(_, words)| sentence(words)))));
        cells
    });
    let mut columns = vec!["Name", "Compliance", "What is missing"];
    columns.extend(has_radius.then_some("Where it lies"));
    let mut blocks = vec![Block::facts(about), Block::table("Homes and branches", &columns, services.collect(), "The bid names none.")];
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
    if answer.is_agreed_again {
        let words = "It has to be agreed again: somebody on whose score it rested has declared a conflict of interest.";
        facts.push(Fact::new("Agreed", words));
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
