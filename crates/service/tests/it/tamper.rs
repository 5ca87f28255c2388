//! Tampering with the record is found, whatever is done to it, and the first bad entry is named: a thousand random changes on
//! each engine, each made and verified in one transaction that is rolled back. Which entry is the first bad one is worked
//! out from what was there before ([`crate::picture`]), not from what verification goes by.

use std::collections::BTreeMap;

use domain::access::{Action, Relation, authorise, worker};
use domain::pence::Pence;
use domain::people::OrganisationKind;
use domain::record::SignedHead;
use service::governance::verify::{Report, verify};
use service::jobs::sealer::{PublicKey, SealKey, read_head, seal};
use service::money::ledger::SetCeiling;
use service::people::organisation::RegisterOrganisation;
use service::perform;
use store::catalogue::RECORDED;
use store::db::Purpose;
use store::dialect::Engine;
use store::{Db, Reads as _, Statement, Tx};
use testkit::world::{World, world};
use testkit::{Dice, both};

use crate::picture::{Camera, first_bad};

/// How many on each engine.
const TAMPERINGS: usize = 1_000;

fn key() -> SealKey {
    SealKey::new([7; 32])
}

/// A world with three sealed checkpoints and some events after the last; some records were written several times.
async fn sealed_world(database: testkit::TestDatabase) -> World {
    let world = world(database).await;
    for limit in 1..=4 {
        let ceiling = SetCeiling {
            council: world.council,
            framework: "CCS072".to_owned(),
            decision: "Sample decision".to_owned(),
            price_base_year: "2025/26".to_owned(),
            limit: Pence(limit * 1_000_000),
            is_example: true,
        };
        perform(&world.nearhome, &worker(), world.key(), &ceiling).await.unwrap();
    }
    for number in 0..4 {
        let register = RegisterOrganisation {
            kind: OrganisationKind::Provider,
            name: format!("Synthetic provider {number}"),
            council_code: None,
            reference: None,
            is_synthetic: true,
        };
        perform(&world.nearhome, &worker(), world.key(), &register).await.unwrap();
        if number < 3 {
            assert_eq!(seal(&world.nearhome, &key()).await.unwrap(), 1);
        }
    }
    world
}

/// A transaction of whoever owns the database, with every safeguard of it taken off; it is never committed.
async fn intruder(db: &Db) -> Tx {
    let threshold = db.begin_write(&worker()).await.unwrap();
    let grant = authorise(&worker(), Action::SealRecord, Some(Relation::Shared)).unwrap();
    let mut tx = threshold.enter(grant, domain::calendar::Instant::new("2026-12-14T10:00:00Z".parse().unwrap()), 9);
    match db.engine() {
        Engine::Sqlite => {
            run(&mut tx, "PRAGMA defer_foreign_keys = ON").await.unwrap();
            run(&mut tx, "PRAGMA ignore_check_constraints = ON").await.unwrap();
            for table in ["event", "leaf", "checkpoint"] {
                run(&mut tx, &format!("DROP TRIGGER {table}_never_changes")).await.unwrap();
                run(&mut tx, &format!("DROP TRIGGER {table}_never_goes")).await.unwrap();
            }
        }
        Engine::Postgres => {
            run(&mut tx, "SET LOCAL session_replication_role = replica").await.unwrap();
        }
    }
    tx
}

async fn run(tx: &mut Tx, sql: &str) -> Result<u64, store::Fault> {
    tx.execute(Statement { name: "tampering", sql: Box::leak(sql.to_owned().into_boxed_str()) }, &[]).await
}

async fn text(tx: &mut Tx, sql: String) -> String {
    tx.one(Statement { name: "reading", sql: Box::leak(sql.into_boxed_str()) }, &[]).await.unwrap().get("text").unwrap()
}

async fn count(tx: &mut Tx, table: &str) -> i64 {
    let sql: &'static str = Box::leak(format!("SELECT CAST(count(*) AS BIGINT) AS rows FROM {table}").into_boxed_str());
    tx.one(Statement { name: "counting", sql }, &[]).await.unwrap().get("rows").unwrap()
}

