//! Ceilings, and the movements against them: nothing changes, everything is a new entry.

use domain::ids::{AgreementId, CeilingId, CommitmentId, OrganisationId};
use domain::pence::Pence;

use crate::{Fault, Reads};

domain::codes! {
    /// Which way a movement goes.
    pub enum CommitmentKind("kind of commitment") {
        /// Promised by a signed agreement.
        Post = "POST", "Committed";
        /// Not needed after all.
        Release = "RELEASE", "Released";
    }
}

record! {
    /// A ceiling that a decision set on a council's spending under a framework.
    pub struct Ceiling in "ceiling" owner org_id {
        id: CeilingId, version: i64,
        org_id: OrganisationId, decision: String, framework: String, price_base_year: String,
        limit_pence: Pence, committed_pence: Pence,
        /// The figure was not published.
        is_example: bool,
    }
}

record! {
    /// One movement.
    pub struct Commitment in "commitment" owner org_id {
        id: CommitmentId, version: i64,
        org_id: OrganisationId, ceiling_id: CeilingId, agreement_id: AgreementId, kind: CommitmentKind, pence: Pence,
        /// How the amount came about.
        explanation: String,
    }
}

statements! {
    CEILINGS_OF = rows!(Ceiling, "WHERE org_id = $1 ORDER BY framework, decision LIMIT 100");
    /// All of them: they are summed against a ceiling, and a sum that leaves rows out is wrong.
    COMMITMENTS_OF = rows!(Commitment, "WHERE org_id = $1 ORDER BY id");
    OF_AGREEMENT = rows!(Commitment, "WHERE org_id = $1 AND agreement_id = $2 ORDER BY id");
}

/// A council's ceilings.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn ceilings_of(reads: &mut impl Reads, council: OrganisationId) -> Result<Vec<Ceiling>, Fault> {
    reads.records(CEILINGS_OF, &[council.into()]).await
}

/// A council's movements.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn commitments_of(reads: &mut impl Reads, council: OrganisationId) -> Result<Vec<Commitment>, Fault> {
    reads.records(COMMITMENTS_OF, &[council.into()]).await
}

/// The movements of one agreement.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_agreement(reads: &mut impl Reads, council: OrganisationId, agreement: AgreementId) -> Result<Vec<Commitment>, Fault> {
    reads.records(OF_AGREEMENT, &[council.into(), agreement.into()]).await
}
