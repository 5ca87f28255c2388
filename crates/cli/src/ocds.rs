//! `nearhome ocds …`: releases of any public body become records.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::procurement::ocds::merge::Form;
use domain::procurement::ocds::profile::FIND_A_TENDER;
use domain::procurement::ocds::rules::MergeRules;
use service::publish::ocds;

use crate::Outcome;
use crate::import::bar;
use crate::settings::Common;

#[derive(Debug, Subcommand)]
pub(crate) enum OcdsVerb {
    /// Merge releases into what stands: one record with its compiled release per line
    Compile(MergeArguments),
    /// Merge releases into what every field ever was: one record with its versioned release per line
    Versioned(MergeArguments),
    /// Check releases for form and sense: one line per fault with its code, its path and what is wrong
    Check(CheckArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// A list of releases, a package, or one release per line
    file: PathBuf,
    /// An ocid that is published elsewhere, to which the releases may refer
    #[arg(long)]
    known: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// A list of releases, a package, or one release per line; standard input when none is named
    file: Option<PathBuf>,
    /// The release schema to merge by; if not said, OCDS 1.1.5 with the extensions of the Find a Tender service
    #[arg(long)]
    schema: Option<PathBuf>,
}

pub(crate) fn ocds(common: &Common, verb: &OcdsVerb) -> Outcome {
    match verb {
        OcdsVerb::Compile(arguments) => merge(arguments, Form::Compiled),
        OcdsVerb::Versioned(arguments) => merge(arguments, Form::Versioned),
        OcdsVerb::Check(arguments) => check(common, arguments),
    }
}

fn check(common: &Common, arguments: &CheckArguments) -> Outcome {
    let text = std::fs::read_to_string(&arguments.file).map_err(|error| format!("{}: {error}", arguments.file.display()))?;
    let releases = ocds::releases(&text)?;
    let faults = domain::procurement::ocds::check::check(&releases, &arguments.known.iter().cloned().collect());
    let lines = || faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    if !faults.is_empty() || common.json {
        common.print(&faults, lines)?;
    }
    if !faults.is_empty() {
        return Err(format!("{} faults in {} releases", faults.len(), releases.len()).into());
    }
    eprintln!("{} releases without fault.", releases.len());
    Ok(())
}

fn merge(arguments: &MergeArguments, form: Form) -> Outcome {
    let rules = match &arguments.schema {
        Some(path) => MergeRules::of_schema(&serde_json::from_reader(io::BufReader::new(opened(path)?))?),
        None => MergeRules::of_profile(&FIND_A_TENDER),
    };
    let file = match &arguments.file {
        Some(path) => opened(path)?,
        None => kept(io::stdin().lock())?,
    };
    let total = usize::try_from(file.metadata()?.len().saturating_mul(2))?;
    let bar = bar(total, "bytes");
    let done = ocds::compile(&file, &rules, form, &mut BufWriter::new(io::stdout().lock()), |bytes| bar.inc(bytes))?;
    bar.finish_and_clear();
    eprintln!("{} releases became {} records.", done.releases, done.records);
    Ok(())
}

fn opened(path: &PathBuf) -> Outcome<File> {
    File::open(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// What comes through a pipe is written down first, since releases that belong together may stand far apart.
fn kept(mut input: impl io::Read) -> Outcome<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut input, &mut file)?;
    io::Seek::rewind(&mut file)?;
    Ok(file)
}
