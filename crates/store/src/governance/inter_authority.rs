//! Agreements between the councils, and each council's signature.

use domain::calendar::{Day, Instant};
use domain::governance::inter_authority::InterAuthorityAgreement;
use domain::ids::{GovernedActId, InterAuthorityAgreementId, InterAuthoritySignatureId, OrganisationId, PersonId};

use crate::{Fault, Reads};

record! {
    /// One edition of an agreement; its terms never change.
    pub struct AgreementRow in "inter_authority_agreement" owner org_id {
        id: InterAuthorityAgreementId, version: i64,
        org_id: OrganisationId, title: String, edition: i64,
        /// The terms as JSON.
        detail: String,
        starts_on: Day, ends_on: Day,
    }
}

impl AgreementRow {
    /// The terms as they were put up for signature.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when they cannot be read.
    pub fn terms(&self) -> Result<InterAuthorityAgreement, Fault> {
        serde_json::from_str(&self.detail).map_err(|error| Fault::inconsistent("inter_authority_agreement.detail", error))
    }
}

record! {
    /// One council's signature.
    pub struct Signature in "inter_authority_signature" owner org_id {
        id: InterAuthoritySignatureId, version: i64,
        org_id: OrganisationId, agreement_id: InterAuthorityAgreementId,
        /// By what it was allowed.
        act_id: GovernedActId,
        council_code: String, signed_by: PersonId,
        /// The name as it was then.
        signatory: String, post: String, signed_at: Instant,
    }
}

statements! {
    ALL = rows!(AgreementRow, "ORDER BY starts_on DESC, edition DESC, id LIMIT 200");
    IN_FORCE = rows!(AgreementRow, "WHERE starts_on <= $1 AND ends_on >= $1 ORDER BY edition, id");
    SIGNATURES_OF = rows!(Signature, "WHERE agreement_id = $1 ORDER BY signed_at, id");
}

/// All agreements, the latest first.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn all(reads: &mut impl Reads) -> Result<Vec<AgreementRow>, Fault> {
    reads.records(ALL, &[]).await
}

/// The agreements whose term holds this day.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn in_force(reads: &mut impl Reads, today: Day) -> Result<Vec<AgreementRow>, Fault> {
    reads.records(IN_FORCE, &[today.into()]).await
}

/// The signatures on an agreement.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn signatures_of(reads: &mut impl Reads, agreement: InterAuthorityAgreementId) -> Result<Vec<Signature>, Fault> {
    reads.records(SIGNATURES_OF, &[agreement.into()]).await
}
