//! Challenges and complaints about a procurement.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::{ChallengeId, TenderId};
use domain::people::Caller;
use serde::Serialize;
use serde_json::json;
pub use store::procurement::award::ChallengeKind;
use store::procurement::award::{Challenge, challenges_of};
use store::procurement::tender::Tender;
use store::{Reads as _, Threshold, Tx};

use super::relation::of_procurer;
use super::signature::tell_when_to_sign;
use crate::{Command, Failure};

/// Puts a challenge or complaint on record. As long as it is open it stops what the tender says. That a procurement was given up can be
/// challenged as well, so it is taken then too.
#[derive(Debug, Clone, Serialize)]
pub struct RaiseChallenge {
    /// Against which procurement.
    pub tender: TenderId,
    /// What it is.
    pub kind: ChallengeKind,
    /// What it is about.
    pub about: String,
}

impl Command for RaiseChallenge {
    const ACTION: Action = Action::RunAward;
    type Answer = ChallengeId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<ChallengeId, Failure> {
        if self.about.trim().is_empty() {
            return Err(Failure::invalid("about", "Enter what it is about"));
        }
        let tender: Tender = tx.get(self.tender).await?;
        let row = Challenge {
            id: ChallengeId(tx.new_id()),
            version: 1,
            org_id: tender.org_id,
            tender_id: tender.id,
            provider_id: None,
            kind: self.kind,
            raised_on: Day::in_uk(tx.at()),
            about: self.about.trim().to_owned(),
            closed_on: None,
            outcome: None,
        };
        tx.create(&row, &json!({ "shape": 1, "kind": self.kind })).await?;
        tell_when_to_sign(tx, self.tender).await?;
        Ok(row.id)
    }
}

/// Closes a challenge or complaint, with what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct CloseChallenge {
    /// Against which procurement.
    pub tender: TenderId,
    /// Which.
    pub challenge: ChallengeId,
    /// What came of it.
    pub outcome: String,
}

impl Command for CloseChallenge {
    const ACTION: Action = Action::RunAward;
    type Answer = ChallengeId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<ChallengeId, Failure> {
        if self.outcome.trim().is_empty() {
            return Err(Failure::invalid("outcome", "Enter what came of it"));
        }
        let found = challenges_of(tx, self.tender).await?.into_iter().find(|one| one.id == self.challenge);
        let mut row = found.ok_or_else(|| Failure::invalid("challenge", "Select a challenge or complaint that is open"))?;
        if row.closed_on.is_some() {
            return Err(Failure::invalid("challenge", "Select a challenge or complaint that is open"));
        }
        (row.closed_on, row.outcome) = (Some(Day::in_uk(tx.at())), Some(self.outcome.trim().to_owned()));
        tx.update(&mut row, &json!({ "shape": 1, "closed": true })).await?;
        tell_when_to_sign(tx, self.tender).await?;
        Ok(row.id)
    }
}
