//! The key of one organisation, under which its drafts and its own copies of bids stand in the database.
//!
//! The database holds the key sealed with the keys of the installation, which lie elsewhere: a copy of the database opens no draft,
//! and what one organisation wrote does not open as another's.

use std::fmt;

use domain::ids::{OrganisationId, SubmittedFileId};
use domain::record::Digest;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use store::Fault;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::people::sealing::{Purpose, Sealed, SecretsKeys};

/// What stands sealed under an organisation's key. A text moved from one place to another does not open there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What it says of itself in every bid.
    Profile,
    /// The name and the hash of a file that it uploaded.
    FileName,
    /// What is in that file.
    File,
    /// A bid that it is writing.
    Draft,
    /// Its own copy of a bid that it submitted.
    OwnCopy,
}

impl Place {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Profile => b"nearhome bidder_profile.content\0",
            Self::FileName => b"nearhome bidder_file.about\0",
            Self::File => b"nearhome bidder_file.content\0",
            Self::Draft => b"nearhome bid.draft\0",
            Self::OwnCopy => b"nearhome bid_submission.own_copy\0",
        }
    }

    fn bound_to(self, row: Uuid) -> Aad<Vec<u8>> {
        Aad::from([self.label(), row.as_bytes()].concat())
    }
}

/// The key of an organisation, opened. Never shown.
pub struct OrganisationKey(LessSafeKey);

impl fmt::Debug for OrganisationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrganisationKey(…)")
    }
}

fn broken(what: &'static str) -> Fault {
    Fault::inconsistent("key of an organisation", what)
}

fn random<const LENGTH: usize>() -> Result<Zeroizing<[u8; LENGTH]>, Fault> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    SystemRandom::new().fill(bytes.as_mut_slice()).map_err(|_| broken("the system gives no randomness"))?;
    Ok(bytes)
}

impl OrganisationKey {
    /// Makes a key, and seals it for its organisation.
    ///
    /// # Errors
    /// [`Fault`] when the cipher fails, which it has no reason to.
    pub fn create(keys: &SecretsKeys, organisation: OrganisationId) -> Result<(Self, Sealed), Fault> {
        let secret = random::<32>()?;
        let sealed = keys.seal_for(Purpose::OrganisationKey, organisation.0, *random()?, secret.as_slice())?;
        Ok((Self::of(secret.as_slice())?, sealed))
    }

    /// The key that was sealed for this organisation.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when it belongs to another organisation, was changed, or its own key is not among those given.
    pub fn open(keys: &SecretsKeys, organisation: OrganisationId, sealed: &Sealed) -> Result<Self, Fault> {
        Self::of(&Zeroizing::new(keys.open_for(Purpose::OrganisationKey, organisation.0, sealed)?))
    }

    /// The same key, sealed with the newest of the installation's keys.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn seal_again(keys: &SecretsKeys, organisation: OrganisationId, sealed: &Sealed) -> Result<Sealed, Fault> {
        let secret = Zeroizing::new(keys.open_for(Purpose::OrganisationKey, organisation.0, sealed)?);
        keys.seal_for(Purpose::OrganisationKey, organisation.0, *random()?, &secret)
    }

    fn of(secret: &[u8]) -> Result<Self, Fault> {
        UnboundKey::new(&CHACHA20_POLY1305, secret).map(LessSafeKey::new).map(Self).map_err(|_| broken("it is not of 32 bytes"))
    }

    /// Seals something for one row.
    ///
    /// # Errors
    /// [`Fault`] when the cipher fails, which it has no reason to.
    pub fn seal(&self, place: Place, row: Uuid, plain: &[u8]) -> Result<Vec<u8>, Fault> {
        let nonce = random::<NONCE_LEN>()?;
        // Room for all of it: a growing buffer would leave copies behind.
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + CHACHA20_POLY1305.tag_len());
        sealed.extend_from_slice(nonce.as_slice());
        sealed.extend_from_slice(plain);
        let body = sealed.get_mut(NONCE_LEN..).ok_or_else(|| broken("it is too short"))?;
        let once = Nonce::assume_unique_for_key(*nonce);
        let mark = self.0.seal_in_place_separate_tag(once, place.bound_to(row), body).map_err(|_| broken("it cannot be sealed"))?;
        sealed.extend_from_slice(mark.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed for this row.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when it was changed, or sealed for another row or organisation.
    pub fn unseal(&self, place: Place, row: Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let altered = || broken("what was sealed with it does not open: it was changed, or belongs elsewhere");
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(altered)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let once = Nonce::assume_unique_for_key(*nonce);
        let length = self.0.open_in_place(once, place.bound_to(row), &mut plain).map_err(|_| altered())?.len();
        plain.truncate(length);
        Ok(plain)
    }
}

