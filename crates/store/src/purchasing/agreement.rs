//! Individual placement agreements.

use domain::calendar::{Day, Instant};
use domain::ids::{AgreementId, OfferId, OrganisationId, PersonId, ReferralId, ServiceId};
use domain::pence::Pence;
use domain::purchasing::agreement::{AgreementContent, AgreementState};
use domain::registration::ServiceKind;

use uuid::Uuid;

use crate::{Fault, Reads, Slice};

record! {
    /// The agreement for one child's placement.
    pub struct Agreement in "agreement" owner org_id other provider_id {
        id: AgreementId, version: i64,
        org_id: OrganisationId, provider_id: OrganisationId, referral_id: ReferralId, offer_id: OfferId, service_id: ServiceId,
        number: String, state: AgreementState, starts_on: Day, weekly_pence: Pence,
        /// What was agreed, whole, as JSON: from it the PDF is made.
        content: String,
        issued_at: Instant,
        provider_signed_by: Option<PersonId>, provider_signed_at: Option<Instant>,
        council_signed_by: Option<PersonId>, council_signed_at: Option<Instant>,
        /// Why the council took it back before both had signed; blank again once it is issued anew.
        taken_back_reason: Option<String>,
    }
}

impl Agreement {
    /// What was agreed.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when the stored JSON is not what was issued.
    pub fn content(&self) -> Result<AgreementContent, Fault> {
        serde_json::from_str(&self.content).map_err(|error| Fault::inconsistent("agreement.content", error))
    }
}

statements! {
    OF_REFERRAL = rows!(Agreement, "WHERE referral_id = $1");
    OF_PROVIDER = rows!(Agreement, "WHERE provider_id = $1 AND (issued_at < $2 OR (issued_at = $2 AND id > $3)) ORDER BY issued_at \
                                    DESC, id LIMIT $4");
    OF_COUNCIL = rows!(Agreement, "WHERE org_id = $1 AND (issued_at < $2 OR (issued_at = $2 AND id > $3)) ORDER BY issued_at DESC, id \
                                   LIMIT $4");
    /// Not the whole rows: what was agreed for a child is not even read for what the public is told.
    SIGNED = "SELECT agreement.id AS id, agreement.org_id AS council, agreement.provider_id AS provider, service.kind AS kind, \
              agreement.starts_on AS starts_on FROM agreement JOIN service ON service.id = agreement.service_id WHERE \
              agreement.council_signed_at IS NOT NULL ORDER BY agreement.id";
    HOW_MANY = "SELECT CAST(count(*) AS BIGINT) AS agreements FROM agreement WHERE org_id = $1";
}

/// The agreement of a referral.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_referral(reads: &mut impl Reads, referral: ReferralId) -> Result<Option<Agreement>, Fault> {
    Ok(reads.records(OF_REFERRAL, &[referral.into()]).await?.pop())
}

/// A part of a provider's agreements, newest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_provider(
    reads: &mut impl Reads,
    provider: OrganisationId,
    slice: &Slice<(Instant, Uuid)>,
) -> Result<Vec<Agreement>, Fault> {
    let (before, id) = slice.after_moment();
    reads.records(OF_PROVIDER, &[provider.into(), before.into(), id.into(), i64::from(slice.limit).into()]).await
}

/// A part of a council's agreements, newest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_council(reads: &mut impl Reads, council: OrganisationId, slice: &Slice<(Instant, Uuid)>) -> Result<Vec<Agreement>, Fault> {
    let (before, id) = slice.after_moment();
    reads.records(OF_COUNCIL, &[council.into(), before.into(), id.into(), i64::from(slice.limit).into()]).await
}

/// An agreement that the council has signed, without a word about the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedAgreement {
    /// Its id.
    pub id: AgreementId,
    /// The council.
    pub council: OrganisationId,
    /// The provider.
    pub provider: OrganisationId,
    /// What is bought.
    pub kind: ServiceKind,
    /// Its first day.
    pub starts_on: Day,
}

/// Every agreement that a council has signed and that the caller may read: all of them, since they are summed.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn signed(reads: &mut impl Reads) -> Result<Vec<SignedAgreement>, Fault> {
    let rows = reads.all(SIGNED, &[]).await?;
    let one = |row: &crate::Row| {
        Ok(SignedAgreement {
            id: row.get("id")?,
            council: row.get("council")?,
            provider: row.get("provider")?,
            kind: row.get("kind")?,
            starts_on: row.get("starts_on")?,
        })
    };
    rows.iter().map(one).collect()
}

/// How many agreements a council has, for the next number.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn how_many(reads: &mut impl Reads, council: OrganisationId) -> Result<i64, Fault> {
    reads.one(HOW_MANY, &[council.into()]).await?.get("agreements")
}
