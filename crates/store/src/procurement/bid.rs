//! A bidder's own papers, sealed under its key, and its bids as they were submitted, sealed to the tender.

use domain::calendar::Instant;
use domain::ids::{
    BidId, BidderFileId, BidderKeyId, BidderProfileId, OpenedBidId, OrganisationId, SubmissionId, SubmittedFileId, TenderId,
};
use domain::procurement::bid::{PriceEnvelope, QualityEnvelope};

use crate::{Fault, Reads};

record! {
    /// The key of a bidder's papers, sealed with a key that is not in the database.
    pub struct BidderKey in "bidder_key" owner org_id {
        id: BidderKeyId, version: i64,
        org_id: OrganisationId,
        /// The name of the key that sealed it.
        key: String, sealed: Vec<u8>,
    }
}

record! {
    /// What a bidder says about itself in every bid, sealed under its key.
    pub struct BidderProfile in "bidder_profile" owner org_id {
        id: BidderProfileId, version: i64,
        org_id: OrganisationId, content: Vec<u8>,
    }
}

record! {
    /// A file of a bidder, sealed under the bidder's key.
    pub struct BidderFile in "bidder_file" owner org_id {
        id: BidderFileId, version: i64,
        org_id: OrganisationId,
        /// What it is called, its kind, its size and its hash: read without its content.
        about: Vec<u8>,
        /// Nothing once it is removed.
        content: Vec<u8>, removed_at: Option<Instant>,
    }
}

record! {
    /// A bidder's work on one lot, sealed under its key.
    pub struct Bid in "bid" owner org_id {
        id: BidId, version: i64,
        org_id: OrganisationId, tender_id: TenderId, lot: String,
        draft: Vec<u8>, saved_at: Instant, withdrawn_at: Option<Instant>,
    }
}

record! {
    /// A bid as it was submitted. A later one for the same lot takes its place as a whole.
    pub struct Submission in "bid_submission" owner org_id other provider_id {
        id: SubmissionId, version: i64,
        /// The council that procures.
        org_id: OrganisationId,
        provider_id: OrganisationId, tender_id: TenderId, lot: String,
        /// From 1 for each bidder and lot; the highest stands.
        number: i64,
        /// Sealed to the tender's key of quality.
        quality: Vec<u8>,
        /// Sealed to the tender's key of price.
        price: Vec<u8>,
        /// Whether the bidder sealed its prices itself, so that nobody here ever saw them.
        price_by_bidder: bool,
        /// Both, sealed under the bidder's key.
        own_copy: Vec<u8>,
        /// The digest and the signature of the receipt, as JSON. Its text names files, so it stands in the bidder's own copy.
        receipt: String,
        submitted_at: Instant, withdrawn_at: Option<Instant>,
    }
}

record! {
    /// A file of a submitted bid, sealed with a key of its own that lies in the quality envelope.
    pub struct SubmittedFile in "submitted_file" owner org_id other provider_id {
        id: SubmittedFileId, version: i64,
        /// The council that procures.
        org_id: OrganisationId,
        provider_id: OrganisationId, submission_id: SubmissionId, content: Vec<u8>,
    }
}

record! {
    /// A bid after the opening; its price is added when that envelope is opened.
    pub struct OpenedBid in "opened_bid" owner org_id {
        id: OpenedBidId, version: i64,
        org_id: OrganisationId, tender_id: TenderId, submission_id: SubmissionId, provider_id: OrganisationId, lot: String,
        /// The quality envelope as JSON.
        quality: String,
        /// The price envelope as JSON.
        price: Option<String>,
        opened_at: Instant, price_opened_at: Option<Instant>,
    }
}

impl OpenedBid {
    /// What it says but for its prices.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when it cannot be read.
    pub fn quality(&self) -> Result<QualityEnvelope, Fault> {
        serde_json::from_str(&self.quality).map_err(|error| Fault::inconsistent("opened_bid.quality", error))
    }

    /// Its prices, once that envelope is open.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when they cannot be read.
    pub fn price(&self) -> Result<Option<PriceEnvelope>, Fault> {
        let read = |text: &String| serde_json::from_str(text).map_err(|error| Fault::inconsistent("opened_bid.price", error));
        self.price.as_ref().map(read).transpose()
    }
}

