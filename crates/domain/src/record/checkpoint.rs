//! Checkpoints of the whole log, and their signed form that leaves the system.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::digest::shown_as_hex;
use super::{Digest, NotHex};
use crate::calendar::Instant;

const FIRST_LINE: &str = "Nearhome checkpoint, shape 1";

/// The state of the whole log at a moment: how many events there were, and the one digest that depends on all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its place among the checkpoints; the first is 1 and none is left out.
    pub number: u64,
    /// When it was taken.
    pub at: Instant,
    /// How many events it covers.
    pub tree_size: u64,
    /// The Merkle root over those events' hashes, in the order in which checkpoints took them up.
    pub root: Digest,
    /// The digest of the checkpoint before it; [`Digest::ZERO`] for the first.
    pub previous: Digest,
}

impl Checkpoint {
    /// The digest that the next checkpoint names as its predecessor: over the text, which is also what is signed.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_string().as_bytes())
    }

    /// Whether `later` can be the next checkpoint after this one. Says nothing about the roots: that takes the events
    /// or a consistency proof.
    #[must_use]
    pub fn is_followed_by(&self, later: &Self) -> bool {
        self.number.checked_add(1) == Some(later.number)
            && later.previous == self.digest()
            && later.tree_size >= self.tree_size
            && later.at >= self.at
    }
}

/// The checkpoint as text, the same for the same checkpoint everywhere and for ever: six lines, each ended by a line
/// feed. A person can read it out over the telephone and compare.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        writeln!(f, "number: {}", self.number)?;
        writeln!(f, "taken at: {}", spell(self.at))?;
        writeln!(f, "events: {}", self.tree_size)?;
        writeln!(f, "root: {}", self.root)?;
        writeln!(f, "previous: {}", self.previous)
    }
}

impl FromStr for Checkpoint {
    type Err = HeadFault;

    fn from_str(text: &str) -> Result<Self, HeadFault> {
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Err(HeadFault::NotAHead);
        }
        let checkpoint = Self {
            number: labelled(lines.next(), "number")?,
            at: moment(lines.next())?,
            tree_size: labelled(lines.next(), "events")?,
            root: labelled(lines.next(), "root")?,
            previous: labelled(lines.next(), "previous")?,
        };
        // One spelling only: what was read must come out as it went in, or a signature could cover two texts.
        if checkpoint.to_string() == text { Ok(checkpoint) } else { Err(HeadFault::OtherSpelling) }
    }
}

fn spell(at: Instant) -> String {
    at.utc().to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn labelled<T: FromStr>(line: Option<&str>, label: &'static str) -> Result<T, HeadFault> {
    line.and_then(|line| line.strip_prefix(label)?.strip_prefix(": ")).and_then(|value| value.parse().ok()).ok_or(HeadFault::Line { label })
}

fn moment(line: Option<&str>) -> Result<Instant, HeadFault> {
    let at: DateTime<Utc> = labelled(line, "taken at")?;
    Ok(Instant::new(at))
}

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

shown_as_hex!(Signature, 64);

/// Names a signing key without being one: the first eight bytes of the digest of the public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 8]);

shown_as_hex!(KeyId, 8);

impl KeyId {
    /// The name of a public key.
    #[must_use]
    pub fn of(public_key: &[u8; 32]) -> Self {
        let mut id = [0; 8];
        id.iter_mut().zip(Digest::of(public_key).0).for_each(|(byte, digested)| *byte = digested);
        Self(id)
    }
}

/// The public key that belongs to a secret key.
#[must_use]
pub fn public_key(secret_key: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(secret_key).verifying_key().to_bytes()
}

/// A checkpoint signed by the log's key: what each council keeps outside the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SignedHeadLine", into = "SignedHeadLine")]
pub struct SignedHead {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Which key signed.
    pub key: KeyId,
    /// The signature over the checkpoint's text.
    pub signature: Signature,
}

/// Why a head cannot be read or believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeadFault {
    /// The text does not open as a checkpoint of a known shape.
    #[error("this is not a signed checkpoint of a known shape")]
    NotAHead,
    /// A line is missing or its value cannot be read.
    #[error("the line `{label}` is missing or cannot be read")]
    Line {
        /// What the line is called.
        label: &'static str,
    },
    /// The values can be read, but are not written in the one way that is signed.
    #[error("the checkpoint is not spelt in the one way that is signed")]
    OtherSpelling,
    /// The head names another key than the one it is checked with.
    #[error("the head was signed with key {found}, not with {expected}")]
    OtherKey {
        /// The key it is checked with.
        expected: KeyId,
        /// The key it names.
        found: KeyId,
    },
    /// The key given for checking is not an Ed25519 public key.
    #[error("the public key is not an Ed25519 key")]
    NotAKey,
    /// The signature is not the key's signature of this checkpoint.
    #[error("the signature does not belong to this checkpoint")]
    BadSignature,
}

