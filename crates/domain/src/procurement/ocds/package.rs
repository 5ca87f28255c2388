//! Packages: the files in which releases and records are handed over.

use serde_json::{Value, json};

use super::json::Syntax;
use super::merge::{Form, MergeFault, merge};
use super::profile::FIND_A_TENDER;
use super::rules::MergeRules;
use super::tape::Tape;
use crate::calendar::Instant;

/// Who publishes, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// The name.
    pub name: String,
    /// The address at which the package can be had.
    pub uri: String,
}

/// The extensions that our releases use: the European profile and that of the United Kingdom.
const EXTENSIONS: [&str; 2] = [
    "https://standard.open-contracting.org/profiles/eu/latest/en/extension.json",
    "https://raw.githubusercontent.com/cabinetoffice/ocds_uk_extension/main/extension.json",
];

const LICENCE: &str = "http://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/";

/// Why there is no record.
#[derive(Debug, thiserror::Error)]
pub enum NoRecord {
    /// A release does not read as one.
    #[error("a release is {0}")]
    Syntax(#[from] Syntax),
    /// The releases do not go together.
    #[error(transparent)]
    Merge(#[from] MergeFault),
    /// What was merged does not read as JSON.
    #[error("the merged release cannot be read: {0}")]
    Merged(#[from] serde_json::Error),
}

fn head(publisher: &Publisher, at: Instant) -> Value {
    json!({
        "uri": publisher.uri, "version": "1.1", "extensions": EXTENSIONS, "license": LICENCE,
        "publishedDate": at.utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true), "publisher": { "name": publisher.name },
    })
}

fn with(mut head: Value, name: &str, items: Value) -> Value {
    if let Value::Object(members) = &mut head {
        members.insert(name.to_owned(), items);
    }
    head
}

/// A package of releases, of one process or many.
#[must_use]
pub fn release_package(publisher: &Publisher, at: Instant, releases: Vec<Value>) -> Value {
    with(head(publisher, at), "releases", Value::Array(releases))
}

/// A package of records; each holds the releases of one process and what stands after them.
///
/// # Errors
/// [`NoRecord`] when releases cannot be merged.
pub fn record_package(publisher: &Publisher, at: Instant, processes: &[Vec<Value>]) -> Result<Value, NoRecord> {
    let record = |releases: &Vec<Value>| -> Result<Value, NoRecord> {
        Ok(json!({ "ocid": ocid(releases), "releases": releases, "compiledRelease": merged(releases, Form::Compiled)? }))
    };
    let records = processes.iter().map(record).collect::<Result<_, _>>()?;
    Ok(with(head(publisher, at), "records", Value::Array(records)))
}

/// What every field of one process ever said. It stands in no package: the published schema of versioned releases knows no extension,
/// and takes `details` of a party for a single value where the profile has fields.
///
/// # Errors
/// [`NoRecord`] when the releases cannot be merged.
pub fn versioned_record(releases: &[Value]) -> Result<Value, NoRecord> {
    Ok(json!({ "ocid": ocid(releases), "versionedRelease": merged(releases, Form::Versioned)? }))
}

fn ocid(releases: &[Value]) -> Value {
    releases.first().and_then(|release| release.get("ocid")).cloned().unwrap_or_default()
}

fn merged(releases: &[Value], form: Form) -> Result<Value, NoRecord> {
    let rules = MergeRules::of_profile(&FIND_A_TENDER);
    let texts: Vec<String> = releases.iter().map(Value::to_string).collect();
    let (mut tape, mut out) = (Tape::default(), Vec::new());
    texts.iter().try_for_each(|text| tape.read(text))?;
    merge(tape.spots(), &rules, form)?.write(&mut out);
    Ok(serde_json::from_slice(&out)?)
}