statements! {
    KEY_OF = rows!(BidderKey, "WHERE org_id = $1");
    PROFILE_OF = rows!(BidderProfile, "WHERE org_id = $1");
    KEYS_IN_USE = "SELECT key, CAST(count(*) AS BIGINT) AS bidders FROM bidder_key GROUP BY key ORDER BY key";
    FILES_OF = "SELECT id, about FROM bidder_file WHERE org_id = $1 AND removed_at IS NULL ORDER BY id LIMIT 500";
    OF_PROVIDER = rows!(Bid, "WHERE org_id = $1 ORDER BY tender_id, lot LIMIT 1000");
    OF_LOT = rows!(Bid, "WHERE org_id = $1 AND tender_id = $2 AND lot = $3");
    SUBMITTED_BY = rows!(Submission, "WHERE provider_id = $1 AND tender_id = $2 ORDER BY lot, number");
    LAST_NUMBER = "SELECT CAST(coalesce(max(number), 0) AS BIGINT) AS number FROM bid_submission WHERE provider_id = $1 AND tender_id = $2 \
                   AND lot = $3";
    /// Those that stand: the last of each bidder and lot, unless it was withdrawn.
    STANDING = rows!(Submission, "WHERE tender_id = $1 AND withdrawn_at IS NULL AND number = (SELECT max(later.number) FROM bid_submission AS later \
                     WHERE later.tender_id = bid_submission.tender_id AND later.provider_id = bid_submission.provider_id \
                     AND later.lot = bid_submission.lot) ORDER BY lot, id LIMIT 5000");
    OPENED = rows!(OpenedBid, "WHERE tender_id = $1 ORDER BY lot, id LIMIT 5000");
}

/// The sealed key of a bidder's papers.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn key_of(reads: &mut impl Reads, provider: OrganisationId) -> Result<Option<BidderKey>, Fault> {
    Ok(reads.records(KEY_OF, &[provider.into()]).await?.pop())
}

/// What a bidder says about itself.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn profile_of(reads: &mut impl Reads, provider: OrganisationId) -> Result<Option<BidderProfile>, Fault> {
    Ok(reads.records(PROFILE_OF, &[provider.into()]).await?.pop())
}

/// The names of the keys with which bidders' keys are sealed, each with how many bidders'.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn keys_in_use(reads: &mut impl Reads) -> Result<Vec<(String, i64)>, Fault> {
    let rows = reads.all(KEYS_IN_USE, &[]).await?;
    rows.iter().map(|row| Ok((row.get("key")?, row.get("bidders")?))).collect()
}

/// What a bidder's files are, sealed, without their content.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn files_of(reads: &mut impl Reads, provider: OrganisationId) -> Result<Vec<(BidderFileId, Vec<u8>)>, Fault> {
    let rows = reads.all(FILES_OF, &[provider.into()]).await?;
    rows.iter().map(|row| Ok((row.get("id")?, row.get("about")?))).collect()
}

/// A bidder's work on one lot of a tender.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_lot(reads: &mut impl Reads, provider: OrganisationId, tender: TenderId, lot: &str) -> Result<Option<Bid>, Fault> {
    Ok(reads.records(OF_LOT, &[provider.into(), tender.into(), lot.into()]).await?.pop())
}

/// A bidder's work on every lot.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_provider(reads: &mut impl Reads, provider: OrganisationId) -> Result<Vec<Bid>, Fault> {
    reads.records(OF_PROVIDER, &[provider.into()]).await
}

/// All that a bidder submitted to a tender, by lot and in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn submitted_by(reads: &mut impl Reads, provider: OrganisationId, tender: TenderId) -> Result<Vec<Submission>, Fault> {
    reads.records(SUBMITTED_BY, &[provider.into(), tender.into()]).await
}

/// The number of a bidder's last submission for a lot; 0 before the first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn last_number(reads: &mut impl Reads, provider: OrganisationId, tender: TenderId, lot: &str) -> Result<i64, Fault> {
    let row = reads.optional(LAST_NUMBER, &[provider.into(), tender.into(), lot.into()]).await?;
    row.map_or(Ok(0), |row| row.get("number"))
}

/// The bids that stand: the last of each bidder and lot. Only council callers get others' than their own on PostgreSQL.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn standing(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<Submission>, Fault> {
    reads.records(STANDING, &[tender.into()]).await
}

/// The opened bids of a tender, by lot.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn opened(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<OpenedBid>, Fault> {
    reads.records(OPENED, &[tender.into()]).await
}
