//! The consortium's configuration as it is in force: one document, versioned as a whole.

use domain::consortium::Consortium;
use domain::ids::ConsortiumId;

use crate::{Fault, Reads};

record! {
    /// The configuration in force.
    pub struct ConsortiumRow in "consortium" owner shared {
        id: ConsortiumId, version: i64, name: String,
        /// The document as JSON.
        body: String,
        /// The database holds sample accounts and synthetic people.
        is_sample: bool,
        /// Who put it in force, where that is not a person of the record: the name given at the terminal.
        changed_by: Option<String>,
        /// Why, in their words.
        change_reason: Option<String>,
    }
}

statements! {
    IN_FORCE = rows!(ConsortiumRow, "ORDER BY id LIMIT 1");
}

/// The row in force, if the database has been configured.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn row(reads: &mut impl Reads) -> Result<Option<ConsortiumRow>, Fault> {
    Ok(reads.records(IN_FORCE, &[]).await?.pop())
}

/// The configuration in force.
///
/// # Errors
/// [`Fault::Inconsistent`] when there is none or it cannot be read.
pub async fn in_force(reads: &mut impl Reads) -> Result<Consortium, Fault> {
    let row = row(reads).await?.ok_or_else(|| Fault::inconsistent("consortium", "no configuration is in force"))?;
    serde_json::from_str(&row.body).map_err(|error| Fault::inconsistent("consortium.body", error))
}
