//! Who evaluates a tender, and what they declared about conflicts of interest.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::{ConflictDeclarationId, EvaluatorId, TenderId};
use domain::people::{Caller, OrganisationKind};
use domain::procurement::evaluation::EvaluationRefusal;
use serde::Serialize;
use serde_json::json;
use store::people::organisation::{Organisation, person_by_email, roles_of};
use store::procurement::evaluation::{ConflictDeclaration, Evaluator, evaluators_of};
use store::procurement::tender::Tender;
use store::{Reads as _, Threshold, Tx};

use super::desk::Desk;
use super::relation::{of_everybody, of_procurer};
use crate::{Command, Failure};

/// Names a person of any council to score the bids of a tender.
#[derive(Debug, Clone, Serialize)]
pub struct NameEvaluator {
    /// Of which tender.
    pub tender: TenderId,
    /// The person's email.
    pub email: String,
}

impl Command for NameEvaluator {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = EvaluatorId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<EvaluatorId, Failure> {
        let unknown = || Failure::invalid("email", "Enter the email of somebody who works for one of the councils");
        let person = person_by_email(tx, self.email.trim()).await?.ok_or_else(unknown)?;
        let mut is_council = false;
        for held in roles_of(tx, person.id).await? {
            is_council |= tx.get::<Organisation>(held.org_id).await?.kind == OrganisationKind::Council;
        }
        if !is_council {
            return Err(unknown());
        }
        if let Some(mut before) = evaluators_of(tx, self.tender).await?.into_iter().find(|one| one.person_id == person.id) {
            if before.ended_on.take().is_none() {
                return Err(Failure::invalid("email", format!("{} evaluates this tender already", person.name)));
            }
            tx.update(&mut before, &json!({ "shape": 1, "ended": false })).await?;
            return Ok(before.id);
        }
        let tender: Tender = tx.get(self.tender).await?;
        let id = EvaluatorId(tx.new_id());
        let row = Evaluator { id, version: 1, org_id: tender.org_id, tender_id: tender.id, person_id: person.id, ended_on: None };
        tx.create(&row, &json!({ "shape": 1, "tender": tender.id, "person": person.id })).await?;
        Ok(id)
    }
}

/// Has somebody evaluate no longer. What they scored stays.
#[derive(Debug, Clone, Serialize)]
pub struct EndEvaluator {
    /// Of which tender.
    pub tender: TenderId,
    /// Whose part ends.
    pub evaluator: EvaluatorId,
}

impl Command for EndEvaluator {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = EvaluatorId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<EvaluatorId, Failure> {
        let mut row = tx.find::<Evaluator>(self.evaluator).await?.filter(|row| row.tender_id == self.tender).ok_or_else(Failure::absent)?;
        if row.ended_on.is_none() {
            row.ended_on = Some(Day::in_uk(tx.at()));
            tx.update(&mut row, &json!({ "shape": 1, "ended": true })).await?;
        }
        Ok(row.id)
    }
}

/// Declares whether the caller has a conflict of interest in a tender. No bid is shown to them before. A conflict that turns up later is
/// declared in the same way; one that was declared stands.
#[derive(Debug, Clone, Serialize)]
pub struct DeclareConflict {
    /// In which tender.
    pub tender: TenderId,
    /// Whether something conflicts.
    pub has_conflict: bool,
    /// What it is; needed where there is one.
    pub words: String,
}

impl Command for DeclareConflict {
    const ACTION: Action = Action::ScoreBids;
    type Answer = ConflictDeclarationId;

    async fn relation(&self, threshold: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        of_everybody(threshold, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<ConflictDeclarationId, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        let caller = tx.caller().clone();
        if !desk.is_evaluator(caller.person) && !desk.manages(&caller) {
            return Err(Failure::refused(EvaluationRefusal::NotNamed));
        }
        if self.has_conflict && self.words.trim().is_empty() {
            return Err(Failure::invalid("words", "Enter what the conflict of interest is"));
        }
        let body = json!({ "shape": 1, "tender": self.tender, "has_conflict": self.has_conflict });
        if let Some(before) = desk.declarations.iter().find(|one| one.person_id == caller.person) {
            if before.has_conflict {
                return Err(Failure::refused(EvaluationRefusal::Conflict));
            }
            let mut row = before.clone();
            (row.has_conflict, row.words, row.declared_at) = (self.has_conflict, self.words.trim().to_owned(), tx.at());
            tx.update(&mut row, &body).await?;
            return Ok(row.id);
        }
        let row = ConflictDeclaration {
            id: ConflictDeclarationId(tx.new_id()),
            version: 1,
            org_id: caller.organisation,
            tender_id: self.tender,
            person_id: caller.person,
            has_conflict: self.has_conflict,
            words: self.words.trim().to_owned(),
            declared_at: tx.at(),
        };
        tx.create(&row, &body).await?;
        Ok(row.id)
    }
}
