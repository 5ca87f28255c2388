//! Entering the ceiling that a decision set.

use domain::access::{Action, Relation};
use domain::ids::{CeilingId, OrganisationId};
use domain::pence::Pence;
use domain::people::{Caller, Role};
use serde::{Deserialize, Serialize};
use store::money::ledger::{Ceiling, ceilings_of};
use store::{Threshold, Tx};

use crate::{Command, Failure};

/// A ceiling on a council's spending under a framework, as a decision resolved it (the seed's sixth resolution).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetCeiling {
    /// Whose spending.
    pub council: OrganisationId,
    /// Under which framework.
    pub framework: String,
    /// The decision's reference.
    pub decision: String,
    /// The financial year in whose prices it is stated.
    pub price_base_year: String,
    /// The most that may be committed.
    pub limit_pence: Pence,
    /// Nobody published this figure.
    pub is_example: bool,
}

impl Command for SetCeiling {
    const ACTION: Action = Action::SetCeiling;
    type Answer = CeilingId;

    async fn relation(&self, _: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let is_own = caller.organisation == self.council;
        Ok(if caller.role == Role::Worker { Some(Relation::Shared) } else { is_own.then_some(Relation::Own) })
    }

    async fn run(&self, tx: &mut Tx) -> Result<CeilingId, Failure> {
        if self.limit_pence <= Pence::ZERO {
            return Err(Failure::invalid("limit_pence", "The ceiling must be more than nothing"));
        }
        let known = ceilings_of(tx, self.council).await?.into_iter();
        let mut same = known.filter(|ceiling| ceiling.framework == self.framework && ceiling.decision == self.decision);
        if same.next().is_some() {
            return Err(Failure::Conflict(format!("the ceiling of {} is entered already; a new decision sets a new one", self.decision)));
        }
        let ceiling = Ceiling {
            id: CeilingId(tx.new_id()),
            version: 1,
            org_id: self.council,
            decision: self.decision.clone(),
            framework: self.framework.clone(),
            price_base_year: self.price_base_year.clone(),
            limit_pence: self.limit_pence,
            committed_pence: Pence::ZERO,
            is_example: self.is_example,
        };
        tx.create(&ceiling, &serde_json::json!({ "shape": 1, "framework": self.framework, "decision": self.decision })).await?;
        Ok(ceiling.id)
    }
}
