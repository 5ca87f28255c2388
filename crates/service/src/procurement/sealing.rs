//! What keeps a submitted bid shut, to the operator and the owner of the database too, until officers of enough councils open it.
//!
//! Each opening officer has a key that their passphrase opens. Each tender has two keys, one for each envelope of a bid: the public
//! half ([`Recipient`]) seals bids, the secret half is split at once, a share for each council sealed to that council's
//! officers, and forgotten. Nothing here knows the database: what is to be kept comes back as text or bytes that may be read by
//! anybody. The sealing is age's (X25519, ChaCha20-Poly1305; scrypt for passphrases), whose files other programs open too.
//!
//! Keys are made from the operating system's randomness and not from [`crate::Randomness`]: nothing may foresee them, a test
//! included.

use std::fmt;
use std::str::FromStr;

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::secrecy::{ExposeSecret as _, SecretString};
use age::{DecryptError, Decryptor, Encryptor, scrypt, x25519};
use bech32::{Bech32, Hrp};
use domain::procurement::sharing::{self, SECRET_BYTES, Secret, Share, SharingRefusal};
use ring::rand::{SecureRandom as _, SystemRandom};
use store::Fault;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::people::secrets::aside;

/// Why something sealed does not open.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CannotOpen {
    /// Another passphrase wrapped the key.
    #[error("the passphrase is not the one with which this key was made")]
    Passphrase,
    /// It was sealed to somebody else.
    #[error("it is sealed to another key")]
    OtherKey,
    /// It was changed or cut since it was sealed, or never was sealed.
    #[error("it was changed since it was sealed")]
    Changed,
    /// The shares are too few, or not all of this key.
    #[error("these shares do not make the key of this tender: they are too few, or one of them belongs elsewhere")]
    Shares,
    /// This is no key to which anything can be sealed.
    #[error("this is no public key")]
    NoRecipient,
}

/// The public half of a key. What is sealed to it only its secret half opens.
#[derive(Clone)]
pub struct Recipient(x25519::Recipient);

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq for Recipient {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Recipient {}

impl FromStr for Recipient {
    type Err = CannotOpen;

    /// Reads what `Display` wrote, `age1…`.
    fn from_str(text: &str) -> Result<Self, CannotOpen> {
        text.parse().map(Self).map_err(|_| CannotOpen::NoRecipient)
    }
}

/// The secret half of a key. It lives in memory while something is opened, is never shown, and is overwritten when let go.
#[derive(Clone)]
pub struct Identity(x25519::Identity);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl Identity {
    fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// Its public half.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    fn to_secret(&self) -> Result<Secret, Fault> {
        let text = self.0.to_string();
        let broken = || Fault::inconsistent("key of a tender", "it is not of 32 bytes");
        let (_, bytes) = bech32::decode(text.expose_secret()).map_err(|_| broken())?;
        let bytes = Zeroizing::new(bytes);
        Ok(Zeroizing::new(<[u8; SECRET_BYTES]>::try_from(bytes.as_slice()).map_err(|_| broken())?))
    }

    fn from_secret(secret: &Secret) -> Result<Self, CannotOpen> {
        let text = bech32::encode_upper::<Bech32>(Hrp::parse_unchecked("age-secret-key-"), secret.as_slice());
        let text = Zeroizing::new(text.map_err(|_| CannotOpen::Shares)?);
        text.parse().map(Self).map_err(|_| CannotOpen::Shares)
    }
}

