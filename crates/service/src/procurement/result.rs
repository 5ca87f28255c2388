//! What bidders are told of their bids, before anybody else, and what they read of it.

use std::collections::BTreeSet;

use domain::access::{Action, Relation};
use domain::calendar::{Day, Instant};
use domain::ids::{AssessmentSummaryId, OpenedBidId, OrganisationId, TenderId};
use domain::people::Caller;
use domain::procurement::award::may_send_summaries;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::people::organisation::Organisation;
use store::procurement::award::{AssessmentSummary, FrameworkContract, contracts_of, summaries_of, suppliers_of, variations_of};
use store::procurement::evaluation::{BidOutcome, OutcomeKind};
use store::procurement::tender::Tender;
use store::{Fault, ReadTx, Reads as _, Threshold, Tx};

use super::agreement::{AdmittedService, ContractLine, contract_line};
use super::award::Outcome;
use super::desk::{Desk, points};
use super::relation::{of_everybody, of_procurer};
use super::tender::tell_provider;
use crate::{Command, Failure, Query};

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

impl Desk {
    /// What each bidder is told about each of its bids.
    pub(super) fn summaries(&self, outcomes: &[BidOutcome]) -> Result<Vec<(OpenedBidId, OrganisationId, Summary)>, Fault> {
        let mut all = Vec::new();
        for bid in &self.bids {
            let mut answers = Vec::new();
            for question in self.plan.questions_of(&bid.row.lot) {
                if let Some(agreed) = self.agreed.get(&(bid.row.id, question.code.clone())) {
                    answers.push((question.title.clone(), points(agreed.agreed)?, question.scale_max, agreed.reason.clone()));
                }
            }
            let services = outcomes.iter().filter(|one| one.opened_bid_id == bid.row.id).filter_map(|one| {
                let (lot, name) = self.service_of(bid.row.id, one.service_id)?;
                let told = AdmittedService { service: one.service_id, lot, name, category: one.category.clone(), weekly: one.weekly_pence };
                Some((told, one.outcome == OutcomeKind::Admit, one.reason.clone()))
            });
            let summary = Summary { lot: bid.row.lot.clone(), answers, services: services.collect() };
            all.push((bid.row.id, bid.row.provider_id, summary));
        }
        Ok(all)
    }
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
        let names = suppliers_of(reads, self.tender).await?;
        let mut told: Vec<Told> = Vec::new();
        for row in summaries_of(reads, self.tender).await? {
            let summary = (row.sent_at, told_in(&row)?);
            if let Some((.., summaries)) = told.iter_mut().find(|(bidder, ..)| *bidder == row.provider_id) {
                summaries.push(summary);
            } else {
                told.push((row.provider_id, names.get(&row.provider_id).cloned().unwrap_or_default(), vec![summary]));
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
            Some(row) => {
                let provider = reads.get::<Organisation>(row.provider_id).await?.name;
                let changes = variations_of(reads, row.id).await?;
                Some(contract_line(provider, &changes, row, self.today)?)
            }
            None => None,
        };
        Ok(ResultView { tender: reads.get(self.tender).await?, summaries, contract })
    }
}
