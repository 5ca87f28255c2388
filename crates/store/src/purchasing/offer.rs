//! Providers' answers and their scores.

use domain::calendar::Instant;
use domain::ids::{OfferId, OrganisationId, PersonId, ReferralId, ReleaseId, ScoreId, ServiceId};
use domain::pence::Pence;
use domain::purchasing::fields::Answers;
use domain::purchasing::offer::{DeclineReason, OfferState};

use crate::{Fault, Reads};

record! {
    /// An offer or a decline.
    pub struct Offer in "offer" owner org_id other provider_id {
        id: OfferId, version: i64,
        /// The council that asked.
        org_id: OrganisationId, provider_id: OrganisationId, referral_id: ReferralId, release_id: ReleaseId, service_id: ServiceId,
        state: OfferState,
        /// All answers as JSON.
        answers: String,
        core_weekly_pence: Option<Pence>, extras_weekly_pence: Option<Pence>,
        decline_reason: Option<DeclineReason>, submitted_at: Option<Instant>, submitted_by: Option<PersonId>,
        /// Above the tendered or the published maximum.
        is_price_exception: bool,
        /// Red checks that a named senior manager let pass, as a JSON list.
        overrides: String,
        outcome_reason: Option<String>,
    }
}

impl Offer {
    /// The answers given.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when the stored JSON is not what the form would have written.
    pub fn answers(&self) -> Result<Answers, Fault> {
        serde_json::from_str(&self.answers).map_err(|error| Fault::inconsistent("offer.answers", error))
    }
}

record! {
    /// One criterion's score of one offer.
    pub struct Score in "score" owner org_id {
        id: ScoreId, version: i64,
        org_id: OrganisationId, offer_id: OfferId, criterion: String,
        /// Tenths of the criterion's scale: 45 is 4.5.
        tenths: i64,
        reason: String, scored_by: PersonId, scored_at: Instant,
    }
}

statements! {
    OF_RELEASE = rows!(Offer, "WHERE release_id = $1");
    OF_REFERRAL = rows!(Offer, "WHERE org_id = $1 AND referral_id = $2 AND state <> 'DRAFT' ORDER BY submitted_at, id LIMIT 1000");
    SCORES_OF_REFERRAL = rows!(Score, "JOIN offer ON offer.id = score.offer_id WHERE score.org_id = $1 AND offer.referral_id = $2 \
                                       ORDER BY score.id LIMIT 5000");
}

/// The answer to a release, drafts included.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_release(reads: &mut impl Reads, release: ReleaseId) -> Result<Option<Offer>, Fault> {
    Ok(reads.records(OF_RELEASE, &[release.into()]).await?.pop())
}

/// What the council sees: every answer but drafts.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_referral(reads: &mut impl Reads, council: OrganisationId, referral: ReferralId) -> Result<Vec<Offer>, Fault> {
    reads.records(OF_REFERRAL, &[council.into(), referral.into()]).await
}

/// All scores of a referral's offers.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn scores_of_referral(reads: &mut impl Reads, council: OrganisationId, referral: ReferralId) -> Result<Vec<Score>, Fault> {
    reads.records(SCORES_OF_REFERRAL, &[council.into(), referral.into()]).await
}
