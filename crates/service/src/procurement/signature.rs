//! The two signatures of a framework agreement: the provider’s, then the council’s, by its own delegation.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::governance::decision::GovernedAct;
use domain::ids::{FrameworkContractId, TenderId};
use domain::people::Caller;
use domain::procurement::award::{AwardRefusal, may_sign};
use serde::Serialize;
use serde_json::json;
use store::people::organisation::Person;
use store::procurement::award::contracts_of;
use store::{Reads as _, Threshold, Tx};

use super::agreement::standing_of;
use super::award::Outcome;
use super::in_force::put_in_force;
use super::relation::{not_given_up, of_everybody, of_procurer};
use crate::governance::delegation::{Wanted, act};
use crate::{Command, Failure};

/// Signs the caller's organisation's framework agreement for the provider.
#[derive(Debug, Clone, Serialize)]
pub struct SignFrameworkForProvider {
    /// Under which tender.
    pub tender: TenderId,
}

impl Command for SignFrameworkForProvider {
    const ACTION: Action = Action::SignFrameworkForProvider;
    type Answer = FrameworkContractId;

    async fn relation(&self, threshold: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        of_everybody(threshold, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<FrameworkContractId, Failure> {
        not_given_up(tx, self.tender).await?;
        let caller = tx.caller().clone();
        let own = contracts_of(tx, self.tender).await?.into_iter().find(|one| one.provider_id == caller.organisation);
        let mut row = own.ok_or_else(|| Failure::refused("there is no framework agreement with your organisation under this tender"))?;
        let today = Day::in_uk(tx.at());
        match row.signable_from {
            None => return Err(Failure::refused("it cannot be signed yet: the award notice is not published, or a challenge is open")),
            Some(from) if today < from => return Err(Failure::refused(AwardRefusal::Standstill(from.plus_days(-1)))),
            Some(_) => {}
        }
        standing_of(&row).may_provider_sign(today).map_err(Failure::refused)?;
        let signatory: Person = tx.get(caller.person).await?;
        (row.provider_signed_at, row.provider_signed_by) = (Some(tx.at()), Some(caller.person));
        row.provider_signatory = Some(signatory.name);
        tx.update(&mut row, &json!({ "shape": 1, "signed": "provider" })).await?;
        Ok(row.id)
    }
}

/// Keeps with each agreement from which day it can be signed, so that a provider, who sees no award and no challenge, is told by the same
/// rule as the council.
pub(super) async fn tell_when_to_sign(tx: &mut Tx, tender: TenderId) -> Result<(), Failure> {
    let outcome = Outcome::read(tx, tender).await?;
    let notice_on = outcome.award.as_ref().and_then(|award| award.notice_published_at).map(Day::in_uk);
    let after = outcome.award.as_ref().and_then(|award| award.standstill_until).map(|until| until.plus_days(1)).or(notice_on);
    let from = after.filter(|day| may_sign(&outcome.desk.plan, &outcome.progress(), *day).is_ok());
    for mut row in contracts_of(tx, tender).await? {
        if row.signable_from != from {
            row.signable_from = from;
            tx.update(&mut row, &json!({ "shape": 1, "signable_from": from })).await?;
        }
    }
    Ok(())
}

/// Countersigns a provider's framework agreement for the councils, by the post to which signing was delegated.
#[derive(Debug, Clone, Serialize)]
pub struct CountersignFramework {
    /// Under which tender.
    pub tender: TenderId,
    /// Whose agreement.
    pub contract: FrameworkContractId,
}

impl Command for CountersignFramework {
    const ACTION: Action = Action::CountersignFramework;
    type Answer = FrameworkContractId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<FrameworkContractId, Failure> {
        not_given_up(tx, self.tender).await?;
        let found = contracts_of(tx, self.tender).await?.into_iter().find(|one| one.id == self.contract);
        let mut row = found.ok_or_else(|| Failure::invalid("contract", "Select an agreement that the provider has signed"))?;
        let (caller, today) = (tx.caller().clone(), Day::in_uk(tx.at()));
        let outcome = Outcome::read(tx, self.tender).await?;
        may_sign(&outcome.desk.plan, &outcome.progress(), today).map_err(Failure::refused)?;
        standing_of(&row).may_council_sign(caller.person, today).map_err(Failure::refused)?;
        let (act_id, post) = act(tx, &Wanted::free(GovernedAct::SignContracts, &row.framework)).await?;
        (row.council_signed_at, row.council_signed_by) = (Some(tx.at()), Some(caller.person));
        (row.council_post, row.act_id) = (Some(post), Some(act_id));
        tx.update(&mut row, &json!({ "shape": 1, "signed": "council", "act": act_id })).await?;
        put_in_force(tx, &outcome.desk.tender, &outcome.desk.plan, &row).await?;
        Ok(row.id)
    }
}
