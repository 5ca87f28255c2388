//! The two doors: [`perform`] for everything that writes, [`ask`] for everything that reads.
//!
//! Pages, JSON and the command line go through here and nowhere else. A command runs as a whole in one transaction:
//! relation, decision, idempotency key, rule, state, event, jobs, answer. If another transaction was first, the whole of it
//! runs again, the decision included.

use std::future::Future;
use std::time::Duration;

use domain::access::{Action, Denied, Relation, authorise};
use domain::people::Caller;
use domain::record::Digest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{ReadTx, Threshold, Tx, idempotency};
use uuid::Uuid;

use crate::{Failure, Nearhome};

/// How often a command is tried when other transactions are first.
const TRIES: u32 = 10;
/// How often the same denial is written down: whoever is refused must not be able to fill the log.
const DENIED_NOTED_EVERY_MINUTES: i64 = 1;

/// Something that changes the world, stated as data.
pub trait Command: Serialize + Sync {
    /// What it is, for access and for the record.
    const ACTION: Action;
    /// What the caller gets. Kept with the idempotency key, so it holds ids and states, never personal data.
    type Answer: Serialize + DeserializeOwned + Send;

    /// How the caller's organisation stands to the thing; `None` when it has nothing to do with it.
    fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> impl Future<Output = Result<Option<Relation>, Failure>> + Send;

    /// Load, decide, save.
    fn run(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Answer, Failure>> + Send;

    /// Whether a success may be kept and repeated by its key. Sign-in is not: its answer is a secret.
    const IS_REPEATABLE: bool = true;

    /// Whether its moment is read from the clock that all servers share. So are those that a deadline takes or refuses: which of two
    /// servers somebody reached must not decide.
    const IS_TIMED_BY_DATABASE: bool = false;

    /// By what a repeated command is known to be the same. What must not be kept even as a hash, such as a password, is
    /// left out by giving the command a serialization without it.
    ///
    /// # Errors
    /// [`Failure::Fault`] when the command cannot be written as JSON, which no command of ours does.
    fn request_digest(&self) -> Result<Digest, Failure> {
        let text = serde_json::to_vec(self).map_err(|error| store::Fault::inconsistent("command", error))?;
        let action = domain::Code::code(Self::ACTION);
        Ok(Digest::of(&[action.as_bytes(), b"\0", std::any::type_name::<Self>().as_bytes(), b"\0", &text].concat()))
    }
}

/// A question.
pub trait Query: Sync {
    /// What it looks at.
    const ACTION: Action;
    /// What the caller gets.
    type Answer: Send;
    /// Whether each look is written to the access log, with the id of what was looked at.
    fn sensitive(&self) -> Option<Uuid> {
        None
    }

    /// How the caller's organisation stands to the thing; `None` when it has nothing to do with it.
    fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> impl Future<Output = Result<Option<Relation>, Failure>> + Send;

