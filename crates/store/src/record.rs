//! Events: appended with every change of a record, chained per record, sealed into a Merkle tree, verified as a whole.

use domain::access::Action;
use domain::calendar::Instant;
use domain::ids::{OrganisationId, PersonId};
use domain::people::Caller;
use domain::record::{Canonical, Digest, Entry, EventFacts};
use uuid::Uuid;

use crate::statement::Record;
use crate::{Fault, Reads, Row, Tx, Value};

statements! {
    LAST_HASH = "SELECT version, hash FROM event WHERE stream_id = $1 ORDER BY version DESC LIMIT 1";
    APPEND = "INSERT INTO event (stream_id, version, stream_kind, org_id, other_id, at, actor, on_behalf_of, action, grant_reason, \
              body, state_digest, prev_hash, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    /// In the order of the chains, one page after the other.
    EVENTS_AFTER = "SELECT stream_id, version, stream_kind, org_id, other_id, at, actor, on_behalf_of, action, grant_reason, body, \
                    state_digest, prev_hash, hash FROM event WHERE (stream_id, version) > ($1, $2) ORDER BY stream_id, version LIMIT 1000";
    STREAM = "SELECT stream_id, version, stream_kind, org_id, other_id, at, actor, on_behalf_of, action, grant_reason, body, \
              state_digest, prev_hash, hash FROM event WHERE stream_id = $1 ORDER BY version";
    /// A record's events with the names of those who acted.
    TIMELINE = "SELECT event.at AS at, event.action AS action, event.body AS body, person.name AS who \
                FROM event LEFT JOIN person ON person.id = event.actor WHERE event.stream_id = $1 ORDER BY event.version";
    UNSEALED = "SELECT event.stream_id AS stream_id, event.version AS version, event.hash AS hash FROM event \
                LEFT JOIN leaf ON leaf.stream_id = event.stream_id AND leaf.version = event.version \
                WHERE leaf.position IS NULL ORDER BY event.at, event.stream_id, event.version LIMIT 5000";
    ADD_LEAF = "INSERT INTO leaf (position, stream_id, version) VALUES ($1, $2, $3)";
    /// A leaf stays in the list when its event is gone: verification has to name it.
    LEAVES_AFTER = "SELECT leaf.position AS position, leaf.stream_id AS stream_id, leaf.version AS version, event.hash AS hash FROM leaf \
                    LEFT JOIN event ON event.stream_id = leaf.stream_id AND event.version = leaf.version \
                    WHERE leaf.position > $1 ORDER BY leaf.position LIMIT 5000";
    LEAF_OF = "SELECT position FROM leaf WHERE stream_id = $1 AND version = $2";
    LEAF_COUNT = "SELECT CAST(count(*) AS BIGINT) AS leaves FROM leaf";
    ADD_CHECKPOINT = "INSERT INTO checkpoint (number, at, tree_size, head) VALUES ($1, $2, $3, $4)";
    CHECKPOINTS = "SELECT number, at, tree_size, head FROM checkpoint ORDER BY number";
    DENIED_SINCE = "SELECT id FROM access_log WHERE person_id = $1 AND at > $2 AND action = $3 AND outcome = 'DENIED' LIMIT 1";
    LOG_ACCESS = "INSERT INTO access_log (id, at, org_id, person_id, role, action, subject, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
}

/// The digest of a record as it stands in its row.
pub fn state_digest<R: Record>(record: &R) -> Digest {
    digest_of(R::TABLE, R::COLUMNS.iter().copied().zip(&record.values()))
}

/// The digest of a row: the name and the value of each column that has a value. What an absent column would say is left out, so
/// a column that a later migration adds changes no digest of a row that was written before it.
pub(crate) fn digest_of<'v>(table: &str, columns: impl Iterator<Item = (&'static str, &'v Value)>) -> Digest {
    let present = columns.filter(|(_, value)| !value.is_null());
    present.fold(Canonical::new(table), |bytes, (column, value)| value.write_canonical(bytes.text(column))).hash()
}

