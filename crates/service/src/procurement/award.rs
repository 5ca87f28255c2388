//! From decided outcomes to signed framework agreements: award under delegated authority, summaries, notice and standstill, challenges,
//! and the two signatures of each agreement.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::governance::decision::GovernedAct;
use domain::ids::{AssessmentSummaryId, AwardId, ChallengeId, FrameworkContractId, OpenedBidId, OrganisationId, ServiceId, TenderId};
use domain::pence::Pence;
use domain::people::Caller;
use domain::procurement::award::{
    AwardRefusal, Made, Progress, may_award, may_publish_notice, may_send_summaries, may_sign, standstill_until,
};
use domain::procurement::contract::{Contract, Standing, Variation};
use domain::procurement::ranking::{Inputs, Line};
use domain::procurement::reopening::CarryOver;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::people::organisation::{Organisation, Person};
pub use store::procurement::award::ChallengeKind;
use store::procurement::award::{
    AssessmentSummary, Award, CarriedOver, Challenge, FrameworkContract, carried_over, challenges_of, contracts_of, of_tender,
    summaries_of, variations_of,
};
use store::procurement::evaluation::{BidOutcome, OutcomeKind, outcomes_of};
use store::procurement::tender::Tender;
use store::{Fault, ReadTx, Reads, Threshold, Tx};

use super::evaluation::{Desk, of_everybody, of_procurer};
use super::exercise::may_go_on;
use super::in_force::{put_in_force, services_of};
use super::tender::tell_provider;
use crate::governance::delegation::{Wanted, act, judge};
use crate::{Command, Failure, Query};

/// Everything on record between the scores and the signatures.
struct Outcome {
    desk: Desk,
    inputs: Vec<Inputs>,
    outcomes: Vec<BidOutcome>,
    award: Option<Award>,
    challenges: Vec<Challenge>,
    /// Who stays on the framework without a new tender, and with what.
    carried: Vec<(CarriedOver, Vec<AdmittedService>)>,
}