    /// Reads the answer.
    fn run(&self, reads: &mut ReadTx, caller: &Caller) -> impl Future<Output = Result<Self::Answer, Failure>> + Send;
}

/// Performs a command once for this key.
///
/// # Errors
/// [`Failure`]: nothing was changed. [`Failure::Conflict`] also when the key was used for something else.
pub async fn perform<C: Command>(nearhome: &Nearhome, caller: &Caller, key: Uuid, command: &C) -> Result<C::Answer, Failure> {
    let mut tried = 0;
    loop {
        tried += 1;
        match attempt(nearhome, caller, key, command).await {
            Err(failure) if failure.is_busy() && tried < TRIES => pause(nearhome, tried).await,
            Err(Failure::Denied(denied)) => {
                note_denied(nearhome, caller, C::ACTION, &denied).await;
                return Err(Failure::Denied(denied));
            }
            outcome => return outcome,
        }
    }
}

async fn attempt<C: Command>(nearhome: &Nearhome, caller: &Caller, key: Uuid, command: &C) -> Result<C::Answer, Failure> {
    let mut threshold = nearhome.db.begin_write(caller).await?;
    let relation = command.relation(&mut threshold, caller).await?;
    let grant = authorise(caller, C::ACTION, relation)?;
    let shared = if C::IS_TIMED_BY_DATABASE && nearhome.is_timed_by_database() { threshold.clock().await? } else { None };
    let mut tx = threshold.enter(grant, shared.unwrap_or_else(|| nearhome.now()), nearhome.random());
    if C::IS_REPEATABLE {
        match idempotency::claim(&mut tx, key, command.request_digest()?).await? {
            idempotency::Claim::New => {}
            idempotency::Claim::Done(answer) => {
                return serde_json::from_str(&answer).map_err(|error| store::Fault::inconsistent("idempotency.answer", error).into());
            }
            idempotency::Claim::Other => {
                return Err(Failure::Conflict("this form was already sent with other content; open it again".to_owned()));
            }
        }
    }
    let answer = command.run(&mut tx).await?;
    if C::IS_REPEATABLE {
        let text = serde_json::to_string(&answer).map_err(|error| store::Fault::inconsistent("answer", error))?;
        idempotency::keep(&mut tx, key, text).await?;
    }
    tx.commit().await?;
    Ok(answer)
}

/// Answers a question.
///
/// # Errors
/// [`Failure`] of access or the database.
pub async fn ask<Q: Query>(nearhome: &Nearhome, caller: &Caller, query: &Q) -> Result<Q::Answer, Failure> {
    let mut reads = nearhome.db.begin_read(caller).await?;
    let relation = query.relation(&mut reads, caller).await?;
    match authorise(caller, Q::ACTION, relation) {
        Ok(_) => {}
        Err(denied) => {
            drop(reads);
            return Err(refuse(nearhome, caller, Q::ACTION, denied).await);
        }
    }
    let answer = query.run(&mut reads, caller).await?;
    drop(reads);
    if let Some(subject) = query.sensitive() {
        note_seen(nearhome, caller, Q::ACTION, subject).await?;
    }
    Ok(answer)
}

/// Writes a refusal down and gives it.
pub(crate) async fn refuse(nearhome: &Nearhome, caller: &Caller, action: Action, denied: Denied) -> Failure {
    note_denied(nearhome, caller, action, &denied).await;
    Failure::Denied(denied)
}

/// A look at a child's record that cannot be written down is not given.
async fn note_seen(nearhome: &Nearhome, caller: &Caller, action: Action, subject: Uuid) -> Result<(), Failure> {
    log(nearhome, caller, action, Some(subject), true).await.map_err(Failure::from)
}

/// Writes a refusal into the access log, for every door that refuses. It stands whether or not it can be written down;
/// visitors are noise and are not noted, and of one person's same attempts one a minute is enough.
pub async fn note_denied(nearhome: &Nearhome, caller: &Caller, action: Action, denied: &Denied) {
    if matches!(denied, Denied::SignInFirst) {
        return;
    }
    let noted = async {
        let mut reads = nearhome.db.begin_read(caller).await?;
        let since = nearhome.now().plus_minutes(-DENIED_NOTED_EVERY_MINUTES);
        let is_known = store::record::was_denied_since(&mut reads, caller.person, action, since).await?;
        drop(reads);
        if is_known { Ok(()) } else { log(nearhome, caller, action, None, false).await }
    };
    if let Err(fault) = noted.await {
        tracing::warn!(action = domain::Code::code(action), %fault, "a denied attempt could not be noted");
    }
}

async fn log(nearhome: &Nearhome, caller: &Caller, action: Action, subject: Option<Uuid>, was_seen: bool) -> Result<(), store::Fault> {
    let mut tried = 0;
    loop {
        tried += 1;
        let noted = async {
            let mut tx = nearhome.log_entry(caller).await?;
            store::record::log_access(&mut tx, caller, action, subject, was_seen).await?;
            tx.commit().await
        }
        .await;
        match noted {
            Err(store::Fault::Busy(_)) if tried < TRIES => pause(nearhome, tried).await,
            outcome => return outcome,
        }
    }
}

/// Waits a little longer each time, and not in step with the others.
async fn pause(nearhome: &Nearhome, tried: u32) {
    let ceiling = 4_u64 << tried.min(7);
    let jitter = u64::try_from(nearhome.random() % u128::from(ceiling)).unwrap_or(1);
    tokio::time::sleep(Duration::from_millis(1 + jitter)).await;
}
