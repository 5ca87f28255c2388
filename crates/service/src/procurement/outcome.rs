//! What becomes of each service of each bid, by the ranking and by whoever decides.

use std::collections::BTreeMap;

use domain::access::{Action, Relation};
use domain::ids::{BidOutcomeId, OpenedBidId, ServiceId, TenderId};
use domain::pence::Pence;
use domain::people::Caller;
use domain::procurement::ranking::{Inputs, rank};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::procurement::award::of_tender;
use store::procurement::evaluation::outcomes_of;
pub use store::procurement::evaluation::{BidOutcome, OutcomeKind};
use store::{Threshold, Tx};

use super::desk::Desk;
use super::relation::of_procurer;
use crate::{Command, Failure};

/// A service of a bid in a category that is not admitted although it could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Which bid.
    pub bid: OpenedBidId,
    /// Which service.
    pub service: ServiceId,
    /// In which category.
    pub category: String,
    /// Why, for the bidder.
    pub reason: String,
}

/// Decides what becomes of every service of every bid: whatever can be admitted is, unless it is rejected here with a reason; what
/// cannot be is rejected for what it lacks.
#[derive(Debug, Clone, Serialize)]
pub struct RecordOutcomes {
    /// Of which tender.
    pub tender: TenderId,
    /// What is not admitted although it could be.
    pub rejected: Vec<Rejected>,
}

impl Command for RecordOutcomes {
    const ACTION: Action = Action::RunEvaluation;
    type Answer = usize;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<usize, Failure> {
        let desk = Desk::open(tx, self.tender).await?;
        desk.may_see(&tx.caller().clone()).map_err(Failure::refused)?;
        if of_tender(tx, self.tender).await?.is_some() {
            return Err(Failure::refused("the framework is awarded: outcomes stay as they are"));
        }
        let inputs = desk.inputs()?;
        if inputs.is_empty() {
            return Err(Failure::refused("the price envelopes are not open yet"));
        }
        if let Some(blank) = self.rejected.iter().find(|one| one.reason.trim().is_empty()) {
            return Err(Failure::invalid(
                format!("reason-{}-{}", blank.service, blank.category),
                "Enter the reason: the bidder is told it",
            ));
        }
        let mut admitted = 0;
        let mut kept: BTreeMap<(OpenedBidId, ServiceId, String), BidOutcome> = BTreeMap::new();
        for row in outcomes_of(tx, desk.tender.id).await? {
            kept.insert((row.opened_bid_id, row.service_id, row.category.clone()), row);
        }
        for outcome in inputs.iter().flat_map(|inputs| self.outcomes(inputs)) {
            admitted += usize::from(outcome.outcome == OutcomeKind::Admit);
            keep_outcome(tx, &desk, &mut kept, outcome).await?;
        }
        Ok(admitted)
    }
}

/// What becomes of one service, before it is kept.
struct Decided {
    bid: OpenedBidId,
    service: ServiceId,
    category: String,
    weekly: Pence,
    outcome: OutcomeKind,
    reason: String,
}

impl RecordOutcomes {
    fn outcomes(&self, inputs: &Inputs) -> Vec<Decided> {
        let ranking = rank(inputs);
        let lines = inputs.bids.iter().flat_map(|bid| bid.lines.iter().map(move |line| (bid, line)));
        lines
            .map(|(bid, line)| {
                let category = line.category.clone().unwrap_or_default();
                let may = ranking.may_admit(bid.bid, line.service, &category);
                let not = self.rejected.iter().find(|one| (one.bid, one.service, &one.category) == (bid.bid, line.service, &category));
                let (outcome, reason) = match (may, not) {
                    (Ok(_), Some(not)) => (OutcomeKind::Reject, not.reason.trim().to_owned()),
                    (Ok(ranked), None) => (OutcomeKind::Admit, format!("Rank {} with {} points", ranked.rank, ranked.total)),
                    (Err(reasons), _) => (OutcomeKind::Reject, reasons.join("; ")),
                };
                let weekly = line.weekly.map_or(Pence::ZERO, |weekly| weekly.0);
                Decided { bid: bid.bid, service: line.service, category, weekly, outcome, reason }
            })
            .collect()
    }
}

async fn keep_outcome(
    tx: &mut Tx,
    desk: &Desk,
    kept: &mut BTreeMap<(OpenedBidId, ServiceId, String), BidOutcome>,
    decided: Decided,
) -> Result<(), Failure> {
    let Decided { bid, service, category, weekly, outcome, reason } = decided;
    let body = json!({ "shape": 1, "bid": bid, "service": service, "category": category, "outcome": outcome });
    let key = (bid, service, category.clone());
    if let Some(row) = kept.get_mut(&key) {
        if (row.outcome, &row.reason) != (outcome, &reason) {
            (row.outcome, row.reason) = (outcome, reason);
            tx.update(row, &body).await?;
        }
        return Ok(());
    }
    let id = BidOutcomeId(tx.new_id());
    let org_id = desk.tender.org_id;
    let row =
        BidOutcome { id, version: 1, org_id, opened_bid_id: bid, service_id: service, category, outcome, reason, weekly_pence: weekly };
    tx.create(&row, &body).await?;
    kept.insert(key, row);
    Ok(())
}
