//! Each test on each engine: a fresh SQLite file, and a fresh database of a real PostgreSQL.
//!
//! `make test` starts a PostgreSQL and names it in `NEARHOME_TEST_POSTGRES` (an address without database name). Without
//! it the PostgreSQL half is skipped, loudly, and fails where `CI` is set: half a suite is not a green suite.

use std::sync::atomic::{AtomicU64, Ordering};

use store::Db;
use store::db::Purpose;

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of the test server.
    Postgres,
}

/// A fresh, migrated database, gone when dropped (PostgreSQL's go with their server).
#[derive(Debug)]
pub struct TestDatabase {
    /// For `--database`.
    pub address: String,
    /// Open as the server opens it: on PostgreSQL as the application's role.
    pub db: Db,
    folder: Option<tempfile::TempDir>,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

impl TestDatabase {
    /// Makes one; `None` when there is no PostgreSQL and this is not CI.
    ///
    /// # Panics
    /// When it cannot be made, or PostgreSQL is absent in CI.
    pub async fn fresh(engine: Engine) -> Option<Self> {
        let (address, folder) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                (format!("sqlite:{}", folder.path().join("nearhome.sqlite").display()), Some(folder))
            }
            Engine::Postgres => (fresh_postgres().await?, None),
        };
        let made = Self::at(address).await;
        Some(Self { folder, ..made })
    }

    /// Makes one at this address, where nothing is yet.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn at(address: String) -> Self {
        let maintenance = Db::open(&address, Purpose::Maintain).await.unwrap();
        store::migrate::migrate(&maintenance).await.unwrap();
        maintenance.close().await;
        let db = Db::open(&address, Purpose::Serve).await.unwrap();
        Self { address, db, folder: None }
    }

    /// The folder of its files, when it is a file.
    #[must_use]
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_ref().map(tempfile::TempDir::path)
    }
}

async fn fresh_postgres() -> Option<String> {
    let Ok(server) = std::env::var("NEARHOME_TEST_POSTGRES") else {
        assert!(
            std::env::var("CI").is_err(),
            "NEARHOME_TEST_POSTGRES is not set: the PostgreSQL half of the suite cannot be skipped in CI"
        );
        eprintln!("SKIPPED ON POSTGRESQL: set NEARHOME_TEST_POSTGRES or run `make test`");
        return None;
    };
    let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    store::db::create_database(&format!("{server}/postgres"), &name).await.unwrap();
    Some(format!("{server}/{name}"))
}

/// Runs each test once per engine: `both! { async fn a_sentence(database) { .. } }` gives `sqlite::a_sentence` and
/// `postgres::a_sentence`. `database` is a [`TestDatabase`].
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident) $body:block)+) => {
        $crate::both!(@engine sqlite Sqlite $($(#[$meta])* $name $database $body)+);
        $crate::both!(@engine postgres Postgres $($(#[$meta])* $name $database $body)+);
    };
    (@engine $module:ident $engine:ident $($(#[$meta:meta])* $name:ident $database:ident $body:block)+) => {
        mod $module {
            #[allow(unused_imports)]
            use super::*;
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some($database) = $crate::TestDatabase::fresh($crate::Engine::$engine).await else { return };
                $body
            })+
        }
    };
}
