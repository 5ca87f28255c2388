//! What is done after a commit or on a timer.
//!
//! A job is done at least once: a worker that dies between doing and noting leaves it to the next one. So every kind of job
//! can be done twice without harm.

pub mod mail;
pub mod reminders;
pub mod retention;
pub mod sealer;

use domain::access::{Action, Relation, worker};
use domain::calendar::Instant;
use domain::ids::JobId;
use domain::people::Caller;
use serde::{Deserialize, Serialize};
use store::outbox::{self, Outcome};
use store::{Threshold, Tx};
use uuid::Uuid;

use self::mail::Mailer;
use crate::{Command, Failure, Nearhome, perform};

/// A job that nobody settled in so many minutes is taken up by another worker.
const LEASE_MINUTES: i64 = 5;
/// So often a job is tried; then somebody must look.
const TRIES: i64 = 8;

/// Does the jobs that are due, twenty at most, and says how many it took up: none means that there is nothing to do now.
///
/// A failing job does not fail the others: it is tried again after a time that doubles, eight times.
///
/// # Errors
/// [`Failure::Fault`] when the outbox itself cannot be read or written.
pub async fn run_due(nearhome: &Nearhome, mailer: &Mailer) -> Result<usize, Failure> {
    let jobs = perform(nearhome, &worker(), Uuid::nil(), &TakeUp).await?;
    for job in &jobs {
        let outcome = match run(nearhome, mailer, job).await {
            Ok(()) => Ended::Finished,
            Err(Trouble { what, is_final }) => {
                tracing::warn!(job = %job.id, kind = job.kind, attempts = job.attempts, what, "a job failed");
                if is_final || job.attempts >= TRIES {
                    Ended::GivenUp(what)
                } else {
                    Ended::PutOff(nearhome.now().plus_minutes(delay_minutes(job.attempts)), what)
                }
            }
        };
        perform(nearhome, &worker(), Uuid::nil(), &Settle { job: job.id, outcome }).await?;
    }
    Ok(jobs.len())
}

/// Why a job was not done.
#[derive(Debug)]
struct Trouble {
    what: String,
    /// Trying again cannot help.
    is_final: bool,
}

async fn run(nearhome: &Nearhome, mailer: &Mailer, job: &Due) -> Result<(), Trouble> {
    match job.kind.as_str() {
        mail::KIND => mailer.deliver(job.id, &job.body, nearhome.now()).await,
        unknown => Err(Trouble { what: format!("there is no job of the kind `{unknown}`"), is_final: true }),
    }
}

/// One, two, four and so on: over two hours until the last try.
fn delay_minutes(attempts: i64) -> i64 {
    1_i64 << attempts.saturating_sub(1).clamp(0, 6)
}

/// A job as it was taken up.
#[derive(Debug, Serialize, Deserialize)]
struct Due {
    id: JobId,
    kind: String,
    body: String,
    attempts: i64,
}

#[derive(Debug, Serialize)]
struct TakeUp;

impl Command for TakeUp {
    const ACTION: Action = Action::RunJobs;
    const IS_REPEATABLE: bool = false;
    type Answer = Vec<Due>;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<Vec<Due>, Failure> {
        let until = tx.at().plus_minutes(LEASE_MINUTES);
        let jobs = outbox::lease(tx, until).await?;
        Ok(jobs.into_iter().map(|job| Due { id: job.id, kind: job.kind, body: job.body, attempts: job.attempts }).collect())
    }
}

#[derive(Debug, Serialize)]
enum Ended {
    Finished,
    PutOff(Instant, String),
    GivenUp(String),
}

#[derive(Debug, Serialize)]
struct Settle {
    job: JobId,
    outcome: Ended,
}

impl Command for Settle {
    const ACTION: Action = Action::RunJobs;
    const IS_REPEATABLE: bool = false;
    type Answer = ();

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        let outcome = match &self.outcome {
            Ended::Finished => Outcome::Finished,
            Ended::PutOff(due, what) => Outcome::PutOff(*due, what.clone()),
            Ended::GivenUp(what) => Outcome::GivenUp(what.clone()),
        };
        Ok(outbox::settle(tx, self.job, outcome).await?)
    }
}
