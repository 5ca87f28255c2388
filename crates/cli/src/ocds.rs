//! `nearhome ocds …`: releases of any public body become records.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use domain::procurement::ocds::merge::Form;
use domain::procurement::ocds::rules::MergeRules;
use service::publish::ocds;

use crate::Outcome;
use crate::import::bar;

#[derive(Debug, Subcommand)]
pub(crate) enum OcdsVerb {
    /// Merge releases into what stands: one record with its compiled release per line
    Compile(MergeArguments),
    /// Merge releases into what every field ever was: one record with its versioned release per line
    Versioned(MergeArguments),
}

#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// A list of releases, a package, or one release per line; standard input when none is named
    file: Option<PathBuf>,
    /// The release schema to merge by; if not said, OCDS 1.1.5 with the extensions of the Find a Tender service
    #[arg(long)]
    schema: Option<PathBuf>,
}

pub(crate) fn ocds(verb: &OcdsVerb) -> Outcome {
    let (arguments, form) = match verb {
        OcdsVerb::Compile(arguments) => (arguments, Form::Compiled),
        OcdsVerb::Versioned(arguments) => (arguments, Form::Versioned),
    };
    let rules = match &arguments.schema {
        Some(path) => MergeRules::of_schema(&serde_json::from_reader(io::BufReader::new(opened(path)?))?),
        None => MergeRules::FindATender,
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
