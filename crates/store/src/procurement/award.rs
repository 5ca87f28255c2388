//! Awards, what was raised against them, and the framework agreement with each provider.

use std::collections::BTreeMap;

use domain::calendar::{Day, Instant};
use domain::ids::{
    AssessmentSummaryId, AwardId, CarriedOverId, ChallengeId, FrameworkContractId, FrameworkVariationId, GovernedActId, OrganisationId,
    PersonId, TenderId,
};
use domain::procurement::reopening::CarryOver;

use crate::{Fault, Reads};

domain::codes! {
    /// What was raised.
    pub enum ChallengeKind("kind of challenge") {
        /// A challenge under the law of procurement.
        Challenge = "CHALLENGE", "Challenge";
        /// A complaint to the council.
        Complaint = "COMPLAINT", "Complaint";
    }
}

record! {
    /// The award of a framework.
    pub struct Award in "award" owner org_id {
        id: AwardId, version: i64,
        org_id: OrganisationId, tender_id: TenderId,
        /// The act under the delegation that allowed it.
        act_id: GovernedActId,
        /// From what the ranking was worked out, as JSON, so that it can be worked out again.
        detail: String,
        summaries_sent_at: Option<Instant>, notice_published_at: Option<Instant>,
        /// The last day of the standstill.
        standstill_until: Option<Day>,
        /// The first day on which the framework is no more, where the council ended it before its time.
        terminated_on: Option<Day>, terminated_reason: Option<String>,
    }
}

record! {
    /// What a bidder was told about one of its bids: its scores, the reasons, and what became of each service.
    pub struct AssessmentSummary in "assessment_summary" owner org_id other provider_id {
        id: AssessmentSummaryId, version: i64,
        org_id: OrganisationId, provider_id: OrganisationId, tender_id: TenderId, lot: String,
        /// As JSON, so that the letter is the same whenever it is printed.
        content: String,
        sent_at: Instant,
    }
}

record! {
    /// A challenge or complaint about a procurement.
    pub struct Challenge in "challenge" owner org_id {
        id: ChallengeId, version: i64,
        org_id: OrganisationId, tender_id: TenderId,
        /// Who raised it, if it was a bidder.
        provider_id: Option<OrganisationId>,
        kind: ChallengeKind, raised_on: Day, about: String, closed_on: Option<Day>, outcome: Option<String>,
    }
}

record! {
    /// The framework agreement with one provider.
    pub struct FrameworkContract in "framework_contract" owner org_id other provider_id {
        id: FrameworkContractId, version: i64,
        org_id: OrganisationId, provider_id: OrganisationId, tender_id: TenderId, framework: String,
        /// Lots, services, categories and prices, as JSON.
        detail: String,
        /// The first day on which it can be signed: after the standstill, and while no challenge stops it.
        signable_from: Option<Day>,
        provider_signed_at: Option<Instant>, provider_signed_by: Option<PersonId>, provider_signatory: Option<String>,
        council_signed_at: Option<Instant>, council_signed_by: Option<PersonId>, council_post: Option<String>,
        /// The act under the delegation by which the council signed.
        act_id: Option<GovernedActId>,
        suspended_from: Option<Day>, suspended_until: Option<Day>, ended_on: Option<Day>, ended_reason: Option<String>,
        /// Why it is suspended, or why that was lifted.
        suspended_reason: Option<String>,
    }
}

record! {
    /// A numbered change to a framework agreement.
    pub struct FrameworkVariation in "framework_variation" owner org_id other provider_id {
        id: FrameworkVariationId, version: i64,
        org_id: OrganisationId, provider_id: OrganisationId, contract_id: FrameworkContractId,
        /// From 1, without gaps.
        number: i64,
        /// From which day it holds.
        holds_from: Day,
        /// What changes, in words.
        what: String,
    }
}

record! {
    /// A supplier that stays on a framework when the whole of it is awarded again, without a new tender.
    pub struct CarriedOver in "carried_over" owner org_id {
        id: CarriedOverId, version: i64,
        org_id: OrganisationId, tender_id: TenderId, provider_id: OrganisationId,
        ground: CarryOver, reason: String,
        /// The services, categories and prices with which it stays, as JSON.
        services: String,
    }
}

