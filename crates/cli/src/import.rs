//! `nearhome import …`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use domain::access::worker;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use service::market::framework_file::{self, ImportFramework, TryFramework};
use service::market::import::{ImportReport, ImportRules};
use service::market::ofsted::OfstedList;
use service::market::postcodes;
use service::publish::outside::{self, TakenIn};
use service::{ask, perform};
use uuid::Uuid;

use crate::Outcome;
use crate::place::configured;
use crate::settings::Common;

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// A list of Ofsted's: the published provider-level or places sheet as CSV, or the list that councils are sent
    Ofsted {
        /// CSV or XLSX
        file: PathBuf,
    },
    /// An existing framework's providers, lots and prices: says what would change, and changes it with --apply
    Framework {
        /// CSV with the columns `provider,urn,lot,category,max_weekly,from`, and `until` if need be
        file: PathBuf,
        /// The framework's reference
        #[arg(long)]
        framework: String,
        /// Write what would change; without it nothing is written
        #[arg(long)]
        apply: bool,
    },
    /// What other bodies publish in open contracting: packages, lists or lines of releases
    Ocds {
        /// JSON
        file: PathBuf,
        /// Whose releases they are, where the file does not say
        #[arg(long)]
        publisher: Option<String>,
    },
    /// The United Kingdom's postcodes from the unpacked package (scripts/fetch-postcodes)
    Postcodes {
        /// The unpacked package
        folder: PathBuf,
        /// The file to build
        #[arg(long)]
        into: PathBuf,
    },
}

pub(crate) async fn import(common: &Common, what: Import) -> Outcome {
    match what {
        Import::Ofsted { file } => ofsted(common, &file).await,
        Import::Framework { file, framework, apply } => take_framework(common, &file, framework, apply).await,
        Import::Ocds { file, publisher } => ocds(common, &file, publisher.as_deref()).await,
        Import::Postcodes { folder, into } => build_postcodes(common, &folder, &into),
    }
}

/// A bar on a terminal; nothing where nobody looks.
pub(crate) fn bar(total: usize, what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX)).with_style(style).with_message(what)
}

fn build_postcodes(common: &Common, folder: &Path, into: &Path) -> Outcome {
    let bar = bar(23, "postcodes");
    let built = postcodes::build(folder, into, |_| bar.inc(1))?;
    bar.finish_and_clear();
    common.print(&json!({ "rows": built.rows, "refused": built.refused, "councils": built.councils }), || {
        format!("{} postcodes in {} councils' areas; {} rows were no postcodes.", built.rows, built.councils, built.refused)
    })
}

async fn ofsted(common: &Common, file: &Path) -> Outcome {
    let nearhome = common.nearhome().await?;
    let consortium = configured(&nearhome).await?;
    let list = OfstedList::read(file)?;
    let bar = bar(list.rows.len(), "services");
    let progress = |done: usize, _| bar.set_position(u64::try_from(done).unwrap_or(0));
    let report = service::market::import::import(&nearhome, &worker(), &consortium, &list, ImportRules::default(), progress).await?;
    bar.finish_and_clear();
    common.print(&report, || describe(&report))
}

async fn take_framework(common: &Common, file: &Path, framework: String, apply: bool) -> Outcome {
    let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let (rows, mut faults) = framework_file::read(&bytes);
    let nearhome = common.nearhome().await?;
    configured(&nearhome).await?;
    let mut report = ask(&nearhome, &worker(), &TryFramework { framework: framework.clone(), rows: rows.clone() }).await?;
    faults.append(&mut report.faults);
    faults.sort();
    report.faults = faults;
    let is_taken = apply && report.faults.is_empty();
    if is_taken {
        let key = Uuid::from_u128(nearhome.random());
        report = perform(&nearhome, &worker(), key, &ImportFramework { framework, rows }).await?;
    }
    common.print(&json!({ "applied": is_taken, "report": report }), || {
        let changes = report.changes.iter().map(|change| format!("line {}: {}\n", change.line, change.what));
        let faults = report.faults.iter().map(|fault| format!("{fault}\n"));
        let told: String = changes.chain(faults).collect();
        let said = if is_taken { "changed" } else { "would change; nothing is written" };
        let (changes, unchanged, unmentioned) = (report.changes.len(), report.unchanged, report.unmentioned);
        format!("{told}{changes} {said}, {unchanged} as before, {unmentioned} admissions not in the file.")
    })?;
    match report.faults.len() {
        0 => Ok(()),
        count => Err(format!("{count} faults: nothing was taken").into()),
    }
}

async fn ocds(common: &Common, file: &Path, publisher: Option<&str>) -> Outcome {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let read = outside::read(&text, publisher).map_err(|error| format!("{}: {error}", file.display()))?;
    let nearhome = common.nearhome().await?;
    let taken = outside::import(&nearhome, &worker(), &read).await?;
    common.print(&json!({ "taken": taken, "faults": read.faults, "refused": read.refused }), || {
        let faults = read.faults.iter().map(|fault| format!("\n{fault}"));
        let refused = read.refused.iter().map(|path| format!("\n{path} not taken: it has no publisher (name one), ocid or id"));
        let TakenIn { new, known, differing } = taken;
        let told: String = faults.chain(refused).collect();
        format!("{new} releases are new, {known} as before, {differing} have the ids of others and other content.{told}")
    })?;
    if read.refused.is_empty() { Ok(()) } else { Err(format!("{} releases were not taken", read.refused.len()).into()) }
}

/// The report in words.
pub(crate) fn describe(report: &ImportReport) -> String {
    let mut text = format!(
        "{} children’s homes with {} places of {} owners, and {} fostering agencies: {} new, {} changed, {} as before.",
        report.homes, report.places, report.owners, report.fostering, report.new, report.changed, report.unchanged
    );
    if report.outside > 0 {
        let _ = write!(text, "\n{} homes stand outside the members’ areas.", report.outside);
    }
    for (kind, rows) in &report.passed_over {
        let _ = write!(text, "\npassed over: {rows} × {kind}");
    }
    for row in &report.refused {
        let _ = write!(text, "\nline {} not taken: {}", row.line, row.reason);
    }
    text
}
