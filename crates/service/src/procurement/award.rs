//! The award of a framework: what it rests on, by whose leave it is made, its notice, and where it stands.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Action, Relation};
use domain::calendar::Day;
use domain::governance::decision::GovernedAct;
use domain::ids::{AwardId, OpenedBidId, OrganisationId, TenderId};
use domain::people::Caller;
use domain::procurement::award::{Made, Progress, may_award, may_publish_notice, may_sign, standstill_until};
use domain::procurement::ranking::{Inputs, Line};
use domain::procurement::reopening::CarryOver;
use serde::Serialize;
use serde_json::json;
use store::procurement::award::{
    Award, CarriedOver, Challenge, carried_over, challenges_of, contracts_of, of_tender, suppliers_of, variations_under,
};
use store::procurement::evaluation::{BidOutcome, OutcomeKind, names_of, outcomes_of};
use store::procurement::tender::Tender;
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use super::agreement::{AdmittedService, ContractLine, contract_line, prepare};
use super::conflict::{ConflictLine, conflict_lines};
use super::desk::Desk;
use super::exercise::may_go_on;
use super::relation::of_procurer;
use super::signature::tell_when_to_sign;
use super::tender::tell_provider;
use crate::governance::delegation::{Wanted, act, judge};
use crate::{Command, Failure, Query};

/// Everything on record between the scores and the signatures.
pub(super) struct Outcome {
    pub(super) desk: Desk,
    inputs: Vec<Inputs>,
    pub(super) outcomes: Vec<BidOutcome>,
    pub(super) award: Option<Award>,
    challenges: Vec<Challenge>,
    /// Who stays on the framework without a new tender, and with what.
    carried: Vec<(CarriedOver, Vec<AdmittedService>)>,
}

impl Outcome {
    pub(super) async fn read(reads: &mut impl Reads, tender: TenderId) -> Result<Self, Failure> {
        let desk = Desk::read(reads, tender).await?;
        let mut carried = Vec::new();
        for row in carried_over(reads, tender).await? {
            let services = serde_json::from_str(&row.services).map_err(|error| Fault::inconsistent("carried_over.services", error))?;
            carried.push((row, services));
        }
        Ok(Self {
            carried,
            inputs: desk.inputs()?,
            outcomes: outcomes_of(reads, tender).await?,
            award: of_tender(reads, tender).await?,
            challenges: challenges_of(reads, tender).await?,
            desk,
        })
    }

    pub(super) fn progress(&self) -> Progress {
        let lines = self.inputs.iter().flat_map(|inputs| &inputs.bids).flat_map(|bid| bid.lines.iter().map(move |line| (bid.bid, line)));
        let is_decided = |bid: OpenedBidId, line: &Line| {
            let category = line.category.as_deref().unwrap_or_default();
            self.outcomes.iter().any(|one| (one.opened_bid_id, one.service_id, one.category.as_str()) == (bid, line.service, category))
        };
        let admitted = self.outcomes.iter().filter(|one| one.outcome == OutcomeKind::Admit).count();
        let carried: usize = self.carried.iter().map(|(_, services)| services.len()).sum();
        Progress {
            is_cancelled: self.desk.tender.is_cancelled(),
            are_prices_open: self.desk.are_prices_open(),
            without_outcome: lines.filter(|(bid, line)| !is_decided(*bid, line)).count(),
            admitted: admitted + carried,
            suppliers: self.suppliers().len(),
            crowded: self.crowded(),
            open_conflicts: self.desk.late_conflicts().iter().filter(|(.., settled)| settled.is_none()).count(),
            open_challenges: self.challenges.iter().filter(|one| one.closed_on.is_none()).count(),
            award: self.award.as_ref().map(|award| Made {
                are_summaries_sent: award.summaries_sent_at.is_some(),
                notice_on: award.notice_published_at.map(Day::in_uk),
            }),
        }
    }

