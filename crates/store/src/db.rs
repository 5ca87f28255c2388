//! Opening a database and its transactions.

use std::str::FromStr as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::people::Caller;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Postgres, Transaction};

use crate::dialect::{Engine, has_hung_up};
use crate::tx::{self, Connection, Open, ReadTx, Threshold};
use crate::{Fault, Row, Statement, Value};

/// The role under which `serve` and `work` speak to PostgreSQL: not the owner of the tables, bound by row-level security.
pub const APP_ROLE: &str = "nearhome_app";

/// An open database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Db {
    pub(crate) pools: Pools,
    sent: Sent,
}

/// Counts what is sent to the database.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent(Arc<AtomicU64>);

impl Sent {
    pub(crate) fn one_more(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Pools {
    /// One writer, because SQLite has one; readers beside it.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

/// Connections to PostgreSQL of one server.
const CONNECTIONS: u32 = 16;

/// How to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// For serving and working: on PostgreSQL as the application's role.
    Serve,
    /// For migrating, verifying and loading: on PostgreSQL as the login itself.
    Maintain,
}

impl Db {
    /// Opens `sqlite:FILE` (made if absent) or `postgres://…`.
    ///
    /// # Errors
    /// [`Fault::Open`] when the address is not understood or nothing answers there.
    pub async fn open(address: &str, purpose: Purpose) -> Result<Self, Fault> {
        let opened = if address.starts_with("sqlite:") { open_sqlite(address).await } else { open_postgres(address, purpose).await };
        opened
            .map(|pools| Self { pools, sent: Sent::default() })
            .map_err(|source| Fault::Open { address: without_password(address), source })
    }

    /// Which engine this is.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// How many statements were sent so far, the beginnings of transactions among them. What a page costs is what it sends, so
    /// tests count it: that does not waver as time does.
    #[must_use]
    pub fn statements_sent(&self) -> u64 {
        self.sent.0.load(Ordering::Relaxed)
    }

    /// Begins a transaction that will write. It can read relations; only a grant turns it into more.
    ///
    /// # Errors
    /// [`Fault`] when the database does not answer.
    pub async fn begin_write(&self, caller: &Caller) -> Result<Threshold, Fault> {
        let begin = self.engine().begin_write();
        let open = match &self.pools {
            Pools::Sqlite { write, .. } => Open::Sqlite(Box::new(write.begin_with(begin).await.map_err(beginning)?)),
            Pools::Postgres(pool) => Open::Postgres(Box::new(begin_postgres(pool, begin, caller).await?)),
        };
        Ok(Threshold::new(Connection::new(open, self.sent.clone()), self.engine()))
    }

    /// Begins a transaction that sees one state of the database and changes nothing.
    ///
    /// # Errors
    /// [`Fault`] when the database does not answer.
    pub async fn begin_read(&self, caller: &Caller) -> Result<ReadTx, Fault> {
        let begin = self.engine().begin_read();
        let open = match &self.pools {
            Pools::Sqlite { read, .. } => Open::Sqlite(Box::new(read.begin_with(begin).await.map_err(beginning)?)),
            Pools::Postgres(pool) => Open::Postgres(Box::new(begin_postgres(pool, begin, caller).await?)),
        };
        Ok(ReadTx::new(Connection::new(open, self.sent.clone())))
    }

    /// Reads by one statement for nobody in particular: sessions, people, organisations. One statement sees one state of the
    /// database without a transaction around it; tables behind row-level security are empty for it.
    ///
    /// # Errors
    /// [`Fault`] of the driver.
    pub(crate) async fn glance(&self, statement: Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let failed = |source| Fault::from_driver(statement.name, source);
        self.sent.one_more();
        match &self.pools {
            Pools::Sqlite { read, .. } => {
                let mut connection = read.acquire().await.map_err(failed)?;
                tx::sqlite_rows(&mut connection, statement, values).await.map_err(failed)
            }
            Pools::Postgres(pool) => {
                let mut left = CONNECTIONS;
                loop {
                    let mut connection = pool.acquire().await.map_err(failed)?;
                    match tx::postgres_rows(&mut connection, statement, values).await {
                        // It was closed while it waited in the pool; nothing was done, and the next one may live.
                        Err(error) if has_hung_up(&error) && left > 0 => left -= 1,
                        outcome => return outcome.map_err(failed),
                    }
                }
            }
        }
    }

    /// Closes all connections; SQLite folds its log into the file.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// Begins a transaction and says for whom, in one message.
///
/// Connections are not tried out before each use, which would cost a message each: a beginning that finds its connection closed
/// has done nothing, so it takes the next one, until all that waited in the pool when the database went away are used up.
async fn begin_postgres(pool: &PgPool, begin: &str, caller: &Caller) -> Result<Transaction<'static, Postgres>, Fault> {
    let begin = format!("{begin}; {}", tx::for_whom(caller));
    let mut left = CONNECTIONS;
    loop {
        let (pool, begin) = (pool.clone(), begin.clone());
        // In a task of its own, which goes on when the caller goes away: the driver does not take back a beginning that is
        // abandoned half-way, and the connection would return to the pool inside a transaction.
        let beginning_alone = tokio::spawn(async move { pool.begin_with(sqlx::AssertSqlSafe(begin)).await });
        match beginning_alone.await.map_err(|stopped| Fault::inconsistent("beginning a transaction", stopped))? {
            Err(error) if has_hung_up(&error) && left > 0 => left -= 1,
            outcome => return outcome.map_err(beginning),
        }
    }
}

fn beginning(source: sqlx::Error) -> Fault {
    Fault::from_driver("beginning a transaction", source)
}

async fn open_sqlite(address: &str) -> Result<Pools, sqlx::Error> {
    let options = SqliteConnectOptions::from_str(address)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: what was acknowledged is on the disk. NORMAL loses the last acts in a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        // Without it INSERT OR REPLACE would slip past the triggers that keep the record append-only.
        .pragma("recursive_triggers", "ON");
    let write = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(20)).connect_with(options.clone()).await?;
    let read = SqlitePoolOptions::new().max_connections(4).connect_with(options.pragma("query_only", "ON")).await?;
    Ok(Pools::Sqlite { write, read })
}

async fn open_postgres(address: &str, purpose: Purpose) -> Result<Pools, sqlx::Error> {
    let options = PgConnectOptions::from_str(address)?.application_name("nearhome");
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(Duration::from_secs(20)).test_before_acquire(false);
    let pool = match purpose {
        Purpose::Maintain => pool,
        Purpose::Serve => pool.after_connect(|connection, _| {
            Box::pin(async move {
                use sqlx::Executor as _;
                connection.execute("SET ROLE nearhome_app").await.map(drop)
            })
        }),
    };
    pool.connect_with(options).await.map(Pools::Postgres)
}

/// The address as it may be shown: `postgres://user:…@host/name`.
fn without_password(address: &str) -> String {
    match (address.find("://"), address.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            let user = address.get(scheme + 3..at).and_then(|userinfo| userinfo.split(':').next()).unwrap_or_default();
            format!("{}://{user}{}", address.get(..scheme).unwrap_or_default(), address.get(at..).unwrap_or_default())
        }
        _ => address.to_owned(),
    }
}

/// Makes an empty PostgreSQL database beside the one of the address: for tests and first installations.
///
/// # Errors
/// [`Fault`] when the name is not a plain word or the login may not make databases.
pub async fn create_database(address: &str, name: &str) -> Result<(), Fault> {
    use sqlx::{Connection as _, Executor as _};
    let failed = |source| Fault::from_driver("creating a database", source);
    if !name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_') {
        return Err(Fault::Schema(format!("`{name}` is not a plain name for a database")));
    }
    let mut connection = sqlx::PgConnection::connect(address).await.map_err(failed)?;
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

/// Prepares a statement and answers nothing: whether the engine understands it.
///
/// # Errors
/// [`Fault`] with what the engine refused.
pub async fn prepare(db: &Db, statement: crate::Statement) -> Result<(), Fault> {
    use sqlx::{Executor as _, SqlSafeStr as _};
    let sql = statement.sql.into_sql_str();
    match &db.pools {
        Pools::Sqlite { read, .. } => read.prepare(sql).await.map(drop),
        Pools::Postgres(pool) => pool.prepare(sql).await.map(drop),
    }
    .map_err(|source| Fault::Driver { doing: statement.name, source })
}
