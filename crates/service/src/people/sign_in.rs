//! Signing in: a password, then a code; wrong ones are counted, and their count is kept even though they changed nothing else.
//!
//! The password gives a session that opens nothing. The right code ends it and begins another under a new token, so that
//! a token planted in a browser before is worth nothing after.

use domain::access::{Action, Denied, Relation, visitor};
use domain::calendar::Instant;
use domain::ids::PersonId;
use domain::people::Caller;
use domain::record::Digest;
use serde::{Deserialize, Serialize};
use store::people::organisation::{self, Person};
use store::people::session::{self, Session};
use store::{Reads, Threshold, Tx};
use uuid::Uuid;

use super::sealing::{self, Sealed, SecretsKeys};
pub use super::secrets::{Enrolment, Token};
pub use super::session::{HeldRole, SignedIn, api_caller, choose_role, resolve, sign_out};
use super::{secrets, session as live};
use crate::{Command, Failure, Nearhome, perform};

/// Failures count for so long.
const WINDOW_MINUTES: i64 = 15;
/// So many wrong passwords for one email, or wrong codes of one person, and no more are heard within the window.
pub(super) const FAILURES_OF_ONE: i64 = 5;
/// So many from one network address: an office shares one.
const FAILURES_FROM_ADDRESS: i64 = 20;
/// Between password and code.
const CODE_MINUTES: i64 = 10;
/// The same words whether the email is unknown, the password wrong or the person disabled.
const NOT_RIGHT: &str = "The email address or the password is not right";

/// The password was right: what comes next, and under which token.
#[derive(Debug, Clone)]
pub struct Begun {
    /// For the browser, until the code comes.
    pub token: Token,
    /// What to ask for.
    pub next: NextStep,
}

/// What comes after the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// A code from the authenticator app.
    Code,
    /// First set up the app with this secret, then give its code.
    Enrol(Enrolment),
}

/// Checks email and password.
///
/// `source_address` is the network address from which the request came, as the server sees it.
///
/// # Errors
/// [`Failure::Invalid`] when they do not belong together; [`Failure::Refused`] with the time when it may be tried again after
/// five failures for the email or twenty from the address within fifteen minutes.
pub async fn begin(nearhome: &Nearhome, email: &str, password: &str, source_address: &str) -> Result<Begun, Failure> {
    let email = email.trim().to_lowercase();
    let limits = [
        Limit { subject: subject("email", &email), failures: FAILURES_OF_ONE },
        Limit { subject: subject("address", source_address), failures: FAILURES_FROM_ADDRESS },
    ];
    let mut reads = nearhome.db.begin_read(&visitor()).await?;
    // Looked at twice: here to spare the work of hashing, and in the transaction that counts, where racers wait for each other.
    if let Some(until) = closed_until(&mut reads, nearhome.now(), &limits).await? {
        return Err(too_many(until));
    }
    let person = organisation::person_by_email(&mut reads, &email).await?.filter(|person| person.disabled_at.is_none());
    drop(reads);
    let hash = person.as_ref().and_then(|person| person.password_hash.as_deref());
    let is_right = secrets::verify_password(hash, password).await?;
    let token = Token::random(nearhome);
    let verified = match person.filter(|_| is_right) {
        Some(person) => {
            let secret = secrets::new_totp_secret(nearhome);
            let new_secret = nearhome.secrets()?.seal(person.id, nearhome.random().to_be_bytes(), &secret)?;
            Some(Verified { person: person.id, hash: person.password_hash, new_secret })
        }
        None => None,
    };
    let command = GivePassword { limits, verified, session: token.digest() };
    match perform(nearhome, &visitor(), Uuid::nil(), &command).await? {
        AfterPassword::Wrong => Err(Failure::invalid("", NOT_RIGHT)),
        AfterPassword::TooMany(until) => Err(too_many(until)),
        AfterPassword::Code => Ok(Begun { token, next: NextStep::Code }),
        AfterPassword::Enrol(person, sealed) => {
            let secret = nearhome.secrets()?.open(person, &sealed)?;
            Ok(Begun { token, next: NextStep::Enrol(secrets::enrolment(&secret, &email)?) })
        }
    }
}

