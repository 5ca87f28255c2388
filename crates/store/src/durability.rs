//! Whether a commit is on the disk before it is acknowledged.

use crate::Fault;
use crate::db::{Db, Pools};

/// The settings of this connection that let a crash or a power cut take back what was committed, or tear pages.
const LOSSY_POSTGRES: &str = "SELECT name || '=' || setting FROM pg_settings \
                              WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name";
const LOSSY_SQLITE: &str = "SELECT 'synchronous=' || synchronous FROM pragma_synchronous WHERE synchronous < 2 \
                            UNION ALL SELECT 'journal_mode=' || journal_mode FROM pragma_journal_mode WHERE journal_mode <> 'wal'";

impl Db {
    /// The settings under which this database may lose what it has acknowledged, such as `synchronous_commit=off`; empty for
    /// one that keeps it. It looks at what is in force for our own connections, wherever it was set.
    ///
    /// # Errors
    /// [`Fault`] of the driver.
    pub async fn losses(&self) -> Result<Vec<String>, Fault> {
        match &self.pools {
            Pools::Sqlite { write, .. } => sqlx::query_scalar(LOSSY_SQLITE).fetch_all(write).await,
            Pools::Postgres(pool) => sqlx::query_scalar(LOSSY_POSTGRES).fetch_all(pool).await,
        }
        .map_err(|source| Fault::from_driver("asking how durable a commit is", source))
    }
}