statements! {
    OF_TENDER = rows!(Award, "WHERE tender_id = $1");
    CHALLENGES_OF = rows!(Challenge, "WHERE tender_id = $1 ORDER BY raised_on, id LIMIT 500");
    SUMMARIES_OF = rows!(AssessmentSummary, "WHERE tender_id = $1 ORDER BY lot, id LIMIT 5000");
    CONTRACTS_OF = rows!(FrameworkContract, "WHERE tender_id = $1 ORDER BY id LIMIT 5000");
    VARIATIONS_OF = rows!(FrameworkVariation, "WHERE contract_id = $1 ORDER BY number LIMIT 500");
    VARIATIONS_UNDER = rows!(FrameworkVariation, "JOIN framework_contract ON framework_contract.id = framework_variation.contract_id \
                             WHERE framework_contract.tender_id = $1 ORDER BY framework_variation.contract_id, framework_variation.number");
    /// Whoever is admitted, stays, or was told of a bid.
    SUPPLIERS_OF = "SELECT id, name FROM organisation WHERE id IN (SELECT provider_id FROM framework_contract WHERE tender_id = $1 \
                    UNION SELECT provider_id FROM carried_over WHERE tender_id = $1 \
                    UNION SELECT provider_id FROM assessment_summary WHERE tender_id = $1) ORDER BY id";
    CARRIED_OVER = rows!(CarriedOver, "WHERE tender_id = $1 ORDER BY id LIMIT 5000");
    CONTRACTS = rows!(FrameworkContract, "ORDER BY framework, id LIMIT 5000");
    CONTRACTS_WITH = rows!(FrameworkContract, "WHERE provider_id = $1 ORDER BY id LIMIT 500");
}

/// The award that came of a tender.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_tender(reads: &mut impl Reads, tender: TenderId) -> Result<Option<Award>, Fault> {
    Ok(reads.records(OF_TENDER, &[tender.into()]).await?.pop())
}

/// What was raised about a tender, in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn challenges_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<Challenge>, Fault> {
    reads.records(CHALLENGES_OF, &[tender.into()]).await
}

/// What bidders were told about their bids. On PostgreSQL a provider gets its own only; elsewhere whoever calls this leaves out the others'.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn summaries_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<AssessmentSummary>, Fault> {
    reads.records(SUMMARIES_OF, &[tender.into()]).await
}

/// The agreements that came of a tender.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn contracts_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<FrameworkContract>, Fault> {
    reads.records(CONTRACTS_OF, &[tender.into()]).await
}

/// Every framework agreement that the caller may read.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn contracts(reads: &mut impl Reads) -> Result<Vec<FrameworkContract>, Fault> {
    reads.records(CONTRACTS, &[]).await
}

/// A provider's framework agreements.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn contracts_with(reads: &mut impl Reads, provider: OrganisationId) -> Result<Vec<FrameworkContract>, Fault> {
    reads.records(CONTRACTS_WITH, &[provider.into()]).await
}

/// The changes to a framework agreement, in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn variations_of(reads: &mut impl Reads, contract: FrameworkContractId) -> Result<Vec<FrameworkVariation>, Fault> {
    reads.records(VARIATIONS_OF, &[contract.into()]).await
}

/// The changes to every agreement that came of a tender, by the agreement and in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn variations_under(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<FrameworkVariation>, Fault> {
    reads.records(VARIATIONS_UNDER, &[tender.into()]).await
}

/// The names of the providers with which agreements were prepared, that stay on the framework, or that were told of their bids.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn suppliers_of(reads: &mut impl Reads, tender: TenderId) -> Result<BTreeMap<OrganisationId, String>, Fault> {
    let rows = reads.all(SUPPLIERS_OF, &[tender.into()]).await?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("name")?))).collect()
}

/// Who stays on the framework that a tender re-opens without having tendered anew.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn carried_over(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<CarriedOver>, Fault> {
    reads.records(CARRIED_OVER, &[tender.into()]).await
}
