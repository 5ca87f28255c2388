//! Transactions: what may be read before access is decided, what after, and what may be written.
//!
//! `Db::begin_write → Threshold → (grant) → Tx`: nobody can write without the grant that [`domain::access::authorise`] gave,
//! because a [`Tx`] is made from nothing else.

use std::future::Future;

use domain::access::{Action, Grant};
use domain::calendar::Instant;
use domain::ids::ServiceId;
use domain::people::{Caller, Role};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, PgConnection, Postgres, Sqlite, SqliteConnection};
use uuid::Uuid;

use crate::Fault;
use crate::db::Sent;
use crate::dialect::Engine;
use crate::statement::{Record, Statement};
use crate::value::{Row, Value};

/// A transaction of either engine. Nobody outside this crate can get hold of one.
#[derive(Debug)]
pub struct Connection {
    open: Open,
    sent: Sent,
}

#[derive(Debug)]
pub(crate) enum Open {
    Sqlite(Box<sqlx::Transaction<'static, Sqlite>>),
    Postgres(Box<sqlx::Transaction<'static, Postgres>>),
}

macro_rules! bind_all {
    ($arguments:expr, $values:expr) => {{
        let mut arguments = $arguments;
        for value in $values {
            match value.clone() {
                Value::Uuid(value) => arguments.add(value),
                Value::Text(value) => arguments.add(value),
                Value::Int(value) => arguments.add(value),
                Value::Bool(value) => arguments.add(value),
                Value::Time(value) => arguments.add(value),
                Value::Date(value) => arguments.add(value),
                Value::Bytes(value) => arguments.add(value),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        arguments
    }};
}

fn sqlite_arguments(values: &[Value]) -> Result<SqliteArguments, sqlx::Error> {
    Ok(bind_all!(SqliteArguments::default(), values))
}

fn postgres_arguments(values: &[Value]) -> Result<PgArguments, sqlx::Error> {
    Ok(bind_all!(PgArguments::default(), values))
}

pub(crate) async fn sqlite_rows(
    connection: &mut SqliteConnection,
    statement: Statement,
    values: &[Value],
) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query_with(statement.sql, sqlite_arguments(values)?).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

pub(crate) async fn postgres_rows(connection: &mut PgConnection, statement: Statement, values: &[Value]) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query_with(statement.sql, postgres_arguments(values)?).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

impl Connection {
    pub(crate) fn new(open: Open, sent: Sent) -> Self {
        sent.one_more();
        Self { open, sent }
    }

    async fn rows(&mut self, statement: Statement, values: &[Value]) -> Result<Vec<Row>, sqlx::Error> {
        self.sent.one_more();
        match &mut self.open {
            Open::Sqlite(tx) => sqlite_rows(tx, statement, values).await,
            Open::Postgres(tx) => postgres_rows(tx, statement, values).await,
        }
    }

    async fn run(&mut self, statement: Statement, values: &[Value]) -> Result<u64, sqlx::Error> {
        self.sent.one_more();
        Ok(match &mut self.open {
            Open::Sqlite(tx) => sqlx::query_with(statement.sql, sqlite_arguments(values)?).execute(&mut ***tx).await?.rows_affected(),
            Open::Postgres(tx) => sqlx::query_with(statement.sql, postgres_arguments(values)?).execute(&mut ***tx).await?.rows_affected(),
        })
    }

    async fn commit(self) -> Result<(), sqlx::Error> {
        self.sent.one_more();
        match self.open {
            Open::Sqlite(tx) => tx.commit().await,
            Open::Postgres(tx) => tx.commit().await,
        }
    }
}

/// Tells PostgreSQL's row-level security for whom this transaction works. Both values are words of ours: an id and a scope.
pub(crate) fn for_whom(caller: &Caller) -> String {
    let scope = match caller.role {
        Role::Worker => "worker",
        Role::Visitor => "visitor",
        Role::SocialWorker
        | Role::TeamManager
        | Role::PlacementOfficer
        | Role::NominatedOfficer
        | Role::HeadOfService
        | Role::Director
        | Role::ContractOfficer
        | Role::HeadOfContracting
        | Role::FinanceOfficer
        | Role::ReviewingOfficer
        | Role::Administrator
        | Role::ReferralsManager
        | Role::ProviderSignatory => "organisation",
    };
    format!("SET LOCAL app.org = '{}'; SET LOCAL app.scope = '{scope}'", caller.organisation)
}

/// The acts that suspend a service for every council, or open it again. An entry of the provider file may be a judgement.
const REACHING: [Action; 3] = [Action::KeepService, Action::SuspendService, Action::LiftSuspension];

mod sealed {
    pub trait Inner {
        fn connection(&mut self) -> &mut super::Connection;
    }
}

/// Reading, the same before and after the decision and in read-only transactions.
pub trait Reads: sealed::Inner + Send {
    /// All rows that a statement gives; statements bound themselves by `LIMIT` or by what a person can have.
    fn all(&mut self, statement: Statement, values: &[Value]) -> impl Future<Output = Result<Vec<Row>, Fault>> + Send {
        async move { self.connection().rows(statement, values).await.map_err(|source| Fault::from_driver(statement.name, source)) }
    }

    /// The row, if there is one.
    fn optional(&mut self, statement: Statement, values: &[Value]) -> impl Future<Output = Result<Option<Row>, Fault>> + Send {
        async move { Ok(self.all(statement, values).await?.into_iter().next()) }
    }

    /// The row that must be there, such as a count.
    fn one(&mut self, statement: Statement, values: &[Value]) -> impl Future<Output = Result<Row, Fault>> + Send {
        async move { self.optional(statement, values).await?.ok_or_else(|| Fault::inconsistent(statement.name, "no row")) }
    }

    /// The record with this id.
    fn find<R: Record>(&mut self, id: impl Into<Uuid> + Send) -> impl Future<Output = Result<Option<R>, Fault>> + Send {
        async move { self.optional(R::sql().by_id, &[Value::Uuid(Some(id.into()))]).await?.as_ref().map(R::read).transpose() }
    }

    /// The record to which another record refers, so that its absence is a fault.
    fn get<R: Record>(&mut self, id: impl Into<Uuid> + Send) -> impl Future<Output = Result<R, Fault>> + Send {
        async move {
            let id = id.into();
            self.find::<R>(id).await?.ok_or_else(|| Fault::inconsistent(R::TABLE, format!("{id} is missing")))
        }
    }

    /// The records that a statement gives.
    fn records<R: Record>(&mut self, statement: Statement, values: &[Value]) -> impl Future<Output = Result<Vec<R>, Fault>> + Send {
        async move { self.all(statement, values).await?.iter().map(R::read).collect() }
    }
}

/// A transaction before the decision: it can read how the caller stands to a thing, and nothing else is done with it.
#[derive(Debug)]
pub struct Threshold {
    connection: Connection,
    engine: Engine,
}

impl Threshold {
    pub(crate) fn new(connection: Connection, engine: Engine) -> Self {
        Self { connection, engine }
    }

    /// What the clock of the database shows, which is the same for every server that works on it; `None` where the engine has none.
    ///
    /// # Errors
    /// [`Fault`] of the driver.
    pub async fn clock(&mut self) -> Result<Option<Instant>, Fault> {
        let Some(sql) = self.engine.clock() else { return Ok(None) };
        self.one(Statement { name: "clock", sql }, &[]).await?.get("clock").map(Some)
    }

    /// Steps over the threshold. `random` seeds the ids of the rows that this transaction makes.
    #[must_use]
    pub fn enter(self, grant: Grant, at: Instant, random: u128) -> Tx {
        Tx { connection: self.connection, engine: self.engine, grant, at, random, made: 0 }
    }
}

/// A transaction that reads one state of the database.
#[derive(Debug)]
pub struct ReadTx {
    connection: Connection,
}

impl ReadTx {
    pub(crate) fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

/// A transaction that may write: it carries the grant that allowed it.
#[derive(Debug)]
pub struct Tx {
    connection: Connection,
    pub(crate) engine: Engine,
    grant: Grant,
    at: Instant,
    random: u128,
    made: u64,
}

impl Tx {
    /// The leave under which this transaction works.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Who acts.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        self.grant.caller()
    }

    /// When: one moment for the whole command.
    #[must_use]
    pub fn at(&self) -> Instant {
        self.at
    }

    /// A new id: random, so that a unique key never tells one organisation what another has.
    pub fn new_id(&mut self) -> Uuid {
        use sha2::Digest as _;
        self.made += 1;
        let hash = sha2::Sha256::new().chain_update(self.random.to_be_bytes()).chain_update(self.made.to_be_bytes()).finalize();
        let mut bytes = [0_u8; 16];
        bytes.iter_mut().zip(hash).for_each(|(into, from)| *into = from);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// Runs a statement that writes rows which are not records: sessions, jobs, keys.
    ///
    /// # Errors
    /// [`Fault`] of the driver or a constraint.
    pub async fn execute(&mut self, statement: Statement, values: &[Value]) -> Result<u64, Fault> {
        self.connection.run(statement, values).await.map_err(|source| Fault::from_driver(statement.name, source))
    }

    /// Adds a record and its first event. `body` names what happened; it never holds personal data of a child.
    ///
    /// # Errors
    /// [`Fault`] of the driver or a constraint.
    pub async fn create<R: Record>(&mut self, record: &R, body: &serde_json::Value) -> Result<(), Fault> {
        self.execute(R::sql().insert, &record.values()).await?;
        crate::record::append(self, record, body).await
    }

    /// Writes a changed record as its next version, with its event.
    ///
    /// # Errors
    /// [`Fault::Stale`] when somebody else wrote it since it was read.
    pub async fn update<R: Record>(&mut self, record: &mut R, body: &serde_json::Value) -> Result<(), Fault> {
        let read = record.version();
        record.set_version(read + 1);
        let mut values = record.values();
        values.push(Value::Int(Some(read)));
        if self.execute(R::sql().update, &values).await? != 1 {
            return Err(Fault::Stale { table: R::TABLE });
        }
        crate::record::append(self, record, body).await
    }

    /// From here on this transaction reads, of every council, the offers of a service and who lives there, and adds freezes and tasks;
    /// with none, no longer. On PostgreSQL row-level security says how far that goes (`rules/postgres.sql`).
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] under leave for anything but changing the standing of a service; [`Fault`] of the driver.
    pub async fn reach(&mut self, service: Option<ServiceId>) -> Result<(), Fault> {
        if !REACHING.contains(&self.grant.action()) {
            return Err(Fault::inconsistent("reach", self.grant.action()));
        }
        let Some(sql) = self.engine.reach_service() else { return Ok(()) };
        let service = service.map(|service| service.to_string()).unwrap_or_default();
        self.one(Statement { name: "reach", sql }, &[service.into()]).await.map(drop)
    }

    /// Makes everything that was done durable, or nothing.
    ///
    /// # Errors
    /// [`Fault::Busy`] when another transaction was first: run the command again.
    pub async fn commit(self) -> Result<(), Fault> {
        self.connection.commit().await.map_err(|source| Fault::from_driver("committing", source))
    }
}

macro_rules! reads {
    ($($type:ty),+) => {$(
        impl sealed::Inner for $type { fn connection(&mut self) -> &mut Connection { &mut self.connection } }
        impl Reads for $type {}
    )+};
}
reads!(Threshold, ReadTx, Tx);
