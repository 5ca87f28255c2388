//! What bidders ask about a tender, and what all of them are told: the bidder's side, and the side of those who answer.

use axum::extract::{Path, Query, State};
use domain::Code as _;
use domain::access::{Action, could};
use domain::ids::TenderId;
use domain::procurement::tender::Phase;
use domain::purchasing::fields::{Answers, Field as Asked, FieldKind as Kind};
use service::people::sign_in::SignedIn;
use service::procurement::questions::{AnswerQuestions, AskAboutTender, GetQuestions, QuestionsView, WriteAddendum};
use service::procurement::tender::Addendum;
use service::{Command, Failure, ask, perform};

use super::tenders::page;
use super::{Answered, Done, WasDone, done};
use crate::blocks::{Block, Cell, Fact, on, when};
use crate::caller::Who;
use crate::forms::{self, Posted};
use crate::pages;
use crate::problem::{Stopped, Wrong};
use crate::server::Site;
use crate::view::{self, Choice, FieldKind, Link};

async fn questions(site: &Site, who: &SignedIn, id: &str) -> Result<QuestionsView, Stopped> {
    let tender: TenderId = pages::id(id)?;
    Ok(ask(&site.nearhome, &who.caller, &GetQuestions { tender, now: site.nearhome.now() }).await?)
}

/// The same for what only the council that procures may do.
async fn own(site: &Site, who: &SignedIn, id: &str) -> Result<QuestionsView, Stopped> {
    let view = questions(site, who, id).await?;
    if view.tender.org_id == who.caller.organisation { Ok(view) } else { Err(Failure::absent().into()) }
}

fn here(view: &QuestionsView) -> String {
    format!("/tenders/{}/questions", view.tender.id)
}

/// `GET /tenders/{id}/questions`
pub(crate) async fn see(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, Query(was): Query<WasDone>) -> Answered {
    let view = questions(&site, &who, &id).await?;
    let mut page = page(&site, &who, "Questions and answers", format!("/tenders/{}", view.tender.id));
    page.notice = was.notice();
    let answers = could(who.role, Action::AnswerBidders) && view.tender.org_id == who.caller.organisation;
    let mut blocks = vec![Block::facts(vec![
        Fact::new("Questions until", when(view.tender.questions_until)),
        Fact::new("Answers by", on(view.tender.answers_by)),
        Fact::new("Bids until", when(view.tender.deadline)),
    ])];
    if answers && view.is_overdue {
        blocks.push(Block::Warning { text: "The day by which every question is answered is over, and questions still wait.".to_owned() });
    }
    blocks.extend(acts(&who, &view, answers));
    if answers || !view.asked.is_empty() {
        blocks.push(asked(&view, answers));
    }
    blocks.push(told(&view.told));
    Ok(pages::show(&page, Some(&view.tender.title), &blocks)?)
}

fn acts(who: &SignedIn, view: &QuestionsView, answers: bool) -> Option<Block> {
    let is_open = matches!(view.phase, Phase::Open | Phase::QuestionsClosed);
    let mut links = Vec::new();
    if view.phase == Phase::Open && could(who.role, Action::AskAboutTender) {
        links.push(Link::new("Ask a question", format!("{}/ask", here(view))));
    }
    if answers && is_open && view.asked.iter().any(|one| one.answer.is_none()) {
        links.push(Link::new("Answer questions", format!("{}/answer", here(view))));
    }
    if answers && is_open {
        links.push(Link::new("Tell bidders of a change", format!("{}/change", here(view))));
    }
    (!links.is_empty()).then_some(Block::Acts { links })
}

fn asked(view: &QuestionsView, answers: bool) -> Block {
    let row = |one: &service::procurement::questions::Asked| {
        let state = match one.answer {
            Some(number) => Cell::tag(format!("Answered, number {number}"), "green"),
            None => Cell::tag("Waits for an answer", "yellow"),
        };
        vec![Cell::text(when(one.asked_at)), Cell::text(&one.text), state]
    };
    let caption = if answers { "Asked by bidders: nobody is shown by whom" } else { "What you asked" };
    Block::table(caption, &["When", "Question", "State"], view.asked.iter().map(row).collect(), "Nobody has asked anything yet.")
}

fn told(told: &[Addendum]) -> Block {
    let row = |one: &Addendum| {
        let said = one.question.as_ref().map_or_else(|| one.text.clone(), |question| format!("{question}\n{}", one.text));
        vec![Cell::text(one.number.to_string()), Cell::text(one.kind.label()), Cell::text(when(one.at)), Cell::text(said)]
    };
    let columns = ["#Number", "What", "When", "Text"];
    Block::table("What all bidders were told", &columns, told.iter().map(row).collect(), "Nothing so far.")
}

