//! The keys of opening officers, the shares of each tender's key, and every attempt to take part in an opening.

use domain::calendar::{Day, Instant};
use domain::ids::{OpeningAttemptId, OpeningKeyId, OrganisationId, PersonId, TenderId, TenderShareId};
use domain::procurement::bid::Envelope;
use domain::procurement::opening::AttemptOutcome;

use crate::{Fault, Reads};

record! {
    /// An officer's key: anybody may seal a share to it, only its officer can open what is sealed.
    pub struct OpeningKey in "opening_key" owner org_id {
        id: OpeningKeyId, version: i64,
        org_id: OrganisationId, person_id: PersonId,
        recipient: String,
        /// The key itself, wrapped with a passphrase that only the officer knows.
        wrapped: Vec<u8>,
        /// The last day on which shares are sealed to it.
        ended_on: Option<Day>,
    }
}

record! {
    /// One council's share of the key to one envelope, sealed to the officers of that council.
    pub struct TenderShare in "tender_share" owner org_id {
        id: TenderShareId, version: i64,
        org_id: OrganisationId, tender_id: TenderId,
        /// Whose share it is.
        council_id: OrganisationId,
        envelope: Envelope,
        /// Which of the shares it is, from 1.
        number: i64,
        sealed: Vec<u8>,
    }
}

record! {
    /// An officer's attempt to take part in an opening.
    pub struct OpeningAttempt in "opening_attempt" owner org_id {
        id: OpeningAttemptId, version: i64,
        org_id: OrganisationId, tender_id: TenderId, envelope: Envelope, person_id: PersonId, at: Instant, outcome: AttemptOutcome,
        /// The share that was put in, sealed with a key that is not in the database, and that key's name.
        share_key: Option<String>, share_sealed: Option<Vec<u8>>,
    }
}

statements! {
    KEYS = rows!(OpeningKey, "WHERE ended_on IS NULL ORDER BY org_id, id LIMIT 500");
    KEYS_OF = rows!(OpeningKey, "WHERE person_id = $1 ORDER BY id LIMIT 500");
    SHARES_OF = rows!(TenderShare, "WHERE tender_id = $1 ORDER BY envelope, number LIMIT 500");
    ATTEMPTS_OF = rows!(OpeningAttempt, "WHERE tender_id = $1 ORDER BY at, id LIMIT 5000");
}

/// The keys of all opening officers.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn keys(reads: &mut impl Reads) -> Result<Vec<OpeningKey>, Fault> {
    reads.records(KEYS, &[]).await
}

/// The keys that a person has had.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn keys_of(reads: &mut impl Reads, person: PersonId) -> Result<Vec<OpeningKey>, Fault> {
    reads.records(KEYS_OF, &[person.into()]).await
}

/// The shares of a tender's keys.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn shares_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<TenderShare>, Fault> {
    reads.records(SHARES_OF, &[tender.into()]).await
}

/// All attempts to open a tender's bids, in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn attempts_of(reads: &mut impl Reads, tender: TenderId) -> Result<Vec<OpeningAttempt>, Fault> {
    reads.records(ATTEMPTS_OF, &[tender.into()]).await
}