impl Outcome {
    async fn read(reads: &mut impl Reads, tender: TenderId) -> Result<Self, Failure> {
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

    fn progress(&self) -> Progress {
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

    fn award(&self) -> Result<&Award, Failure> {
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

/// A service of a provider in its framework agreement or its letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdmittedService {
    /// Which.
    pub service: ServiceId,
    /// The code of the lot.
    pub lot: String,
    /// The home or branch.
    pub name: String,
    /// The code of the category.
    pub category: String,
    /// The most that it will ask for a week.
    pub weekly: Pence,
}

/// Prepares the agreement with a provider, for both to sign.
pub(super) async fn prepare(tx: &mut Tx, tender: &Tender, provider: OrganisationId, services: &[AdmittedService]) -> Result<(), Failure> {
    let detail = serde_json::to_string(services).map_err(|error| Fault::inconsistent("framework_contract.detail", error))?;
    let contract = FrameworkContract {
        id: FrameworkContractId(tx.new_id()),
        version: 1,
        org_id: tender.org_id,
        provider_id: provider,
        tender_id: tender.id,
        framework: tender.framework.clone(),
        detail,
        signable_from: None,
        provider_signed_at: None,
        provider_signed_by: None,
        provider_signatory: None,
        council_signed_at: None,
        council_signed_by: None,
        council_post: None,
        act_id: None,
        suspended_from: None,
        suspended_until: None,
        ended_on: None,
        ended_reason: None,
        suspended_reason: None,
    };
    tx.create(&contract, &json!({ "shape": 1, "provider": provider })).await?;
    Ok(())
}

/// What a bidder is told about its bid for a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The code of the lot.
    pub lot: String,
    /// Each question with its agreed score, out of how much, and the reason.
    pub answers: Vec<(String, u32, u32, String)>,
    /// Each service: its name, category, price, whether it is admitted, and why.
    pub services: Vec<(AdmittedService, bool, String)>,
}

/// Tells every bidder its scores, the reasons, and what became of each service, before the award notice.
#[derive(Debug, Clone, Serialize)]
pub struct SendSummaries {
    /// Of which tender.
    pub tender: TenderId,
}

impl Command for SendSummaries {
    const ACTION: Action = Action::RunAward;
    type Answer = usize;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(threshold, caller, self.tender).await
    }

    async fn run(&self, tx: &mut Tx) -> Result<usize, Failure> {
        let outcome = Outcome::read(tx, self.tender).await?;
        may_send_summaries(&outcome.progress()).map_err(Failure::refused)?;
        let (mut sent, mut told) = (0, BTreeSet::new());
        for (bid, provider_id, summary) in outcome.desk.summaries(&outcome.outcomes)? {
            let row = AssessmentSummary {
                id: AssessmentSummaryId(tx.new_id()),
                version: 1,
                org_id: outcome.desk.tender.org_id,
                provider_id,
                tender_id: self.tender,
                lot: summary.lot.clone(),
                content: serde_json::to_string(&summary).map_err(|error| Fault::inconsistent("assessment_summary.content", error))?,
                sent_at: tx.at(),
            };
            tx.create(&row, &json!({ "shape": 1, "bid": bid })).await?;
            told.insert(provider_id);
            sent += 1;
        }
        let body = format!("You can read the result of your bids for {}. Sign in to Nearhome to read it.", outcome.desk.tender.title);
        for provider in told {
            tell_provider(tx, provider, "The result of your bids", &body).await?;
        }
        let mut award = outcome.award()?.clone();
        award.summaries_sent_at = Some(tx.at());
        tx.update(&mut award, &json!({ "shape": 1, "summaries": sent })).await?;
        Ok(sent)
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

/// Puts a challenge or complaint on record. As long as it is open it stops what the tender says.
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

/// The agreement as the rules see it.
pub(super) fn standing_of(row: &FrameworkContract) -> Contract {
    Contract {
        provider_signed: row.provider_signed_by,
        council_signed: row.council_signed_by.zip(row.council_signed_at.map(Day::in_uk)),
        suspended_from: row.suspended_from,
        suspended_until: row.suspended_until,
        ended_on: row.ended_on,
    }
}

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
async fn tell_when_to_sign(tx: &mut Tx, tender: TenderId) -> Result<(), Failure> {
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

/// One framework agreement in the register.
#[derive(Debug, Clone)]
pub struct ContractLine {
    /// Which.
    pub id: FrameworkContractId,
    /// With whom.
    pub provider: String,
    /// How it stands today.
    pub standing: Standing,
    /// When the provider signed, and by whom.
    pub provider_signed: Option<(Instant, String)>,
    /// When the council signed, and by which post.
    pub council_signed: Option<(Instant, String)>,
    /// What it covers.
    pub services: Vec<AdmittedService>,
    /// Its numbered changes.
    pub variations: Vec<Variation>,
    /// Between which days it is suspended, and why.
    pub suspended: Option<(Day, Option<Day>, String)>,
    /// The first day on which it is no more, and why.
    pub ended: Option<(Day, String)>,
}

async fn contract_line(reads: &mut impl Reads, row: FrameworkContract, today: Day) -> Result<ContractLine, Failure> {
    let mut variations = Vec::new();
    for one in variations_of(reads, row.id).await? {
        let number = u32::try_from(one.number).map_err(|error| Fault::inconsistent("framework_variation.number", error))?;
        variations.push(Variation { number, from: one.holds_from, text: one.what });
    }
    let services = services_of(&row)?;
    Ok(ContractLine {
        id: row.id,
        provider: reads.get::<Organisation>(row.provider_id).await?.name,
        standing: standing_of(&row).standing(today),
        provider_signed: row.provider_signed_at.zip(row.provider_signatory),
        council_signed: row.council_signed_at.zip(row.council_post),
        services,
        variations,
        suspended: row.suspended_from.map(|from| (from, row.suspended_until, row.suspended_reason.unwrap_or_default())),
        ended: row.ended_on.zip(row.ended_reason),
    })
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
        for row in contracts_of(reads, self.tender).await? {
            contracts.push(contract_line(reads, row, self.today).await?);
        }
        let mut carried_over = Vec::new();
        for (row, services) in &outcome.carried {
            let provider = reads.get::<Organisation>(row.provider_id).await?.name;
            carried_over.push((provider, row.ground, row.reason.clone(), services.len()));
        }
        Ok(AwardView {
            is_reopening: plan.reopening.is_some(),
            carried_over,
            admitted: (progress.admitted, progress.suppliers),
            challenges: outcome.challenges,
            award: outcome.award,
            tender: outcome.desk.tender,
            blocks_award,
            contracts,
            blocks_signature,
        })
    }
}

/// Asks what each bidder was told, for the council that procures: the bidder, its name, and the summaries of its bids.
#[derive(Debug, Clone, Copy)]
pub struct GetSummaries {
    /// Of which tender.
    pub tender: TenderId,
}

/// A bidder with what it was told about each of its bids, and when.
pub type Told = (OrganisationId, String, Vec<(Instant, Summary)>);

impl Query for GetSummaries {
    const ACTION: Action = Action::SeeAward;
    type Answer = Vec<Told>;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        of_procurer(reads, caller, self.tender).await
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Vec<Told>, Failure> {
        let mut told: Vec<Told> = Vec::new();
        for row in summaries_of(reads, self.tender).await? {
            let summary = (row.sent_at, told_in(&row)?);
            if let Some((.., summaries)) = told.iter_mut().find(|(bidder, ..)| *bidder == row.provider_id) {
                summaries.push(summary);
            } else {
                let name = reads.get::<Organisation>(row.provider_id).await?.name;
                told.push((row.provider_id, name, vec![summary]));
            }
        }
        Ok(told)
    }
}

fn told_in(row: &AssessmentSummary) -> Result<Summary, Fault> {
    serde_json::from_str(&row.content).map_err(|error| Fault::inconsistent("assessment_summary.content", error))
}

/// What a bidder sees of the result.
#[derive(Debug, Clone)]
pub struct ResultView {
    /// The tender.
    pub tender: Tender,
    /// What it was told about each of its bids, and when.
    pub summaries: Vec<(Instant, Summary)>,
    /// Its agreement.
    pub contract: Option<ContractLine>,
}

/// Asks what the caller's organisation was told about its bids, and for its agreement.
#[derive(Debug, Clone, Copy)]
pub struct GetResult {
    /// Of which tender.
    pub tender: TenderId,
    /// The day on which it is asked.
    pub today: Day,
}

impl Query for GetResult {
    const ACTION: Action = Action::SeeResult;
    type Answer = ResultView;

    async fn relation(&self, reads: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        of_everybody(reads, self.tender).await
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<ResultView, Failure> {
        let mut summaries = Vec::new();
        for row in summaries_of(reads, self.tender).await?.into_iter().filter(|row| row.provider_id == caller.organisation) {
            summaries.push((row.sent_at, told_in(&row)?));
        }
        let own = contracts_of(reads, self.tender).await?.into_iter().find(|one| one.provider_id == caller.organisation);
        // Who stays on a framework or was chosen without a competition made no bid: its agreement is shown once it can be signed.
        let is_told = |row: &FrameworkContract| !summaries.is_empty() || row.signable_from.is_some() || row.provider_signed_at.is_some();
        let contract = match own.filter(is_told) {
            Some(row) => Some(contract_line(reads, row, self.today).await?),
            None => None,
        };
        Ok(ResultView { tender: reads.get(self.tender).await?, summaries, contract })
    }
}
