//! Sessions and attempts to sign in. Not part of the record: they come and go.

use domain::calendar::Instant;
use domain::ids::{MembershipId, PersonId};
use domain::record::Digest;

use crate::{Fault, Reads, Row, Tx};

statements! {
    BEGIN_SESSION = "INSERT INTO session (token_hash, person_id, membership_id, started_at, seen_at, expires_at, second_factor_at) \
                     VALUES ($1, $2, $3, $4, $4, $5, $6)";
    SESSION_BY_TOKEN = "SELECT token_hash, person_id, membership_id, started_at, seen_at, expires_at, second_factor_at FROM session \
                        WHERE token_hash = $1 AND ended_at IS NULL";
    SESSION_SEEN = "UPDATE session SET seen_at = $2 WHERE token_hash = $1";
    CHOOSE_ROLE = "UPDATE session SET membership_id = $2 WHERE token_hash = $1";
    END_SESSION = "UPDATE session SET ended_at = $2 WHERE token_hash = $1 AND ended_at IS NULL";
    END_ALL_OF_PERSON = "UPDATE session SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL";
    NOTE_ATTEMPT = "INSERT INTO sign_in_attempt (id, subject_hash, at, succeeded) VALUES ($1, $2, $3, $4)";
    FAILED_SINCE = "SELECT CAST(count(*) AS BIGINT) AS failed FROM sign_in_attempt \
                    WHERE subject_hash = $1 AND at > $2 AND NOT succeeded";
}

/// A session: known by the hash of its token, which only the browser holds.
#[derive(Debug, Clone)]
pub struct Session {
    /// The hash of the token.
    pub token_hash: Digest,
    /// Who signed in.
    pub person: PersonId,
    /// In which role they act, once chosen.
    pub membership: Option<MembershipId>,
    /// When it began.
    pub started_at: Instant,
    /// When it was last used.
    pub seen_at: Instant,
    /// When it ends whatever happens.
    pub expires_at: Instant,
    /// When the second factor was given; without it the session opens nothing.
    pub second_factor_at: Option<Instant>,
}

fn read(row: &Row) -> Result<Session, Fault> {
    Ok(Session {
        token_hash: row.get("token_hash")?,
        person: row.get("person_id")?,
        membership: row.get("membership_id")?,
        started_at: row.get("started_at")?,
        seen_at: row.get("seen_at")?,
        expires_at: row.get("expires_at")?,
        second_factor_at: row.get("second_factor_at")?,
    })
}

/// The session of a token, unless it was ended.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn by_token(reads: &mut impl Reads, hash: Digest) -> Result<Option<Session>, Fault> {
    reads.optional(SESSION_BY_TOKEN, &[hash.into()]).await?.as_ref().map(read).transpose()
}

/// Begins a session.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn begin(tx: &mut Tx, session: &Session) -> Result<(), Fault> {
    let values = [
        session.token_hash.into(),
        session.person.into(),
        session.membership.into(),
        session.started_at.into(),
        session.expires_at.into(),
        session.second_factor_at.into(),
    ];
    tx.execute(BEGIN_SESSION, &values).await.map(drop)
}

/// Notes that the session was used.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn seen(tx: &mut Tx, hash: Digest) -> Result<(), Fault> {
    let at = tx.at();
    tx.execute(SESSION_SEEN, &[hash.into(), at.into()]).await.map(drop)
}

/// Chooses the role in which the person acts.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn choose_role(tx: &mut Tx, hash: Digest, membership: MembershipId) -> Result<(), Fault> {
    tx.execute(CHOOSE_ROLE, &[hash.into(), membership.into()]).await.map(drop)
}

/// Ends one session.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn end(tx: &mut Tx, hash: Digest) -> Result<(), Fault> {
    let at = tx.at();
    tx.execute(END_SESSION, &[hash.into(), at.into()]).await.map(drop)
}

/// Ends all sessions of a person: on a new password, or when a role is taken away.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn end_all(tx: &mut Tx, person: PersonId) -> Result<(), Fault> {
    let at = tx.at();
    tx.execute(END_ALL_OF_PERSON, &[person.into(), at.into()]).await.map(drop)
}

/// Notes an attempt against a subject: the hash of an email, or of a network address.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn note_attempt(tx: &mut Tx, subject: Digest, succeeded: bool) -> Result<(), Fault> {
    let (id, at) = (tx.new_id(), tx.at());
    tx.execute(NOTE_ATTEMPT, &[id.into(), subject.into(), at.into(), succeeded.into()]).await.map(drop)
}

/// How often it failed since a moment.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn failed_since(reads: &mut impl Reads, subject: Digest, since: Instant) -> Result<i64, Fault> {
    reads.one(FAILED_SINCE, &[subject.into(), since.into()]).await?.get("failed")
}
