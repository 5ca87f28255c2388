//! The seven kinds of value that both engines can keep, and how our types go in and come out.

use chrono::{DateTime, NaiveDate, Utc};
use domain::calendar::{Day, Instant};
use domain::pence::Pence;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::Fault;

/// A value to bind. Each kind knows its type even when it is absent, which PostgreSQL needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// An id.
    Uuid(Option<Uuid>),
    /// Text, a code, or a whole JSON document.
    Text(Option<String>),
    /// A whole number.
    Int(Option<i64>),
    /// Yes or no.
    Bool(Option<bool>),
    /// A moment in UTC, to the microsecond.
    Time(Option<DateTime<Utc>>),
    /// A calendar date.
    Date(Option<NaiveDate>),
    /// Bytes: hashes, sealed secrets.
    Bytes(Option<Vec<u8>>),
}

/// A row from either engine.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// Reads one column.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when the column is absent or holds something that our code would not have written.
    pub fn get<T: Column>(&self, column: &'static str) -> Result<T, Fault> {
        T::read(self, column)
    }
}

/// A type that is kept in one column.
pub trait Column: Sized {
    /// The value to bind.
    fn value(&self) -> Value;
    /// The column's name comes along for messages.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when the column does not hold such a value.
    fn read(row: &Row, column: &'static str) -> Result<Self, Fault>;
}

macro_rules! native {
    ($($type:ty => $kind:ident),+ $(,)?) => {$(
        impl Column for $type {
            fn value(&self) -> Value { Value::$kind(Some(self.clone())) }
            fn read(row: &Row, column: &'static str) -> Result<Self, Fault> {
                match row {
                    Row::Sqlite(row) => row.try_get(column),
                    Row::Postgres(row) => row.try_get(column),
                }
                .map_err(|error| Fault::inconsistent(column, error))
            }
        }
        impl Column for Option<$type> {
            fn value(&self) -> Value { Value::$kind(self.clone()) }
            fn read(row: &Row, column: &'static str) -> Result<Self, Fault> {
                match row {
                    Row::Sqlite(row) => row.try_get(column),
                    Row::Postgres(row) => row.try_get(column),
                }
                .map_err(|error| Fault::inconsistent(column, error))
            }
        }
    )+};
}

native!(Uuid => Uuid, String => Text, i64 => Int, DateTime<Utc> => Time, NaiveDate => Date, Vec<u8> => Bytes);

/// SQLite keeps yes and no as 1 and 0 and would read any other number as yes; a row that holds one was not written by us.
fn read_bool(row: &Row, column: &'static str) -> Result<Option<bool>, Fault> {
    let wrong = |error: &dyn std::fmt::Display| Fault::inconsistent(column, error);
    match row {
        Row::Postgres(row) => row.try_get(column).map_err(|error| wrong(&error)),
        Row::Sqlite(row) => match row.try_get_unchecked::<Option<i64>, _>(column).map_err(|error| wrong(&error))? {
            None => Ok(None),
            Some(0) => Ok(Some(false)),
            Some(1) => Ok(Some(true)),
            Some(number) => Err(wrong(&format!("{number} is neither yes nor no"))),
        },
    }
}

impl Column for bool {
    fn value(&self) -> Value {
        Value::Bool(Some(*self))
    }
    fn read(row: &Row, column: &'static str) -> Result<Self, Fault> {
        read_bool(row, column)?.ok_or_else(|| Fault::inconsistent(column, "neither yes nor no"))
    }
}

impl Column for Option<bool> {
    fn value(&self) -> Value {
        Value::Bool(*self)
    }
    fn read(row: &Row, column: &'static str) -> Result<Self, Fault> {
        read_bool(row, column)
    }
}

/// Teaches a type to live in the column of another: how it goes in, how it comes out, and what an absent one is.
macro_rules! through {
    ($($type:ty, $native:ty, $kind:ident, $into:expr, $from:expr);+ $(;)?) => {$(
        impl Column for $type {
            fn value(&self) -> Value { let into: fn(&$type) -> $native = $into; Value::$kind(Some(into(self))) }
            fn read(row: &Row, column: &'static str) -> Result<Self, Fault> {
                let from: fn($native) -> Result<$type, String> = $from;
                from(row.get::<$native>(column)?).map_err(|what| Fault::inconsistent(column, what))
            }
        }
        impl Column for Option<$type> {
            fn value(&self) -> Value { let into: fn(&$type) -> $native = $into; Value::$kind(self.as_ref().map(into)) }
            fn read(row: &Row, column: &'static str) -> Result<Self, Fault> {
                let from: fn($native) -> Result<$type, String> = $from;
                row.get::<Option<$native>>(column)?.map(from).transpose().map_err(|what| Fault::inconsistent(column, what))
            }
        }
    )+};
}
pub(crate) use through;

through! {
    Instant, DateTime<Utc>, Time, |at| at.utc(), |at| Ok(Instant::new(at));
    Day, NaiveDate, Date, |day| day.0, |date| Ok(Day(date));
    Pence, i64, Int, |pence| pence.0, |pence| Ok(Pence(pence));
    domain::record::Digest, Vec<u8>, Bytes, |digest| digest.0.to_vec(), |bytes| <[u8; 32]>::try_from(bytes).map(domain::record::Digest).map_err(|_| "not 32 bytes".to_owned());
}

macro_rules! ids {
    ($($id:ty),+ $(,)?) => { through! { $($id, Uuid, Uuid, |id| id.0, |uuid| Ok(<$id>::from_uuid(uuid)));+ } };
}
domain::for_each_id!(ids);

/// Teaches closed lists to live in a text column by their code.
macro_rules! code_columns {
    ($($type:ty),+ $(,)?) => {
        $crate::value::through! { $($type, String, Text,
            |code| domain::Code::code(*code).to_owned(),
            |text| <$type as domain::Code>::from_code(&text).map_err(|unknown| unknown.to_string()));+ }
    };
}

code_columns!(
    domain::consortium::reaward::Deadline,
    domain::people::Role,
    domain::people::RoleEnd,
    domain::people::OrganisationKind,
    domain::access::Action,
    domain::registration::Rating,
    domain::registration::Sector,
    domain::registration::ServiceKind,
    domain::place::LegalClass,
    domain::governance::approval::ApprovalKind,
    domain::governance::decision::GovernedAct,
    domain::purchasing::agreement::AgreementState,
    domain::purchasing::offer::OfferState,
    domain::purchasing::offer::DeclineReason,
    domain::purchasing::referral::InHouseResult,
    domain::purchasing::referral::ReferralState,
    domain::purchasing::referral::Urgency,
    crate::governance::approval::ApprovalState,
    domain::procurement::bid::Envelope,
    domain::procurement::opening::AttemptOutcome,
    crate::governance::decision::ConsultationKind,
    crate::procurement::tender::AddendumKind,
    crate::procurement::evaluation::OutcomeKind,
    domain::procurement::reopening::CarryOver,
    crate::procurement::award::ChallengeKind,
    domain::procurement::ocds::build::Telling,
    domain::purchasing::service::ServiceStanding,
    domain::purchasing::suspension::Trigger,
    crate::purchasing::placement::PlacementState,
    crate::money::ledger::CommitmentKind,
);

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl<T: Column> From<T> for Value {
    fn from(value: T) -> Self {
        value.value()
    }
}

impl Value {
    /// Whether there is no value.
    pub(crate) fn is_null(&self) -> bool {
        match self {
            Self::Uuid(value) => value.is_none(),
            Self::Text(value) => value.is_none(),
            Self::Int(value) => value.is_none(),
            Self::Bool(value) => value.is_none(),
            Self::Time(value) => value.is_none(),
            Self::Date(value) => value.is_none(),
            Self::Bytes(value) => value.is_none(),
        }
    }

    /// Adds this value to the list of fields from which a row's digest is made.
    pub(crate) fn write_canonical(&self, bytes: domain::record::Canonical) -> domain::record::Canonical {
        use domain::record::Canonical;
        match self {
            Self::Uuid(value) => bytes.optional(*value, Canonical::uuid),
            Self::Text(value) => bytes.optional(value.as_deref(), Canonical::text),
            Self::Int(value) => bytes.optional(*value, Canonical::integer),
            Self::Bool(value) => bytes.optional(*value, Canonical::truth),
            Self::Time(value) => bytes.optional(value.map(Instant::new), Canonical::instant),
            Self::Date(value) => bytes.optional(value.map(Day), Canonical::day),
            Self::Bytes(value) => bytes.optional(value.as_deref(), Canonical::bytes),
        }
    }
}
