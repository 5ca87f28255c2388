//! `nearhome import …`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use domain::access::worker;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use service::market::import::{ImportReport, ImportRules};
use service::market::ofsted::OfstedList;
use service::market::postcodes;

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
