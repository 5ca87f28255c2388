//! What was published of procurements, never to change again, and what only notices need.

use domain::calendar::{Day, Instant};
use domain::ids::{AwardId, MarketEngagementId, OrganisationId, PublicSupplierId, PublishedReleaseId, SubmissionId, TenderId};
use domain::procurement::ocds::build::Telling;

use crate::{Fault, Reads};

record! {
    /// A release as it went out. Neither program nor administrator can change it; what changes is told by the next one.
    pub struct PublishedRelease in "published_release" owner org_id {
        id: PublishedReleaseId, version: i64,
        /// The council that procures.
        org_id: OrganisationId, tender_id: TenderId,
        /// From 1 for each tender, without gaps.
        number: i64, telling: Telling,
        /// The release as JSON.
        body: String, at: Instant,
    }
}

record! {
    /// Talks with providers before a tender.
    pub struct MarketEngagement in "market_engagement" owner org_id {
        id: MarketEngagementId, version: i64,
        org_id: OrganisationId, tender_id: TenderId,
        first_on: Day, last_on: Day, about: String,
        /// Why no notice of them went out.
        no_notice_because: Option<String>,
    }
}

record! {
    /// What public registers say about a supplier, as the council that procures entered it.
    pub struct PublicSupplier in "public_supplier" owner org_id {
        id: PublicSupplierId, version: i64,
        org_id: OrganisationId, supplier_id: OrganisationId,
        /// Of Companies House or of the register of charities.
        register_number: String,
        /// Of a company that is a charity too.
        charity_number: Option<String>,
        is_small: bool, is_voluntary: bool,
    }
}

statements! {
    RELEASES_OF = rows!(PublishedRelease, "WHERE tender_id = $1 ORDER BY number");
    /// All of them: what is handed over is whole.
    RELEASES = rows!(PublishedRelease, "ORDER BY tender_id, number");
    ENGAGEMENT_OF = rows!(MarketEngagement, "WHERE tender_id = $1");
    SUPPLIERS_OF = rows!(PublicSupplier, "WHERE org_id = $1 ORDER BY supplier_id");
    DECIDED_AT = "SELECT at FROM event WHERE stream_id = $1 AND version = 1";
    /// Without the envelopes, which are large.
    SUBMITTED_AT = "SELECT id, submitted_at FROM bid_submission WHERE tender_id = $1";
}

/// What was published of a tender, in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn releases_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<PublishedRelease>, Fault> {
    reads.records(RELEASES_OF, &[tender.into()]).await
}

/// Everything that was published, tender by tender and in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn releases(reads: &mut impl Reads) -> Result<Vec<PublishedRelease>, Fault> {
    reads.records(RELEASES, &[]).await
}

/// The talks with providers before a tender.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn engagement_of(reads: &mut impl Reads, tender: TenderId) -> Result<Option<MarketEngagement>, Fault> {
    Ok(reads.records(ENGAGEMENT_OF, &[tender.into()]).await?.pop())
}

/// What a council entered about suppliers.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn suppliers_of(reads: &mut impl Reads, council: OrganisationId) -> Result<Vec<PublicSupplier>, Fault> {
    reads.records(SUPPLIERS_OF, &[council.into()]).await
}

/// When an award was decided: the moment of its first entry in the record, for those who may read that.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn decided_at(reads: &mut impl Reads, award: AwardId) -> Result<Option<Instant>, Fault> {
    reads.optional(DECIDED_AT, &[award.0.into()]).await?.map(|row| row.get("at")).transpose()
}

/// When each submission to a tender came in.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn submitted_at(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<(SubmissionId, Instant)>, Fault> {
    let rows = reads.all(SUBMITTED_AT, &[tender.into()]).await?;
    rows.iter().map(|row| Ok((SubmissionId(row.get("id")?), row.get("submitted_at")?))).collect()
}
