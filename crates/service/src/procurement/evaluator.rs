//! Who evaluates a tender.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::{EvaluatorId, TenderId};
use domain::people::{Caller, OrganisationKind};
use serde::Serialize;
use serde_json::json;
use store::people::organisation::{Organisation, person_by_email, roles_of};
use store::procurement::evaluation::{Evaluator, evaluators_of};
use store::{Reads as _, Threshold, Tx};

use super::relation::{not_given_up, of_procurer};
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
        let tender = not_given_up(tx, self.tender).await?;
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
        not_given_up(tx, self.tender).await?;
        if row.ended_on.is_none() {
            row.ended_on = Some(Day::in_uk(tx.at()));
            tx.update(&mut row, &json!({ "shape": 1, "ended": true })).await?;
        }
        Ok(row.id)
    }
}
