//! Who scores bids, what they declared, their scores, what they agreed on, and what became of each service.

use std::collections::BTreeMap;

use domain::calendar::{Day, Instant};
use domain::ids::{
    BidModerationId, BidOutcomeId, BidScoreId, ConflictDeclarationId, ConflictSettlementId, EvaluatorId, OpenedBidId, OrganisationId,
    PersonId, ServiceId, TenderId,
};
use domain::pence::Pence;

use crate::{Fault, Reads};

domain::codes! {
    /// What became of one service in one category.
    pub enum OutcomeKind("outcome of a bid") {
        /// It is admitted.
        Admit = "ADMIT", "Admitted";
        /// It is not.
        Reject = "REJECT", "Not admitted";
    }
}

record! {
    /// A person who scores the bids of a tender.
    pub struct Evaluator in "evaluator" owner org_id {
        id: EvaluatorId, version: i64,
        org_id: OrganisationId, tender_id: TenderId, person_id: PersonId, ended_on: Option<Day>,
    }
}

record! {
    /// What a person declared before seeing any bid of a tender.
    pub struct ConflictDeclaration in "conflict_declaration" owner org_id {
        id: ConflictDeclarationId, version: i64,
        org_id: OrganisationId, tender_id: TenderId, person_id: PersonId, has_conflict: bool, words: String, declared_at: Instant,
    }
}

record! {
    /// How a conflict of interest was dealt with that was declared when scores that count rested on whoever declared it.
    pub struct ConflictSettlement in "conflict_settlement" owner org_id {
        id: ConflictSettlementId, version: i64,
        /// The council that procures.
        org_id: OrganisationId,
        tender_id: TenderId, declaration_id: ConflictDeclarationId, how: String, settled_by: PersonId, settled_at: Instant,
    }
}

record! {
    /// One evaluator's score of one answer.
    pub struct BidScore in "bid_score" owner org_id {
        id: BidScoreId, version: i64,
        org_id: OrganisationId, opened_bid_id: OpenedBidId, question: String, person_id: PersonId, score: i64, reason: String,
    }
}

record! {
    /// The score on which the evaluators agreed.
    pub struct BidModeration in "bid_moderation" owner org_id {
        id: BidModerationId, version: i64,
        org_id: OrganisationId, opened_bid_id: OpenedBidId, question: String, agreed: i64, reason: String, agreed_by: PersonId,
        /// Whose scores counted when it was agreed, as JSON: see [`BidModeration::rests_on`].
        rests_on: Option<String>,
    }
}

impl BidModeration {
    /// Whose scores counted when it was agreed; absent where that was not kept yet.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when it cannot be read.
    pub fn rests_on(&self) -> Result<Option<Vec<PersonId>>, Fault> {
        let read = |text: &String| serde_json::from_str(text).map_err(|error| Fault::inconsistent("bid_moderation.rests_on", error));
        self.rests_on.as_ref().map(read).transpose()
    }
}

record! {
    /// What became of one service of a bid in one category.
    pub struct BidOutcome in "bid_outcome" owner org_id {
        id: BidOutcomeId, version: i64,
        org_id: OrganisationId, opened_bid_id: OpenedBidId, service_id: ServiceId, category: String, outcome: OutcomeKind, reason: String,
        weekly_pence: Pence,
    }
}

statements! {
    EVALUATORS_OF = rows!(Evaluator, "WHERE tender_id = $1 ORDER BY id LIMIT 500");
    DECLARATIONS_OF = rows!(ConflictDeclaration, "WHERE tender_id = $1 ORDER BY declared_at, id LIMIT 500");
    SETTLEMENTS_OF = rows!(ConflictSettlement, "WHERE tender_id = $1 ORDER BY settled_at, id LIMIT 500");
    /// Whoever was named, or declared something: those who run the evaluation declare too.
    NAMES_OF = "SELECT id, name FROM person WHERE id IN (SELECT person_id FROM evaluator WHERE tender_id = $1 \
                UNION SELECT person_id FROM conflict_declaration WHERE tender_id = $1) ORDER BY id";
    /// All of them: a ranking that leaves scores out is wrong.
    SCORES_OF = rows!(BidScore, "JOIN opened_bid ON opened_bid.id = bid_score.opened_bid_id WHERE opened_bid.tender_id = $1 \
                      ORDER BY bid_score.opened_bid_id, bid_score.question, bid_score.id");
    MODERATIONS_OF = rows!(BidModeration, "JOIN opened_bid ON opened_bid.id = bid_moderation.opened_bid_id WHERE opened_bid.tender_id = $1 \
                           ORDER BY bid_moderation.opened_bid_id, bid_moderation.question");
    OUTCOMES_OF = rows!(BidOutcome, "JOIN opened_bid ON opened_bid.id = bid_outcome.opened_bid_id WHERE opened_bid.tender_id = $1 \
                        ORDER BY bid_outcome.opened_bid_id, bid_outcome.service_id, bid_outcome.category");
}

/// Those who were named to score the bids, also those who do so no longer.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn evaluators_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<Evaluator>, Fault> {
    reads.records(EVALUATORS_OF, &[tender.into()]).await
}

/// What was declared about conflicts of interest.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn declarations_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<ConflictDeclaration>, Fault> {
    reads.records(DECLARATIONS_OF, &[tender.into()]).await
}

/// How conflicts of interest were dealt with that were declared late.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn settlements_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<ConflictSettlement>, Fault> {
    reads.records(SETTLEMENTS_OF, &[tender.into()]).await
}

/// The names of all who evaluate a tender, did so once, or run its evaluation.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn names_of(reads: &mut impl Reads, tender: TenderId) -> Result<BTreeMap<PersonId, String>, Fault> {
    let rows = reads.all(NAMES_OF, &[tender.into()]).await?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("name")?))).collect()
}

/// Every score of a tender's bids.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn scores_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<BidScore>, Fault> {
    reads.records(SCORES_OF, &[tender.into()]).await
}

/// Every agreed score of a tender's bids.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn moderations_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<BidModeration>, Fault> {
    reads.records(MODERATIONS_OF, &[tender.into()]).await
}

/// What became of every service of a tender's bids.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn outcomes_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<BidOutcome>, Fault> {
    reads.records(OUTCOMES_OF, &[tender.into()]).await
}
