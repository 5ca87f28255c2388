//! Secrets that Nearhome has to read again, such as those of authenticator apps, stand sealed in the database: with a key
//! that lies elsewhere, so that a copy of the database gives nobody's codes away.
//!
//! Each secret is bound to what it is and to whom it belongs: moved into another column or another row it does not open. It carries
//! the name of the key that sealed it, so that keys can be changed while both are known.

use std::fmt;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use domain::access::worker;
use domain::ids::PersonId;
use domain::record::Digest;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use store::Fault;
use store::people::organisation::{Person, totp_keys};
use store::procurement::bid::keys_in_use;
use uuid::Uuid;

use crate::{Failure, Nearhome};

/// The keys of this installation. The first seals; the others only open what they sealed before.
#[derive(Clone)]
pub struct SecretsKeys(Arc<Vec<SecretsKey>>);

struct SecretsKey {
    name: String,
    key: LessSafeKey,
}

impl fmt::Debug for SecretsKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|key| key.name.as_str()).collect();
        write!(f, "SecretsKeys({})", names.join(", "))
    }
}

/// A secret as it stands in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The name of the key.
    pub key: String,
    /// The nonce, the sealed secret, and the mark that shows whether anything of it was changed.
    pub bytes: Vec<u8>,
}

/// A secret that somebody chose, on its way to the row of a person who has no id yet.
#[derive(Clone)]
pub struct ToSeal {
    secret: Vec<u8>,
    keys: SecretsKeys,
}

impl ToSeal {
    pub(super) fn seal(&self, person: PersonId, nonce: [u8; 16]) -> Result<Sealed, Fault> {
        self.keys.seal(person, nonce, &self.secret)
    }
}

impl fmt::Debug for ToSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ToSeal(…)")
    }
}

/// A person's sealed secret, if they have one.
pub(super) fn sealed_of(person: &Person) -> Option<Sealed> {
    let (key, bytes) = person.totp_key.clone().zip(person.totp_sealed.clone())?;
    Some(Sealed { key, bytes })
}

/// Gives a person a secret, or takes it away.
pub(super) fn put(person: &mut Person, sealed: Option<Sealed>) {
    (person.totp_key, person.totp_sealed) = sealed.map(|sealed| (sealed.key, sealed.bytes)).unzip();
}

impl SecretsKey {
    fn new(secret: [u8; 32]) -> Result<Self, Fault> {
        // Eight bytes tell a handful of keys apart and say nothing about them.
        let named = Digest::of(&[b"nearhome key of secrets\0".as_slice(), &secret].concat()).to_string();
        let key = UnboundKey::new(&CHACHA20_POLY1305, &secret).map_err(|error| Fault::inconsistent("key of secrets", error))?;
        Ok(Self { name: named.chars().take(16).collect(), key: LessSafeKey::new(key) })
    }
}

/// What a sealed secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The shared secret of a person's authenticator app; belongs to the person.
    Totp,
    /// The key under which an organisation's drafts stand; belongs to the organisation.
    OrganisationKey,
    /// A council's share of a tender's key, between its officer's part in the opening and the last one's; belongs to the attempt.
    OpeningShare,
}

impl Purpose {
    /// Where such a secret stands, for messages.
    fn column(self) -> &'static str {
        match self {
            Self::Totp => "person.totp_sealed",
            Self::OrganisationKey => "bidder_key.sealed",
            Self::OpeningShare => "opening_attempt.share_sealed",
        }
    }

    /// What it is bound to. Databases hold secrets sealed with these bytes: they stay as they are.
    fn bound_to(self, owner: Uuid) -> Aad<Vec<u8>> {
        let label = match self {
            Self::Totp => b"nearhome person.totp\0".as_slice(),
            Self::OrganisationKey => b"nearhome bidder_key\0",
            Self::OpeningShare => b"nearhome opening_attempt.share\0",
        };
        Aad::from([label, owner.as_bytes()].concat())
    }
}

