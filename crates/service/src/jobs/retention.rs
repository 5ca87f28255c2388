//! What is no record goes when its time is over: sessions, attempts to sign in, keys of forms, forms that
//! waited for somebody to sign in again.
//!
//! They say who was at work when, and from where somebody tried to get in, so they are kept as long as somebody may have to
//! look into that, and no longer. How long is for each installation to say.

use domain::access::{Action, Relation, worker};
use domain::people::Caller;
use serde::{Deserialize, Serialize};
use store::people::{kept_form, session};
use store::{Threshold, Tx, idempotency};
use uuid::Uuid;

use crate::{Command, Failure, Nearhome, perform};

/// For how many days each is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// Sessions, after they are over.
    pub sessions_days: i64,
    /// Attempts to sign in. Throttling looks back a quarter of an hour, so a day is the least.
    pub attempts_days: i64,
    /// Keys of forms. A browser tab can send its form again for so long without doing it twice.
    pub keys_days: i64,
}

impl Default for Keep {
    /// Our own choice; no rule names a number.
    fn default() -> Self {
        Self { sessions_days: 30, attempts_days: 90, keys_days: 90 }
    }
}

/// How many went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Forgotten {
    /// Sessions.
    pub sessions: u64,
    /// Attempts to sign in.
    pub attempts: u64,
    /// Keys of forms.
    pub keys: u64,
    /// Forms that were sent too late and not taken up: after a day, though they are readable for an hour only.
    pub forms: u64,
}

#[derive(Debug, Serialize)]
struct Forget(Keep);

impl Command for Forget {
    const ACTION: Action = Action::RunJobs;
    const IS_REPEATABLE: bool = false;
    type Answer = Forgotten;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<Forgotten, Failure> {
        let now = tx.at();
        let ago = |days: i64| now.plus_hours(-24 * days.max(1));
        Ok(Forgotten {
            sessions: session::forget_sessions(tx, ago(self.0.sessions_days)).await?,
            attempts: session::forget_attempts(tx, ago(self.0.attempts_days)).await?,
            forms: kept_form::forget(tx, ago(1)).await?,
            keys: idempotency::forget(tx, ago(self.0.keys_days)).await?,
        })
    }
}

/// Deletes what is older than it is kept. Less than a day is taken as a day.
///
/// # Errors
/// [`Failure::Fault`] of the database.
pub async fn forget(nearhome: &Nearhome, keep: Keep) -> Result<Forgotten, Failure> {
    perform(nearhome, &worker(), Uuid::nil(), &Forget(keep)).await
}
