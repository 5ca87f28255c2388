//! What can go wrong below the rules.

use thiserror::Error;

/// A fault of storage: never the user's mistake.
#[derive(Debug, Error)]
pub enum Fault {
    /// Another transaction was first; running the whole command again may succeed.
    #[error("the database asked to try again")]
    Busy(#[source] sqlx::Error),
    /// A foreign-key or check constraint refused the row, or on SQLite a unique one: a rule above should have refused first.
    #[error("a constraint refused the change while {doing}")]
    Constraint {
        /// The statement.
        doing: &'static str,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// The driver or the network failed.
    #[error("the database failed while {doing}")]
    Driver {
        /// The statement.
        doing: &'static str,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// A row is not what the code that wrote it would have written.
    #[error("inconsistent data in {place}: {what}")]
    Inconsistent {
        /// Table, statement or column.
        place: &'static str,
        /// What was found.
        what: String,
    },
    /// Somebody changed the record since it was read.
    #[error("the {table} was changed by somebody else")]
    Stale {
        /// The record's table.
        table: &'static str,
    },
    /// The schema is not the one that this program knows.
    #[error("{0}")]
    Schema(String),
    /// The database's address cannot be understood or opened.
    #[error("cannot open the database `{address}`")]
    Open {
        /// The address without its password.
        address: String,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
}

impl Fault {
    /// Sorts a driver's error into what the caller can do about it.
    pub(crate) fn from_driver(doing: &'static str, source: sqlx::Error) -> Self {
        if crate::dialect::may_try_again(&source) {
            return Self::Busy(source);
        }
        let kind = source.as_database_error().map(sqlx::error::DatabaseError::kind);
        match kind {
            Some(
                sqlx::error::ErrorKind::UniqueViolation
                | sqlx::error::ErrorKind::ForeignKeyViolation
                | sqlx::error::ErrorKind::CheckViolation
                | sqlx::error::ErrorKind::NotNullViolation,
            ) => Self::Constraint { doing, source },
            _ => Self::Driver { doing, source },
        }
    }

    /// A row that cannot be what it is.
    pub fn inconsistent(place: &'static str, what: impl std::fmt::Display) -> Self {
        Self::Inconsistent { place, what: what.to_string() }
    }
}