/// The columns that are worth changing: of the log and of every recorded table.
async fn columns(db: &Db) -> Vec<(String, String)> {
    let is_watched =
        |table: &str| ["event", "leaf", "checkpoint"].contains(&table) || RECORDED.iter().any(|recorded| recorded.table == table);
    let columns = store::migrate::tables(db).await.unwrap();
    columns.into_iter().filter(|column| is_watched(&column.table)).map(|column| (column.table, column.column)).collect()
}

/// The row at a random place, by whatever names a row inside each engine.
fn at_random(engine: Engine, table: &str, offset: usize) -> String {
    let name = if engine == Engine::Sqlite { "rowid" } else { "ctid" };
    format!("{name} = (SELECT {name} FROM {table} ORDER BY {name} LIMIT 1 OFFSET {offset})")
}

/// Another value of the same type: a type that is broken would be found too easily.
fn flipped(engine: Engine, table: &str, column: &str) -> String {
    match engine {
        Engine::Sqlite => format!(
            "CASE typeof({column}) WHEN 'integer' THEN {column} + 1 WHEN 'blob' THEN \
             CASE WHEN {column} = zeroblob(length({column})) THEN randomblob(length({column})) ELSE zeroblob(length({column})) END \
             WHEN 'null' THEN zeroblob(16) ELSE {column} || 'x' END"
        ),
        Engine::Postgres => format!(
            "(CASE pg_typeof({table}.{column})::text WHEN 'bigint' THEN (COALESCE({column}::text, '0')::numeric + 1)::text \
             WHEN 'uuid' THEN '00000000-0000-4000-8000-00000000000f' WHEN 'boolean' THEN (NOT COALESCE({column}::text, 'f')::boolean)::text \
             WHEN 'bytea' THEN '\\x00ff' WHEN 'date' THEN '2001-02-03' WHEN 'timestamp with time zone' THEN '2001-02-03 04:05:06+00' \
             ELSE COALESCE({column}::text, '') || 'x' END)"
        ),
    }
}

/// Does one random thing to the record, and says of which kind. `None` when it came to nothing, so that another is tried.
async fn tamper(tx: &mut Tx, engine: Engine, dice: &Dice, columns: &[(String, String)]) -> Option<(&'static str, String)> {
    // Half of them at the log itself and at the records that were written more than once: there the order of things matters.
    let is_hot = |table: &str| ["event", "leaf", "checkpoint", "ceiling"].contains(&table);
    let hot: Vec<_> = columns.iter().filter(|(table, _)| is_hot(table)).cloned().collect();
    let (table, column) = if dice.below(2) == 0 { dice.of(&hot) } else { dice.of(columns) };
    let rows = usize::try_from(count(tx, table).await).unwrap();
    if rows == 0 {
        return None;
    }
    let row = at_random(engine, table, dice.below(rows));
    let events = usize::try_from(count(tx, "event").await).unwrap();
    let leaves = usize::try_from(count(tx, "leaf").await).unwrap();
    let (kind, sql) = match dice.below(12) {
        0..5 => {
            let value = flipped(engine, table, column);
            let value = if engine == Engine::Postgres { format!("{value}::{}", type_of(tx, table, column).await) } else { value };
            ("flip", format!("UPDATE {table} SET {column} = {value} WHERE {row}"))
        }
        5..7 => ("drop", format!("DELETE FROM {table} WHERE {row}")),
        7..9 => return swap(tx, engine, dice, events).await.map(|what| ("swap", what)),
        9 => return insert(tx, engine, dice, events).await.map(|what| ("insert", what)),
        10 => {
            // The log ends earlier than it did: everything that the tree took up from here on, and what it had not yet.
            let end = dice.below(leaves);
            let kept = "SELECT 1 FROM leaf WHERE leaf.stream_id = event.stream_id AND leaf.version = event.version";
            ("truncate", format!("DELETE FROM event WHERE NOT EXISTS ({kept} AND position < {end})"))
        }
        _ => return roll_back(tx, 1 + dice.below(2)).await.map(|what| ("rollback", what)),
    };
    match run(tx, &sql).await {
        Ok(changed) if changed > 0 => Some((kind, sql)),
        _ => None,
    }
}