impl SecretsKeys {
    /// Reads keys: one per line, 64 hexadecimal digits, the one that seals first.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] when a line is no key or there is none.
    pub fn read(text: &str) -> io::Result<Self> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "this is no key of secrets: it has 64 hexadecimal digits on a line");
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let key = |line: &str| SecretsKey::new(line.parse::<Digest>().map_err(|_| invalid())?.0).map_err(io::Error::other);
        let keys = lines.map(key).collect::<io::Result<Vec<_>>>()?;
        if keys.is_empty() { Err(invalid()) } else { Ok(Self(Arc::new(keys))) }
    }

    /// Reads the keys of a file, if the file is there.
    ///
    /// # Errors
    /// When it cannot be read or holds something else.
    pub fn load(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::read(&text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes a key that only its owner can read. A file that is there already is read instead, and never replaced.
    ///
    /// # Errors
    /// When the file cannot be written, or holds something else.
    pub fn load_or_create(path: &Path, nearhome: &Nearhome) -> io::Result<Self> {
        if let Some(keys) = Self::load(path)? {
            return Ok(keys);
        }
        let secret = Digest::of(&[nearhome.random().to_be_bytes(), nearhome.random().to_be_bytes()].concat());
        // Written whole under another name first: whoever starts at the same time must not read half a key.
        let mut half = path.as_os_str().to_owned();
        half.push(format!(".{:032x}", nearhome.random()));
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half)?;
        writeln!(file, "{secret}")?;
        file.sync_all()?;
        let made = std::fs::hard_link(&half, path);
        std::fs::remove_file(&half)?;
        match made {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => Self::load(path)?.ok_or_else(|| io::ErrorKind::NotFound.into()),
        }
    }

    /// Seals the secret of a person's authenticator app.
    ///
    /// # Errors
    /// As [`SecretsKeys::seal_for`].
    pub fn seal(&self, person: PersonId, nonce: [u8; 16], secret: &[u8]) -> Result<Sealed, Fault> {
        self.seal_for(Purpose::Totp, person.0, nonce, secret)
    }

    /// Opens the secret of a person's authenticator app.
    ///
    /// # Errors
    /// As [`SecretsKeys::open_for`].
    pub fn open(&self, person: PersonId, sealed: &Sealed) -> Result<Vec<u8>, Fault> {
        self.open_for(Purpose::Totp, person.0, sealed)
    }

    /// Seals a secret for whom or what it belongs to. The nonce comes once: it is twelve of sixteen unpredictable bytes.
    ///
    /// # Errors
    /// [`Fault`] when the cipher fails, which it has no reason to.
    pub fn seal_for(&self, purpose: Purpose, owner: Uuid, nonce: [u8; 16], secret: &[u8]) -> Result<Sealed, Fault> {
        let broken = || Fault::inconsistent(purpose.column(), "it cannot be sealed");
        let current = self.0.first().ok_or_else(broken)?;
        let nonce: [u8; NONCE_LEN] = nonce.first_chunk().copied().ok_or_else(broken)?;
        let mut sealed = secret.to_vec();
        let once = Nonce::assume_unique_for_key(nonce);
        current.key.seal_in_place_append_tag(once, purpose.bound_to(owner), &mut sealed).map_err(|_| broken())?;
        Ok(Sealed { key: current.name.clone(), bytes: [nonce.as_slice(), &sealed].concat() })
    }

    /// Opens a secret of this owner.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when the key is not known, or it was not sealed as this for this owner, or was changed since.
    pub fn open_for(&self, purpose: Purpose, owner: Uuid, sealed: &Sealed) -> Result<Vec<u8>, Fault> {
        let broken = || Fault::inconsistent(purpose.column(), "it does not open: it was changed, or belongs to somebody else");
        let key = self.0.iter().find(|key| key.name == sealed.key);
        let key = key.ok_or_else(|| Fault::inconsistent(purpose.column(), format!("its key {} is not among those given", sealed.key)))?;
        let (nonce, bytes) = sealed.bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(broken)?;
        let mut bytes = bytes.to_vec();
        let once = Nonce::assume_unique_for_key(*nonce);
        let opened = key.key.open_in_place(once, purpose.bound_to(owner), &mut bytes).map_err(|_| broken())?;
        Ok(opened.to_vec())
    }

    /// Whether this secret is sealed with the key that seals now.
    #[must_use]
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        self.0.first().is_some_and(|key| key.name == sealed.key)
    }
}

impl Nearhome {
    /// A secret to be kept for somebody who is registered with it.
    ///
    /// # Errors
    /// [`Failure::Fault`] without keys.
    pub fn to_seal(&self, secret: Vec<u8>) -> Result<ToSeal, Failure> {
        Ok(ToSeal { secret, keys: self.secrets()?.clone() })
    }
}

