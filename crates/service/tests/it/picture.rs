//! What the record and its rows hold, place by place; and what the first bad entry is, known from a picture before and one
//! after. It knows what verification cannot know, and uses none of it: no hash, no signature.

use std::collections::{BTreeMap, BTreeSet};

use store::catalogue::RECORDED;
use store::dialect::Engine;
use store::{Reads as _, Statement, Tx};
use uuid::Uuid;

/// How to read every table as text.
pub struct Camera {
    events: Statement,
    rows: Vec<Statement>,
    leaves: Statement,
    checkpoints: Statement,
}

/// Everything that is watched.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    events: BTreeMap<(Uuid, i64), String>,
    /// By the place of their table in the catalogue.
    rows: BTreeMap<(usize, Uuid), String>,
    leaves: BTreeMap<i64, (Uuid, i64)>,
    checkpoints: BTreeMap<i64, (i64, String)>,
}

impl Camera {
    pub fn new(engine: Engine, columns: &[(String, String)]) -> Self {
        let content = |table: &str| match engine {
            Engine::Postgres => format!("{table}::text"),
            Engine::Sqlite => {
                let of_table = columns.iter().filter(|(of, _)| of == table).map(|(_, column)| format!("quote({column})"));
                of_table.collect::<Vec<_>>().join(" || '|' || ")
            }
        };
        let select = |keys: &str, table: &str| Statement {
            name: "a picture",
            sql: Box::leak(format!("SELECT {keys}, {} AS content FROM {table}", content(table)).into_boxed_str()),
        };
        Self {
            events: select("stream_id, version", "event"),
            rows: RECORDED.iter().map(|table| select("id", table.table)).collect(),
            leaves: select("position, stream_id, version", "leaf"),
            checkpoints: select("number, tree_size", "checkpoint"),
        }
    }

    pub async fn take(&self, tx: &mut Tx) -> Picture {
        let mut picture = Picture { events: BTreeMap::new(), rows: BTreeMap::new(), leaves: BTreeMap::new(), checkpoints: BTreeMap::new() };
        for row in tx.all(self.events, &[]).await.unwrap() {
            picture.events.insert((row.get("stream_id").unwrap(), row.get("version").unwrap()), row.get("content").unwrap());
        }
        for (table, statement) in self.rows.iter().enumerate() {
            for row in tx.all(*statement, &[]).await.unwrap() {
                picture.rows.insert((table, row.get("id").unwrap()), row.get("content").unwrap());
            }
        }
        for row in tx.all(self.leaves, &[]).await.unwrap() {
            let event = (row.get("stream_id").unwrap(), row.get("version").unwrap());
            picture.leaves.insert(row.get("position").unwrap(), event);
        }
        for row in tx.all(self.checkpoints, &[]).await.unwrap() {
            let head = (row.get("tree_size").unwrap(), row.get("content").unwrap());
            picture.checkpoints.insert(row.get("number").unwrap(), head);
        }
        picture
    }
}

/// The keys at which two pictures differ, in order.
fn differences<'a, K: Ord + Copy + 'a, V: PartialEq>(before: &'a BTreeMap<K, V>, after: &'a BTreeMap<K, V>) -> Vec<K> {
    let keys: BTreeSet<K> = before.keys().chain(after.keys()).copied().collect();
    keys.into_iter().filter(|key| before.get(key) != after.get(key)).collect()
}

/// The name of the first bad entry: of events in the order of their chains, else of rows, else of checkpoints, else of leaves.
/// `None` when nothing is different.
pub fn first_bad(before: &Picture, after: &Picture) -> Option<String> {
    let events = differences(&before.events, &after.events);
    let rows = differences(&before.rows, &after.rows);
    let row = |(table, id): (usize, Uuid)| format!("{} {id}", RECORDED[table].table);
    let mut named = events.iter().filter_map(|event| bad_event(before, after, *event));
    if let Some((stream, version)) = named.next() {
        return Some(format!("event {stream} version {version}"));
    }
    if let Some(first) = rows.first() {
        return Some(row(*first));
    }
    if let Some((stream, _)) = events.first() {
        // All of it was taken away before the tree knew of it: what is left to see is a row without events.
        return after.rows.keys().find(|(_, id)| id == stream).map(|found| row(*found));
    }
    if let Some(number) = differences(&before.checkpoints, &after.checkpoints).first() {
        let is_last_gone = after.checkpoints.keys().all(|other| other < number);
        let covered = after.checkpoints.values().next_back().map_or(0, |(size, _)| *size);
        return Some(if is_last_gone { range(covered, after.leaves.len()) } else { format!("checkpoint {number}") });
    }
    differences(&before.leaves, &after.leaves).first().map(|position| bad_leaf(before, after, *position))
}

/// The event that is to be named for a difference at this one; `None` where only a row is left to name.
fn bad_event(before: &Picture, after: &Picture, (stream, version): (Uuid, i64)) -> Option<(Uuid, i64)> {
    let is_there = |version: i64| after.events.contains_key(&(stream, version));
    if is_there(version) {
        // Where one was added beyond the end, the first that is missing below it is what stands out.
        return (1..=version).find(|below| *below == version || !is_there(*below)).map(|first| (stream, first));
    }
    let something_is_left = after.events.keys().any(|(other, _)| *other == stream);
    let is_sealed = before.leaves.values().any(|leaf| *leaf == (stream, version));
    (something_is_left || is_sealed).then_some((stream, version))
}

fn bad_leaf(before: &Picture, after: &Picture, position: i64) -> String {
    let sizes = || before.checkpoints.values().map(|(size, _)| *size);
    match after.leaves.get(&position) {
        None => format!("leaf {position}"),
        Some(event) if !after.events.contains_key(event) => format!("leaf {position}"),
        // It was exchanged for the leaf of another event: a root says so of all that it covers.
        Some(_) if before.leaves.contains_key(&position) => {
            let from = sizes().filter(|size| *size <= position).max().unwrap_or(0);
            let to = sizes().find(|size| *size > position).unwrap();
            range(from, usize::try_from(to).unwrap())
        }
        Some(_) => range(position, after.leaves.len()),
    }
}

fn range(from: i64, to: usize) -> String {
    format!("leaves {from} to {}", to - 1)
}