/// Two events exchange what they say.
async fn swap(tx: &mut Tx, engine: Engine, dice: &Dice, events: usize) -> Option<String> {
    let column = *dice.of(&["body", "action", "grant_reason"]);
    let rows = [at_random(engine, "event", dice.below(events)), at_random(engine, "event", dice.below(events))];
    let key = if engine == Engine::Sqlite { "hex(stream_id)" } else { "stream_id::text" };
    let mut ends = Vec::new();
    for row in &rows {
        let says = text(tx, format!("SELECT {column} AS text FROM event WHERE {row}")).await;
        let stream = text(tx, format!("SELECT {key} AS text FROM event WHERE {row}")).await;
        let version = text(tx, format!("SELECT CAST(version AS TEXT) AS text FROM event WHERE {row}")).await;
        ends.push((says.replace('\'', "''"), format!("{key} = '{stream}' AND version = {version}")));
    }
    for (says, place) in [(&ends[0].0, &ends[1].1), (&ends[1].0, &ends[0].1)] {
        run(tx, &format!("UPDATE event SET {column} = '{says}' WHERE {place}")).await.ok()?;
    }
    Some(format!("swap {column} of {rows:?}"))
}

/// One event more at the end of a stream, as the next one would look; half of them with the hash that it would have.
async fn insert(tx: &mut Tx, engine: Engine, dice: &Dice, events: usize) -> Option<String> {
    let key = if engine == Engine::Sqlite { "hex(stream_id)" } else { "stream_id::text" };
    let stream = text(tx, format!("SELECT {key} AS text FROM event WHERE {}", at_random(engine, "event", dice.below(events)))).await;
    let stream: uuid::Uuid = stream.parse().unwrap();
    let last = store::record::stream(tx, stream).await.unwrap().pop().unwrap();
    let mut facts = last.entry.facts.clone();
    (facts.version, facts.prev_hash) = (facts.version + 1, last.entry.hash);
    let hash = if dice.below(2) == 0 { facts.hash() } else { last.entry.hash };
    let columns = "stream_kind, org_id, other_id, at, actor, on_behalf_of, action, grant_reason, body, state_digest";
    let sql = format!(
        "INSERT INTO event (stream_id, version, {columns}, prev_hash, hash) SELECT stream_id, version + 1, {columns}, $1, $2 FROM event \
         WHERE stream_id = $3 AND version = $4"
    );
    let values = [last.entry.hash.into(), hash.into(), stream.into(), last.entry.facts.version.into()];
    tx.execute(Statement { name: "inserting", sql: Box::leak(sql.clone().into_boxed_str()) }, &values).await.ok()?;
    Some(sql)
}

/// As it stood at an earlier checkpoint: later heads, leaves, events and rows are taken away, all consistently.
async fn roll_back(tx: &mut Tx, checkpoint: usize) -> Option<String> {
    let size = text(tx, format!("SELECT CAST(tree_size AS TEXT) AS text FROM checkpoint WHERE number = {checkpoint}")).await;
    let is_covered = format!("SELECT 1 FROM leaf WHERE leaf.stream_id = event.stream_id AND position < {size}");
    for sql in [
        format!("DELETE FROM organisation WHERE id IN (SELECT stream_id FROM event WHERE NOT EXISTS ({is_covered}))"),
        format!("DELETE FROM event WHERE NOT EXISTS ({is_covered} AND leaf.version = event.version)"),
        format!("DELETE FROM leaf WHERE position >= {size}"),
        format!("DELETE FROM checkpoint WHERE number > {checkpoint}"),
    ] {
        assert!(run(tx, &sql).await.unwrap() > 0, "{sql}");
    }
    Some(format!("saved head {}", checkpoint + 1))
}

async fn type_of(tx: &mut Tx, table: &str, column: &str) -> String {
    let sql: &'static str = Box::leak(
        format!("SELECT data_type::text AS kind FROM information_schema.columns WHERE table_name = '{table}' AND column_name = '{column}'")
            .into_boxed_str(),
    );
    tx.one(Statement { name: "asking for a type", sql }, &[]).await.unwrap().get("kind").unwrap()
}

