//! Verification of the whole record: every chain, every row, every leaf, every head; the first bad entry is named.

use std::collections::BTreeMap;
use std::fmt::Display;

use domain::record::{Chain, Digest, HeadCheck, HeadDisagreement, SignedHead};
use serde::Serialize;
use store::Reads;
use store::catalogue::{RECORDED, RecordedTable, Standing};
use store::record::StoredEvent;
use uuid::Uuid;

use crate::Failure;
use crate::jobs::sealer::{PublicKey, read_head};

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
    /// Which: an event by its record and version, a row by its table and id, a checkpoint or a leaf by its number. Only where
    /// a root is all that is known, the leaves that it covers beyond the root before it.
    pub entry: String,
    /// What is wrong with it.
    pub what: String,
}

impl Finding {
    fn at(entry: impl Into<String>, what: impl std::fmt::Display) -> Self {
        Self { entry: entry.into(), what: what.to_string() }
    }
}

/// One stream as its chain left it.
struct Stream {
    kind: String,
    version: i64,
    digest: Digest,
    owner: Uuid,
    /// The other organisation, with the first version that names it: an event's hash does not cover it, the row does.
    others: Vec<(i64, Option<Uuid>)>,
    /// Its chain does not hold, so its end says nothing about the row.
    is_broken: bool,
}

type Streams = BTreeMap<Uuid, Stream>;

/// The first bad entry so far. Events come before rows: events in the order of their chains, rows as they are read.
#[derive(Default)]
struct First {
    event: Option<(Uuid, i64, String)>,
    row: Option<Finding>,
}

impl First {
    fn event(&mut self, stream: Uuid, version: i64, what: impl Display) {
        if self.event.as_ref().is_none_or(|(first, at, _)| (stream, version) < (*first, *at)) {
            self.event = Some((stream, version, what.to_string()));
        }
    }

    fn row(&mut self, table: &str, id: Uuid, what: impl Display) {
        if self.row.is_none() {
            self.row = Some(Finding::at(format!("{table} {id}"), what));
        }
    }

