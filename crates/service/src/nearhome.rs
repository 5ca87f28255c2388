//! What every command and query needs: the database, the clock, randomness, the postcodes.

use std::sync::Arc;

use domain::access::{Action, authorise};
use domain::calendar::Instant;
use domain::people::Caller;
use store::{Db, Tx};

use crate::market::postcodes::PostcodeFile;
use crate::people::sealing::SecretsKeys;
use crate::procurement::sealing::WorkFactor;
use crate::standing::Standing;

/// Tells the time. Only the program's entry holds a real one; tests move theirs.
pub trait Clock: Send + Sync {
    /// Now, truncated to microseconds.
    fn now(&self) -> Instant;
}

/// Gives randomness for ids, tokens and jitter. Tests give a seeded one.
pub trait Randomness: Send + Sync {
    /// Sixteen unpredictable bytes.
    fn random(&self) -> u128;
}

/// A running Nearhome. Cheap to clone.
#[derive(Clone)]
pub struct Nearhome {
    pub(crate) db: Db,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    postcodes: Option<Arc<PostcodeFile>>,
    secrets: Option<SecretsKeys>,
    passphrase_work: WorkFactor,
    timed_by_database: bool,
    pub(crate) standing: Arc<Standing>,
}

impl std::fmt::Debug for Nearhome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Nearhome").field("engine", &self.db.engine()).finish_non_exhaustive()
    }
}

impl Nearhome {
    /// Puts the parts together.
    #[must_use]
    pub fn new(db: Db, clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self {
            db,
            clock,
            randomness,
            postcodes: None,
            secrets: None,
            passphrase_work: WorkFactor::USUAL,
            timed_by_database: false,
            standing: Arc::default(),
        }
    }

    /// Adds the postcode file, without which no new place can be judged.
    #[must_use]
    pub fn with_postcodes(mut self, file: PostcodeFile) -> Self {
        self.postcodes = Some(Arc::new(file));
        self
    }

    /// Adds the keys that seal authenticator secrets, without which nobody can sign in.
    #[must_use]
    pub fn with_secrets(mut self, keys: SecretsKeys) -> Self {
        self.secrets = Some(keys);
        self
    }

    /// Lets deadlines go by the database's clock, which all servers share, instead of each server's own.
    #[must_use]
    pub fn timed_by_database(mut self) -> Self {
        self.timed_by_database = true;
        self
    }

    pub(crate) fn is_timed_by_database(&self) -> bool {
        self.timed_by_database
    }

    /// Sets how much work a passphrase of an opening officer costs whoever guesses.
    #[must_use]
    pub fn with_passphrase_work(mut self, work: WorkFactor) -> Self {
        self.passphrase_work = work;
        self
    }

    pub(crate) fn passphrase_work(&self) -> WorkFactor {
        self.passphrase_work
    }

    pub(crate) fn secrets(&self) -> Result<&SecretsKeys, crate::Failure> {
        Ok(self.secrets.as_ref().ok_or_else(|| store::Fault::inconsistent("key of secrets", "none was given"))?)
    }

    /// The postcode file, if there is one.
    #[must_use]
    pub fn postcodes(&self) -> Option<&PostcodeFile> {
        self.postcodes.as_deref()
    }

    /// The database, for opening, migrating and closing; not for going around the doors.
    #[must_use]
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Whether the database answers, with the tables that this version knows.
    ///
    /// # Errors
    /// [`crate::Failure::Fault`] if not.
    pub async fn ready(&self) -> Result<(), crate::Failure> {
        Ok(store::migrate::check(&self.db).await?)
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Sixteen unpredictable bytes.
    #[must_use]
    pub fn random(&self) -> u128 {
        self.randomness.random()
    }

    /// A short transaction of the worker that only writes the access log, in the caller's name.
    pub(crate) async fn log_entry(&self, caller: &Caller) -> Result<Tx, store::Fault> {
        let threshold = self.db.begin_write(caller).await?;
        // The log speaks of the caller, so the grant is theirs; everybody may be written about.
        let about = Caller { role: domain::people::Role::Worker, ..caller.clone() };
        let grant = authorise(&about, Action::RunJobs, Some(domain::access::Relation::Shared))
            .map_err(|denied| store::Fault::inconsistent("access", denied))?;
        Ok(threshold.enter(grant, self.now(), self.random()))
    }
}
