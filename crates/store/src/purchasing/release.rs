//! The anonymised profile as it was sent to each service: all that a provider ever reads of a referral.

use domain::calendar::Instant;
use domain::ids::{OrganisationId, ReferralId, ReleaseId, ServiceId};

use uuid::Uuid;

use crate::{Fault, Reads, Slice};

record! {
    /// What one service was sent.
    pub struct Release in "release" owner org_id other provider_id {
        id: ReleaseId, version: i64,
        org_id: OrganisationId, provider_id: OrganisationId, referral_id: ReferralId, service_id: ServiceId,
        /// The referral's number, the only name it has outside.
        number: String,
        /// Under what is bought: a provider never reads the referral, and its price is bound by these three.
        framework: String, lot: String, category: String,
        wave: i64, released_at: Instant, closes_at: Instant,
        /// The profile as JSON, by field allow-list.
        profile: String,
        /// When more of the referral was sent than at first.
        added_to_at: Option<Instant>,
        /// What became of it, said to the provider: the words of [`domain::purchasing::offer::OfferState`].
        outcome: Option<String>, outcome_reason: Option<String>,
    }
}

/// One line of a provider's inbox.
#[derive(Debug, Clone)]
pub struct InboxLine {
    /// The release.
    pub id: ReleaseId,
    /// The referral's number.
    pub number: String,
    /// Which council asks.
    pub council: String,
    /// Which of the provider's services was asked.
    pub service: String,
    /// When it was sent.
    pub released_at: Instant,
    /// Until when an answer is awaited.
    pub closes_at: Instant,
    /// The state of the answer, if there is one.
    pub answer: Option<domain::purchasing::offer::OfferState>,
    /// What became of it.
    pub outcome: Option<String>,
}

statements! {
    OF_REFERRAL = rows!(Release, "WHERE org_id = $1 AND referral_id = $2 ORDER BY id LIMIT 5000");
    INBOX = "SELECT release.id AS id, release.number AS number, organisation.name AS council, service.name AS service, \
             release.released_at AS released_at, release.closes_at AS closes_at, offer.state AS answer, release.outcome AS outcome \
             FROM release JOIN organisation ON organisation.id = release.org_id JOIN service ON service.id = release.service_id \
             LEFT JOIN offer ON offer.release_id = release.id \
             WHERE release.provider_id = $1 AND (release.closes_at < $2 OR (release.closes_at = $2 AND release.id > $3)) \
             ORDER BY release.closes_at DESC, release.id LIMIT $4";
}

/// All releases of a referral.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_referral(reads: &mut impl Reads, council: OrganisationId, referral: ReferralId) -> Result<Vec<Release>, Fault> {
    reads.records(OF_REFERRAL, &[council.into(), referral.into()]).await
}

/// A part of a provider's inbox, newest deadline first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn inbox(reads: &mut impl Reads, provider: OrganisationId, slice: &Slice<(Instant, Uuid)>) -> Result<Vec<InboxLine>, Fault> {
    let (before, id) = slice.after_moment();
    let rows = reads.all(INBOX, &[provider.into(), before.into(), id.into(), i64::from(slice.limit).into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(InboxLine {
                id: row.get("id")?,
                number: row.get("number")?,
                council: row.get("council")?,
                service: row.get("service")?,
                released_at: row.get("released_at")?,
                closes_at: row.get("closes_at")?,
                answer: row.get("answer")?,
                outcome: row.get("outcome")?,
            })
        })
        .collect()
}