/// Appends the event of a change. Called by [`Tx::create`] and [`Tx::update`] only.
pub(crate) async fn append<R: Record>(tx: &mut Tx, record: &R, body: &serde_json::Value) -> Result<(), Fault> {
    let prev_hash = match tx.optional(LAST_HASH, &[record.id().into()]).await? {
        None => Digest::ZERO,
        Some(row) if row.get::<i64>("version")? == record.version() - 1 => row.get("hash")?,
        Some(_) => return Err(Fault::Stale { table: R::TABLE }),
    };
    let grant = tx.grant().clone();
    let facts = EventFacts {
        stream_kind: R::TABLE.to_owned(),
        stream_id: record.id(),
        version: record.version(),
        organisation: OrganisationId(record.owner()),
        at: tx.at(),
        actor: grant.caller().person,
        on_behalf_of: None,
        action: domain::Code::code(grant.action()).to_owned(),
        grant_reason: grant.reason().to_owned(),
        body: body.to_string(),
        state_digest: state_digest(record),
        prev_hash,
    };
    let hash = facts.hash();
    let values: [Value; 14] = [
        facts.stream_id.into(),
        facts.version.into(),
        facts.stream_kind.into(),
        facts.organisation.into(),
        record.counterparty().into(),
        facts.at.into(),
        facts.actor.into(),
        facts.on_behalf_of.into(),
        facts.action.into(),
        facts.grant_reason.into(),
        facts.body.into(),
        facts.state_digest.into(),
        facts.prev_hash.into(),
        hash.into(),
    ];
    tx.execute(APPEND, &values).await.map(drop)
}

/// An event as stored, with the other organisation that may read it.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// The event and its stored hash.
    pub entry: Entry,
    /// The counterparty of the record.
    pub other: Option<Uuid>,
}

fn read_event(row: &Row) -> Result<StoredEvent, Fault> {
    let facts = EventFacts {
        stream_kind: row.get("stream_kind")?,
        stream_id: row.get("stream_id")?,
        version: row.get("version")?,
        organisation: row.get("org_id")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        on_behalf_of: row.get::<Option<PersonId>>("on_behalf_of")?,
        action: row.get("action")?,
        grant_reason: row.get("grant_reason")?,
        body: row.get("body")?,
        state_digest: row.get("state_digest")?,
        prev_hash: row.get("prev_hash")?,
    };
    Ok(StoredEvent { entry: Entry { facts, hash: row.get("hash")? }, other: row.get("other_id")? })
}

/// An event's place in the order of the chains, and the event if it can be read.
pub type Placed = (Uuid, i64, Result<StoredEvent, Fault>);

/// The next page of all events in the order of their chains; start with nil and the least version, so that none that was
/// slipped in stands before the start. An event that cannot be read is a
/// finding, not an end.
///
/// # Errors
/// [`Fault`] of the driver, or a place that cannot be read.
pub async fn events_after(reads: &mut impl Reads, stream: Uuid, version: i64) -> Result<Vec<Placed>, Fault> {
    let rows = reads.all(EVENTS_AFTER, &[stream.into(), version.into()]).await?;
    rows.iter().map(|row| Ok((row.get("stream_id")?, row.get("version")?, read_event(row)))).collect()
}

/// The events of one record: its timeline.
///
/// # Errors
/// [`Fault`] of the driver, or a row that cannot be read.
pub async fn stream(reads: &mut impl Reads, stream: Uuid) -> Result<Vec<StoredEvent>, Fault> {
    reads.all(STREAM, &[stream.into()]).await?.iter().map(read_event).collect()
}

/// One event as people read it.
#[derive(Debug, Clone)]
pub struct Moment {
    /// When.
    pub at: Instant,
    /// Who acted; nobody when Nearhome did.
    pub who: Option<String>,
    /// Which action.
    pub action: Action,
    /// What it says about itself, as JSON.
    pub body: String,
}

/// What happened to a record, in order, with the names of those who acted.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn timeline(reads: &mut impl Reads, stream: Uuid) -> Result<Vec<Moment>, Fault> {
    let rows = reads.all(TIMELINE, &[stream.into()]).await?;
    rows.iter()
        .map(|row| Ok(Moment { at: row.get("at")?, who: row.get("who")?, action: row.get("action")?, body: row.get("body")? }))
        .collect()
}

/// Gives the next free positions of the tree to events that have none; answers their hashes in order.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn take_unsealed(tx: &mut Tx, size: i64) -> Result<Vec<Digest>, Fault> {
    let mut hashes = Vec::new();
    for (row, position) in tx.all(UNSEALED, &[]).await?.into_iter().zip(size..) {
        let (stream, version): (Uuid, i64) = (row.get("stream_id")?, row.get("version")?);
        tx.execute(ADD_LEAF, &[position.into(), stream.into(), version.into()]).await?;
        hashes.push(row.get("hash")?);
    }
    Ok(hashes)
}

/// How many events have a position in the tree.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn leaf_count(reads: &mut impl Reads) -> Result<i64, Fault> {
    reads.one(LEAF_COUNT, &[]).await?.get("leaves")
}

/// A leaf of the tree: its place, the event that has it, and that event's hash if it is there.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// From 0.
    pub position: i64,
    /// The event's record.
    pub stream: Uuid,
    /// The event's version.
    pub version: i64,
    /// The event's hash; none when there is no such event.
    pub hash: Option<Digest>,
}

