//! The two schemas say the same; every statement is understood by both engines; every table has a tenancy class.

use std::collections::BTreeSet;

use store::catalogue::{PLAIN, RECORDED, Tenancy};
use store::dialect::Engine;
use testkit::both;

both! {
    async fn every_statement_is_understood(database) {
        let mut refused = Vec::new();
        for statement in store::catalogue::statements() {
            if let Err(fault) = store::db::prepare(&database.db, statement).await {
                refused.push(format!("{}: {}", statement.name, std::error::Error::source(&fault).unwrap()));
            }
        }
        assert!(refused.is_empty(), "{refused:#?}");
    }

    async fn a_fault_in_a_statement_is_caught(database) {
        // The test above would mean nothing if the engines took anything.
        let planted = ["SELECT nmae FROM organisation", "SELECT id FROM organisation WHERE", "SELECT nothing() FROM organisation"];
        for sql in planted {
            assert!(store::db::prepare(&database.db, store::Statement { name: "planted", sql }).await.is_err(), "{sql}");
        }
    }

    async fn every_table_is_in_the_catalogue(database) {
        let known: BTreeSet<String> = RECORDED.iter().map(|table| table.table).chain(PLAIN.iter().copied()).map(str::to_owned).collect();
        let found: BTreeSet<String> = store::migrate::tables(&database.db).await.unwrap().into_iter().map(|column| column.table).collect();
        assert_eq!(found, known);
    }
}

#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine| store::migrate::migrations(engine).iter().map(|migration| (migration.number, migration.name)).collect::<Vec<_>>();
    assert_eq!(names(Engine::Sqlite), names(Engine::Postgres));
}

/// After all migrations, both engines have the same tables, columns and nullability.
#[tokio::test]
async fn the_catalogues_are_equal() {
    let sqlite = testkit::TestDatabase::fresh(testkit::Engine::Sqlite).await.unwrap();
    let Some(postgres) = testkit::TestDatabase::fresh(testkit::Engine::Postgres).await else { return };
    let [sqlite, postgres] = [store::migrate::tables(&sqlite.db).await.unwrap(), store::migrate::tables(&postgres.db).await.unwrap()];
    assert_eq!(sqlite, postgres);
    assert!(sqlite.len() > 150, "only {} columns were read", sqlite.len());
}

/// On PostgreSQL, every table with an organisation's data has row-level security, forced.
#[tokio::test]
async fn tenant_tables_are_walled_on_postgresql() {
    let Some(postgres) = testkit::TestDatabase::fresh(testkit::Engine::Postgres).await else { return };
    let walled: BTreeSet<String> = store::migrate::walled_tables(&postgres.db).await.unwrap().into_iter().collect();
    for table in RECORDED.iter().filter(|table| table.tenancy != Tenancy::System) {
        assert!(walled.contains(table.table), "{} has no wall", table.table);
    }
    assert!(walled.contains("event"));
}

/// The server's role can delete what is no record and comes and goes; on everything else it lacks the right.
#[tokio::test]
async fn on_postgresql_the_server_can_delete_from_four_tables_only() {
    let Some(database) = testkit::TestDatabase::fresh(testkit::Engine::Postgres).await else { return };
    let mut reads = database.db.begin_read(&domain::access::worker()).await.unwrap();
    let sql = "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
               AND has_table_privilege('nearhome_app', oid, 'DELETE') ORDER BY relname";
    let rows = store::Reads::all(&mut reads, store::Statement { name: "asking for rights", sql }, &[]).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get("name").unwrap()).collect();
    assert_eq!(names, ["idempotency", "kept_form", "session", "sign_in_attempt"]);
}
