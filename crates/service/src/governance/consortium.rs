//! Putting a configuration in force, and reading the one that is.

use domain::access::{Action, Relation};
use domain::consortium::Consortium;
use domain::ids::ConsortiumId;
use domain::people::Caller;
use serde::{Deserialize, Serialize};
use store::governance::consortium::ConsortiumRow;
use store::{ReadTx, Threshold, Tx};

use crate::{Command, Failure, FieldProblem, Query};

/// Reads a configuration file and checks it whole.
///
/// # Errors
/// [`Failure::Invalid`] with every problem, each at its path in the file.
pub fn read(toml: &str) -> Result<Consortium, Failure> {
    let consortium: Consortium = toml::from_str(toml).map_err(|error| Failure::invalid("", error.to_string()))?;
    let problems = consortium.problems();
    if problems.is_empty() {
        return Ok(consortium);
    }
    Err(Failure::Invalid(problems.into_iter().map(|problem| FieldProblem::at(problem.path, problem.reason)).collect()))
}

/// Puts a configuration in force: the first, or a new version of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeConsortium {
    /// The whole document.
    pub consortium: Consortium,
    /// The database is for trying out: synthetic children, sample accounts. Said on every page; set once, at the start.
    pub is_sample: bool,
}

impl Command for ChangeConsortium {
    const ACTION: Action = Action::ChangeConsortium;
    type Answer = ConsortiumId;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<ConsortiumId, Failure> {
        let problems = self.consortium.problems();
        if !problems.is_empty() {
            return Err(Failure::Invalid(problems.into_iter().map(|problem| FieldProblem::at(problem.path, problem.reason)).collect()));
        }
        let body = serde_json::to_string(&self.consortium).map_err(|error| store::Fault::inconsistent("consortium.body", error))?;
        let event = serde_json::json!({ "shape": 1, "name": self.consortium.name });
        if let Some(mut row) = store::governance::consortium::row(tx).await? {
            row.name.clone_from(&self.consortium.name);
            row.body = body;
            tx.update(&mut row, &event).await?;
            return Ok(row.id);
        }
        let id = ConsortiumId(tx.new_id());
        let row = ConsortiumRow { id, version: 1, name: self.consortium.name.clone(), body, is_sample: self.is_sample };
        tx.create(&row, &event).await?;
        Ok(id)
    }
}

/// The configuration in force, as everybody who works under it may read it.
#[derive(Debug, Clone, Copy)]
pub struct ConsortiumInForce;

impl Query for ConsortiumInForce {
    const ACTION: Action = Action::SeeConsortium;
    type Answer = Consortium;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Consortium, Failure> {
        Ok(store::governance::consortium::in_force(reads).await?)
    }
}
