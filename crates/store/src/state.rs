//! A mark of what the database holds: equal marks, equal contents.
//!
//! On PostgreSQL the mark is the snapshot that a statement sees, with the moment at which the database process began. A snapshot
//! names every transaction that had not ended when it was taken: those at or after its upper bound, and a list below it. A
//! transaction that commits leaves that list or moves the bound, so between two equal snapshots none committed, on whichever
//! server it ran, and both see the same rows. The beginning of the process keeps apart databases that took over from each other
//! or were restored, whose transactions may bear the same numbers. SQLite has no such mark, and says none.

use crate::value::{Column, Row, Value};
use crate::{Fault, Reads};

statements! {
    STATE = "SELECT state AS database_state FROM database_state";
}

/// A mark of what the database holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DatabaseState(String);

crate::value::through! {
    DatabaseState, String, Text, |state| state.0.clone(), |text| Ok(DatabaseState(text));
}

/// The mark of what this transaction sees; `None` where the engine has none.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of(reads: &mut impl Reads) -> Result<Option<DatabaseState>, Fault> {
    reads.one(STATE, &[]).await?.get("database_state")
}
