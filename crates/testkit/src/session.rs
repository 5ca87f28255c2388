//! Signed-in sessions for tests that begin behind the door.

use domain::access::{Action, Relation, authorise, worker};
use domain::people::Caller;
use service::Nearhome;
use service::people::sign_in::Token;
use store::people::session::{Session, begin};

/// The token of a session in which this caller has given password and code.
///
/// # Panics
/// When the database does not answer, or the caller does not hold the role.
pub async fn signed_in(nearhome: &Nearhome, caller: &Caller) -> Token {
    let token = Token::random(nearhome);
    let threshold = nearhome.db().begin_write(&worker()).await.unwrap();
    let grant = authorise(&worker(), Action::RegisterOrganisation, Some(Relation::Shared)).unwrap();
    let mut tx = threshold.enter(grant, nearhome.now(), nearhome.random());
    let held = store::people::organisation::roles_of(&mut tx, caller.person).await.unwrap();
    let role = held.iter().find(|held| held.role == caller.role && held.org_id == caller.organisation).unwrap();
    let now = nearhome.now();
    let session = Session {
        token_hash: token.digest(),
        person: caller.person,
        membership: Some(role.id),
        started_at: now,
        seen_at: now,
        expires_at: now.plus_hours(8),
        second_factor_at: Some(now),
    };
    begin(&mut tx, &session).await.unwrap();
    tx.commit().await.unwrap();
    token
}
