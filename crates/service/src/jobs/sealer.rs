//! The sealer: gives new events their places in the Merkle tree and signs the head.
//!
//! What a head covers cannot be changed, dropped or reordered without the next comparison showing it, also not by whoever
//! holds the database: every council can keep the heads it was shown and check the log against them later.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use domain::access::{Action, Relation, worker};
use domain::people::Caller;
use domain::record::{Checkpoint, Digest, Frontier, NotHex, SignedHead, leaf_hash, public_key};
use serde::Serialize;
use store::record::StoredCheckpoint;
use store::{Threshold, Tx};
use uuid::Uuid;

use crate::{Command, Failure, Nearhome, perform};

/// The key that signs heads. It lies beside the database, never in it: who can rewrite the one should not hold the other.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(…)")
    }
}

impl SealKey {
    /// From 32 secret bytes.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// Reads the key of a file, if the file is there.
    ///
    /// # Errors
    /// When it cannot be read or holds something else.
    pub fn load(path: &Path) -> io::Result<Option<Self>> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let digest: Digest = text.trim().parse().map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "this is no sealing key"))?;
        Ok(Some(Self(digest.0)))
    }

    /// Reads the key of a file, or makes one that only its owner can read.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else: an unreadable key is never replaced.
    pub fn load_or_create(path: &Path, nearhome: &Nearhome) -> io::Result<Self> {
        if let Some(key) = Self::load(path)? {
            key.publish(path)?;
            return Ok(key);
        }
        let bytes = [nearhome.random().to_be_bytes(), nearhome.random().to_be_bytes()].concat();
        let secret = Digest::of(&bytes);
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{secret}")?;
        file.sync_all()?;
        let key = Self(secret.0);
        key.publish(path)?;
        Ok(key)
    }

    /// With which anybody can check what this key signed.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(public_key(&self.0))
    }

    /// Lays the public key beside the secret one, for whoever verifies.
    fn publish(&self, secret: &Path) -> io::Result<()> {
        let path = PublicKey::beside(secret);
        match PublicKey::load(&path)? {
            Some(known) if known == self.public() => Ok(()),
            Some(_) => Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} belongs to another sealing key", path.display()))),
            None => std::fs::write(path, format!("{}\n", self.public())),
        }
    }
}

/// With which heads are checked. It is no secret: every council may have it, and verification needs nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(pub [u8; 32]);

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Digest(self.0).fmt(f)
    }
}

impl std::str::FromStr for PublicKey {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        text.trim().parse::<Digest>().map(|bytes| Self(bytes.0))
    }
}

impl PublicKey {
    /// Where the public key lies of the secret key at this path.
    #[must_use]
    pub fn beside(secret: &Path) -> PathBuf {
        let mut name = secret.as_os_str().to_owned();
        name.push(".pub");
        name.into()
    }

    /// Reads the key of a file, if the file is there.
    ///
    /// # Errors
    /// When it cannot be read or holds something else.
    pub fn load(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let unreadable = |_| io::Error::new(io::ErrorKind::InvalidData, format!("{} is no public key", path.display()));
                text.parse().map(Some).map_err(unreadable)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[derive(Serialize)]
struct Seal<'a> {
    #[serde(skip)]
    key: &'a SealKey,
}

impl Command for Seal<'_> {
    const ACTION: Action = Action::SealRecord;
    const IS_REPEATABLE: bool = false;
    type Answer = Option<String>;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<Option<String>, Failure> {
        let size = store::record::leaf_count(tx).await?;
        let new = store::record::take_unsealed(tx, size).await?;
        if new.is_empty() {
            return Ok(None);
        }
        let mut frontier = Frontier::new();
        let mut position = -1;
        loop {
            let page = store::record::leaves_after(tx, position).await?;
            let Some(last) = page.last() else { break };
            position = last.position;
            for leaf in &page {
                let hash = leaf.hash.ok_or_else(|| store::Fault::inconsistent("leaf", "it names an event that is not there"))?;
                frontier.append(leaf_hash(hash.as_bytes()));
            }
        }
        let last = store::record::checkpoints(tx).await?.pop().map(|stored| read_head(&stored)).transpose()?;
        let checkpoint = Checkpoint {
            number: last.as_ref().map_or(1, |last| last.checkpoint.number + 1),
            at: tx.at(),
            tree_size: frontier.size(),
            root: frontier.root(),
            previous: last.map_or(Digest::ZERO, |last| last.checkpoint.digest()),
        };
        let head = SignedHead::sign(checkpoint, &self.key.0);
        let text = serde_json::to_string(&head).map_err(|error| store::Fault::inconsistent("checkpoint.head", error))?;
        let number = i64::try_from(head.checkpoint.number).map_err(|error| store::Fault::inconsistent("checkpoint.number", error))?;
        let tree_size =
            i64::try_from(head.checkpoint.tree_size).map_err(|error| store::Fault::inconsistent("checkpoint.tree_size", error))?;
        let stored = StoredCheckpoint { number, at: head.checkpoint.at, tree_size, head: text.clone() };
        store::record::add_checkpoint(tx, &stored).await?;
        Ok(Some(text))
    }
}

/// The signed head of a stored checkpoint.
///
/// # Errors
/// [`store::Fault::Inconsistent`] when it is not one.
pub fn read_head(stored: &StoredCheckpoint) -> Result<SignedHead, store::Fault> {
    serde_json::from_str(&stored.head).map_err(|error| store::Fault::inconsistent("checkpoint.head", error))
}

/// Seals what is new; answers how many heads were signed.
///
/// # Errors
/// [`Failure`] when the database fails; what was sealed before stays sealed.
pub async fn seal(nearhome: &Nearhome, key: &SealKey) -> Result<usize, Failure> {
    let mut signed = 0;
    while perform(nearhome, &worker(), Uuid::nil(), &Seal { key }).await?.is_some() {
        signed += 1;
    }
    Ok(signed)
}
