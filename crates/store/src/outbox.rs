//! Work to be done after a commit: a job is written in the transaction that causes it, leased, finished or given up.

use domain::calendar::Instant;
use domain::ids::JobId;

use crate::{Fault, Reads as _, Statement, Tx, Value};

statements! {
    ENQUEUE = "INSERT INTO job (id, org_id, kind, body, due_at, attempts, enqueued_at) VALUES ($1, $2, $3, $4, $5, 0, $6)";
    LEASE = "UPDATE job SET leased_until = $2, attempts = attempts + 1 WHERE id = $1";
    JOB_BY_ID = "SELECT id, kind, body, attempts FROM job WHERE id = $1";
    /// What was done needs no words any more: a letter's secret link goes with them.
    FINISH = "UPDATE job SET finished_at = $2, leased_until = NULL, fault = NULL, body = '{}' WHERE id = $1";
    PUT_OFF = "UPDATE job SET due_at = $2, leased_until = NULL, fault = $3 WHERE id = $1";
    GIVE_UP = "UPDATE job SET given_up_at = $2, leased_until = NULL, fault = $3 WHERE id = $1";
    WAITING = "SELECT CAST(count(*) AS BIGINT) AS waiting FROM job WHERE finished_at IS NULL AND given_up_at IS NULL";
}

/// A leased job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done: the name of a job of the service.
    pub kind: String,
    /// The job's own JSON, with its shape number.
    pub body: String,
    /// How often it has been tried, this time included.
    pub attempts: i64,
}

/// Enqueues a job in the transaction that causes it.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn enqueue(tx: &mut Tx, kind: &str, body: &serde_json::Value, due: Instant) -> Result<(), Fault> {
    let id = JobId(tx.new_id());
    let org = tx.caller().organisation;
    let at = tx.at();
    tx.execute(ENQUEUE, &[id.into(), org.into(), kind.into(), body.to_string().into(), due.into(), at.into()]).await.map(drop)
}

/// Takes the due jobs that nobody else holds, until the given moment.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn lease(tx: &mut Tx, until: Instant) -> Result<Vec<Job>, Fault> {
    let due = Statement { name: "LOCK_DUE_JOBS", sql: tx.engine.lock_due_jobs() };
    let at = tx.at();
    let mut jobs = Vec::new();
    for row in tx.all(due, &[at.into()]).await? {
        let id: JobId = row.get("id")?;
        tx.execute(LEASE, &[id.into(), until.into()]).await?;
        let row = tx.one(JOB_BY_ID, &[id.into()]).await?;
        jobs.push(Job { id, kind: row.get("kind")?, body: row.get("body")?, attempts: row.get("attempts")? });
    }
    Ok(jobs)
}

/// What became of a job.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Done.
    Finished,
    /// Try again at this moment.
    PutOff(Instant, String),
    /// Not to be tried again; somebody must look.
    GivenUp(String),
}

/// Records what became of a job.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn settle(tx: &mut Tx, id: JobId, outcome: Outcome) -> Result<(), Fault> {
    let at = tx.at();
    let (statement, values): (Statement, Vec<Value>) = match outcome {
        Outcome::Finished => (FINISH, vec![id.into(), at.into()]),
        Outcome::PutOff(due, fault) => (PUT_OFF, vec![id.into(), due.into(), fault.into()]),
        Outcome::GivenUp(fault) => (GIVE_UP, vec![id.into(), at.into(), fault.into()]),
    };
    tx.execute(statement, &values).await.map(drop)
}

/// How many jobs wait.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn waiting(reads: &mut impl crate::Reads) -> Result<i64, Fault> {
    reads.one(WAITING, &[]).await?.get("waiting")
}
