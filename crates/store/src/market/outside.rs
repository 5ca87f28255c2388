//! What other bodies publish of their procurements: the register of what the market is paid elsewhere.

use domain::calendar::Instant;
use domain::ids::OutsideReleaseId;
use domain::pence::Pence;

use crate::{Fault, Reads};

record! {
    /// A release of another body. An ocid by itself says nothing: publishers reuse them, and release the same id anew with other
    /// content.
    pub struct OutsideRelease in "outside_release" owner shared {
        id: OutsideReleaseId, version: i64,
        publisher: String, ocid: String, release_id: String,
        /// Of its text, in hexadecimal digits.
        digest: String,
        published_at: Option<Instant>,
        /// Its tags, with commas between.
        tags: String, title: Option<String>, buyer: Option<String>,
        /// The suppliers of its awards, with semicolons between.
        suppliers: String,
        /// What it says is spent, if it says so in pounds.
        value_pence: Option<Pence>,
        /// How many faults our checker found.
        faults: i64,
        /// The release as it was read.
        body: String,
    }
}

statements! {
    SAME = rows!(OutsideRelease, "WHERE publisher = $1 AND ocid = $2 AND release_id = $3 ORDER BY id LIMIT 100");
    NEWEST = rows!(OutsideRelease, "WHERE published_at IS NOT NULL ORDER BY published_at DESC, id LIMIT $1");
}

/// Every release that a publisher gave this id within this process.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn same(reads: &mut impl Reads, publisher: &str, ocid: &str, release_id: &str) -> Result<Vec<OutsideRelease>, Fault> {
    reads.records(SAME, &[publisher.into(), ocid.into(), release_id.into()]).await
}

/// The releases with the latest dates.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn newest(reads: &mut impl Reads, limit: i64) -> Result<Vec<OutsideRelease>, Fault> {
    reads.records(NEWEST, &[limit.into()]).await
}
