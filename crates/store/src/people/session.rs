//! Sessions and attempts to sign in. Not part of the record: they come and go.

use domain::calendar::Instant;
use domain::ids::{MembershipId, OrganisationId, PersonId};
use domain::people::{OrganisationKind, Role};
use domain::record::Digest;

use crate::state::DatabaseState;
use crate::{Db, Fault, Reads, Row, Tx};

statements! {
    BEGIN_SESSION = "INSERT INTO session (token_hash, person_id, membership_id, started_at, seen_at, expires_at, second_factor_at) \
                     VALUES ($1, $2, $3, $4, $4, $5, $6)";
    SESSION_BY_TOKEN = "SELECT token_hash, person_id, membership_id, started_at, seen_at, expires_at, second_factor_at FROM session \
                        WHERE token_hash = $1 AND ended_at IS NULL";
    /// Everything that a request needs to know about its caller, one row per role that the person holds. No row: not signed in.
    SIGNED_IN = "SELECT session.membership_id AS chosen, session.seen_at AS seen_at, person.id AS person_id, person.name AS person_name, \
                 membership.id AS membership_id, membership.role AS role, membership.post AS post, organisation.id AS org_id, \
                 organisation.name AS org_name, organisation.kind AS org_kind, \
                 COALESCE((SELECT is_sample FROM consortium ORDER BY id LIMIT 1), FALSE) AS is_sample_world, \
                 (SELECT state FROM database_state) AS database_state \
                 FROM session JOIN person ON person.id = session.person_id \
                 JOIN membership ON membership.person_id = person.id AND membership.ended_at IS NULL \
                 JOIN organisation ON organisation.id = membership.org_id \
                 WHERE session.token_hash = $1 AND session.ended_at IS NULL AND session.second_factor_at IS NOT NULL \
                 AND session.expires_at > $2 AND session.seen_at > $3 AND person.disabled_at IS NULL \
                 ORDER BY organisation.name, membership.post, membership.id LIMIT 100";
    /// One row per role that whoever issued the token holds now in the organisation. No row: it works no longer.
    TOKEN_CALLER = "SELECT person.id AS person_id, person.name AS person_name, api_token.role AS role, api_token.name AS token_name, \
                    membership.role AS held, organisation.id AS org_id, organisation.name AS org_name, organisation.kind AS org_kind, \
                    COALESCE((SELECT is_sample FROM consortium ORDER BY id LIMIT 1), FALSE) AS is_sample_world \
                    FROM api_token JOIN person ON person.id = api_token.person_id JOIN organisation ON organisation.id = api_token.org_id \
                    JOIN membership ON membership.person_id = person.id AND membership.org_id = organisation.id \
                    AND membership.ended_at IS NULL WHERE api_token.token_hash = $1 AND api_token.revoked_at IS NULL AND api_token.expires_at > $2 \
                    AND person.disabled_at IS NULL ORDER BY membership.id LIMIT 100";
    SESSION_SEEN = "UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2";
    /// Only a role that this person holds now.
    CHOOSE_ROLE = "UPDATE session SET membership_id = $2 WHERE token_hash = $1 AND ended_at IS NULL \
                   AND person_id = (SELECT person_id FROM membership WHERE id = $2 AND ended_at IS NULL)";
    END_SESSION = "UPDATE session SET ended_at = $2 WHERE token_hash = $1 AND ended_at IS NULL";
    END_ALL_OF_PERSON = "UPDATE session SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL";
    FORGET_SESSIONS = "DELETE FROM session WHERE expires_at < $1";
    FORGET_ATTEMPTS = "DELETE FROM sign_in_attempt WHERE at < $1";
    NOTE_ATTEMPT = "INSERT INTO sign_in_attempt (id, subject_hash, at, succeeded) VALUES ($1, $2, $3, $4)";
    /// The moment of the failure before which `$3` others came, counted backwards.
    NTH_LAST_FAILURE = "SELECT at FROM sign_in_attempt WHERE subject_hash = $1 AND at > $2 AND NOT succeeded \
                        ORDER BY at DESC, id LIMIT 1 OFFSET $3";
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

/// Chooses the role in which the person acts; `false` when it is not a role that they hold now.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn choose_role(tx: &mut Tx, hash: Digest, membership: MembershipId) -> Result<bool, Fault> {
    Ok(tx.execute(CHOOSE_ROLE, &[hash.into(), membership.into()]).await? == 1)
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

/// When the `count`th failure came, counted backwards from now, if it came after `since`: there were at least so many.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn failure_before(reads: &mut impl Reads, subject: Digest, since: Instant, count: i64) -> Result<Option<Instant>, Fault> {
    let row = reads.optional(NTH_LAST_FAILURE, &[subject.into(), since.into(), (count - 1).into()]).await?;
    row.map(|row| row.get("at")).transpose()
}