/// Refuses keys with which not every sealed secret of the database can be opened. Nobody who has set up an app could sign
/// in, no bidder could read its bids, and a new key would only hide that the old one is lost.
///
/// # Errors
/// [`Failure::Refused`] with the names of the keys that are missing; [`Failure::Fault`] of the database.
pub async fn check(db: &store::Db, keys: Option<&SecretsKeys>) -> Result<(), Failure> {
    let mut reads = db.begin_read(&worker()).await?;
    let of_people = totp_keys(&mut reads).await?.into_iter().map(|(name, count)| (name, count, "people"));
    let of_bidders = keys_in_use(&mut reads).await?.into_iter().map(|(name, count)| (name, count, "bidders"));
    let is_missing = |name: &str| keys.is_none_or(|keys| keys.0.iter().all(|key| key.name != name));
    let missing = of_people.chain(of_bidders).filter(|(name, ..)| is_missing(name));
    let missing: Vec<String> = missing.map(|(name, count, whose)| format!("{name} ({count} {whose})")).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::refused(format!(
        "the database holds authenticator secrets or bids sealed with a key that was not given: {}. Name its file with --secrets-key-file, \
         or bring it back from where keys are kept; a database is restored together with its key",
        missing.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: PersonId = PersonId(uuid::Uuid::from_u128(1));
    const GRACE: PersonId = PersonId(uuid::Uuid::from_u128(2));

    fn keys(lines: &[char]) -> SecretsKeys {
        let lines: Vec<String> = lines.iter().map(|digit| digit.to_string().repeat(64)).collect();
        SecretsKeys::read(&lines.join("\n")).unwrap()
    }

    #[test]
    fn a_secret_opens_for_its_person_only_and_only_unchanged() {
        let keys = keys(&['a']);
        let sealed = keys.seal(ADA, [7; 16], b"twenty bytes, no one").unwrap();
        assert_eq!(keys.open(ADA, &sealed).unwrap(), b"twenty bytes, no one");
        assert!(!sealed.bytes.windows(6).any(|part| part == b"twenty"), "it stands there to be read");
        assert!(keys.open(GRACE, &sealed).is_err(), "moved to another person");
        assert!(keys.open_for(Purpose::OpeningShare, ADA.0, &sealed).is_err(), "moved to another column");
        for place in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[place] ^= 1;
            assert!(keys.open(ADA, &changed).is_err(), "byte {place}");
        }
        for length in 0..sealed.bytes.len() {
            let cut = Sealed { bytes: sealed.bytes[..length].to_vec(), ..sealed.clone() };
            assert!(keys.open(ADA, &cut).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn a_secret_that_was_sealed_before_there_were_purposes_still_opens() {
        // Made by another program, with the key, the nonce and the name of the column as they have always been.
        let bytes = b"\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\x07\xc4\xc9\xc8\xd5\x05\xd7\xae\xbf\xfc\xc5\
            \x4b\x87\x52\x86\x02\xd6\x8f\xb0\xd5\x60\x13\xef\x35\x4b\xf1\x9d"
            .to_vec();
        let old = Sealed { key: keys(&['a']).seal(ADA, [7; 16], b"").unwrap().key, bytes };
        assert_eq!(keys(&['a']).open(ADA, &old).unwrap(), b"old secret");
    }

    #[test]
    fn after_a_change_of_keys_the_old_one_opens_and_the_new_one_seals() {
        let before = keys(&['a']).seal(ADA, [7; 16], b"secret").unwrap();
        let both = keys(&['b', 'a']);
        assert_eq!(both.open(ADA, &before).unwrap(), b"secret");
        assert!(!both.is_current(&before));
        let after = both.seal(ADA, [8; 16], b"secret").unwrap();
        assert!(both.is_current(&after));
        assert_eq!(keys(&['b']).open(ADA, &after).unwrap(), b"secret");
        assert!(keys(&['b']).open(ADA, &before).is_err(), "the old key is gone");
    }

    #[test]
    fn what_is_no_key_is_refused_and_no_key_is_shown() {
        for text in ["", "\n", "abc", &"g".repeat(64), &format!("{}\nabc", "a".repeat(64))] {
            assert!(SecretsKeys::read(text).is_err(), "{text:?}");
        }
        assert!(!format!("{:?}", keys(&['a'])).contains("aaaaaaaa"));
    }
}