/// What the half-open session of this token still asks for, for a page that is opened again; `None` when there is none.
///
/// # Errors
/// [`Failure::Fault`] of the database.
pub async fn next_step(nearhome: &Nearhome, token: &Token) -> Result<Option<NextStep>, Failure> {
    let mut reads = nearhome.db.begin_read(&visitor()).await?;
    let Some(person) = half_open(&mut reads, token.digest(), nearhome.now()).await? else { return Ok(None) };
    match (person.totp_confirmed_at, sealing::sealed_of(&person)) {
        (None, Some(sealed)) => {
            let secret = nearhome.secrets()?.open(person.id, &sealed)?;
            Ok(Some(NextStep::Enrol(secrets::enrolment(&secret, &person.email)?)))
        }
        (Some(_), _) | (None, None) => Ok(Some(NextStep::Code)),
    }
}

/// Checks the code, and gives the token of the session that opens everything. The first right code also confirms the secret.
///
/// # Errors
/// [`Failure::Invalid`] at `code` for a wrong or used code; [`Failure::Refused`] after five wrong ones, or when the person has
/// no role any more; [`Failure::Denied`] when the password must be given again.
pub async fn second_factor(nearhome: &Nearhome, token: &Token, code: &str) -> Result<Token, Failure> {
    let next = Token::random(nearhome);
    let keys = nearhome.secrets()?;
    let command = GiveCode { code: code.to_owned(), before: token.digest(), after: next.digest(), keys };
    match perform(nearhome, &visitor(), Uuid::nil(), &command).await? {
        AfterCode::PasswordFirst => Err(Denied::SignInFirst.into()),
        AfterCode::TooMany(until) => Err(too_many(until)),
        AfterCode::Wrong => {
            Err(Failure::invalid("code", "The code is not right or was already used. Enter the code that your app shows now"))
        }
        AfterCode::NoRole => Err(Failure::refused("You have no role in Nearhome any more. Ask the administrator of your organisation")),
        AfterCode::SignedIn => Ok(next),
    }
}

/// How many failures of a subject are heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) subject: Digest,
    pub(super) failures: i64,
}

/// Attempts are kept under a hash: the table holds nothing that names a person or a place.
pub(super) fn subject(kind: &str, text: &str) -> Digest {
    Digest::of(format!("{kind}\0{text}").as_bytes())
}

/// Until when no attempt is heard, if one of the limits is reached.
pub(super) async fn closed_until(reads: &mut impl Reads, now: Instant, limits: &[Limit]) -> Result<Option<Instant>, Failure> {
    let mut until = None;
    for limit in limits {
        let since = now.plus_minutes(-WINDOW_MINUTES);
        let reached = session::failure_before(reads, limit.subject, since, limit.failures).await?;
        until = until.max(reached.map(|at| at.plus_minutes(WINDOW_MINUTES)));
    }
    Ok(until)
}

pub(super) fn too_many(until: Instant) -> Failure {
    // The next whole minute: a clock on a wall shows no seconds.
    Failure::refused(format!("Too many attempts. Try again after {}", until.plus_minutes(1).time_in_uk()))
}

/// The person of a session that waits for its code.
async fn half_open(reads: &mut impl Reads, hash: Digest, now: Instant) -> Result<Option<Person>, Failure> {
    let Some(session) = session::by_token(reads, hash).await? else { return Ok(None) };
    if session.second_factor_at.is_some() || session.expires_at <= now {
        return Ok(None);
    }
    Ok(Some(reads.get::<Person>(session.person).await?).filter(|person| person.disabled_at.is_none()))
}

/// Counts an attempt with a password, and begins the session that waits for a code.
#[derive(Serialize)]
struct GivePassword {
    #[serde(skip)]
    limits: [Limit; 2],
    #[serde(skip)]
    verified: Option<Verified>,
    session: Digest,
}

/// Whose password was right.
struct Verified {
    person: PersonId,
    /// The hash against which it was checked.
    hash: Option<String>,
    /// For whoever has no authenticator secret yet.
    new_secret: Sealed,
}

#[derive(Serialize, Deserialize)]
enum AfterPassword {
    Wrong,
    TooMany(Instant),
    Code,
    Enrol(PersonId, Sealed),
}