    fn finding(self) -> Option<Finding> {
        let event = self.event.map(|(stream, version, what)| Finding::at(format!("event {stream} version {version}"), what));
        event.or(self.row)
    }
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
pub async fn verify(reads: &mut impl Reads, public_key: PublicKey, saved: &[SignedHead]) -> Result<Report, Failure> {
    let mut report = Report::default();
    match walk(reads, public_key, saved, &mut report).await {
        Ok(()) => {}
        Err(Stop::Found(finding)) => report.finding = Some(finding),
        Err(Stop::Failed(failure)) => return Err(failure),
    }
    Ok(report)
}

async fn walk(reads: &mut impl Reads, public_key: PublicKey, saved: &[SignedHead], report: &mut Report) -> Checked<()> {
    let mut first = First::default();
    let streams = chains(reads, &mut first, report).await?;
    for table in RECORDED {
        rows(reads, table, &streams, &mut first, report).await?;
    }
    let is_known = |kind: &str| RECORDED.iter().any(|table| table.table == kind);
    if let Some((id, stream)) = streams.iter().find(|(_, stream)| !stream.is_broken && !is_known(&stream.kind)) {
        first.row(&stream.kind, *id, "there is no such kind of record");
    }
    match first.finding() {
        Some(finding) => Err(Stop::Found(finding)),
        None => tree(reads, public_key, saved, report).await,
    }
}

/// Every chain from its first event to its last.
async fn chains(reads: &mut impl Reads, first: &mut First, report: &mut Report) -> Checked<Streams> {
    let mut streams = Streams::new();
    let mut chain = Chain::new(Uuid::nil());
    let (mut stream, mut version) = (Uuid::nil(), i64::MIN);
    loop {
        let page = match store::record::events_after(reads, stream, version).await {
            Ok(page) => page,
            Err(fault @ store::Fault::Inconsistent { .. }) => {
                return Err(Stop::Found(Finding::at(format!("an event after {stream} version {version}"), fault)));
            }
            Err(fault) => return Err(fault.into()),
        };
        let Some((last, at, _)) = page.last() else { return Ok(streams) };
        (stream, version) = (*last, *at);
        for (id, version, event) in page {
            report.events += 1;
            match event {
                Ok(event) => follow(&mut chain, &mut streams, first, &event),
                Err(fault) => {
                    first.event(id, version, fault);
                    streams.entry(id).or_insert_with(|| Stream::unreadable(version)).is_broken = true;
                }
            }
        }
    }
}

impl Stream {
    fn unreadable(version: i64) -> Self {
        Self { kind: String::new(), version, digest: Digest::ZERO, owner: Uuid::nil(), others: Vec::new(), is_broken: true }
    }
}

/// Takes the next event up into its stream. After the first fault of a stream nothing more can be said of it.
fn follow(chain: &mut Chain, streams: &mut Streams, first: &mut First, event: &StoredEvent) {
    let facts = &event.entry.facts;
    let is_new = !streams.contains_key(&facts.stream_id);
    let stream = streams.entry(facts.stream_id).or_insert_with(|| Stream {
        kind: facts.stream_kind.clone(),
        owner: facts.organisation.0,
        is_broken: false,
        ..Stream::unreadable(facts.version)
    });
    if stream.is_broken {
        return;
    }
    if is_new {
        *chain = Chain::new(facts.stream_id);
    }
    if let Err(fault) = chain.accept(&event.entry) {
        stream.is_broken = true;
        return first.event(facts.stream_id, fault.version, fault.what);
    }
    if stream.kind != facts.stream_kind || stream.owner != facts.organisation.0 {
        stream.is_broken = true;
        let what = "it belongs to another kind of record or organisation than the events before it";
        return first.event(facts.stream_id, facts.version, what);
    }
    (stream.version, stream.digest) = (facts.version, facts.state_digest);
    if stream.others.last().is_none_or(|(_, other)| *other != event.other) {
        stream.others.push((facts.version, event.other));
    }
}

/// Every row of a table against its stream, both in the order of their ids.
async fn rows(reads: &mut impl Reads, table: &RecordedTable, streams: &Streams, first: &mut First, report: &mut Report) -> Checked<()> {
    let of_kind = |(id, stream): (&Uuid, &Stream)| (!stream.is_broken && stream.kind == table.table).then_some(*id);
    let mut waiting = streams.iter().filter_map(of_kind).peekable();
    let mut after = None;
    loop {
        let page = table.standings_after(reads, after).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (id, standing) in page {
            report.records += 1;
            while let Some(gone) = waiting.next_if(|waiting| *waiting < id) {
                first.row(table.table, gone, "its row is gone");
            }
            waiting.next_if_eq(&id);
            match (standing, streams.get(&id)) {
                (_, Some(stream)) if stream.is_broken => {}
                (Err(fault), _) => first.row(table.table, id, format!("its row cannot be read: {fault}")),
                (Ok(standing), Some(stream)) => compare(reads, table, &standing, stream, first).await?,
                // Only the tree can tell a row that was slipped in from one whose events were taken away.
                (Ok(_), None) if store::record::is_sealed(reads, id, 1).await? => first.event(id, 1, "missing; its record is there"),
                (Ok(_), None) => first.row(table.table, id, "its row has no events"),
            }
        }
    }
    for gone in waiting {
        first.row(table.table, gone, "its row is gone");
    }
    Ok(())
}

/// A row against the end of its stream.
async fn compare(reads: &mut impl Reads, table: &RecordedTable, row: &Standing, stream: &Stream, first: &mut First) -> Checked<()> {
    let mut found = |what: String| first.row(table.table, row.id, what);
    if stream.kind != table.table {
        found("its events are of another kind of record".to_owned());
    } else if row.version == stream.version {
        if row.digest != stream.digest {
            found("its row was changed without an event".to_owned());
        } else if row.owner != stream.owner {
            found("its events name another owner than its row".to_owned());
        } else if let Some((version, _)) = stream.others.iter().find(|(_, other)| *other != row.other) {
            first.event(row.id, *version, "it names another counterparty than its record has");
        }
    } else if table.digest_at(row, stream.version) == stream.digest {
        found(format!("its row says version {}, but stands as its event {} left it", row.version, stream.version));
    } else if row.version > stream.version {
        let missing = stream.version.saturating_add(1);
        first.event(row.id, missing, format!("missing; its record is at version {}", row.version));
    } else {
        let next = row.version.saturating_add(1);
        // What the tree covers has happened, so it is the row that went back; what it does not cover may have been added.
        if store::record::is_sealed(reads, row.id, next).await? {
            found(format!("its row is at version {}, but its events go on to {}", row.version, stream.version));
        } else {
            first.event(row.id, next, format!("its record is at version {} and does not know it", row.version));
        }
    }
    Ok(())
}

/// Leaves in their places, heads signed and linked, roots computed again; then the heads that were kept elsewhere.
///
/// A root covers every leaf since the head before it and cannot say which of them is wrong: then the range is named.
async fn tree(reads: &mut impl Reads, public_key: PublicKey, saved: &[SignedHead], report: &mut Report) -> Checked<()> {
    let heads = heads(reads, public_key, report).await?;
    let found = |entry: String, what: &dyn Display| Err(Stop::Found(Finding::at(entry, what)));
    let kept_says = |fault: HeadDisagreement| Stop::Found(Finding::at(format!("saved head {}", fault.number), fault.what));
    let own_says = |fault: HeadDisagreement| Stop::Found(Finding::at(format!("checkpoint {}", fault.number), fault.what));
    let mut own = HeadCheck::new(&heads, &public_key.0).map_err(own_says)?;
    let mut kept = HeadCheck::new(saved, &public_key.0).map_err(kept_says)?;
    let (mut size, mut after) = (0_i64, i64::MIN);
    loop {
        let page = store::record::leaves_after(reads, after).await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for leaf in page {
            if leaf.position < size {
                return found(format!("leaf {}", leaf.position), &"there is no such place");
            }
            if leaf.position > size {
                return found(format!("leaf {size}"), &"it is missing");
            }
            let Some(hash) = leaf.hash else {
                return found(format!("leaf {size}"), &format!("its event, {} version {}, is not there", leaf.stream, leaf.version));
            };
            size = size.saturating_add(1);
            if let Err(fault) = own.accept(hash) {
                let from = heads.iter().rev().map(|head| &head.checkpoint).find(|head| head.number < fault.number);
                let range = leaves(from.map_or(0, |head| head.tree_size), size);
                return found(range, &format!("one of them is not as checkpoint {} covers it: {}", fault.number, fault.what));
            }
            kept.accept(hash).map_err(kept_says)?;
        }
    }
    if let Err(fault) = own.finish() {
        return found(format!("leaf {size}"), &format!("it is missing: checkpoint {}: {}", fault.number, fault.what));
    }
    kept.finish().map_err(kept_says)?;
    let covered = heads.last().map_or(0, |head| head.checkpoint.tree_size);
    let present = u64::try_from(size).unwrap_or_default();
    if covered != present {
        return found(leaves(covered, size), &"no checkpoint covers them: the checkpoint is gone, or they were added");
    }
    report.unsealed = report.events.saturating_sub(usize::try_from(present).unwrap_or_default());
    Ok(())
}

/// The leaves from one position up to, and without, another.
fn leaves(from: u64, to: i64) -> String {
    format!("leaves {from} to {}", to.saturating_sub(1))
}

async fn heads(reads: &mut impl Reads, public_key: PublicKey, report: &mut Report) -> Checked<Vec<SignedHead>> {
    let mut heads: Vec<SignedHead> = Vec::new();
    for (number, row) in store::record::numbered_checkpoints(reads).await? {
        report.checkpoints += 1;
        let expected = heads.last().map_or(1, |last| last.checkpoint.number.saturating_add(1));
        if u64::try_from(number).is_ok_and(|number| number > expected) {
            return Err(Stop::Found(Finding::at(format!("checkpoint {expected}"), "it is missing")));
        }
        let found = |what: String| Err(Stop::Found(Finding::at(format!("checkpoint {number}"), what)));
        let row = match row {
            Ok(row) => row,
            Err(fault) => return found(fault.to_string()),
        };
        let head = match read_head(&row) {
            Ok(head) => head,
            Err(fault) => return found(fault.to_string()),
        };
        if serde_json::to_string(&head).ok().as_ref() != Some(&row.head) {
            return found("its text is not spelt as it was signed".to_owned());
        }
        if let Err(fault) = head.verify(&public_key.0) {
            return found(fault.to_string());
        }
        let signed = &head.checkpoint;
        if i64::try_from(signed.number) != Ok(number) || i64::try_from(signed.tree_size) != Ok(row.tree_size) || signed.at != row.at {
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
