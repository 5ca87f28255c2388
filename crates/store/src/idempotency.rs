//! One key, one effect: a repeated command gets the first answer and changes nothing.

use domain::calendar::Instant;
use domain::record::Digest;
use uuid::Uuid;

use crate::{Fault, Reads as _, Tx, Value};

statements! {
    /// The first to come claims the key; a racer waits for the first and then finds it taken.
    CLAIM_KEY = "INSERT INTO idempotency (org_id, person_id, key, request, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    KEEP_ANSWER = "UPDATE idempotency SET answer = $4 WHERE org_id = $1 AND person_id = $2 AND key = $3";
    FORGET_KEYS = "DELETE FROM idempotency WHERE at < $1";
    ANSWER_OF_KEY = "SELECT request, answer FROM idempotency WHERE org_id = $1 AND person_id = $2 AND key = $3";
}

/// What the key turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody used it: go on.
    New,
    /// The same command was done; this was its answer.
    Done(String),
    /// The key belongs to a different command.
    Other,
}

/// Claims a key for a command.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn claim(tx: &mut Tx, key: Uuid, request: Digest) -> Result<Claim, Fault> {
    let caller = tx.caller().clone();
    let at = tx.at();
    let keys: [Value; 3] = [caller.organisation.into(), caller.person.into(), key.into()];
    let [org, person, key] = keys.clone();
    if tx.execute(CLAIM_KEY, &[org, person, key, request.into(), at.into()]).await? == 1 {
        return Ok(Claim::New);
    }
    let row = tx.one(ANSWER_OF_KEY, &keys).await?;
    if row.get::<Digest>("request")? != request {
        return Ok(Claim::Other);
    }
    let answer = row.get::<Option<String>>("answer")?;
    answer.map(Claim::Done).ok_or_else(|| Fault::inconsistent("idempotency", "a committed key without an answer"))
}

/// Keeps the answer beside the key, in the same transaction as the effect.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn keep(tx: &mut Tx, key: Uuid, answer: String) -> Result<(), Fault> {
    let caller = tx.caller().clone();
    tx.execute(KEEP_ANSWER, &[caller.organisation.into(), caller.person.into(), key.into(), answer.into()]).await.map(drop)
}

/// Deletes the keys from before this moment; answers how many. A form sent again after that is done again.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn forget(tx: &mut Tx, before: Instant) -> Result<u64, Fault> {
    tx.execute(FORGET_KEYS, &[before.into()]).await
}
