//! What follows for a framework agreement in force: numbered changes, suspension, its end, and the end of the whole framework.

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::ids::{FrameworkContractId, FrameworkVariationId, TenderId};
use domain::people::Caller;
use domain::procurement::award::may_terminate;
use domain::procurement::contract::ContractRefusal;
use serde::Serialize;
use serde_json::json;
use store::procurement::award::{FrameworkContract, FrameworkVariation, contracts_of, of_tender, variations_of};
use store::{Threshold, Tx};

use super::agreement::standing_of;
use super::framework::rounds;
use super::in_force::{PlaceChange, change_places, end_framework};
use super::relation::{not_given_up, of_procurer};
use super::tender::tell_provider;
use crate::{Command, Failure};

/// One of the agreements of a tender.
async fn found(tx: &mut Tx, tender: TenderId, contract: FrameworkContractId) -> Result<FrameworkContract, Failure> {
    not_given_up(tx, tender).await?;
    let found = contracts_of(tx, tender).await?.into_iter().find(|one| one.id == contract);
    found.ok_or_else(|| Failure::invalid("contract", "Select an agreement"))
}

/// A refusal at the field that it is about.
fn at_field(refusal: ContractRefusal, day: &str, words: &str) -> Failure {
    match refusal {
        ContractRefusal::NoReason => Failure::invalid(words, "Say what, or why, in words"),
        ContractRefusal::InThePast(_) => Failure::invalid(day, refusal.to_string()),
        ContractRefusal::EndsBeforeItBegins => Failure::invalid("until", refusal.to_string()),
        ContractRefusal::ProviderSigned
        | ContractRefusal::ProviderFirst
        | ContractRefusal::CouncilSigned
        | ContractRefusal::SamePerson
        | ContractRefusal::NotInForce
        | ContractRefusal::Ended(_)
        | ContractRefusal::Suspended(_)
        | ContractRefusal::NotSuspended => Failure::refused(refusal),
    }
}

/// Tells the people who answer for the provider's side that something about its agreement changed.
async fn tell(tx: &mut Tx, row: &FrameworkContract, what: &str) -> Result<(), Failure> {
    let body = format!("Your framework agreement under {} {what}. Sign in to Nearhome to read it.", row.framework);
    tell_provider(tx, row.provider_id, "Your framework agreement", &body).await
}

/// Puts a numbered change to an agreement on record.
#[derive(Debug, Clone, Serialize)]
pub struct VaryContract {
    /// Under which tender.
    pub tender: TenderId,
    /// Which agreement.
    pub contract: FrameworkContractId,
    /// From which day it holds: today or later.
    pub from: Day,
    /// What changes, in words.
    pub what: String,
}

impl Command for VaryContract {
    const ACTION: Action = Action::KeepFrameworkContracts;
    type Answer = FrameworkVariationId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<FrameworkVariationId, Failure> {
        let row = found(tx, self.tender, self.contract).await?;
        let today = Day::in_uk(tx.at());
        standing_of(&row).may_vary(self.from, &self.what, today).map_err(|refusal| at_field(refusal, "from", "what"))?;
        let number = variations_of(tx, row.id).await?.last().map_or(1, |last| last.number + 1);
        let variation = FrameworkVariation {
            id: FrameworkVariationId(tx.new_id()),
            version: 1,
            org_id: row.org_id,
            provider_id: row.provider_id,
            contract_id: row.id,
            number,
            holds_from: self.from,
            what: self.what.trim().to_owned(),
        };
        tx.create(&variation, &json!({ "shape": 1, "number": number, "from": self.from })).await?;
        tell(tx, &row, &format!("changes from {}", self.from)).await?;
        Ok(variation.id)
    }
}

/// Suspends a provider: no new placements under its agreement between two days.
#[derive(Debug, Clone, Serialize)]
pub struct SuspendContract {
    /// Under which tender.
    pub tender: TenderId,
    /// Which agreement.
    pub contract: FrameworkContractId,
    /// The first day: today or later.
    pub from: Day,
    /// The last day; open when absent.
    pub until: Option<Day>,
    /// Why, for the provider.
    pub reason: String,
}

impl Command for SuspendContract {
    const ACTION: Action = Action::KeepFrameworkContracts;
    type Answer = FrameworkContractId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<FrameworkContractId, Failure> {
        let mut row = found(tx, self.tender, self.contract).await?;
        let today = Day::in_uk(tx.at());
        let suspended = standing_of(&row).suspended(self.from, self.until, &self.reason, today);
        let suspended = suspended.map_err(|refusal| at_field(refusal, "from", "reason"))?;
        (row.suspended_from, row.suspended_until) = (suspended.suspended_from, suspended.suspended_until);
        row.suspended_reason = Some(self.reason.trim().to_owned());
        tx.update(&mut row, &json!({ "shape": 1, "suspended_from": self.from, "until": self.until })).await?;
        change_places(tx, &row, PlaceChange::Suspended(row.suspended_from, row.suspended_until)).await?;
        tell(tx, &row, &format!("is suspended from {}", self.from)).await?;
        Ok(row.id)
    }
}

