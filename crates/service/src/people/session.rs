//! Who sends a request: the person and role behind a session, or the software behind a token.

use domain::access::{Action, Relation, visitor};
use domain::calendar::Instant;
use domain::ids::MembershipId;
use domain::people::{Caller, OrganisationKind, Role};
use domain::reach::may_answer_for;
use domain::record::Digest;
use serde::Serialize;
use store::people::session;
pub use store::people::session::HeldRole;
use store::state::DatabaseState;
use store::{Threshold, Tx};
use uuid::Uuid;

use super::secrets::Token;
use crate::{Command, Failure, Nearhome, perform};

/// A session that nobody uses ends after so long.
pub const IDLE_MINUTES: i64 = 60;
/// A session ends after so long whatever happens.
pub const LIFETIME_HOURS: i64 = 12;
/// The last use is noted at most so often: a page of ten requests writes once.
const NOTED_EVERY_MINUTES: i64 = 1;

/// Who sends a request.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// What access is decided by.
    pub caller: Caller,
    /// The person's name.
    pub person_name: String,
    /// The name of the organisation for which they act.
    pub organisation_name: String,
    /// Council or provider.
    pub organisation_kind: OrganisationKind,
    /// The role in which they act.
    pub role: Role,
    /// Their post; for software the name of its token.
    pub post: String,
    /// Which of the roles it is; none for software.
    pub membership: Option<MembershipId>,
    /// All roles that the person holds and may change to; none for software.
    pub roles: Vec<HeldRole>,
    /// The database is for trying out, which every page says.
    pub is_sample_world: bool,
    /// What the database held when this was looked up; none for software.
    pub as_of: Option<DatabaseState>,
}

impl SignedIn {
    /// Software that shows a token, and no person in a session of theirs.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.membership.is_none()
    }
}

/// Who holds this session token; `None` when nobody is signed in with it (any more).
///
/// A role that was taken away, a person who was disabled and a time that is over all stop the very next request.
///
/// # Errors
/// [`Failure::Fault`] of the database.
pub async fn resolve(nearhome: &Nearhome, token: &Token) -> Result<Option<SignedIn>, Failure> {
    let (hash, now) = (token.digest(), nearhome.now());
    let live = session::live(&nearhome.db, hash, now, now.plus_minutes(-IDLE_MINUTES)).await?;
    let Some(live) = live else { return Ok(None) };
    let Some(role) = live.roles.iter().find(|role| Some(role.membership) == live.chosen).cloned() else { return Ok(None) };
    if live.seen_at.minutes_until(now) >= NOTED_EVERY_MINUTES {
        note_use(nearhome, hash).await;
    }
    Ok(Some(SignedIn {
        caller: Caller { person: live.person, organisation: role.organisation, kind: role.organisation_kind, role: role.role },
        person_name: live.person_name,
        organisation_name: role.organisation_name,
        organisation_kind: role.organisation_kind,
        role: role.role,
        post: role.post,
        membership: Some(role.membership),
        roles: live.roles,
        is_sample_world: live.is_sample_world,
        as_of: live.as_of,
    }))
}

/// A request is not turned away because its time could not be noted.
async fn note_use(nearhome: &Nearhome, hash: Digest) {
    if let Err(failure) = perform(nearhome, &visitor(), Uuid::nil(), &NoteUse { hash }).await {
        tracing::warn!(%failure, "the use of a session could not be noted");
    }
}

/// Who calls with this API token, from the header `Authorization: Bearer …`; `None` when it does not work.
///
/// # Errors
/// [`Failure::Fault`] of the database.
pub async fn api_caller(nearhome: &Nearhome, bearer: &str) -> Result<Option<SignedIn>, Failure> {
    let found = session::token_caller(&nearhome.db, Token::received(bearer).digest(), nearhome.now()).await?;
    // What could not be issued any more works no more.
    let found = found.filter(|token| may_answer_for(&token.held, token.role).is_ok());
    Ok(found.map(|token| SignedIn {
        caller: Caller { person: token.person, organisation: token.organisation, kind: token.organisation_kind, role: token.role },
        person_name: token.person_name,
        organisation_name: token.organisation_name,
        organisation_kind: token.organisation_kind,
        role: token.role,
        post: token.token_name,
        membership: None,
        roles: Vec::new(),
        is_sample_world: token.is_sample_world,
        as_of: None,
    }))
}

/// Goes on in another of one's roles.
///
/// # Errors
/// [`Failure::Denied`] when it is not a role that this person holds now.
pub async fn choose_role(nearhome: &Nearhome, signed_in: &SignedIn, token: &Token, membership: MembershipId) -> Result<(), Failure> {
    if signed_in.roles.iter().all(|role| role.membership != membership) {
        return Err(Failure::absent());
    }
    perform(nearhome, &visitor(), Uuid::nil(), &ChooseRole { hash: token.digest(), membership }).await
}

/// Ends the session; there need not be one.
///
/// # Errors
/// [`Failure::Fault`] of the database.
pub async fn sign_out(nearhome: &Nearhome, token: &Token) -> Result<(), Failure> {
    let Some(signed_in) = resolve(nearhome, token).await? else { return Ok(()) };
    perform(nearhome, &signed_in.caller, Uuid::nil(), &SignOut { hash: token.digest() }).await
}

/// When a session that begins now ends whatever happens.
pub(super) fn end_of_life(now: Instant) -> Instant {
    now.plus_hours(LIFETIME_HOURS)
}

// The commands of sessions are not kept with a key: doing them twice does nothing more.

#[derive(Debug, Serialize)]
struct NoteUse {
    hash: Digest,
}

impl Command for NoteUse {
    const ACTION: Action = Action::SignIn;
    const IS_REPEATABLE: bool = false;
    type Answer = ();

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        Ok(session::seen(tx, self.hash).await?)
    }
}

#[derive(Debug, Serialize)]
struct ChooseRole {
    hash: Digest,
    membership: MembershipId,
}

impl Command for ChooseRole {
    const ACTION: Action = Action::SignIn;
    const IS_REPEATABLE: bool = false;
    type Answer = ();

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        if session::choose_role(tx, self.hash, self.membership).await? { Ok(()) } else { Err(Failure::absent()) }
    }
}

#[derive(Debug, Serialize)]
struct SignOut {
    hash: Digest,
}

impl Command for SignOut {
    const ACTION: Action = Action::SignOut;
    const IS_REPEATABLE: bool = false;
    type Answer = ();

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        Ok(session::end(tx, self.hash).await?)
    }
}
