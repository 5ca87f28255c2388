//! The only file that may ask which engine is at work.

use sqlx::error::DatabaseError;

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One file, embedded: the default of a single server.
    Sqlite,
    /// Production, any number of servers.
    Postgres,
}

impl Engine {
    /// Opens a transaction that will write. Both give the effect of one command after the other.
    #[must_use]
    pub fn begin_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        }
    }

    /// Opens a transaction that only reads, one state of the database throughout.
    #[must_use]
    pub fn begin_read(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN DEFERRED",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Takes due jobs without waiting for those that another worker holds.
    #[must_use]
    pub fn lock_due_jobs(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT id FROM job WHERE finished_at IS NULL AND given_up_at IS NULL AND due_at <= $1 AND \
                 (leased_until IS NULL OR leased_until < $1) ORDER BY due_at, id LIMIT 20"
            }
            Self::Postgres => {
                "SELECT id FROM job WHERE finished_at IS NULL AND given_up_at IS NULL AND due_at <= $1 AND \
                 (leased_until IS NULL OR leased_until < $1) ORDER BY due_at, id LIMIT 20 FOR UPDATE SKIP LOCKED"
            }
        }
    }

    /// Tells row-level security which service a transaction suspends for every council; SQLite has no such wall.
    #[must_use]
    pub fn reach_service(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT set_config('app.service', $1, true) AS reached"),
        }
    }

    /// Asks for the clock that all servers of a database share. SQLite has none of its own: all that works on a file runs on one
    /// machine, and goes by the machine's.
    #[must_use]
    pub fn clock(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("SELECT clock_timestamp() AS clock"),
        }
    }
}

/// Whether running the whole transaction again may succeed: serialization failure, deadlock, or SQLite's busy and locked.
/// PostgreSQL reports some races as a unique violation (23505): both counted before either wrote, and the second cannot know.
pub(crate) fn may_try_again(error: &sqlx::Error) -> bool {
    let Some(code) = error.as_database_error().and_then(DatabaseError::code) else {
        return matches!(error, sqlx::Error::PoolTimedOut);
    };
    matches!(code.as_ref(), "40001" | "40P01" | "55P03" | "23505" | "5" | "6" | "261" | "262" | "517")
}

/// Whether the database closed this connection, or went away: the statement was not run.
pub(crate) fn has_hung_up(error: &sqlx::Error) -> bool {
    match error.as_database_error().and_then(DatabaseError::code) {
        // Shut down by an administrator, crashed, not yet back.
        Some(code) => matches!(code.as_ref(), "57P01" | "57P02" | "57P03"),
        None => matches!(error, sqlx::Error::Io(_)),
    }
}