/// Sixteen bytes that nobody can foresee, in hexadecimal digits.
///
/// # Errors
/// [`Fault`] when the system gives no randomness.
pub fn unpredictable() -> Result<String, Fault> {
    Ok(format!("{:032x}", u128::from_be_bytes(*random()?)))
}

/// The key of one file of a submitted bid. It seals that file and nothing else, so its nonce may be the same for all.
#[derive(Debug)]
pub struct FileKey;

impl FileKey {
    fn bound_to(file: SubmittedFileId) -> Aad<Vec<u8>> {
        Aad::from([b"nearhome submitted_file.content\0".as_slice(), file.0.as_bytes()].concat())
    }

    /// Seals a file with a new key; gives the sealed file and the key in hexadecimal digits.
    ///
    /// # Errors
    /// [`Fault`] when the cipher fails, which it has no reason to.
    pub fn seal(file: SubmittedFileId, plain: &[u8]) -> Result<(Vec<u8>, String), Fault> {
        let secret = random::<32>()?;
        let key = OrganisationKey::of(secret.as_slice())?;
        let mut sealed = Vec::with_capacity(plain.len() + CHACHA20_POLY1305.tag_len());
        sealed.extend_from_slice(plain);
        let once = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        key.0.seal_in_place_append_tag(once, Self::bound_to(file), &mut sealed).map_err(|_| broken("a file cannot be sealed"))?;
        Ok((sealed, Digest(*secret).to_string()))
    }

    /// Opens a file with its key.
    ///
    /// # Errors
    /// [`Fault::Inconsistent`] when it was changed, or is another file.
    pub fn open(file: SubmittedFileId, key: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let altered = || Fault::inconsistent("submitted_file.content", "it does not open: it was changed, or belongs elsewhere");
        let secret = Zeroizing::new(key.parse::<Digest>().map_err(|_| altered())?.0);
        let key = OrganisationKey::of(secret.as_slice())?;
        let mut plain = Zeroizing::new(sealed.to_vec());
        let once = Nonce::assume_unique_for_key([0; NONCE_LEN]);
        let length = key.0.open_in_place(once, Self::bound_to(file), &mut plain).map_err(|_| altered())?.len();
        plain.truncate(length);
        Ok(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: OrganisationId = OrganisationId(Uuid::from_u128(1));
    const OTHER: OrganisationId = OrganisationId(Uuid::from_u128(2));
    const ROW: Uuid = Uuid::from_u128(3);

    #[test]
    fn what_an_organisation_seals_opens_with_its_key_in_its_place_only() {
        let keys = SecretsKeys::read(&"a".repeat(64)).unwrap();
        let (key, kept) = OrganisationKey::create(&keys, ONE).unwrap();
        let sealed = key.seal(Place::Draft, ROW, b"our answer to question 3").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"answer"), "it stands there to be read");
        let again = OrganisationKey::open(&keys, ONE, &kept).unwrap();
        assert_eq!(again.unseal(Place::Draft, ROW, &sealed).unwrap().as_slice(), b"our answer to question 3");
        assert_ne!(sealed, key.seal(Place::Draft, ROW, b"our answer to question 3").unwrap(), "a nonce comes once");
        assert!(again.unseal(Place::OwnCopy, ROW, &sealed).is_err(), "moved to another column");
        assert!(again.unseal(Place::Draft, Uuid::from_u128(4), &sealed).is_err(), "moved to another row");
        assert!(OrganisationKey::open(&keys, OTHER, &kept).is_err(), "the key moved to another organisation");
        let (foreign, _) = OrganisationKey::create(&keys, OTHER).unwrap();
        assert!(foreign.unseal(Place::Draft, ROW, &sealed).is_err(), "opened with another organisation's key");
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key.unseal(Place::Draft, ROW, &changed).is_err(), "byte {place}");
            assert!(key.unseal(Place::Draft, ROW, &sealed[..place]).is_err(), "cut to {place}");
        }
    }
}
