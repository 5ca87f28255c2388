//! What somebody typed while their session ran out.
//!
//! The form waits in the database for its writer to sign in again. It is sealed with a key that only the browser holds, and it
//! is opened only for the person whose session it was: whoever reads the database lacks the key, and whoever signs in next at
//! the same browser is somebody else. Nothing is done with it: its writer sees the form again, as typed, and sends it.

use domain::access::{Action, Relation, visitor};
use domain::ids::PersonId;
use domain::people::Caller;
use domain::record::Digest;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use store::people::{kept_form, session};
use store::{Fault, Threshold, Tx};
use uuid::Uuid;

use super::secrets::Token;
use crate::{Command, Failure, Nearhome, perform};

/// For so long a form waits.
pub const KEPT_MINUTES: i64 = 60;

/// A form as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptForm {
    /// Where it was sent to.
    pub path: String,
    /// Its inputs in their order.
    pub pairs: Vec<(String, String)>,
}

/// Keeps a form for whoever's session this token was, and gives the key to it; `None` when nobody had signed in with it, or they
/// signed out themselves.
///
/// # Errors
/// [`Failure::Fault`] of the database.
pub async fn keep(nearhome: &Nearhome, session: &Token, form: &KeptForm) -> Result<Option<Token>, Failure> {
    let mut reads = nearhome.db.begin_read(&visitor()).await?;
    let found = session::by_token(&mut reads, session.digest()).await?;
    drop(reads);
    let Some(person) = found.filter(|session| session.second_factor_at.is_some()).map(|session| session.person) else { return Ok(None) };
    let key = Token::random(nearhome);
    let sealed = seal(&key, person, form)?;
    perform(nearhome, &visitor(), Uuid::nil(), &Keep { person, sealed }).await?;
    Ok(Some(key))
}

/// The form that this person sent too late, if this is its key and its time is not over.
///
/// # Errors
/// [`Failure::Fault`] of the database.
pub async fn kept(nearhome: &Nearhome, person: PersonId, key: &Token) -> Result<Option<KeptForm>, Failure> {
    let mut reads = nearhome.db.begin_read(&visitor()).await?;
    let sealed = kept_form::of_person(&mut reads, person, nearhome.now().plus_minutes(-KEPT_MINUTES)).await?;
    Ok(sealed.and_then(|sealed| open(key, person, sealed)))
}

/// Each key seals one form, so the nonce may be the same for all.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn cipher(key: &Token) -> Option<LessSafeKey> {
    let bytes = Digest::of(format!("nearhome kept form {}", key.reveal()).as_bytes()).0;
    UnboundKey::new(&CHACHA20_POLY1305, &bytes).ok().map(LessSafeKey::new)
}

fn seal(key: &Token, person: PersonId, form: &KeptForm) -> Result<Vec<u8>, Fault> {
    let failed = |_| Fault::inconsistent("kept_form", "the form could not be sealed");
    let mut bytes = serde_json::to_vec(form).map_err(|error| Fault::inconsistent("kept_form", error))?;
    let cipher = cipher(key).ok_or(ring::error::Unspecified).map_err(failed)?;
    cipher.seal_in_place_append_tag(nonce(), Aad::from(person.0.as_bytes()), &mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Nothing when the key is another, or the bytes were moved to another person or changed.
fn open(key: &Token, person: PersonId, mut sealed: Vec<u8>) -> Option<KeptForm> {
    let opened = cipher(key)?.open_in_place(nonce(), Aad::from(person.0.as_bytes()), &mut sealed).ok()?;
    serde_json::from_slice(opened).ok()
}

#[derive(Serialize)]
struct Keep {
    person: PersonId,
    #[serde(skip)]
    sealed: Vec<u8>,
}

impl Command for Keep {
    const ACTION: Action = Action::SignIn;
    const IS_REPEATABLE: bool = false;
    type Answer = ();

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        Ok(kept_form::keep(tx, self.person, self.sealed.clone()).await?)
    }
}
