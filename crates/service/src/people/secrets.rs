//! The three things that prove who somebody is: tokens, passwords and codes. Each is checked without telling how far it was wrong.

use std::fmt;
use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::calendar::Instant;
use domain::record::Digest;
use store::{Fault, Tx};
use tokio::sync::Semaphore;

use crate::Nearhome;

/// One hash takes 19 MiB of memory; a crowd at the door must not take all of it.
static HASHING: Semaphore = Semaphore::const_new(8);

/// 256 random bits as base64url. Only the browser or the caller's software holds it; the database holds its digest, so that
/// a copy of the database opens no session.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new one.
    #[must_use]
    pub fn random(nearhome: &Nearhome) -> Self {
        let bytes = [nearhome.random().to_be_bytes(), nearhome.random().to_be_bytes()].concat();
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A new one made by a transaction, from the same unpredictable bytes as its ids.
    pub(super) fn made_in(tx: &mut Tx) -> Self {
        Self(URL_SAFE_NO_PAD.encode([tx.new_id().into_bytes(), tx.new_id().into_bytes()].concat()))
    }

    /// What a cookie, a link or an `Authorization` header brought. Anything may come; only a known one opens something.
    #[must_use]
    pub fn received(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The text to hand out, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the database knows of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Hashes a password with argon2id, in PHC form. The salt is sixteen bytes that come once.
///
/// # Errors
/// [`Fault`] when the hasher fails, which it has no reason to.
pub async fn hash_password(salt: [u8; 16], password: &str) -> Result<String, Fault> {
    let password = password.to_owned();
    aside(move || phc(&password, &salt)).await?.map_err(|error| Fault::inconsistent("argon2", error))
}

fn phc(password: &str, salt: &[u8]) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password_with_salt(password.as_bytes(), salt)?.to_string())
}

/// Passwords are at least so long, in characters.
pub const PASSWORD_LETTERS: usize = 12;

/// What is wrong with a new password, in words that help. `known` is what others know of the person: name, email,
/// organisation; words from there do not make a password harder to guess.
#[must_use]
pub fn weakness(password: &str, known: &[&str]) -> Option<String> {
    let letters = password.chars().count();
    if letters < PASSWORD_LETTERS {
        return Some(format!("Password must be {PASSWORD_LETTERS} characters or more"));
    }
    // Estimating takes longer than linear time, and nobody types this much.
    if letters > 200 {
        return Some("Password must be 200 characters or fewer".to_owned());
    }
    let known: Vec<&str> = known.iter().flat_map(|text| text.split([' ', '@', '.', '-', '\''])).chain(known.iter().copied()).collect();
    let estimate = zxcvbn::zxcvbn(password, &known);
    if estimate.score() >= zxcvbn::Score::Three {
        return None;
    }
    let why = estimate.feedback().and_then(zxcvbn::feedback::Feedback::warning);
    let why = why.map_or_else(|| "This password is easy to guess.".to_owned(), |why| why.to_string());
    Some(format!("{why} Choose a harder one, such as three random words"))
}

/// Whether the password is the one that was hashed. Without a hash the same work is done for nothing, so that the time
/// it takes does not tell whether an email is known.
///
/// # Errors
/// [`Fault`] when the work could not be done.
pub async fn verify_password(hash: Option<&str>, password: &str) -> Result<bool, Fault> {
    static NOBODYS: LazyLock<String> = LazyLock::new(|| phc("nobody's password", b"sixteen letters!").unwrap_or_default());
    let (hash, password) = (hash.map(ToOwned::to_owned), password.to_owned());
    aside(move || {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODYS.clone());
        let is_right = <Argon2<'_> as PasswordVerifier<str>>::verify_password(&Argon2::default(), password.as_bytes(), &hash).is_ok();
        is_known && is_right
    })
    .await
}

/// Hashing keeps a processor busy: not on the threads that answer requests.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    let _permit = HASHING.acquire().await.map_err(|error| Fault::inconsistent("hashing", error))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| Fault::inconsistent("hashing", error))
}

/// A new shared secret for codes: 160 random bits, as RFC 4226 recommends.
#[must_use]
pub fn new_totp_secret(nearhome: &Nearhome) -> Vec<u8> {
    [nearhome.random().to_be_bytes(), nearhome.random().to_be_bytes()].concat().into_iter().take(20).collect()
}

/// What a person enters into their authenticator app.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// `otpauth://…`, for the QR code.
    pub secret_uri: String,
    /// The same secret in base32, for typing.
    pub secret: String,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

fn totp(secret: &[u8], email: &str) -> Result<totp_rs::Totp, Fault> {
    totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(1)
        .with_secret(secret.to_vec())
        .with_account_name(email.to_owned())
        .with_issuer(Some("Nearhome"))
        .build()
        .map_err(|error| Fault::inconsistent("person.totp_secret", format!("{error:?}")))
}

/// The enrolment for a secret that is not confirmed yet.
///
/// # Errors
/// [`Fault`] when the stored secret is not one.
pub fn enrolment(secret: &[u8], email: &str) -> Result<Enrolment, Fault> {
    let totp = totp(secret, email)?;
    let secret_uri = totp.to_url().map_err(|error| Fault::inconsistent("person.totp_secret", format!("{error:?}")))?;
    Ok(Enrolment { secret_uri, secret: totp.secret().to_base32() })
}

/// The code that an authenticator app with this secret shows at a moment.
///
/// # Errors
/// [`Fault`] when the secret is not one.
pub fn code_at(secret: &[u8], email: &str, at: Instant) -> Result<String, Fault> {
    let seconds = u64::try_from(at.utc().timestamp()).unwrap_or_default();
    Ok(totp(secret, email)?.generate(seconds).to_string())
}

/// The time step (of 30 seconds) to which a code belongs, when it is right now or one step before or after, and its step is
/// later than the last one that was used. Spaces are forgiven: apps show codes as `123 456`.
///
/// # Errors
/// [`Fault`] when the stored secret is not one.
pub fn step_of_code(secret: &[u8], email: &str, code: &str, at: Instant, last_step: i64) -> Result<Option<i64>, Fault> {
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let seconds = u64::try_from(at.utc().timestamp()).unwrap_or_default();
    let step = totp(secret, email)?.check(&code, seconds).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > last_step))
}