    fn suppliers(&self) -> BTreeSet<OrganisationId> {
        let admitted = self.outcomes.iter().filter(|one| one.outcome == OutcomeKind::Admit);
        let carried = self.carried.iter().map(|(row, _)| row.provider_id);
        admitted.filter_map(|one| self.desk.provider_of(one.opened_bid_id)).chain(carried).collect()
    }

    /// A category that has more services than the tender allows, those that stay among them.
    fn crowded(&self) -> Option<String> {
        let most = usize::try_from(self.desk.plan.suppliers_at_most?).unwrap_or(usize::MAX);
        let admitted = self.outcomes.iter().filter(|one| one.outcome == OutcomeKind::Admit).map(|one| one.category.as_str());
        let carried = self.carried.iter().flat_map(|(_, services)| services).map(|one| one.category.as_str());
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for category in admitted.chain(carried) {
            *counts.entry(category).or_default() += 1;
        }
        counts.into_iter().find(|(_, count)| *count > most).map(|(category, _)| category.to_owned())
    }

    pub(super) fn award(&self) -> Result<&Award, Failure> {
        self.award.as_ref().ok_or_else(|| Failure::refused("the framework is not awarded yet"))
    }

    /// What of a provider is admitted, for its agreement.
    fn admitted_of(&self, provider: OrganisationId) -> Vec<AdmittedService> {
        let of_provider = self.outcomes.iter().filter(|one| one.outcome == OutcomeKind::Admit);
        let of_provider = of_provider.filter(|one| self.desk.provider_of(one.opened_bid_id) == Some(provider));
        let named = of_provider.filter_map(|one| {
            let (lot, name) = self.desk.service_of(one.opened_bid_id, one.service_id)?;
            Some(AdmittedService { service: one.service_id, lot, name, category: one.category.clone(), weekly: one.weekly_pence })
        });
        let carried = self.carried.iter().filter(|(row, _)| row.provider_id == provider).flat_map(|(_, services)| services.clone());
        named.chain(carried).collect()
    }
}

/// Approves the outcome and awards the framework, by the post to which that was delegated. Each admitted provider's agreement is prepared.
#[derive(Debug, Clone, Serialize)]
pub struct AwardFramework {
    /// Of which tender.
    pub tender: TenderId,
}

impl Command for AwardFramework {
    const ACTION: Action = Action::AwardFramework;
    type Answer = AwardId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<AwardId, Failure> {
        let outcome = Outcome::read(tx, self.tender).await?;
        let plan = &outcome.desk.plan;
        may_award(plan, &outcome.progress()).map_err(Failure::refused)?;
        may_go_on(tx, &outcome.desk.tender, plan, Day::in_uk(tx.at())).await?;
        let (act_id, _) = act(tx, &Wanted::free(GovernedAct::AwardFramework, &plan.framework.reference)).await?;
        let detail = serde_json::to_string(&outcome.inputs).map_err(|error| Fault::inconsistent("award.detail", error))?;
        let award = Award {
            id: AwardId(tx.new_id()),
            version: 1,
            org_id: outcome.desk.tender.org_id,
            tender_id: self.tender,
            act_id,
            detail,
            summaries_sent_at: None,
            notice_published_at: None,
            standstill_until: None,
            terminated_on: None,
            terminated_reason: None,
        };
        tx.create(&award, &json!({ "shape": 1, "tender": self.tender, "act": act_id })).await?;
        for provider in outcome.suppliers() {
            prepare(tx, &outcome.desk.tender, provider, &outcome.admitted_of(provider)).await?;
        }
        Ok(award.id)
    }
}

/// Puts on record that the award notice was published today, with which the standstill begins.
#[derive(Debug, Clone, Serialize)]
pub struct RecordAwardNotice {
    /// Of which tender.
    pub tender: TenderId,
}

