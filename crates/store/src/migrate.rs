//! Numbered migrations, forward only, the same numbers and names for both engines; then the replaceable rules.

use domain::record::Digest;
use sqlx::Executor as _;

use crate::Fault;
use crate::db::{Db, Pools};
use crate::dialect::Engine;

/// One migration of one engine.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// From 1, without gaps.
    pub number: i64,
    /// What it is about.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),+ $(,)?) => {
        const SQLITE: &[Migration] = migrations!(@of "sqlite": $($number $name),+);
        const POSTGRES: &[Migration] = migrations!(@of "postgres": $($number $name),+);
    };
    (@of $engine:literal: $($number:literal $name:literal),+) => {
        &[$(Migration { number: $number, name: $name, sql: include_str!(concat!("../migrations/", $engine, "/", $number, "_", $name, ".sql")) },)+]
    };
}

migrations! {
    1 "record",
    2 "people",
    3 "market",
    4 "purchasing",
    5 "money",
    6 "short_breaks",
    7 "scores",
    8 "placing",
    9 "leavers",
    10 "additions",
    11 "scope",
    12 "decisions",
    13 "tenders",
    14 "releases",
    15 "in_force",
    16 "reminders_and_choices",
    17 "late_conflicts",
    18 "suspension",
}
const POSTGRES_RULES: &str = include_str!("../rules/postgres.sql");

/// The list of applied migrations, portable between the engines.
const LEDGER: &str =
    "CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)";
const APPLIED: &str = "SELECT number, name, checksum FROM schema_migration ORDER BY number";
const NOTE: &str = "INSERT INTO schema_migration (number, name, checksum) VALUES ($1, $2, $3)";
/// Any number that nobody else uses: one migrator at a time.
const MIGRATION_LOCK: i64 = 0x6e65_6172_686f_6d65;

/// The migrations of an engine.
#[must_use]
pub fn migrations(engine: Engine) -> &'static [Migration] {
    match engine {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    }
}

/// Brings the schema up to date; answers the names of what was applied.
///
/// # Errors
/// [`Fault::Schema`] when the database was migrated by a newer program, or an applied migration was edited.
pub async fn migrate(db: &Db) -> Result<Vec<&'static str>, Fault> {
    let failed = |source| Fault::from_driver("migrating", source);
    let mut applied = Vec::new();
    match &db.pools {
        Pools::Sqlite { write, .. } => {
            let mut tx = write.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
            tx.execute(LEDGER).await.map_err(failed)?;
            let known = sqlx::query_as(APPLIED).fetch_all(&mut *tx).await.map_err(failed)?;
            for migration in pending(SQLITE, &known)? {
                tx.execute(migration.sql).await.map_err(failed)?;
                let note = sqlx::query(NOTE).bind(migration.number).bind(migration.name).bind(checksum(migration));
                note.execute(&mut *tx).await.map_err(failed)?;
                applied.push(migration.name);
            }
            tx.commit().await.map_err(failed)?;
        }
        Pools::Postgres(pool) => {
            let mut tx = pool.begin_with("BEGIN").await.map_err(failed)?;
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(MIGRATION_LOCK).execute(&mut *tx).await.map_err(failed)?;
            tx.execute(LEDGER).await.map_err(failed)?;
            let known = sqlx::query_as(APPLIED).fetch_all(&mut *tx).await.map_err(failed)?;
            for migration in pending(POSTGRES, &known)? {
                tx.execute(migration.sql).await.map_err(failed)?;
                let note = sqlx::query(NOTE).bind(migration.number).bind(migration.name).bind(checksum(migration));
                note.execute(&mut *tx).await.map_err(failed)?;
                applied.push(migration.name);
            }
            tx.execute(POSTGRES_RULES).await.map_err(failed)?;
            tx.commit().await.map_err(failed)?;
        }
    }
    Ok(applied)
}

/// Refuses a database whose schema is older or newer than this program: `serve` and `work` start with it.
///
/// # Errors
/// [`Fault::Schema`] with what to do.
pub async fn check(db: &Db) -> Result<(), Fault> {
    let absent = |_| Fault::Schema("the database has no schema yet: run `nearhome migrate`".to_owned());
    let known: Vec<(i64, String, String)> = match &db.pools {
        Pools::Sqlite { read, .. } => sqlx::query_as(APPLIED).fetch_all(read).await.map_err(absent)?,
        Pools::Postgres(pool) => sqlx::query_as(APPLIED).fetch_all(pool).await.map_err(absent)?,
    };
    let waiting = pending(migrations(db.engine()), &known)?;
    match waiting.first() {
        None => Ok(()),
        Some(next) => Err(Fault::Schema(format!("migration {} {} is not applied: run `nearhome migrate`", next.number, next.name))),
    }
}

fn pending(all: &'static [Migration], known: &[(i64, String, String)]) -> Result<Vec<&'static Migration>, Fault> {
    for (number, name, sum) in known {
        let Some(migration) = all.iter().find(|migration| migration.number == *number) else {
            return Err(Fault::Schema(format!("migration {number} {name} is newer than this program")));
        };
        if checksum(migration) != *sum {
            return Err(Fault::Schema(format!("migration {number} {name} was edited after it was applied")));
        }
    }
    Ok(all.iter().filter(|migration| known.iter().all(|(number, ..)| *number != migration.number)).collect())
}

fn checksum(migration: &Migration) -> String {
    Digest::of(migration.sql.as_bytes()).to_string()
}

/// One column as the database itself describes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnFound {
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
    /// Whether it may be absent.
    pub is_nullable: bool,
}

const COLUMNS_SQLITE: &str = "SELECT m.name, c.name, c.\"notnull\" = 0 FROM sqlite_master AS m, pragma_table_info(m.name) AS c \
                              WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
const COLUMNS_POSTGRES: &str = "SELECT c.table_name::text, c.column_name::text, c.is_nullable = 'YES' FROM information_schema.columns AS c \
                                JOIN information_schema.tables AS t USING (table_schema, table_name) \
                                WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE'";
const WALLED: &str = "SELECT relname::text FROM pg_class WHERE relrowsecurity AND relforcerowsecurity AND relkind = 'r'";

/// All columns of all tables, sorted: for the test that compares the engines.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn tables(db: &Db) -> Result<Vec<ColumnFound>, Fault> {
    let failed = |source| Fault::from_driver("reading the catalogue", source);
    let found: Vec<(String, String, bool)> = match &db.pools {
        Pools::Sqlite { read, .. } => sqlx::query_as(COLUMNS_SQLITE).fetch_all(read).await.map_err(failed)?,
        Pools::Postgres(pool) => sqlx::query_as(COLUMNS_POSTGRES).fetch_all(pool).await.map_err(failed)?,
    };
    let mut columns: Vec<_> = found.into_iter().map(|(table, column, is_nullable)| ColumnFound { table, column, is_nullable }).collect();
    columns.sort();
    Ok(columns)
}

/// The tables with forced row-level security; none on SQLite, which has no such wall.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn walled_tables(db: &Db) -> Result<Vec<String>, Fault> {
    match &db.pools {
        Pools::Sqlite { .. } => Ok(Vec::new()),
        Pools::Postgres(pool) => {
            sqlx::query_scalar(WALLED).fetch_all(pool).await.map_err(|source| Fault::from_driver("reading the catalogue", source))
        }
    }
}
