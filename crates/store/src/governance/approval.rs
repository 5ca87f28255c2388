//! Approvals that the law or a council's matrix asks for.

use domain::Code as _;
use domain::calendar::Instant;
use domain::governance::approval::ApprovalKind;
use domain::ids::{ApprovalId, OfferId, OrganisationId, PersonId, ReferralId};
use domain::people::Role;
use uuid::Uuid;

use crate::{Fault, Reads, Slice};

domain::codes! {
    /// Where an approval stands.
    pub enum ApprovalState("approval state") {
        /// Nobody has decided.
        Pending = "PENDING", "Waiting";
        /// Given.
        Approved = "APPROVED", "Approved";
        /// Not given.
        Refused = "REFUSED", "Refused";
    }
}

record! {
    /// One approval of one preferred offer.
    pub struct Approval in "approval" owner org_id {
        id: ApprovalId, version: i64,
        org_id: OrganisationId, referral_id: ReferralId, offer_id: OfferId,
        kind: ApprovalKind,
        /// In which order they are asked for, from 1.
        position: i64,
        /// Why it is needed.
        why: String,
        /// The checks with their evidence, as JSON.
        checks: String,
        state: ApprovalState,
        decided_by: Option<PersonId>, decided_at: Option<Instant>, reason: Option<String>,
        /// Since when this placement does not need it any more: the offer was chosen again, on other facts.
        fell_away_at: Option<Instant>,
    }
}

impl Approval {
    /// Whether the placement still waits for it: not given, and not fallen away.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        self.fell_away_at.is_none() && self.state != ApprovalState::Approved
    }

    /// Whether it is given and counts.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.fell_away_at.is_none() && self.state == ApprovalState::Approved
    }
}

statements! {
    WITH_BLANK_CHECKS = rows!(Approval, "WHERE org_id = $1 AND state = 'APPROVED' AND fell_away_at IS NULL AND checks LIKE \
                                         '%\"evidence\":\"\"%' AND EXISTS (SELECT 1 FROM referral WHERE referral.preferred_offer = \
                                         approval.offer_id) ORDER BY decided_at, id LIMIT 200");
    OF_OFFER = rows!(Approval, "WHERE org_id = $1 AND offer_id = $2 ORDER BY position, id LIMIT 50");
    /// Approvals of an offer that was set aside wait for nobody; a price exception is decided before the choice.
    WAITING = rows!(Approval, "WHERE org_id = $1 AND state = 'PENDING' AND fell_away_at IS NULL AND ((kind = 'PRICE_EXCEPTION' AND EXISTS (SELECT 1 FROM offer \
                               WHERE offer.id = approval.offer_id AND offer.state = 'SHORTLISTED')) OR EXISTS (SELECT 1 FROM referral \
                               WHERE referral.preferred_offer = approval.offer_id)) AND (position > $2 OR (position = $2 AND id > $3)) \
                               ORDER BY position, id LIMIT $4");
    /// The same for those that a role decides, or that others do. Roles stand in the JSON as quoted codes; a quotation mark in
    /// evidence is written with a backslash, so that no evidence looks like one.
    OF_ROLE = rows!(Approval, "WHERE org_id = $1 AND state = 'PENDING' AND ((kind = 'PRICE_EXCEPTION' AND EXISTS (SELECT 1 FROM offer \
                               WHERE offer.id = approval.offer_id AND offer.state = 'SHORTLISTED')) OR EXISTS (SELECT 1 FROM referral \
                               WHERE referral.preferred_offer = approval.offer_id)) AND (position > $2 OR (position = $2 AND id > $3)) \
                               AND (CASE WHEN $5 THEN checks LIKE $6 ELSE checks NOT LIKE $6 END) ORDER BY position, id LIMIT $4");
}

/// Approvals of preferred offers that were given while a check had no evidence, as the JSON shows it, the earliest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn with_blank_checks(reads: &mut impl Reads, council: OrganisationId) -> Result<Vec<Approval>, Fault> {
    reads.records(WITH_BLANK_CHECKS, &[council.into()]).await
}

/// The approvals of an offer in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_offer(reads: &mut impl Reads, council: OrganisationId, offer: OfferId) -> Result<Vec<Approval>, Fault> {
    reads.records(OF_OFFER, &[council.into(), offer.into()]).await
}

/// What waits for a decision in a council.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn waiting(reads: &mut impl Reads, council: OrganisationId, slice: &Slice<(i64, Uuid)>) -> Result<Vec<Approval>, Fault> {
    let (position, id) = slice.after.unwrap_or((-1, Uuid::nil()));
    reads.records(WAITING, &[council.into(), position.into(), id.into(), i64::from(slice.limit).into()]).await
}

/// What waits for a decision in a council: what this role decides, or what it does not.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn waiting_for(
    reads: &mut impl Reads,
    council: OrganisationId,
    slice: &Slice<(i64, Uuid)>,
    role: Role,
    is_theirs: bool,
) -> Result<Vec<Approval>, Fault> {
    let (position, id) = slice.after.unwrap_or((-1, Uuid::nil()));
    let quoted = format!("%\"{}\"%", role.code());
    let limit = i64::from(slice.limit);
    reads.records(OF_ROLE, &[council.into(), position.into(), id.into(), limit.into(), is_theirs.into(), quoted.into()]).await
}
