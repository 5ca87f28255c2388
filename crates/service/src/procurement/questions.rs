//! What bidders ask about a tender, and what all of them are told. Nobody but the council that procures reads a question as it was
//! asked, and nobody is shown who asked it.

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::ids::{AddendumId, TenderId, TenderQuestionId};
use domain::people::{Caller, OrganisationKind};
use domain::procurement::clarification::unfit_to_tell;
use domain::procurement::tender::Phase;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::market::service::of_provider;
use store::people::organisation::{Organisation, colleagues};
use store::procurement::tender::{self as tenders, Question};
use store::{ReadTx, Reads, Threshold, Tx};

use super::tender::{Addendum, AddendumKind, Tender, add, readable};
use crate::governance::decision::stands_to;
use crate::jobs::mail::{Mail, enqueue};
use crate::{Command, Failure, FieldProblem, Query};

/// Asks something about a tender.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AskAboutTender {
    /// Which.
    pub tender: TenderId,
    /// The question.
    pub text: String,
}

impl Command for AskAboutTender {
    const ACTION: Action = Action::AskAboutTender;
    type Answer = TenderQuestionId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(readable(threshold, self.tender, caller).await?.map(|_| Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<TenderQuestionId, Failure> {
        let tender: Tender = tx.get(self.tender).await?;
        tender.timetable().takes_questions(tender.is_cancelled(), tx.at()).map_err(Failure::refused)?;
        if let Some(why) = unfit_to_tell(&self.text, &[]) {
            let why = if self.text.trim().is_empty() { "Enter your question".to_owned() } else { why };
            return Err(Failure::invalid("text", why));
        }
        let row = Question {
            id: TenderQuestionId(tx.new_id()),
            version: 1,
            org_id: tender.org_id,
            provider_id: tx.caller().organisation,
            tender_id: tender.id,
            asked_at: tx.at(),
            text: self.text.trim().to_owned(),
            answer_id: None,
        };
        tx.create(&row, &json!({ "shape": 1, "tender": tender.id })).await?;
        tell_procurers(tx, &tender).await?;
        Ok(row.id)
    }
}

/// A letter to those who answer, without a word about who asked or what.
async fn tell_procurers(tx: &mut Tx, tender: &Tender) -> Result<(), Failure> {
    let body = format!(
        "There is a new question about {}. All bidders are answered by {}. Sign in to Nearhome to read it.",
        tender.title, tender.answers_by
    );
    for person in colleagues(tx, tender.org_id).await? {
        if domain::access::could(person.role, Action::AnswerBidders) {
            enqueue(tx, &Mail::Notice { to: person.email, subject: "A question about a tender".to_owned(), body: body.clone() }).await?;
        }
    }
    Ok(())
}

/// Answers questions, to everybody. Questions that ask the same are answered together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerQuestions {
    /// About which tender.
    pub tender: TenderId,
    /// Which questions.
    pub questions: Vec<TenderQuestionId>,
    /// The question as all are told it.
    pub question: String,
    /// The answer.
    pub text: String,
}

impl Command for AnswerQuestions {
    const ACTION: Action = Action::AnswerBidders;
    type Answer = AddendumId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(threshold.find::<Tender>(self.tender).await?.and_then(|tender| stands_to(caller, tender.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<AddendumId, Failure> {
        let tender: Tender = tx.get(self.tender).await?;
        let rule = tender.plan()?.tender_period;
        tender.timetable().takes_answers(rule, tender.is_cancelled(), tx.at()).map_err(Failure::refused)?;
        let asked = tenders::questions_of(tx, tender.id).await?;
        let mut answered: Vec<Question> = asked.into_iter().filter(|one| self.questions.contains(&one.id)).collect();
        if answered.is_empty() {
            return Err(Failure::invalid("questions", "Select the questions that you answer"));
        }
        if answered.len() != self.questions.len() {
            return Err(Failure::invalid("questions", "A question was asked about another tender, or is named twice"));
        }
        if answered.iter().any(|one| one.answer_id.is_some()) {
            return Err(Failure::refused("a question is answered already: tell bidders of a change instead"));
        }
        let mut names = Vec::new();
        for question in &answered {
            names.extend(names_of(tx, question).await?);
        }
        let wrong = [("question", &self.question), ("text", &self.text)].into_iter();
        let wrong: Vec<_> = wrong.filter_map(|(field, text)| Some(FieldProblem::at(field, unfit_to_tell(text, &names)?))).collect();
        if !wrong.is_empty() {
            return Err(Failure::Invalid(wrong));
        }
        let told = Some(self.question.trim().to_owned());
        let addendum = add(tx, &tender, AddendumKind::Answer, told, self.text.trim().to_owned()).await?;
        for question in &mut answered {
            question.answer_id = Some(addendum.id);
            tx.update(question, &json!({ "shape": 1, "answer": addendum.number })).await?;
        }
        Ok(addendum.id)
    }
}

/// By what whoever asked is known: the organisation's name and those of its homes and branches.
async fn names_of(tx: &mut Tx, question: &Question) -> Result<Vec<String>, Failure> {
    let provider: Organisation = tx.get(question.provider_id).await?;
    let services = of_provider(tx, provider.id).await?;
    Ok(std::iter::once(provider.name).chain(services.into_iter().map(|service| service.name)).collect())
}

/// Tells all bidders of a change, which each must have read when it bids.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WriteAddendum {
    /// Of which tender.
    pub tender: TenderId,
    /// What changes.
    pub text: String,
}

impl Command for WriteAddendum {
    const ACTION: Action = Action::AnswerBidders;
    type Answer = AddendumId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(threshold.find::<Tender>(self.tender).await?.and_then(|tender| stands_to(caller, tender.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<AddendumId, Failure> {
        let tender: Tender = tx.get(self.tender).await?;
        let rule = tender.plan()?.tender_period;
        tender.timetable().takes_answers(rule, tender.is_cancelled(), tx.at()).map_err(Failure::refused)?;
        if let Some(why) = unfit_to_tell(&self.text, &[]) {
            return Err(Failure::invalid("text", why));
        }
        Ok(add(tx, &tender, AddendumKind::Addendum, None, self.text.trim().to_owned()).await?.id)
    }
}

/// A question as the one who asked it, or those who answer, may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which.
    pub id: TenderQuestionId,
    /// When it came in.
    pub asked_at: Instant,
    /// As it was asked.
    pub text: String,
    /// The number of the answer, once there is one.
    pub answer: Option<i64>,
}

/// What was asked and told about a tender.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionsView {
    /// The tender.
    pub tender: Tender,
    /// Where it stands now.
    pub phase: Phase,
    /// For a bidder its own questions; for those who answer all of them; for everybody else none.
    pub asked: Vec<Asked>,
    /// What all bidders were told, in order.
    pub told: Vec<Addendum>,
    /// Questions wait for an answer although the day that was named for it is over.
    pub is_overdue: bool,
}

/// What was asked and told about a tender.
#[derive(Debug, Clone, Copy)]
pub struct GetQuestions {
    /// Which.
    pub tender: TenderId,
    /// By whose clock.
    pub now: Instant,
}

impl Query for GetQuestions {
    const ACTION: Action = Action::SeeTenders;
    type Answer = QuestionsView;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(readable(reads, self.tender, caller).await?.map(|_| Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<QuestionsView, Failure> {
        let tender: Tender = reads.get(self.tender).await?;
        let told = tenders::addenda_of(reads, tender.id).await?;
        let answers = domain::access::could(caller.role, Action::AnswerBidders) && caller.organisation == tender.org_id;
        let may_see = |one: &Question| answers || (caller.kind == OrganisationKind::Provider && one.provider_id == caller.organisation);
        let number = |id| told.iter().find(|addendum| addendum.id == id).map(|addendum| addendum.number);
        let asked: Vec<Asked> = tenders::questions_of(reads, tender.id)
            .await?
            .into_iter()
            .filter(may_see)
            .map(|one| Asked { id: one.id, asked_at: one.asked_at, answer: one.answer_id.and_then(number), text: one.text })
            .collect();
        let phase = tender.phase(self.now);
        let is_over = Day::in_uk(self.now) > tender.answers_by;
        let is_overdue = is_over && phase != Phase::Cancelled && asked.iter().any(|one| one.answer.is_none());
        Ok(QuestionsView { tender, phase, asked, told, is_overdue })
    }
}
