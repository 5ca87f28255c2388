//! Tampering with the record is found, whatever is done to it: a thousand random changes on each engine, each made and
//! verified in one transaction that is rolled back.

use domain::access::{Action, Relation, authorise, worker};
use domain::people::OrganisationKind;
use domain::record::SignedHead;
use service::Randomness as _;
use service::governance::verify::{Report, verify};
use service::jobs::sealer::{SealKey, read_head, seal};
use service::people::organisation::RegisterOrganisation;
use service::perform;
use store::catalogue::RECORDED;
use store::db::Purpose;
use store::dialect::Engine;
use store::{Db, Reads as _, Statement, Tx};
use testkit::world::{World, world};
use testkit::{Seeded, both};

/// How many on each engine.
const TAMPERINGS: usize = 1_000;

fn key() -> SealKey {
    SealKey::new([7; 32])
}

/// A world with three sealed checkpoints and some events after the last.
async fn sealed_world(database: testkit::TestDatabase) -> World {
    let world = world(database).await;
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

async fn count(tx: &mut Tx, table: &str) -> i64 {
    let sql: &'static str = Box::leak(format!("SELECT CAST(count(*) AS BIGINT) AS rows FROM {table}").into_boxed_str());
    tx.one(Statement { name: "counting", sql }, &[]).await.unwrap().get("rows").unwrap()
}

struct Dice(Seeded);

impl Dice {
    fn below(&self, end: usize) -> usize {
        usize::try_from(self.0.random() % u128::try_from(end).unwrap()).unwrap()
    }

    fn of<'a, T>(&self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
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

/// Does one random thing to the record. `None` when it came to nothing, so that another is tried.
async fn tamper(tx: &mut Tx, engine: Engine, dice: &Dice, columns: &[(String, String)]) -> Option<String> {
    let (table, column) = dice.of(columns);
    let rows = usize::try_from(count(tx, table).await).unwrap();
    if rows == 0 {
        return None;
    }
    let row = at_random(engine, table, dice.below(rows));
    let events = count(tx, "event").await;
    let sql = match dice.below(10) {
        0..6 => {
            let value = flipped(engine, table, column);
            let value = if engine == Engine::Postgres { format!("{value}::{}", type_of(tx, table, column).await) } else { value };
            format!("UPDATE {table} SET {column} = {value} WHERE {row}")
        }
        6 => format!("DELETE FROM {table} WHERE {row}"),
        7 => {
            let other = at_random(engine, "event", dice.below(usize::try_from(events).unwrap()));
            let row = at_random(engine, "event", dice.below(usize::try_from(events).unwrap()));
            format!("UPDATE event SET body = (SELECT body FROM event WHERE {other}) || ' ', action = (SELECT action FROM event WHERE {other}) WHERE {row}")
        }
        8 => "INSERT INTO event (stream_id, version, stream_kind, org_id, at, actor, action, grant_reason, body, state_digest, prev_hash, hash) \
              SELECT stream_id, version + 1, stream_kind, org_id, at, actor, action, grant_reason, body, state_digest, hash, hash FROM event \
              WHERE version = 1 AND stream_id = (SELECT stream_id FROM event GROUP BY stream_id HAVING max(version) = 1 ORDER BY stream_id LIMIT 1)"
            .to_owned(),
        _ => format!("DELETE FROM event WHERE at >= (SELECT at FROM event ORDER BY at LIMIT 1 OFFSET {})", dice.below(usize::try_from(events).unwrap())),
    };
    match run(tx, &sql).await {
        Ok(changed) if changed > 0 => Some(sql),
        _ => None,
    }
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
        let report = verify(&mut reads, &key().public(), &[]).await.unwrap();
        assert_eq!(report.finding, None);
        assert_eq!((report.checkpoints, report.unsealed), (3, 1));
        assert!(report.events >= 20 && report.records >= 15, "{report:?}");
    }

    async fn every_tampering_is_found_and_named(database) {
        let world = sealed_world(database).await;
        let db = Db::open(&world.database.address, Purpose::Maintain).await.unwrap();
        let (columns, dice) = (columns(&db).await, Dice(Seeded::new(17)));
        let (mut done, mut missed) = (0, Vec::new());
        while done < TAMPERINGS {
            let mut tx = intruder(&db).await;
            let Some(what) = tamper(&mut tx, db.engine(), &dice, &columns).await else { continue };
            done += 1;
            let report = verify(&mut tx, &key().public(), &[]).await.unwrap();
            if report.finding.is_none_or(|finding| finding.entry.is_empty()) {
                missed.push(what);
            }
        }
        assert!(missed.is_empty(), "{} of {done} missed: {missed:#?}", missed.len());
    }

    async fn a_log_rolled_back_to_an_older_good_state_is_found_from_heads_kept_elsewhere(database) {
        let world = sealed_world(database).await;
        let mut reads = world.database.db.begin_read(&worker()).await.unwrap();
        let stored = store::record::checkpoints(&mut reads).await.unwrap();
        let saved: Vec<SignedHead> = stored.iter().map(|stored| read_head(stored).unwrap()).collect();
        drop(reads);
        let db = Db::open(&world.database.address, Purpose::Maintain).await.unwrap();
        let mut tx = intruder(&db).await;
        // As it stood at the second checkpoint: the later head, leaves, events and rows are taken away, all consistently.
        let second = saved[1].checkpoint.tree_size;
        for sql in [
            format!("DELETE FROM organisation WHERE id IN (SELECT stream_id FROM event WHERE NOT EXISTS (SELECT 1 FROM leaf WHERE leaf.stream_id = event.stream_id AND position < {second}))"),
            format!("DELETE FROM event WHERE NOT EXISTS (SELECT 1 FROM leaf WHERE leaf.stream_id = event.stream_id AND leaf.version = event.version AND position < {second})"),
            format!("DELETE FROM leaf WHERE position >= {second}"),
            "DELETE FROM checkpoint WHERE number > 2".to_owned(),
        ] {
            assert!(run(&mut tx, &sql).await.unwrap() > 0, "{sql}");
        }
        let alone: Report = verify(&mut tx, &key().public(), &[]).await.unwrap();
        assert_eq!(alone.finding, None, "by itself the older state is sound: that is why councils keep heads");
        let compared = verify(&mut tx, &key().public(), &saved).await.unwrap();
        assert!(compared.finding.is_some_and(|finding| finding.entry == "saved head 3"));
    }
}