impl Command for RecordAwardNotice {
    const ACTION: Action = Action::RunAward;
    type Answer = AwardId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<AwardId, Failure> {
        let outcome = Outcome::read(tx, self.tender).await?;
        may_publish_notice(&outcome.progress()).map_err(Failure::refused)?;
        let mut award = outcome.award()?.clone();
        award.notice_published_at = Some(tx.at());
        award.standstill_until = standstill_until(outcome.desk.plan.standstill, Day::in_uk(tx.at()));
        let body = json!({ "shape": 1, "standstill_until": award.standstill_until });
        tx.update(&mut award, &body).await?;
        tell_when_to_sign(tx, self.tender).await?;
        let title = &outcome.desk.tender.title;
        let body = format!("A framework agreement with you under {title} is prepared. Sign in to Nearhome to read when you can sign it.");
        for contract in contracts_of(tx, self.tender).await? {
            tell_provider(tx, contract.provider_id, "Your framework agreement", &body).await?;
        }
        Ok(award.id)
    }
}

/// Where the award of a tender stands.
#[derive(Debug, Clone)]
pub struct AwardView {
    /// The tender.
    pub tender: Tender,
    /// What keeps the framework from being awarded by the caller today, in words; nothing when it can be, or is.
    pub blocks_award: Vec<String>,
    /// The award.
    pub award: Option<Award>,
    /// How many services are admitted, and of how many providers.
    pub admitted: (usize, usize),
    /// Challenges and complaints.
    pub challenges: Vec<Challenge>,
    /// Conflicts of interest that touch what was scored.
    pub conflicts: Vec<ConflictLine>,
    /// The agreements.
    pub contracts: Vec<ContractLine>,
    /// Why nobody can sign today; nothing when they can.
    pub blocks_signature: Option<String>,
    /// The framework is in force already, and this is its next award.
    pub is_reopening: bool,
    /// Who stays on it without a new tender: the provider, the ground, the reason, and how many services.
    pub carried_over: Vec<(String, CarryOver, String, usize)>,
}

/// Asks where the award of a tender stands.
#[derive(Debug, Clone, Copy)]
pub struct GetAward {
    /// Of which tender.
    pub tender: TenderId,
    /// The day on which it is asked.
    pub today: Day,
}

impl Query for GetAward {
    const ACTION: Action = Action::SeeAward;
    type Answer = AwardView;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(reads, caller, self.tender).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<AwardView, Failure> {
        let outcome = Outcome::read(reads, self.tender).await?;
        let (plan, progress) = (&outcome.desk.plan, outcome.progress());
        let mut blocks_award = Vec::new();
        if outcome.award.is_none() {
            blocks_award.extend(may_award(plan, &progress).err().map(|why| why.to_string()));
            match may_go_on(reads, &outcome.desk.tender, plan, self.today).await {
                Err(Failure::Refused(why)) => blocks_award.push(why),
                other => other?,
            }
            let wanted = Wanted::free(GovernedAct::AwardFramework, &plan.framework.reference);
            blocks_award.extend(judge(reads, caller, &wanted, self.today).await?.err().map(|why| why.to_string()));
        }
        let blocks_signature = may_sign(plan, &progress, self.today).err().map(|why| why.to_string());
        let mut contracts = Vec::new();
        let (suppliers, changes) = (suppliers_of(reads, self.tender).await?, variations_under(reads, self.tender).await?);
        let name = |provider: OrganisationId| suppliers.get(&provider).cloned().unwrap_or_default();
        for row in contracts_of(reads, self.tender).await? {
            let contract = row.id;
            let of_contract = changes.iter().filter(|change| change.contract_id == contract);
            contracts.push(contract_line(name(row.provider_id), of_contract, row, self.today)?);
        }
        let carried = outcome.carried.iter();
        let carried_over = carried.map(|(row, services)| (name(row.provider_id), row.ground, row.reason.clone(), services.len())).collect();
        let conflicts = conflict_lines(&outcome.desk, &names_of(reads, self.tender).await?);
        Ok(AwardView {
            is_reopening: plan.reopening.is_some(),
            carried_over,
            admitted: (progress.admitted, progress.suppliers),
            challenges: outcome.challenges,
            conflicts,
            award: outcome.award,
            tender: outcome.desk.tender,
            blocks_award,
            contracts,
            blocks_signature,
        })
    }
}
