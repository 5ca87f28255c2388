//! `nearhome verify` and `nearhome export …`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::access::worker;
use domain::procurement::register::{contracts_register, spending};
use domain::record::{parse_heads, write_heads};
use serde_json::json;
use service::ask;
use service::governance::heads::SignedHeads;
use service::governance::verify::verify as verify_record;
use service::jobs::sealer::PublicKey;
use service::publish::notices::ExportReleases;
use service::publish::registers::ExportContracts;
use store::Db;
use store::db::Purpose;

use crate::Outcome;
use crate::settings::Common;

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The public half of the sealing key: 64 hexadecimal digits, or the file that lies beside the secret key
    #[arg(long, default_value = "nearhome.seal.pub")]
    public_key: String,
    /// Signed heads that were exported earlier: a log that was rolled back or rewritten shows against them
    #[arg(long)]
    heads: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// The signed heads of the audit log, one JSON line each, for keeping elsewhere
    Heads,
    /// Everything that was published of procurements: packages of releases and records, and the history of each process
    Ocds {
        /// The folder to write to
        #[arg(long)]
        out: PathBuf,
    },
    /// The contracts register, in the columns of the local government transparency code
    ContractsRegister {
        /// The CSV file to write
        #[arg(long)]
        out: PathBuf,
    },
    /// The spending, in the columns of the local government transparency code
    Spend {
        /// The CSV file to write
        #[arg(long)]
        out: PathBuf,
    },
}

/// Checks the whole record; success only when nothing is wrong.
pub(crate) async fn verify(common: &Common, arguments: &VerifyArguments) -> Outcome {
    let key = match arguments.public_key.parse() {
        Ok(key) => Some(key),
        Err(_) => PublicKey::load(Path::new(&arguments.public_key))?,
    };
    let saved = match &arguments.heads {
        Some(path) => parse_heads(&std::fs::read_to_string(path)?)?,
        None => Vec::new(),
    };
    let db = Db::open(&common.database, Purpose::Maintain).await?;
    let mut reads = db.begin_read(&worker()).await?;
    let has_heads = !saved.is_empty() || !store::record::checkpoints(&mut reads).await?.is_empty();
    if has_heads && key.is_none() {
        return Err(format!("{} is not there: name the public key or its file with --public-key", arguments.public_key).into());
    }
    // Without heads there is no signature to check, and any key will do.
    let report = verify_record(&mut reads, key.unwrap_or(PublicKey([0; 32])), &saved).await?;
    common.print(&report, || {
        format!(
            "{} events, {} records, {} signed heads; {} events not sealed yet.",
            report.events, report.records, report.checkpoints, report.unsealed
        )
    })?;
    match report.finding {
        None => Ok(()),
        Some(finding) => Err(format!("the record does not hold: {}: {}", finding.entry, finding.what).into()),
    }
}

pub(crate) async fn export(common: &Common, what: &Export) -> Outcome {
    let nearhome = common.nearhome().await?;
    match what {
        Export::Heads => {
            print!("{}", write_heads(&ask(&nearhome, &worker(), &SignedHeads).await?)?);
            Ok(())
        }
        Export::Ocds { out } => {
            let told = ask(&nearhome, &worker(), &ExportReleases).await?;
            std::fs::create_dir_all(out).map_err(|error| format!("{}: {error}", out.display()))?;
            for (name, text) in told.files(nearhome.now())? {
                written(&out.join(name), &text)?;
            }
            let releases: usize = told.processes.iter().map(Vec::len).sum();
            common.print(&json!({ "processes": told.processes.len(), "releases": releases }), || {
                format!("{releases} releases of {} processes are in {}.", told.processes.len(), out.display())
            })
        }
        Export::ContractsRegister { out } => {
            let register = ask(&nearhome, &worker(), &ExportContracts).await?;
            written(out, &contracts_register(&register.entries))?;
            common.print(&json!({ "rows": register.entries.len(), "held_back": register.held_back }), || {
                let held_back = register.held_back.iter().map(|reason| format!("\nnot published: {reason}"));
                format!("{} contracts are in {}.{}", register.entries.len(), out.display(), held_back.collect::<String>())
            })
        }
        Export::Spend { out } => {
            // Nothing is paid here yet: what a council spent stands in its own ledger.
            written(out, &spending(&[]))?;
            common.print(&json!({ "rows": 0 }), || format!("No payments are on record: {} holds the columns only.", out.display()))
        }
    }
}

fn written(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}