/// What a person types to use their key. Never shown, and overwritten when it is let go.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// As typed.
    #[must_use]
    pub fn new(typed: String) -> Self {
        Self(SecretString::from(typed))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// How much work a passphrase costs whoever guesses: 2 to this power, in rounds of scrypt of 1 KiB each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkFactor(u8);

impl WorkFactor {
    /// What age takes about a second for on today's machines, and 256 MiB of memory.
    pub const USUAL: Self = Self(18);
    /// What a test can afford.
    pub const LEAST: Self = Self(1);
    /// More than this is not done, whoever asks: it takes 4 GiB.
    const MOST: u8 = 22;

    /// Between 1 and 22; `None` beyond.
    #[must_use]
    pub fn new(log_rounds: u8) -> Option<Self> {
        (1..=Self::MOST).contains(&log_rounds).then_some(Self(log_rounds))
    }
}

/// The key of an opening officer, as it is kept: only its passphrase opens it.
#[derive(Debug, Clone)]
pub struct WrappedKey {
    /// Its public half.
    pub recipient: Recipient,
    /// Its secret half, sealed with the passphrase.
    pub wrapped: Vec<u8>,
}

/// Makes a key for an opening officer. Whoever forgets the passphrase has lost the key: nothing brings it back.
///
/// # Errors
/// [`Fault`] when it cannot be sealed, which it has no reason to.
pub async fn officer_key(passphrase: &Passphrase, work: WorkFactor) -> Result<WrappedKey, Fault> {
    let passphrase = passphrase.clone();
    aside(move || {
        let identity = Identity::generate();
        let mut lock = scrypt::Recipient::new(passphrase.0);
        lock.set_work_factor(work.0);
        let wrapped = age::encrypt(&lock, identity.0.to_string().expose_secret().as_bytes()).map_err(not_sealed)?;
        Ok(WrappedKey { recipient: identity.recipient(), wrapped })
    })
    .await?
}

/// An opening officer's key, with their passphrase.
///
/// # Errors
/// [`CannotOpen::Passphrase`] and [`CannotOpen::Changed`]; [`Fault`] when the work could not be done.
pub async fn unwrap(wrapped: &[u8], passphrase: &Passphrase) -> Result<Result<Identity, CannotOpen>, Fault> {
    let (wrapped, passphrase) = (wrapped.to_vec(), passphrase.clone());
    aside(move || {
        let mut lock = scrypt::Identity::new(passphrase.0);
        lock.set_max_work_factor(WorkFactor::MOST);
        let opened = age::decrypt(&lock, &wrapped).map(Zeroizing::new).map_err(|error| {
            // With scrypt, a key of the file that does not open can only mean another passphrase.
            let is_locked = matches!(error, DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed);
            if is_locked { CannotOpen::Passphrase } else { cannot_open(&error) }
        })?;
        let text = std::str::from_utf8(&opened).map_err(|_| CannotOpen::Changed)?;
        text.parse().map(Identity).map_err(|_| CannotOpen::Changed)
    })
    .await
}

/// The key of one envelope of a tender, as it is kept.
#[derive(Debug, Clone)]
pub struct TenderKey {
    /// To which bids are sealed.
    pub recipient: Recipient,
    /// For each council, in the order in which they were given, its share: sealed to every one of its officers.
    pub shares: Vec<Vec<u8>>,
}

/// Makes a key, splits it so that officers of `needed` councils must take part, and forgets it.
///
/// # Errors
/// [`SharingRefusal::Holders`]; [`Fault`] when it cannot be sealed, as for a council without officers.
pub fn tender_key(councils: &[Vec<Recipient>], needed: usize) -> Result<Result<TenderKey, SharingRefusal>, Fault> {
    let identity = Identity::generate();
    let random = SystemRandom::new();
    let mut coefficients = Vec::new();
    for _ in 1..needed {
        let mut coefficient: Secret = Zeroizing::new([0; SECRET_BYTES]);
        random.fill(coefficient.as_mut_slice()).map_err(|_| Fault::inconsistent("randomness", "the system gives none"))?;
        coefficients.push(coefficient);
    }
    let holders = u8::try_from(councils.len()).map_err(|error| Fault::inconsistent("key of a tender", error))?;
    let shares = match sharing::split(&identity.to_secret()?, &coefficients, holders) {
        Ok(shares) => shares,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let shares = shares.iter().zip(councils).map(|(share, officers)| seal_to(officers, &share.to_bytes())).collect::<Result<_, Fault>>()?;
    Ok(Ok(TenderKey { recipient: identity.recipient(), shares }))
}

/// A council's share, opened with the key of one of its officers.
///
/// # Errors
/// [`CannotOpen`].
pub fn take_share(officer: &Identity, sealed: &[u8]) -> Result<Share, CannotOpen> {
    Share::from_bytes(&open(officer, sealed)?).map_err(|_| CannotOpen::Changed)
}

/// The secret half of a tender's key, from the shares of as many councils as have to take part.
///
/// # Errors
/// [`CannotOpen::Shares`] when what they make does not belong to this recipient.
pub fn identity_from(recipient: &Recipient, shares: &[Share]) -> Result<Identity, CannotOpen> {
    let secret = sharing::combine(shares).map_err(|_| CannotOpen::Shares)?;
    let identity = Identity::from_secret(&secret)?;
    if identity.recipient() == *recipient { Ok(identity) } else { Err(CannotOpen::Shares) }
}

/// Seals something to a key.
///
/// # Errors
/// [`Fault`] when it cannot be sealed, which it has no reason to.
pub fn seal(recipient: &Recipient, plain: &[u8]) -> Result<Vec<u8>, Fault> {
    age::encrypt(&recipient.0, plain).map_err(not_sealed)
}

/// What somebody else sealed with age to a key, from its armoured text. Whose key it is cannot be known without it.
#[must_use]
pub fn sealed_elsewhere(armoured: &str) -> Option<Vec<u8>> {
    let mut sealed = Vec::new();
    std::io::Read::read_to_end(&mut ArmoredReader::new(armoured.trim().as_bytes()), &mut sealed).ok()?;
    let is_to_a_key = Decryptor::new_buffered(sealed.as_slice()).is_ok_and(|sealed| !sealed.is_scrypt());
    (is_to_a_key && armoured.trim_start().starts_with("-----BEGIN ")).then_some(sealed)
}

/// The armoured text of something sealed.
///
/// # Errors
/// [`Fault`] when it cannot be written, which it has no reason to.
pub fn armoured(sealed: &[u8]) -> Result<String, Fault> {
    let mut text = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor).map_err(not_sealed)?;
    std::io::Write::write_all(&mut text, sealed).map_err(not_sealed)?;
    String::from_utf8(text.finish().map_err(not_sealed)?).map_err(not_sealed)
}

/// Opens what was sealed to the public half of this key.
///
/// # Errors
/// [`CannotOpen`].
pub fn open(identity: &Identity, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
    // One buffer of the right size: a growing one would leave copies behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    let reader = Decryptor::new_buffered(sealed).and_then(|sealed| sealed.decrypt(std::iter::once::<&dyn age::Identity>(&identity.0)));
    std::io::Read::read_to_end(&mut reader.map_err(|error| cannot_open(&error))?, &mut plain).map_err(|_| CannotOpen::Changed)?;
    Ok(plain)
}

fn seal_to(officers: &[Recipient], plain: &[u8]) -> Result<Vec<u8>, Fault> {
    let recipients = officers.iter().map(|officer| -> &dyn age::Recipient { &officer.0 });
    let mut sealed = Vec::new();
    let mut writer = Encryptor::with_recipients(recipients).map_err(not_sealed)?.wrap_output(&mut sealed).map_err(not_sealed)?;
    std::io::Write::write_all(&mut writer, plain).map_err(not_sealed)?;
    writer.finish().map_err(not_sealed)?;
    Ok(sealed)
}

fn not_sealed(error: impl fmt::Display) -> Fault {
    Fault::inconsistent("sealing", error)
}

fn cannot_open(error: &DecryptError) -> CannotOpen {
    if matches!(error, DecryptError::NoMatchingKeys) { CannotOpen::OtherKey } else { CannotOpen::Changed }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: WorkFactor = WorkFactor(2);

    async fn officer(passphrase: &str) -> (WrappedKey, Identity) {
        let passphrase = Passphrase::new(passphrase.to_owned());
        let key = officer_key(&passphrase, QUICK).await.unwrap();
        let identity = unwrap(&key.wrapped, &passphrase).await.unwrap().unwrap();
        (key, identity)
    }

    #[tokio::test]
    async fn an_officers_key_opens_with_its_passphrase_only() {
        let (key, identity) = officer("three random words").await;
        assert_eq!(identity.recipient(), key.recipient);
        assert_eq!(key.recipient.to_string().parse::<Recipient>().unwrap(), key.recipient);
        let opened =
            async |wrapped: &[u8], passphrase: &str| unwrap(wrapped, &Passphrase::new(passphrase.to_owned())).await.unwrap().map(drop);
        assert_eq!(opened(&key.wrapped, "three random word").await, Err(CannotOpen::Passphrase));
        let cut = key.wrapped.len() - 1;
        assert_eq!(opened(&key.wrapped[..cut], "three random words").await, Err(CannotOpen::Changed));
        assert_eq!(opened(b"", "three random words").await, Err(CannotOpen::Changed));
        assert_eq!(WorkFactor::new(23), None);
        let shown = format!("{identity:?} {:?} {:?}", Passphrase::new("three random words".to_owned()), key.wrapped);
        assert!(!shown.contains("SECRET") && !shown.contains("three"), "{shown}");
    }

    #[tokio::test]
    async fn officers_of_any_two_of_four_councils_open_a_bid_and_one_council_cannot() {
        let mut councils = Vec::new();
        for council in 0..4 {
            councils.push([officer(&format!("first {council}")).await, officer(&format!("second {council}")).await]);
        }
        let holders: Vec<Vec<Recipient>> =
            councils.iter().map(|officers| officers.iter().map(|(key, _)| key.recipient.clone()).collect()).collect();
        let key = tender_key(&holders, 2).unwrap().unwrap();
        let sealed = seal(&key.recipient, b"a price of 4,321 pounds").unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"4,321"), "it stands there to be read");
        // The first officer of an even council and the second of an odd one.
        let share = |council: usize| take_share(&councils[council][council % 2].1, &key.shares[council]).unwrap();
        for one in 0..4 {
            for other in (0..4).filter(|other| *other != one) {
                let identity = identity_from(&key.recipient, &[share(one), share(other)]).unwrap();
                assert_eq!(open(&identity, &sealed).unwrap().as_slice(), b"a price of 4,321 pounds");
                assert_eq!(take_share(&councils[other][0].1, &key.shares[one]).unwrap_err(), CannotOpen::OtherKey);
            }
            assert_eq!(identity_from(&key.recipient, &[share(one)]).unwrap_err(), CannotOpen::Shares);
            assert_eq!(identity_from(&key.recipient, &[share(one), share(one)]).unwrap_err(), CannotOpen::Shares);
            assert_eq!(open(&councils[one][0].1, &sealed).unwrap_err(), CannotOpen::OtherKey);
        }
        let elsewhere = tender_key(&holders, 2).unwrap().unwrap();
        let foreign = take_share(&councils[1][0].1, &elsewhere.shares[1]).unwrap();
        assert_eq!(identity_from(&key.recipient, &[share(0), foreign]).unwrap_err(), CannotOpen::Shares);
    }

    #[tokio::test]
    async fn a_sealed_bid_that_was_changed_anywhere_does_not_open() {
        let (key, identity) = officer("three random words").await;
        let sealed = seal(&key.recipient, b"quality").unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(open(&identity, &changed).is_err(), "byte {place}");
            assert!(open(&identity, &sealed[..place]).is_err(), "cut to {place}");
        }
    }

    #[tokio::test]
    async fn a_key_needs_two_councils_at_least_and_officers_in_each() {
        let (officer, _) = officer("three random words").await;
        let council = || vec![officer.recipient.clone()];
        assert!(matches!(tender_key(&[council(), council()], 1).unwrap(), Err(SharingRefusal::Holders { needed: 1, .. })));
        assert!(matches!(tender_key(&[council()], 2).unwrap(), Err(SharingRefusal::Holders { needed: 2, holders: 1 })));
        assert!(tender_key(&[council(), Vec::new()], 2).is_err(), "a council without officers");
    }
}