/// The next page of leaves; start with the least position, so that none that was slipped in stands before the start.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn leaves_after(reads: &mut impl Reads, position: i64) -> Result<Vec<Leaf>, Fault> {
    let read = |row: &Row| {
        let (position, stream, version) = (row.get("position")?, row.get("stream_id")?, row.get("version")?);
        Ok(Leaf { position, stream, version, hash: row.get("hash")? })
    };
    reads.all(LEAVES_AFTER, &[position.into()]).await?.iter().map(read).collect()
}

/// Whether the tree has a place for this event.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn is_sealed(reads: &mut impl Reads, stream: Uuid, version: i64) -> Result<bool, Fault> {
    Ok(reads.optional(LEAF_OF, &[stream.into(), version.into()]).await?.is_some())
}

/// A stored checkpoint: the signed text and the columns by which it is found.
#[derive(Debug, Clone)]
pub struct StoredCheckpoint {
    /// From 1.
    pub number: i64,
    /// When it was sealed.
    pub at: Instant,
    /// How many events it covers.
    pub tree_size: i64,
    /// The signed head as text.
    pub head: String,
}

fn read_checkpoint(row: &Row) -> Result<StoredCheckpoint, Fault> {
    Ok(StoredCheckpoint { number: row.get("number")?, at: row.get("at")?, tree_size: row.get("tree_size")?, head: row.get("head")? })
}

/// All checkpoints in order, each with its number. One that cannot be read is a finding, not an end.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn numbered_checkpoints(reads: &mut impl Reads) -> Result<Vec<(i64, Result<StoredCheckpoint, Fault>)>, Fault> {
    reads.all(CHECKPOINTS, &[]).await?.iter().map(|row| Ok((row.get("number")?, read_checkpoint(row)))).collect()
}

/// All checkpoints in order.
///
/// # Errors
/// [`Fault`] of the driver, or a checkpoint that cannot be read.
pub async fn checkpoints(reads: &mut impl Reads) -> Result<Vec<StoredCheckpoint>, Fault> {
    reads.all(CHECKPOINTS, &[]).await?.iter().map(read_checkpoint).collect()
}

/// Adds a checkpoint.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn add_checkpoint(tx: &mut Tx, checkpoint: &StoredCheckpoint) -> Result<(), Fault> {
    let head = checkpoint.head.clone();
    let values = [checkpoint.number.into(), checkpoint.at.into(), checkpoint.tree_size.into(), head.into()];
    tx.execute(ADD_CHECKPOINT, &values).await.map(drop)
}

/// Whether it is written down that this person was denied this action after a moment.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn was_denied_since(reads: &mut impl Reads, person: PersonId, action: Action, since: Instant) -> Result<bool, Fault> {
    Ok(reads.optional(DENIED_SINCE, &[person.into(), since.into(), action.into()]).await?.is_some())
}

/// Writes down that somebody saw, or was denied, something sensitive.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn log_access(tx: &mut Tx, caller: &Caller, action: Action, subject: Option<Uuid>, was_seen: bool) -> Result<(), Fault> {
    let id = tx.new_id();
    let at = tx.at();
    let outcome = if was_seen { "SEEN" } else { "DENIED" };
    let values = [
        id.into(),
        at.into(),
        caller.organisation.into(),
        caller.person.into(),
        caller.role.into(),
        action.into(),
        subject.into(),
        outcome.into(),
    ];
    tx.execute(LOG_ACCESS, &values).await.map(drop)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::state_digest;

    record! {
        /// A record before a migration.
        pub struct Before in "sample" owner id {
            id: Uuid, version: i64, name: String, note: Option<String>,
        }
    }
    record! {
        /// The same record with a column that the migration added.
        pub struct After in "sample" owner id {
            id: Uuid, version: i64, name: String, is_new: Option<bool>, note: Option<String>,
        }
    }

    fn before(note: Option<&str>) -> Before {
        Before { id: Uuid::nil(), version: 1, name: "sample".to_owned(), note: note.map(str::to_owned) }
    }

    fn after(is_new: Option<bool>, note: Option<&str>) -> After {
        After { id: Uuid::nil(), version: 1, name: "sample".to_owned(), is_new, note: note.map(str::to_owned) }
    }

    #[test]
    fn a_column_that_a_migration_adds_changes_no_digest_until_it_is_filled() {
        assert_eq!(state_digest(&before(Some("a"))), state_digest(&after(None, Some("a"))));
        assert_eq!(state_digest(&before(None)), state_digest(&after(None, None)));
        let digests = [after(None, None), after(Some(false), None), after(Some(true), None), after(None, Some("a")), after(None, Some(""))];
        let distinct: std::collections::BTreeSet<_> = digests.iter().map(|record| state_digest(record).0).collect();
        assert_eq!(distinct.len(), digests.len());
    }
}
