//! Verification of the whole record: every chain, every row, every leaf, every head; the first bad entry is named.

use std::collections::HashMap;

use domain::record::{Chain, Digest, HeadCheck, SignedHead};
use serde::Serialize;
use store::Reads;
use store::catalogue::{RECORDED, RecordedTable};
use store::record::StoredEvent;
use uuid::Uuid;

use crate::Failure;
use crate::jobs::sealer::read_head;

/// What was checked, and the first thing that is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Events read.
    pub events: usize,
    /// Rows compared with their last event.
    pub records: usize,
    /// Signed heads checked.
    pub checkpoints: usize,
    /// Events that no head covers yet.
    pub unsealed: usize,
    /// The first bad entry; none when all is well.
    pub finding: Option<Finding>,
}

/// A bad entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which: kind and id of a stream with its version, a row, a leaf, or a checkpoint.
    pub entry: String,
    /// What is wrong with it.
    pub what: String,
}

impl Finding {
    fn at(entry: impl Into<String>, what: impl std::fmt::Display) -> Self {
        Self { entry: entry.into(), what: what.to_string() }
    }
}

/// The end of one stream.
struct Last {
    kind: String,
    version: i64,
    digest: Digest,
    owner: Uuid,
    other: Option<Uuid>,
}

type Checked<T> = Result<T, Stop>;

/// Why the walk ends early.
enum Stop {
    Found(Finding),
    Failed(Failure),
}

impl From<store::Fault> for Stop {
    fn from(fault: store::Fault) -> Self {
        Self::Failed(fault.into())
    }
}

/// Checks everything. `saved` are heads that somebody kept elsewhere: against them a rolled-back or rewritten log shows.
///
/// # Errors
/// [`Failure`] when the database cannot be read; what is wrong with the record is in the report.
pub async fn verify(reads: &mut impl Reads, public_key: &[u8; 32], saved: &[SignedHead]) -> Result<Report, Failure> {
    let mut report = Report::default();
    match walk(reads, public_key, saved, &mut report).await {
        Ok(()) => {}
        Err(Stop::Found(finding)) => report.finding = Some(finding),
        Err(Stop::Failed(failure)) => return Err(failure),
    }
    Ok(report)
}

async fn walk(reads: &mut impl Reads, public_key: &[u8; 32], saved: &[SignedHead], report: &mut Report) -> Checked<()> {
    let mut streams = chains(reads, report).await?;
    for table in RECORDED {
        rows(reads, table, &mut streams, report).await?;
    }
    // A stream without a row: somebody deleted a record.
    if let Some((id, last)) = streams.into_iter().min_by_key(|(id, _)| *id) {
        return Err(Stop::Found(Finding::at(format!("{} {id}", last.kind), "its row is gone")));
    }
    tree(reads, public_key, saved, report).await
}

/// Every chain from its first event to its last.
async fn chains(reads: &mut impl Reads, report: &mut Report) -> Checked<HashMap<Uuid, Last>> {
    let mut ends = HashMap::new();
    let mut chain = Chain::new(Uuid::nil());
    let (mut stream, mut version) = (Uuid::nil(), 0);
    loop {
        let page = match store::record::events_after(reads, stream, version).await {
            Ok(page) => page,
            Err(fault @ store::Fault::Inconsistent { .. }) => {
                return Err(Stop::Found(Finding::at(format!("an event after {stream} version {version}"), fault)));
            }
            Err(fault) => return Err(fault.into()),
        };
        let Some(last) = page.last() else { return Ok(ends) };
        (stream, version) = (last.entry.facts.stream_id, last.entry.facts.version);
        for event in &page {
            report.events += 1;
            follow(&mut chain, &mut ends, event)?;
        }
    }
}

fn follow(chain: &mut Chain, ends: &mut HashMap<Uuid, Last>, event: &StoredEvent) -> Checked<()> {
    let facts = &event.entry.facts;
    let named = || format!("{} {} version {}", facts.stream_kind, facts.stream_id, facts.version);
    let known = ends.get(&facts.stream_id);
    if known.is_none() {
        *chain = Chain::new(facts.stream_id);
    }
    chain.accept(&event.entry).map_err(|fault| Stop::Found(Finding::at(named(), fault)))?;
    if known.is_some_and(|last| last.kind != facts.stream_kind || last.owner != facts.organisation.0 || last.other != event.other) {
        return Err(Stop::Found(Finding::at(named(), "it belongs to another kind of record or organisation than the events before it")));
    }
    let last = Last {
        kind: facts.stream_kind.clone(),
        version: facts.version,
        digest: facts.state_digest,
        owner: facts.organisation.0,
        other: event.other,
    };
    ends.insert(facts.stream_id, last);
    Ok(())
}