both! {
    async fn an_untouched_record_passes(database) {
        let world = sealed_world(database).await;
        let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
        let report = verify(&mut reads, key().public(), &[]).await.unwrap();
        assert_eq!(report.finding, None);
        assert_eq!((report.checkpoints, report.unsealed), (3, 1));
        assert!(report.events >= 20 && report.records >= 15, "{report:?}");
    }

    async fn every_tampering_is_found_and_its_first_bad_entry_named(database) {
        let world = sealed_world(database).await;
        let saved = heads(&world).await;
        let db = Db::open(&world.database.address, Purpose::Maintain).await.unwrap();
        let (columns, dice) = (columns(&db).await, Dice::new(17));
        let camera = Camera::new(db.engine(), &columns);
        let before = camera.take(&mut intruder(&db).await).await;
        let (mut kinds, mut missed) = (BTreeMap::<_, usize>::new(), Vec::new());
        while kinds.values().sum::<usize>() < TAMPERINGS {
            let mut tx = intruder(&db).await;
            let Some((kind, what)) = tamper(&mut tx, db.engine(), &dice, &columns).await else { continue };
            // What was rolled back is sound in itself: only heads that were kept elsewhere say which one is missing.
            let expected = if kind == "rollback" { Some(what.clone()) } else { first_bad(&before, &camera.take(&mut tx).await) };
            let Some(expected) = expected else { continue };
            *kinds.entry(kind).or_default() += 1;
            let report = verify(&mut tx, key().public(), &saved).await.unwrap();
            let named = report.finding.map(|finding| finding.entry);
            if named.as_ref() != Some(&expected) {
                missed.push(format!("{kind}: named {named:?}, the first bad entry is {expected}: {what}"));
            }
        }
        println!("{kinds:?}");
        assert!(missed.is_empty(), "{} of {TAMPERINGS} missed: {:#?}", missed.len(), &missed[..missed.len().min(20)]);
    }

    async fn the_public_key_is_all_that_verification_needs(database) {
        let world = world(database).await;
        let folder = tempfile::tempdir().unwrap();
        let (secret, other) = (folder.path().join("seal"), folder.path().join("other"));
        let key = SealKey::load_or_create(&secret, &world.nearhome).unwrap();
        assert_eq!(seal(&world.nearhome, &key).await.unwrap(), 1);
        std::fs::remove_file(&secret).unwrap();
        let public = PublicKey::load(&PublicKey::beside(&secret)).unwrap().unwrap();
        assert_eq!(public.to_string().parse(), Ok(public));
        let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
        assert_eq!(verify(&mut reads, public, &[]).await.unwrap().finding, None);
        let stranger = SealKey::load_or_create(&other, &world.nearhome).unwrap().public();
        let found = verify(&mut reads, stranger, &[]).await.unwrap().finding.unwrap();
        assert_eq!(found.entry, "checkpoint 1", "signed by another key");
        std::fs::copy(PublicKey::beside(&other), PublicKey::beside(&secret)).unwrap();
        assert!(SealKey::load_or_create(&secret, &world.nearhome).is_err(), "the public key of another was passed off");
    }

    async fn a_log_rolled_back_to_an_older_good_state_is_found_from_heads_kept_elsewhere(database) {
        let world = sealed_world(database).await;
        let saved = heads(&world).await;
        let db = Db::open(&world.database.address, Purpose::Maintain).await.unwrap();
        let mut tx = intruder(&db).await;
        roll_back(&mut tx, 2).await.unwrap();
        let alone: Report = verify(&mut tx, key().public(), &[]).await.unwrap();
        assert_eq!(alone.finding, None, "by itself the older state is sound: that is why councils keep heads");
        let compared = verify(&mut tx, key().public(), &saved).await.unwrap();
        assert!(compared.finding.is_some_and(|finding| finding.entry == "saved head 3"));
    }
}

/// The heads as a council keeps them.
async fn heads(world: &World) -> Vec<SignedHead> {
    let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
    let stored = store::record::checkpoints(&mut reads).await.unwrap();
    stored.iter().map(|stored| read_head(stored).unwrap()).collect()
}
