//! Conflicts of interest of those who evaluate: what they declare, what a late declaration touches, and how that was dealt with.

use std::collections::BTreeMap;

use domain::access::{Action, Relation};
use domain::calendar::Instant;
use domain::ids::{ConflictDeclarationId, ConflictSettlementId, PersonId, TenderId};
use domain::people::Caller;
use domain::procurement::evaluation::EvaluationRefusal;
use serde::Serialize;
use serde_json::json;
use store::procurement::evaluation::{ConflictDeclaration, ConflictSettlement};
use store::{Threshold, Tx};

use super::desk::Desk;
use super::relation::{of_everybody, of_procurer};
use super::signature::tell_when_to_sign;
use crate::{Command, Failure};

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

/// Puts on record how a conflict of interest was dealt with that was declared when what counts rested on whoever declared it. Until then
/// nobody awards or countersigns.
#[derive(Debug, Clone, Serialize)]
pub struct SettleConflict {
    /// In which tender.
    pub tender: TenderId,
    /// Which declaration.
    pub declaration: ConflictDeclarationId,
    /// How, in words.
    pub how: String,
}

impl Command for SettleConflict {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = ConflictSettlementId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<ConflictSettlementId, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        let caller = tx.caller().clone();
        desk.may_see(&caller).map_err(Failure::refused)?;
        let found = desk.declarations.iter().find(|one| one.id == self.declaration);
        let declared = found.ok_or_else(|| Failure::invalid("declaration", "Select which conflict of interest was dealt with"))?;
        let is_settled = desk.settlements.iter().any(|one| one.declaration_id == declared.id);
        desk.all_agreed().may_settle(declared.person_id, is_settled, &self.how).map_err(|refusal| {
            if refusal == EvaluationRefusal::NoReason {
                Failure::invalid("how", "Enter how it was dealt with")
            } else {
                Failure::refused(refusal)
            }
        })?;
        let row = ConflictSettlement {
            id: ConflictSettlementId(tx.new_id()),
            version: 1,
            org_id: desk.tender.org_id,
            tender_id: self.tender,
            declaration_id: declared.id,
            how: self.how.trim().to_owned(),
            settled_by: caller.person,
            settled_at: tx.at(),
        };
        tx.create(&row, &json!({ "shape": 1, "declaration": declared.id })).await?;
        tell_when_to_sign(tx, self.tender).await?;
        Ok(row.id)
    }
}

/// A conflict of interest that touches what is scored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictLine {
    /// Which declaration.
    pub declaration: ConflictDeclarationId,
    /// Whose.
    pub name: String,
    /// What they declared.
    pub words: String,
    /// When.
    pub declared_at: Instant,
    /// How many agreed scores that count rest on theirs, or were written down by them.
    pub touched: usize,
    /// How it was dealt with, when, and who put it on record.
    pub settled: Option<(String, Instant, String)>,
}

/// The conflicts of interest that touch what is scored, for whoever runs the evaluation and whoever awards.
pub(super) fn conflict_lines(desk: &Desk, names: &BTreeMap<PersonId, String>) -> Vec<ConflictLine> {
    let name = |person: PersonId| names.get(&person).cloned().unwrap_or_default();
    let line = |(declared, touched, settled): (&ConflictDeclaration, usize, Option<&ConflictSettlement>)| ConflictLine {
        declaration: declared.id,
        name: name(declared.person_id),
        words: declared.words.clone(),
        declared_at: declared.declared_at,
        touched,
        settled: settled.map(|one| (one.how.clone(), one.settled_at, name(one.settled_by))),
    };
    desk.late_conflicts().into_iter().map(line).collect()
}