impl Command for GivePassword {
    const ACTION: Action = Action::SignIn;
    const IS_REPEATABLE: bool = false;
    type Answer = AfterPassword;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<AfterPassword, Failure> {
        let now = tx.at();
        if let Some(until) = closed_until(tx, now, &self.limits).await? {
            return Ok(AfterPassword::TooMany(until));
        }
        let person = match &self.verified {
            // A password that was changed while this one was checked is the one that counts.
            Some(verified) => {
                let person = tx.get::<Person>(verified.person).await?;
                (person.password_hash == verified.hash).then_some((person, verified))
            }
            None => None,
        };
        for limit in &self.limits {
            session::note_attempt(tx, limit.subject, person.is_some()).await?;
        }
        let Some((mut person, verified)) = person else { return Ok(AfterPassword::Wrong) };
        let begun = Session {
            token_hash: self.session,
            person: person.id,
            membership: None,
            started_at: now,
            seen_at: now,
            expires_at: now.plus_minutes(CODE_MINUTES),
            second_factor_at: None,
        };
        session::begin(tx, &begun).await?;
        if person.totp_confirmed_at.is_some() {
            return Ok(AfterPassword::Code);
        }
        if let Some(sealed) = sealing::sealed_of(&person) {
            return Ok(AfterPassword::Enrol(person.id, sealed));
        }
        sealing::put(&mut person, Some(verified.new_secret.clone()));
        tx.update(&mut person, &serde_json::json!({ "shape": 1, "changed": ["totp_sealed"] })).await?;
        Ok(AfterPassword::Enrol(person.id, verified.new_secret.clone()))
    }
}

/// Counts an attempt with a code, and begins the session that opens everything.
#[derive(Serialize)]
struct GiveCode<'a> {
    #[serde(skip)]
    code: String,
    before: Digest,
    after: Digest,
    #[serde(skip)]
    keys: &'a SecretsKeys,
}

impl GiveCode<'_> {
    /// The time step of the code, if it is right. A secret under an older key is then sealed with the key of today.
    fn step(&self, tx: &mut Tx, person: &mut Person) -> Result<Option<i64>, Failure> {
        let Some(sealed) = sealing::sealed_of(person) else { return Ok(None) };
        let secret = self.keys.open(person.id, &sealed)?;
        let step = secrets::step_of_code(&secret, &person.email, &self.code, tx.at(), person.totp_last_step)?;
        if step.is_some() && !self.keys.is_current(&sealed) {
            sealing::put(person, Some(self.keys.seal(person.id, tx.new_id().into_bytes(), &secret)?));
        }
        Ok(step)
    }
}

#[derive(Serialize, Deserialize)]
enum AfterCode {
    PasswordFirst,
    TooMany(Instant),
    Wrong,
    NoRole,
    SignedIn,
}

impl Command for GiveCode<'_> {
    const ACTION: Action = Action::SignIn;
    const IS_REPEATABLE: bool = false;
    type Answer = AfterCode;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<AfterCode, Failure> {
        let now = tx.at();
        let Some(mut person) = half_open(tx, self.before, now).await? else { return Ok(AfterCode::PasswordFirst) };
        let limit = Limit { subject: subject("code", &person.id.to_string()), failures: FAILURES_OF_ONE };
        if let Some(until) = closed_until(tx, now, &[limit]).await? {
            return Ok(AfterCode::TooMany(until));
        }
        let step = self.step(tx, &mut person)?;
        session::note_attempt(tx, limit.subject, step.is_some()).await?;
        let Some(step) = step else { return Ok(AfterCode::Wrong) };
        person.totp_last_step = step;
        person.totp_confirmed_at = person.totp_confirmed_at.or(Some(now));
        tx.update(&mut person, &serde_json::json!({ "shape": 1, "changed": ["totp_last_step"] })).await?;
        session::end(tx, self.before).await?;
        let Some(role) = organisation::roles_of(tx, person.id).await?.into_iter().next() else { return Ok(AfterCode::NoRole) };
        let begun = Session {
            token_hash: self.after,
            person: person.id,
            membership: Some(role.id),
            started_at: now,
            seen_at: now,
            expires_at: live::end_of_life(now),
            second_factor_at: Some(now),
        };
        session::begin(tx, &begun).await?;
        Ok(AfterCode::SignedIn)
    }
}