/// Every row of a table against the last event of its stream.
async fn rows(reads: &mut impl Reads, table: &RecordedTable, streams: &mut HashMap<Uuid, Last>, report: &mut Report) -> Checked<()> {
    let mut after = Uuid::nil();
    loop {
        let page = table.standings_after(reads, after).await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        for (id, standing) in page {
            report.records += 1;
            let found = |what: &str| Err(Stop::Found(Finding::at(format!("{} {id}", table.table), what)));
            let Ok(standing) = standing else { return found("its row cannot be read") };
            let Some(last) = streams.remove(&id) else { return found("its row has no events") };
            if last.kind != table.table {
                return found("its events are of another kind of record");
            }
            if last.version != standing.version {
                return found("its row is not at the version of its last event");
            }
            if last.digest != standing.digest {
                return found("its row was changed without an event");
            }
            if last.owner != standing.owner || last.other != standing.other {
                return found("its events name other organisations than its row");
            }
        }
    }
}

/// Leaves in their places, heads signed and linked, roots computed again; then the heads that were kept elsewhere.
async fn tree(reads: &mut impl Reads, public_key: &[u8; 32], saved: &[SignedHead], report: &mut Report) -> Checked<()> {
    let heads = heads(reads, public_key, report).await?;
    let disagrees =
        |whose: &str, fault: domain::record::HeadDisagreement| Stop::Found(Finding::at(format!("{whose} {}", fault.number), fault.what));
    let mut own = HeadCheck::new(&heads, public_key).map_err(|fault| disagrees("checkpoint", fault))?;
    let mut kept = HeadCheck::new(saved, public_key).map_err(|fault| disagrees("saved head", fault))?;
    let mut position = -1;
    loop {
        let page = store::record::leaves_after(reads, position).await?;
        if page.is_empty() {
            break;
        }
        for (at, hash) in page {
            if at != position + 1 {
                return Err(Stop::Found(Finding::at(format!("leaf {}", position + 1), "it is missing")));
            }
            position = at;
            own.accept(hash).map_err(|fault| disagrees("checkpoint", fault))?;
            kept.accept(hash).map_err(|fault| disagrees("saved head", fault))?;
        }
    }
    let leaves = store::record::leaf_count(reads).await?;
    if leaves != position + 1 {
        return Err(Stop::Found(Finding::at("leaf", "a leaf names an event that is not there")));
    }
    own.finish().map_err(|fault| disagrees("checkpoint", fault))?;
    kept.finish().map_err(|fault| disagrees("saved head", fault))?;
    let sealed = usize::try_from(leaves).unwrap_or_default();
    if heads.last().map_or(0, |head| head.checkpoint.tree_size) != u64::try_from(sealed).unwrap_or_default() {
        return Err(Stop::Found(Finding::at(
            format!("leaf {position}"),
            "no checkpoint covers it: the checkpoint is gone or the leaf was added",
        )));
    }
    report.unsealed = report.events.saturating_sub(sealed);
    Ok(())
}

async fn heads(reads: &mut impl Reads, public_key: &[u8; 32], report: &mut Report) -> Checked<Vec<SignedHead>> {
    let stored = match store::record::checkpoints(reads).await {
        Ok(stored) => stored,
        Err(fault @ store::Fault::Inconsistent { .. }) => return Err(Stop::Found(Finding::at("checkpoint", fault))),
        Err(fault) => return Err(fault.into()),
    };
    let mut heads: Vec<SignedHead> = Vec::new();
    for row in stored {
        report.checkpoints += 1;
        let found = |what: String| Err(Stop::Found(Finding::at(format!("checkpoint {}", row.number), what)));
        let head = match read_head(&row) {
            Ok(head) => head,
            Err(fault) => return found(fault.to_string()),
        };
        if serde_json::to_string(&head).ok().as_ref() != Some(&row.head) {
            return found("its text is not spelt as it was signed".to_owned());
        }
        if let Err(fault) = head.verify(public_key) {
            return found(fault.to_string());
        }
        let signed = &head.checkpoint;
        if i64::try_from(signed.number) != Ok(row.number) || i64::try_from(signed.tree_size) != Ok(row.tree_size) || signed.at != row.at {
            return found("its columns say something else than its signed text".to_owned());
        }
        let follows =
            heads.last().map_or(signed.number == 1 && signed.previous == Digest::ZERO, |last| last.checkpoint.is_followed_by(signed));
        if !follows {
            return found("it does not follow the checkpoint before it".to_owned());
        }
        heads.push(head);
    }
    Ok(heads)
}
