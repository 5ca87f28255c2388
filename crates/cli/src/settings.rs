//! What every command understands: the database, the postcode file, output for machines.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use service::market::postcodes::PostcodeFile;
use service::{Failure, Nearhome};
use store::Db;
use store::db::Purpose;

use crate::Outcome;
use crate::ambient::{SystemClock, SystemRandomness};

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// `sqlite:FILE` or `postgres://…`
    #[arg(long, global = true, env = "NEARHOME_DATABASE", default_value = "sqlite:nearhome.sqlite")]
    pub(crate) database: String,
    /// The built postcode file
    #[arg(long, global = true, env = "NEARHOME_POSTCODES")]
    pub(crate) postcodes: Option<PathBuf>,
    /// Print JSON for machines
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Write the log as JSON lines
    #[arg(long, global = true, env = "NEARHOME_LOG_JSON")]
    pub(crate) log_json: bool,
}

impl Common {
    /// Opens the database for serving, with its schema checked.
    pub(crate) async fn nearhome(&self) -> Outcome<Nearhome> {
        let db = Db::open(&self.database, Purpose::Serve).await?;
        store::migrate::check(&db).await?;
        self.with_postcodes(db)
    }

    /// Makes the schema if need be, then opens the database: for loading a world into an empty file.
    pub(crate) async fn migrated(&self) -> Outcome<Nearhome> {
        let maintenance = Db::open(&self.database, Purpose::Maintain).await?;
        store::migrate::migrate(&maintenance).await?;
        maintenance.close().await;
        self.nearhome().await
    }

    fn with_postcodes(&self, db: Db) -> Outcome<Nearhome> {
        let nearhome = Nearhome::new(db, Arc::new(SystemClock), Arc::new(SystemRandomness));
        Ok(match &self.postcodes {
            Some(_) => nearhome.with_postcodes(self.postcode_file()?),
            None => nearhome,
        })
    }

    /// The postcode file that was named.
    pub(crate) fn postcode_file(&self) -> Outcome<PostcodeFile> {
        let path = self.postcodes.as_ref().ok_or("name the postcode file with --postcodes (make postcodes builds it)")?;
        PostcodeFile::open(path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// How this program is called again for the same database: a line to copy. An address with a password is not repeated.
    pub(crate) fn this_program(&self) -> String {
        let program = std::env::args().next().unwrap_or_else(|| "nearhome".to_owned());
        let database = if self.database.starts_with("sqlite:") { self.database.as_str() } else { "$NEARHOME_DATABASE" };
        let quoted = |text: &str| if text.contains(' ') { format!("'{text}'") } else { text.to_owned() };
        format!("{} --database {}", quoted(&program), quoted(database))
    }

    /// Prints an answer: for machines as JSON, for people as the text.
    pub(crate) fn print(&self, json: &impl serde::Serialize, text: impl FnOnce() -> String) -> Outcome {
        if self.json {
            println!("{}", serde_json::to_string_pretty(json)?);
        } else {
            println!("{}", text());
        }
        Ok(())
    }
}

/// Starts the log on standard error.
pub(crate) fn start_log(as_json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("NEARHOME_LOG").unwrap_or_else(|_| "warn".into());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if as_json { log.json().init() } else { log.init() }
}

/// Tells the person at the terminal what went wrong, with every cause and every field.
pub(crate) fn report(error: &(dyn std::error::Error + Send + Sync + 'static)) {
    eprintln!("nearhome: {error}");
    if let Some(Failure::Invalid(problems)) = error.downcast_ref::<Failure>() {
        for problem in problems {
            let place = if problem.field.is_empty() { String::new() } else { format!("{}: ", problem.field) };
            eprintln!("  {place}{}", problem.message);
        }
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because {error}");
        cause = error.source();
    }
}