impl SignedHead {
    /// Signs a checkpoint. The caller keeps the secret key; nothing here does.
    #[must_use]
    pub fn sign(checkpoint: Checkpoint, secret_key: &[u8; 32]) -> Self {
        let signing = SigningKey::from_bytes(secret_key);
        let signature = signing.sign(checkpoint.to_string().as_bytes());
        Self { key: KeyId::of(&signing.verifying_key().to_bytes()), signature: Signature(signature.to_bytes()), checkpoint }
    }

    /// Checks that the holder of this public key signed this checkpoint.
    ///
    /// # Errors
    /// [`HeadFault::OtherKey`], [`HeadFault::NotAKey`] or [`HeadFault::BadSignature`].
    pub fn verify(&self, public_key: &[u8; 32]) -> Result<(), HeadFault> {
        let expected = KeyId::of(public_key);
        if self.key != expected {
            return Err(HeadFault::OtherKey { expected, found: self.key });
        }
        let verifying = VerifyingKey::from_bytes(public_key).map_err(|_| HeadFault::NotAKey)?;
        let signature = ed25519_dalek::Signature::from_bytes(&self.signature.0);
        verifying.verify_strict(self.checkpoint.to_string().as_bytes(), &signature).map_err(|_| HeadFault::BadSignature)
    }
}

/// The head as text: the checkpoint's lines, an empty line, then who signed and the signature.
impl fmt::Display for SignedHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checkpoint, key, signature } = self;
        write!(f, "{checkpoint}\nkey: {key}\nsignature: {signature}\n")
    }
}

impl FromStr for SignedHead {
    type Err = HeadFault;

    /// Reads the text form. Reading is not believing: see [`SignedHead::verify`].
    fn from_str(text: &str) -> Result<Self, HeadFault> {
        let (checkpoint, signing) = text.split_once("\n\n").ok_or(HeadFault::NotAHead)?;
        let mut lines = signing.lines();
        let head = Self {
            checkpoint: format!("{checkpoint}\n").parse()?,
            key: labelled(lines.next(), "key")?,
            signature: labelled(lines.next(), "signature")?,
        };
        if head.to_string() == text { Ok(head) } else { Err(HeadFault::OtherSpelling) }
    }
}

/// The head as one JSON object: what stands on a line of an exported file of heads.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedHeadLine {
    number: u64,
    taken_at: String,
    events: u64,
    root: Digest,
    previous: Digest,
    key: KeyId,
    signature: Signature,
}

impl From<SignedHead> for SignedHeadLine {
    fn from(SignedHead { checkpoint, key, signature }: SignedHead) -> Self {
        let Checkpoint { number, at, tree_size, root, previous } = checkpoint;
        let (taken_at, events) = (spell(at), tree_size);
        Self { number, taken_at, events, root, previous, key, signature }
    }
}

impl TryFrom<SignedHeadLine> for SignedHead {
    type Error = HeadFault;

