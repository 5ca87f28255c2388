//! What every command understands: the database, the postcode file, output for machines.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use service::market::postcodes::PostcodeFile;
use service::people::sealing::{self, SecretsKeys};
use service::{Failure, Nearhome};
use store::Db;
use store::db::Purpose;

use crate::Outcome;
use crate::ambient::{SystemClock, SystemRandomness};

/// The database where none is named.
const DATABASE: &str = "sqlite:nearhome.sqlite";

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// `sqlite:FILE` or `postgres://…`
    #[arg(long, global = true, env = "NEARHOME_DATABASE", default_value = DATABASE)]
    pub(crate) database: String,
    /// The built postcode file
    #[arg(long, global = true, env = "NEARHOME_POSTCODES")]
    pub(crate) postcodes: Option<PathBuf>,
    /// The file of the keys that seal authenticator secrets, one per line, the newest first. `NEARHOME_SECRETS_KEY` may hold
    /// the keys themselves instead
    #[arg(long, global = true, env = "NEARHOME_SECRETS_KEY_FILE", default_value = "nearhome.secrets")]
    pub(crate) secrets_key_file: PathBuf,
    /// Print JSON for machines
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Write the log as JSON lines
    #[arg(long, global = true, env = "NEARHOME_LOG_JSON")]
    pub(crate) log_json: bool,
}

impl Common {
    /// Opens the database for serving, with its schema and the keys of its secrets checked.
    pub(crate) async fn nearhome(&self) -> Outcome<Nearhome> {
        let db = self.database().await?;
        let keys = self.secrets_keys()?;
        sealing::check(&db, keys.as_ref()).await?;
        let nearhome = self.with_postcodes(db)?.timed_by_database();
        Ok(match keys {
            Some(keys) => nearhome.with_secrets(keys),
            None => nearhome,
        })
    }

    /// Opens the database with its schema checked, for what needs none of its secrets.
    pub(crate) async fn database(&self) -> Outcome<Db> {
        let db = Db::open(&self.database, Purpose::Serve).await?;
        store::migrate::check(&db).await?;
        Ok(db)
    }

    /// Whether there is a database to ask: the file that is meant when none is named need not be there.
    pub(crate) fn has_database(&self) -> bool {
        self.database != DATABASE || DATABASE.strip_prefix("sqlite:").is_some_and(|file| std::path::Path::new(file).exists())
    }

    /// The same, with a key of secrets made if there is none yet: for what may be the first start.
    pub(crate) async fn started(&self) -> Outcome<Nearhome> {
        let nearhome = self.nearhome().await?;
        if self.secrets_keys()?.is_some() {
            return Ok(nearhome);
        }
        let path = &self.secrets_key_file;
        let keys = SecretsKeys::load_or_create(path, &nearhome).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(nearhome.with_secrets(keys))
    }

    /// The keys that were given, in the environment or in the file.
    pub(crate) fn secrets_keys(&self) -> Outcome<Option<SecretsKeys>> {
        if let Ok(text) = std::env::var("NEARHOME_SECRETS_KEY") {
            return Ok(Some(SecretsKeys::read(&text).map_err(|error| format!("NEARHOME_SECRETS_KEY: {error}"))?));
        }
        let path = &self.secrets_key_file;
        SecretsKeys::load(path).map_err(|error| format!("{}: {error}", path.display()).into())
    }

    /// Makes the schema if need be, then opens the database: for loading a world into an empty file.
    pub(crate) async fn migrated(&self) -> Outcome<Nearhome> {
        let maintenance = Db::open(&self.database, Purpose::Maintain).await?;
        store::migrate::migrate(&maintenance).await?;
        maintenance.close().await;
        self.started().await
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
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    if as_json { log.json().init() } else { log.init() }
}

/// What went wrong with every cause, in one line of the log.
pub(crate) fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(error.source(), |error| error.source()).fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
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