/// One role that the person behind a session holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// The role's own id.
    pub membership: MembershipId,
    /// The role.
    pub role: Role,
    /// The post, in the organisation's words.
    pub post: String,
    /// Where it is held.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// Council or provider.
    pub organisation_kind: OrganisationKind,
}

/// What a live session says about its person.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub person_name: String,
    /// The role in which they act, as chosen; it may have been taken away since.
    pub chosen: Option<MembershipId>,
    /// All roles that they hold; at least one.
    pub roles: Vec<HeldRole>,
    /// When the session was last noted as used.
    pub seen_at: Instant,
    /// Whether the database is for trying out.
    pub is_sample_world: bool,
    /// What the database held when this was read.
    pub as_of: Option<DatabaseState>,
}

/// The session of a token with its person and their roles, when it is live at `at` and was used after `idle_since`.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn live(db: &Db, hash: Digest, at: Instant, idle_since: Instant) -> Result<Option<LiveSession>, Fault> {
    let rows = db.glance(SIGNED_IN, &[hash.into(), at.into(), idle_since.into()]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let role = |row: &Row| {
        Ok(HeldRole {
            membership: row.get("membership_id")?,
            role: row.get("role")?,
            post: row.get("post")?,
            organisation: row.get("org_id")?,
            organisation_name: row.get("org_name")?,
            organisation_kind: row.get("org_kind")?,
        })
    };
    Ok(Some(LiveSession {
        person: first.get("person_id")?,
        person_name: first.get("person_name")?,
        chosen: first.get("chosen")?,
        roles: rows.iter().map(role).collect::<Result<_, Fault>>()?,
        seen_at: first.get("seen_at")?,
        is_sample_world: first.get("is_sample_world")?,
        as_of: first.get("database_state")?,
    }))
}

/// Software that calls with a token: in whose name, in which role.
#[derive(Debug, Clone)]
pub struct TokenCaller {
    /// Whoever issued the token and answers for it.
    pub person: PersonId,
    /// Their name.
    pub person_name: String,
    /// The token's own name.
    pub token_name: String,
    /// The role in which the token acts.
    pub role: Role,
    /// The roles that whoever issued it holds there now; at least one.
    pub held: Vec<Role>,
    /// For whom.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// Council or provider.
    pub organisation_kind: OrganisationKind,
    /// Whether the database is for trying out.
    pub is_sample_world: bool,
}

/// Whom the token with this hash stands for, when it works at `at`.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn token_caller(db: &Db, hash: Digest, at: Instant) -> Result<Option<TokenCaller>, Fault> {
    let rows = db.glance(TOKEN_CALLER, &[hash.into(), at.into()]).await?;
    let Some(first) = rows.first() else { return Ok(None) };
    Ok(Some(TokenCaller {
        person: first.get("person_id")?,
        person_name: first.get("person_name")?,
        token_name: first.get("token_name")?,
        role: first.get("role")?,
        held: rows.iter().map(|row| row.get("held")).collect::<Result<_, Fault>>()?,
        organisation: first.get("org_id")?,
        organisation_name: first.get("org_name")?,
        organisation_kind: first.get("org_kind")?,
        is_sample_world: first.get("is_sample_world")?,
    }))
}

/// Deletes the sessions that were over before this moment, however they ended; answers how many.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn forget_sessions(tx: &mut Tx, over_before: Instant) -> Result<u64, Fault> {
    tx.execute(FORGET_SESSIONS, &[over_before.into()]).await
}

/// Deletes the attempts to sign in from before this moment; answers how many.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn forget_attempts(tx: &mut Tx, before: Instant) -> Result<u64, Fault> {
    tx.execute(FORGET_ATTEMPTS, &[before.into()]).await
}