/// Lifts a suspension today. One that would have begun later does not begin.
#[derive(Debug, Clone, Serialize)]
pub struct LiftSuspension {
    /// Under which tender.
    pub tender: TenderId,
    /// Which agreement.
    pub contract: FrameworkContractId,
    /// Why, for the provider.
    pub reason: String,
}

impl Command for LiftSuspension {
    const ACTION: Action = Action::KeepFrameworkContracts;
    type Answer = FrameworkContractId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<FrameworkContractId, Failure> {
        let mut row = found(tx, self.tender, self.contract).await?;
        let lifted = standing_of(&row).lifted(&self.reason, Day::in_uk(tx.at()));
        let lifted = lifted.map_err(|refusal| at_field(refusal, "from", "reason"))?;
        (row.suspended_from, row.suspended_until) = (lifted.suspended_from, lifted.suspended_until);
        row.suspended_reason = Some(self.reason.trim().to_owned());
        tx.update(&mut row, &json!({ "shape": 1, "lifted": true })).await?;
        change_places(tx, &row, PlaceChange::Suspended(row.suspended_from, row.suspended_until)).await?;
        tell(tx, &row, "is no longer suspended").await?;
        Ok(row.id)
    }
}

/// Ends an agreement on a day: the provider is removed from the framework. Its placements go on until they end.
#[derive(Debug, Clone, Serialize)]
pub struct EndContract {
    /// Under which tender.
    pub tender: TenderId,
    /// Which agreement.
    pub contract: FrameworkContractId,
    /// The first day on which it is no more: today or later.
    pub on: Day,
    /// Why, for the provider.
    pub reason: String,
}

impl Command for EndContract {
    const ACTION: Action = Action::KeepFrameworkContracts;
    type Answer = FrameworkContractId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<FrameworkContractId, Failure> {
        let row = found(tx, self.tender, self.contract).await?;
        end(tx, row, self.on, &self.reason).await
    }
}

async fn end(tx: &mut Tx, mut row: FrameworkContract, on: Day, reason: &str) -> Result<FrameworkContractId, Failure> {
    let ended = standing_of(&row).ended(on, reason, Day::in_uk(tx.at())).map_err(|refusal| at_field(refusal, "on", "reason"))?;
    (row.ended_on, row.ended_reason) = (ended.ended_on, Some(reason.trim().to_owned()));
    tx.update(&mut row, &json!({ "shape": 1, "ended_on": on })).await?;
    if row.council_signed_at.is_some() {
        change_places(tx, &row, PlaceChange::Ended(on)).await?;
    }
    tell(tx, &row, &format!("ends: it is no more from {on}")).await?;
    Ok(row.id)
}

/// Ends a framework before its time, with every agreement under it.
#[derive(Debug, Clone, Serialize)]
pub struct TerminateFramework {
    /// Whose award is ended.
    pub tender: TenderId,
    /// The first day on which it is no more: today or later.
    pub on: Day,
    /// Why, for the providers.
    pub reason: String,
}

impl Command for TerminateFramework {
    const ACTION: Action = Action::KeepFrameworkContracts;
    type Answer = TenderId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<TenderId, Failure> {
        let tender = not_given_up(tx, self.tender).await?;
        let (now, today) = (tx.at(), Day::in_uk(tx.at()));
        let standing = rounds(tx, &tender.framework, now).await?.into_iter().find(|round| round.tender.id == tender.id);
        let state = standing.map(|round| round.state).ok_or_else(Failure::absent)?;
        may_terminate(state).map_err(Failure::refused)?;
        if self.reason.trim().is_empty() {
            return Err(Failure::invalid("reason", "Say why, in words"));
        }
        if self.on < today {
            return Err(Failure::invalid("on", ContractRefusal::InThePast(self.on).to_string()));
        }
        let Some(mut award) = of_tender(tx, tender.id).await? else { return Err(Failure::absent()) };
        (award.terminated_on, award.terminated_reason) = (Some(self.on), Some(self.reason.trim().to_owned()));
        tx.update(&mut award, &json!({ "shape": 1, "terminated_on": self.on })).await?;
        let contracts = contracts_of(tx, tender.id).await?;
        let is_in_force = contracts.iter().any(|one| one.council_signed_at.is_some());
        for row in contracts.into_iter().filter(|row| row.ended_on.is_none_or(|ended| ended > self.on)) {
            end(tx, row, self.on, &self.reason).await?;
        }
        if is_in_force && tender.plan()?.exercise.is_none() {
            end_framework(tx, &tender.framework, self.on).await?;
        }
        Ok(tender.id)
    }
}
