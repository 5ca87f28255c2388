//! A form that was sent after its session had ended: sealed, one per person, for as long as it takes to sign in again. Not part
//! of the record.

use domain::calendar::Instant;
use domain::ids::PersonId;

use crate::{Fault, Reads, Tx};

statements! {
    KEEP_FORM = "INSERT INTO kept_form (person_id, sealed, kept_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (person_id) DO UPDATE SET sealed = excluded.sealed, kept_at = excluded.kept_at";
    KEPT_FORM = "SELECT sealed FROM kept_form WHERE person_id = $1 AND kept_at > $2";
    FORGET_FORMS = "DELETE FROM kept_form WHERE kept_at < $1";
}

/// Keeps a sealed form for a person, in place of an earlier one.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn keep(tx: &mut Tx, person: PersonId, sealed: Vec<u8>) -> Result<(), Fault> {
    let at = tx.at();
    tx.execute(KEEP_FORM, &[person.into(), sealed.into(), at.into()]).await.map(drop)
}

/// The sealed form of a person, when it was kept after this moment.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn of_person(reads: &mut impl Reads, person: PersonId, after: Instant) -> Result<Option<Vec<u8>>, Fault> {
    let row = reads.optional(KEPT_FORM, &[person.into(), after.into()]).await?;
    row.map(|row| row.get("sealed")).transpose()
}

/// Deletes what was kept before this moment; answers how many.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn forget(tx: &mut Tx, before: Instant) -> Result<u64, Fault> {
    tx.execute(FORGET_FORMS, &[before.into()]).await
}
