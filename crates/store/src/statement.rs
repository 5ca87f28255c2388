//! Named SQL, and records: a struct whose fields are the columns of one table.

use std::fmt::Write as _;

use uuid::Uuid;

use crate::{Fault, Row, Value};

/// One SQL text with a name. The text is fixed at compile time or built once from column names; user input is only bound.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// For messages and for the prepare test.
    pub name: &'static str,
    /// The text, in the subset that both engines understand.
    pub sql: &'static str,
}

/// Declares statements, and `STATEMENTS`, the list of all in the file, which the prepare test walks.
macro_rules! statements {
    ($($(#[$meta:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$meta])* const $name: $crate::Statement = $crate::Statement { name: stringify!($name), sql: $sql };)+
        /// All statements of this file, for the test that prepares each on both engines.
        pub const STATEMENTS: &[$crate::Statement] = &[$($name,)+];
    };
}

/// The text that reads rows of a record with all its columns: `rows!(Offer, "WHERE release_id = $1")`. Columns are named, never
/// `*`: a server that runs while a later version adds a column must go on.
macro_rules! rows {
    ($record:ident, $rest:literal) => {
        constcat::concat!($record::SELECT, " ", $rest)
    };
}

/// The statements that every record has.
#[derive(Debug)]
pub struct RecordSql {
    /// Adds a row.
    pub insert: Statement,
    /// Writes every column where id and version are as read.
    pub update: Statement,
    /// Reads the row with this id.
    pub by_id: Statement,
    /// Reads all rows in the order of their ids, after a given id: for verification.
    pub page: Statement,
}

impl RecordSql {
    /// Builds the texts once. `columns` begins with `id, version`.
    #[must_use]
    pub fn of(table: &'static str, columns: &'static [&'static str], select: &'static str) -> Self {
        let list = columns.join(", ");
        let mut numbers = String::new();
        let mut assignments = String::new();
        for (index, column) in columns.iter().enumerate() {
            let at = index + 1;
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(numbers, "{comma}${at}");
            let _ = write!(assignments, "{comma}{column} = ${at}");
        }
        let version_read = columns.len() + 1;
        let build = |name, sql: String| Statement { name, sql: Box::leak(sql.into_boxed_str()) };
        Self {
            insert: build(table, format!("INSERT INTO {table} ({list}) VALUES ({numbers})")),
            update: build(table, format!("UPDATE {table} SET {assignments} WHERE id = $1 AND version = ${version_read}")),
            by_id: build(table, format!("{select} WHERE id = $1")),
            page: build(table, format!("{select} WHERE id > $1 ORDER BY id LIMIT 500")),
        }
    }
}

/// A row with an id, a version and an own stream of events. Nothing changes it but [`crate::Tx::create`] and
/// [`crate::Tx::update`], which write row and event together.
pub trait Record: Sized + Send + Sync {
    /// The table, which is also the name of its kind of stream.
    const TABLE: &'static str;
    /// Its columns, in the order of [`Record::values`]; the first are `id` and `version`.
    const COLUMNS: &'static [&'static str];
    /// The statements of this table.
    fn sql() -> &'static RecordSql;
    /// The row's id.
    fn id(&self) -> Uuid;
    /// How often it has been written, from 1.
    fn version(&self) -> i64;
    /// Sets the version that is about to be written.
    fn set_version(&mut self, version: i64);
    /// The organisation whose row it is; nil for what all share.
    fn owner(&self) -> Uuid;
    /// The other organisation that may read it.
    fn counterparty(&self) -> Option<Uuid>;
    /// All columns in order.
    fn values(&self) -> Vec<Value>;
    /// Reads a row.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when a column holds what our code would not have written.
    fn read(row: &Row) -> Result<Self, Fault>;
}

/// Declares a record: `record! { /// doc  pub struct Offer in "offer" owner org_id other provider_id { id: OfferId, version: i64, .. } }`.
///
/// `owner shared` stands for rows that all organisations may read.
macro_rules! record {
    (@owner $self:ident shared) => { uuid::Uuid::nil() };
    (@owner $self:ident $owner:ident) => { uuid::Uuid::from($self.$owner) };
    (@other $self:ident) => { None };
    (@other $self:ident $other:ident) => { Some(uuid::Uuid::from($self.$other)) };
    ($(#[$meta:meta])* pub struct $name:ident in $table:literal owner $owner:ident $(other $other:ident)? {
        id: $id:ty, $($(#[$fmeta:meta])* $field:ident : $type:ty),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { #[doc = "Column `id`."] pub id: $id, $($(#[$fmeta])* #[doc = concat!("Column `", stringify!($field), "`.")] pub $field: $type,)+ }
        impl $name {
            /// The beginning of a statement that reads its rows.
            pub const SELECT: &'static str =
                concat!("SELECT ", $table, ".id AS id" $(, ", ", $table, ".", stringify!($field), " AS ", stringify!($field))+, " FROM ", $table);
        }
        impl $crate::Record for $name {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [&'static str] = &["id", $(stringify!($field),)+];
            fn sql() -> &'static $crate::RecordSql {
                static SQL: std::sync::LazyLock<$crate::RecordSql> =
                    std::sync::LazyLock::new(|| $crate::RecordSql::of($table, <$name as $crate::Record>::COLUMNS, $name::SELECT));
                &SQL
            }
            fn id(&self) -> uuid::Uuid { uuid::Uuid::from(self.id) }
            fn version(&self) -> i64 { self.version }
            fn set_version(&mut self, version: i64) { self.version = version; }
            fn owner(&self) -> uuid::Uuid { record!(@owner self $owner) }
            fn counterparty(&self) -> Option<uuid::Uuid> { record!(@other self $($other)?) }
            fn values(&self) -> Vec<$crate::Value> { vec![$crate::Column::value(&self.id), $($crate::Column::value(&self.$field),)+] }
            fn read(row: &$crate::Row) -> Result<Self, $crate::Fault> {
                Ok(Self { id: row.get("id")?, $($field: row.get(stringify!($field))?,)+ })
            }
        }
    };
}