    fn try_from(line: SignedHeadLine) -> Result<Self, HeadFault> {
        let SignedHeadLine { number, taken_at, events, root, previous, key, signature } = line;
        let label = "taken at";
        let at: DateTime<Utc> = taken_at.parse().map_err(|_| HeadFault::Line { label })?;
        let at = Instant::new(at);
        if spell(at) != taken_at {
            return Err(HeadFault::OtherSpelling);
        }
        let checkpoint = Checkpoint { number, at, tree_size: events, root, previous };
        Ok(Self { checkpoint, key, signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            number: 12,
            at: Instant::new("2026-11-22T10:00:00.5Z".parse().unwrap()),
            tree_size: 8_123,
            root: Digest::of(b"root"),
            previous: Digest::of(b"previous"),
        }
    }

    #[test]
    fn the_text_is_fixed_for_ever() {
        let checkpoint = checkpoint();
        let text = format!(
            "Nearhome checkpoint, shape 1\nnumber: 12\ntaken at: 2026-11-22T10:00:00.500000Z\nevents: 8123\nroot: {}\nprevious: {}\n",
            checkpoint.root, checkpoint.previous
        );
        assert_eq!(checkpoint.to_string(), text);
        assert_eq!(text.parse(), Ok(checkpoint.clone()));
        assert_eq!(checkpoint.digest(), Digest::of(text.as_bytes()));
    }

    #[test]
    fn a_checkpoint_has_one_spelling() {
        let text = checkpoint().to_string();
        for (from, to) in [
            ("number: 12", "number: 012"),
            ("number: 12", "number: +12"),
            (".500000Z", ".5Z"),
            ("10:00:00.500000Z", "11:00:00.500000+01:00"),
            ("\nevents", "\r\nevents"),
        ] {
            let other = text.replace(from, to);
            assert_ne!(other, text);
            assert_eq!(other.parse::<Checkpoint>(), Err(HeadFault::OtherSpelling), "{other}");
        }
        assert_eq!(format!("{text}\n").parse::<Checkpoint>(), Err(HeadFault::OtherSpelling));
        let missing = text.replace("events", "event");
        assert_eq!(missing.parse::<Checkpoint>(), Err(HeadFault::Line { label: "events" }));
        assert_eq!("shape 2".parse::<Checkpoint>(), Err(HeadFault::NotAHead));
    }

    #[test]
    fn a_signed_head_is_read_back_and_believed() {
        let head = SignedHead::sign(checkpoint(), &SECRET);
        assert_eq!(head.to_string().parse(), Ok(head.clone()));
        let json = serde_json::to_string(&head).unwrap();
        assert_eq!(serde_json::from_str::<SignedHead>(&json).unwrap(), head);
        assert_eq!(head.verify(&public_key(&SECRET)), Ok(()));
        assert_eq!(head, SignedHead::sign(checkpoint(), &SECRET), "signing is deterministic");
    }

    #[test]
    fn nothing_signed_can_be_altered() {
        let (head, public) = (SignedHead::sign(checkpoint(), &SECRET), public_key(&SECRET));
        let later = Instant::new("2026-11-22T10:00:00.500001Z".parse().unwrap());
        let alterations: [fn(&mut Checkpoint, Instant); 5] = [
            |checkpoint, _| checkpoint.number += 1,
            |checkpoint, later| checkpoint.at = later,
            |checkpoint, _| checkpoint.tree_size -= 1,
            |checkpoint, _| checkpoint.root = Digest::ZERO,
            |checkpoint, _| checkpoint.previous = Digest::ZERO,
        ];
        for alter in alterations {
            let mut forged = head.clone();
            alter(&mut forged.checkpoint, later);
            assert_eq!(forged.verify(&public), Err(HeadFault::BadSignature));
        }
        let mut forged = head.clone();
        forged.signature.0[10] ^= 1;
        assert_eq!(forged.verify(&public), Err(HeadFault::BadSignature));
        let other = public_key(&[8; 32]);
        assert!(matches!(head.verify(&other), Err(HeadFault::OtherKey { .. })));
        let mut forged = SignedHead::sign(checkpoint(), &[8; 32]);
        forged.key = head.key;
        assert_eq!(forged.verify(&public), Err(HeadFault::BadSignature));
    }

    #[test]
    fn checkpoints_follow_one_another() {
        let first = checkpoint();
        let next = Checkpoint { number: 13, tree_size: 8_200, previous: first.digest(), ..first.clone() };
        assert!(first.is_followed_by(&next));
        assert!(!next.is_followed_by(&first));
        assert!(!first.is_followed_by(&Checkpoint { tree_size: 8_000, ..next.clone() }));
        assert!(!first.is_followed_by(&Checkpoint { previous: Digest::ZERO, ..next.clone() }));
        assert!(!first.is_followed_by(&Checkpoint { number: 14, ..next }));
    }
}
