//! The scores of bids: each evaluator’s own, the one on which they agree, and the lock that lets prices open.

use domain::access::{Action, Relation};
use domain::ids::{BidModerationId, BidScoreId, OpenedBidId, TenderId};
use domain::people::Caller;
use domain::procurement::evaluation::EvaluationRefusal;
use serde::Serialize;
use serde_json::json;
use store::procurement::evaluation::{BidModeration, BidScore};
use store::{Fault, Threshold, Tx};

use super::desk::Desk;
use super::relation::{of_everybody, of_procurer};
use crate::{Command, Failure};

/// Scores the answer to one question of one bid, or changes the caller's own score while nobody else may have seen it.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreAnswer {
    /// Of which tender.
    pub tender: TenderId,
    /// Which bid.
    pub bid: OpenedBidId,
    /// The code of the question.
    pub question: String,
    /// From 0 to the top of the question's scale.
    pub score: u32,
    /// Why.
    pub reason: String,
}

impl Command for ScoreAnswer {
    const ACTION: Action = Action::ScoreBids;
    type Answer = BidScoreId;

    async fn relation(&self, threshold: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        of_everybody(threshold, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<BidScoreId, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        let caller = tx.caller().clone();
        if !desk.is_evaluator(caller.person) {
            return Err(Failure::refused(EvaluationRefusal::NotNamed));
        }
        desk.may_see(&caller).map_err(Failure::refused)?;
        let bid = desk.bid(self.bid)?;
        let allowed = desk.with_answer(bid, &self.question, |answer| answer.may_score(caller.person, self.score, &self.reason))?;
        allowed.map_err(|refusal| at_field("score", &self.question, refusal))?;
        let body = json!({ "shape": 1, "bid": self.bid, "question": self.question });
        let before = desk.scores.get(&(self.bid, self.question.clone())).into_iter().flatten().find(|one| one.person_id == caller.person);
        if let Some(before) = before {
            let mut row = before.clone();
            (row.score, row.reason) = (i64::from(self.score), self.reason.trim().to_owned());
            tx.update(&mut row, &body).await?;
            return Ok(row.id);
        }
        let row = BidScore {
            id: BidScoreId(tx.new_id()),
            version: 1,
            org_id: caller.organisation,
            opened_bid_id: self.bid,
            question: self.question.clone(),
            person_id: caller.person,
            score: i64::from(self.score),
            reason: self.reason.trim().to_owned(),
        };
        tx.create(&row, &body).await?;
        Ok(row.id)
    }
}

/// What is wrong with a score, at the field of its question where it is about what was typed. The number of one that was agreed stands in
/// another field than that of one evaluator.
fn at_field(number: &str, question: &str, refusal: EvaluationRefusal) -> Failure {
    let field = if matches!(refusal, EvaluationRefusal::OffScale(_)) { number } else { "reason" };
    if matches!(refusal, EvaluationRefusal::OffScale(_) | EvaluationRefusal::NoReason) {
        return Failure::invalid(format!("{field}-{question}"), sentence(&refusal));
    }
    Failure::refused(refusal)
}

fn sentence(refusal: &EvaluationRefusal) -> String {
    let text = refusal.to_string();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Writes down the score on which the evaluators agreed, with the reason that the bidder is told. It rests on the scores that count now:
/// should too few of them be left before the lock, it has to be agreed again.
#[derive(Debug, Clone, Serialize)]
pub struct AgreeScore {
    /// Of which tender.
    pub tender: TenderId,
    /// Which bid.
    pub bid: OpenedBidId,
    /// The code of the question.
    pub question: String,
    /// From 0 to the top of the question's scale.
    pub agreed: u32,
    /// Why.
    pub reason: String,
}

impl Command for AgreeScore {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = BidModerationId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<BidModerationId, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        let caller = tx.caller().clone();
        desk.may_see(&caller).map_err(Failure::refused)?;
        let bid = desk.bid(self.bid)?;
        let judged =
            desk.with_answer(bid, &self.question, |answer| answer.may_agree(self.agreed, &self.reason).map(|()| answer.standing()))?;
        let standing = judged.map_err(|refusal| at_field("agreed", &self.question, refusal))?;
        let rests_on = serde_json::to_string(&standing).map_err(|error| Fault::inconsistent("bid_moderation.rests_on", error))?;
        let body = json!({ "shape": 1, "bid": self.bid, "question": self.question });
        if let Some(before) = desk.agreed.get(&(self.bid, self.question.clone())) {
            let mut row = before.clone();
            (row.agreed, row.reason, row.agreed_by) = (i64::from(self.agreed), self.reason.trim().to_owned(), caller.person);
            row.rests_on = Some(rests_on);
            tx.update(&mut row, &body).await?;
            return Ok(row.id);
        }
        let row = BidModeration {
            id: BidModerationId(tx.new_id()),
            version: 1,
            org_id: caller.organisation,
            opened_bid_id: self.bid,
            question: self.question.clone(),
            agreed: i64::from(self.agreed),
            reason: self.reason.trim().to_owned(),
            agreed_by: caller.person,
            rests_on: Some(rests_on),
        };
        tx.create(&row, &body).await?;
        Ok(row.id)
    }
}

/// Locks the quality scores. From then on the prices can be opened and no score changes.
#[derive(Debug, Clone, Serialize)]
pub struct LockQuality {
    /// Of which tender.
    pub tender: TenderId,
}

impl Command for LockQuality {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = TenderId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<TenderId, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        desk.may_see(&tx.caller().clone()).map_err(Failure::refused)?;
        desk.all_agreed().may_lock(&desk.to_score()).map_err(Failure::refused)?;
        let mut row = desk.tender;
        row.quality_locked_at = Some(tx.at());
        tx.update(&mut row, &json!({ "shape": 1, "quality": "locked" })).await?;
        Ok(row.id)
    }
}