const ASK: &[Asked] = &[Asked::new(Kind::LongText, "text", "Your question", "Enter your question")
    .hint("The council answers to all bidders. It may word the question anew, and tells nobody that it is yours. Do not name a child")
    .mandatory()];

const CHANGE: &[Asked] = &[Asked::new(Kind::LongText, "text", "What changes?", "Enter what changes")
    .hint("Every bidder confirms that it has read this. The public reads it too")
    .mandatory()];

const ANSWER: &[Asked] = &[
    Asked::new(Kind::LongText, "question", "The question, as all bidders are told it", "Enter the question")
        .hint("Word it so that nobody can tell who asked")
        .mandatory(),
    Asked::new(Kind::LongText, "text", "The answer", "Enter the answer").mandatory(),
];

/// A form of this page's, as it is drawn.
struct Sheet {
    path: &'static str,
    title: &'static str,
    button: &'static str,
    asks: &'static [Asked],
}

const ASKING: Sheet = Sheet { path: "ask", title: "Ask about the tender", button: "Send the question", asks: ASK };
const CHANGING: Sheet = Sheet { path: "change", title: "Tell bidders of a change", button: "Tell all bidders", asks: CHANGE };
const ANSWERING: Sheet = Sheet { path: "answer", title: "Answer questions", button: "Answer to all bidders", asks: ANSWER };

fn draw(site: &Site, who: &SignedIn, view: &QuestionsView, sheet: &Sheet, again: Option<(&Posted, &Wrong)>) -> Answered {
    let mut fields: Vec<view::Field> = sheet.asks.iter().map(|field| forms::question(field, &Answers::default())).collect();
    if sheet.path == ANSWERING.path {
        let waiting = view.asked.iter().filter(|one| one.answer.is_none());
        let option = |one: &service::procurement::questions::Asked| Choice {
            code: one.id.to_string(),
            label: one.text.clone(),
            hint: Some(format!("Asked on {}", when(one.asked_at))),
        };
        let options: Vec<Choice> = waiting.map(option).collect();
        if options.is_empty() && again.is_none() {
            let nothing = Block::text("No question waits for an answer.");
            return Ok(pages::show(&page(site, who, sheet.title, here(view)), None, &[nothing])?);
        }
        fields.insert(0, view::Field { options, ..pages::field(FieldKind::ManyOf, "questions", "Which questions do you answer?") });
    }
    let form = forms::form(site, format!("{}/{}", here(view), sheet.path), None, fields, sheet.button);
    pages::ask(page(site, who, sheet.title, here(view)), form, vec![Block::text(view.tender.title.clone())], again)
}

async fn take<C: Command>(
    site: &Site,
    who: &SignedIn,
    view: &QuestionsView,
    sheet: &Sheet,
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

/// `GET /tenders/{id}/questions/ask`
pub(crate) async fn ask_question(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    draw(&site, &who, &questions(&site, &who, &id).await?, &ASKING, None)
}

/// `POST /tenders/{id}/questions/ask`
pub(crate) async fn put_question(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = questions(&site, &who, &id).await?;
    let command = AskAboutTender { tender: view.tender.id, text: posted.value("text").to_owned() };
    take(&site, &who, &view, &ASKING, &posted, Ok(command)).await
}

/// `GET /tenders/{id}/questions/answer`
pub(crate) async fn ask_answer(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    draw(&site, &who, &own(&site, &who, &id).await?, &ANSWERING, None)
}

/// `POST /tenders/{id}/questions/answer`
pub(crate) async fn answer(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let chosen = posted.raw.values("questions").map(str::parse).collect::<Result<Vec<_>, _>>();
    let chosen = chosen.map_err(|_| Failure::invalid("questions", "Select the questions that you answer"));
    let text = |field| posted.value(field).to_owned();
    let command =
        chosen.map(|questions| AnswerQuestions { tender: view.tender.id, questions, question: text("question"), text: text("text") });
    take(&site, &who, &view, &ANSWERING, &posted, command).await
}

/// `GET /tenders/{id}/questions/change`
pub(crate) async fn ask_change(State(site): State<Site>, Who(who): Who, Path(id): Path<String>) -> Answered {
    draw(&site, &who, &own(&site, &who, &id).await?, &CHANGING, None)
}

/// `POST /tenders/{id}/questions/change`
pub(crate) async fn change(State(site): State<Site>, Who(who): Who, Path(id): Path<String>, posted: Posted) -> Answered {
    let view = own(&site, &who, &id).await?;
    let command = WriteAddendum { tender: view.tender.id, text: posted.value("text").to_owned() };
    take(&site, &who, &view, &CHANGING, &posted, Ok(command)).await
}
