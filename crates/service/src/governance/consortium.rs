//! Putting a configuration in force, and reading the one that is.

use std::collections::BTreeMap;

use domain::access::{Action, Relation};
use domain::consortium::Consortium;
use domain::ids::ConsortiumId;
use domain::people::Caller;
use domain::procurement::terms::Configured;
use serde::{Deserialize, Serialize};
use store::governance::consortium::ConsortiumRow;
use store::{Fault, ReadTx, Reads, Threshold, Tx};

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
        put(tx, &self.consortium, self.is_sample, None).await
    }
}

/// Puts a configuration in force at the terminal, where nobody has signed in: whoever does it says who they are and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PutInForce {
    /// The whole document.
    pub consortium: Consortium,
    /// Who does it.
    pub who: String,
    /// Why: the decision, or what is corrected.
    pub why: String,
}

impl Command for PutInForce {
    const ACTION: Action = Action::ChangeConsortium;
    type Answer = ConsortiumId;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<ConsortiumId, Failure> {
        let (who, why) = (self.who.trim(), self.why.trim());
        let mut problems = Vec::new();
        if who.is_empty() || who.len() > 200 {
            problems.push(FieldProblem::at("who", "Enter who puts it in force, by name"));
        }
        if why.is_empty() || why.len() > 1_000 {
            problems.push(FieldProblem::at("why", "Enter why it is put in force, such as the decision"));
        }
        if !problems.is_empty() {
            return Err(Failure::Invalid(problems));
        }
        put(tx, &self.consortium, false, Some((who, why))).await
    }
}

/// Checks a configuration and puts it in force.
pub(crate) async fn put(
    tx: &mut Tx,
    consortium: &Consortium,
    is_sample: bool,
    told: Option<(&str, &str)>,
) -> Result<ConsortiumId, Failure> {
    let problems = consortium.problems();
    if !problems.is_empty() {
        return Err(Failure::Invalid(problems.into_iter().map(|problem| FieldProblem::at(problem.path, problem.reason)).collect()));
    }
    let body = serde_json::to_string(consortium).map_err(|error| store::Fault::inconsistent("consortium.body", error))?;
    let terms: BTreeMap<&str, &str> =
        consortium.frameworks.iter().map(|framework| (framework.reference.as_str(), framework.terms_version.as_str())).collect();
    let event = serde_json::json!({ "shape": 1, "name": consortium.name, "terms": terms });
    let (changed_by, change_reason) = told.map(|(who, why)| (who.to_owned(), why.to_owned())).unzip();
    if let Some(mut row) = store::governance::consortium::row(tx).await? {
        row.name.clone_from(&consortium.name);
        (row.body, row.changed_by, row.change_reason) = (body, changed_by, change_reason);
        tx.update(&mut row, &event).await?;
        return Ok(row.id);
    }
    let id = ConsortiumId(tx.new_id());
    let row = ConsortiumRow { id, version: 1, name: consortium.name.clone(), body, is_sample, changed_by, change_reason };
    tx.create(&row, &event).await?;
    Ok(id)
}

/// Which terms of a framework the configuration said from when on, by the record. What was changed before terms were noted there is left out.
pub(crate) async fn terms_configured(reads: &mut impl Reads, framework: &str) -> Result<Vec<Configured>, Failure> {
    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        terms: BTreeMap<String, String>,
    }
    let Some(row) = store::governance::consortium::row(reads).await? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for moment in store::record::timeline(reads, row.id.0).await? {
        let body: Body = serde_json::from_str(&moment.body).map_err(|error| Fault::inconsistent("event.body", error))?;
        found.extend(body.terms.get(framework).map(|version| Configured { at: moment.at, version: version.clone() }));
    }
    Ok(found)
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
