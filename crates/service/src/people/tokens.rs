//! Tokens of an organisation's own software: issued, shown once, revoked, and ended with their issuer's role.

use domain::access::{Action, Relation};
use domain::calendar::Instant;
use domain::ids::{ApiTokenId, MembershipId, OrganisationId, PersonId};
use domain::people::{Caller, Role};
use domain::reach::{may_answer_for, may_stop};
use domain::record::Digest;
use serde::{Deserialize, Serialize};
use store::people::organisation::{self, ApiToken, Membership};
use store::{ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use super::secrets::Token;
use crate::{Command, Failure, FieldProblem, Nearhome, Query, perform};

/// Tokens of software work for so long at most; then a person decides again.
pub const TOKEN_DAYS: i64 = 365;

/// Issues a token for the organisation's own software. Whoever issues it answers for what is done with it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssueToken {
    /// What it is for, such as `Case system`.
    pub name: String,
    /// The role in which it acts.
    pub role: Role,
    /// For how many days it works, at most [`TOKEN_DAYS`].
    pub days: i64,
}

/// Issues a token and gives its text, which is not kept and cannot be shown again.
///
/// # Errors
/// [`Failure`]; [`Failure::Conflict`] when the same form had already issued one.
pub async fn issue_token(nearhome: &Nearhome, caller: &Caller, key: Uuid, wanted: &IssueToken) -> Result<(ApiTokenId, Token), Failure> {
    let token = Token::random(nearhome);
    let issued = perform(nearhome, caller, key, &Issue { wanted: wanted.clone(), token_hash: token.digest() }).await?;
    if issued.token_hash == token.digest() {
        return Ok((issued.id, token));
    }
    Err(Failure::Conflict("this token was already issued and its text was shown; if it is lost, revoke it and issue another".to_owned()))
}

#[derive(Debug, Serialize)]
struct Issue {
    wanted: IssueToken,
    #[serde(skip)]
    token_hash: Digest,
}

#[derive(Debug, Serialize, Deserialize)]
struct Issued {
    id: ApiTokenId,
    token_hash: Digest,
}

impl Command for Issue {
    const ACTION: Action = Action::IssueToken;
    type Answer = Issued;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<Issued, Failure> {
        let mut problems = Vec::new();
        if self.wanted.name.trim().is_empty() || self.wanted.name.len() > 100 {
            problems.push(FieldProblem::at("name", "Enter what the token is for, like ‘Case system’"));
        }
        let caller = tx.caller().clone();
        let held = held(tx, caller.person, caller.organisation, None).await?;
        if self.wanted.role.held_in() != caller.kind {
            problems.push(FieldProblem::at("role", "Select a role of your own organisation"));
        } else if let Err(refusal) = may_answer_for(&held, self.wanted.role) {
            problems.push(FieldProblem::at("role", refusal.to_string()));
        }
        if !(1..=TOKEN_DAYS).contains(&self.wanted.days) {
            problems.push(FieldProblem::at("days", format!("Enter a number of days from 1 to {TOKEN_DAYS}")));
        }
        if !problems.is_empty() {
            return Err(Failure::Invalid(problems));
        }
        let row = ApiToken {
            id: ApiTokenId(tx.new_id()),
            version: 1,
            org_id: tx.caller().organisation,
            person_id: tx.caller().person,
            role: self.wanted.role,
            name: self.wanted.name.trim().to_owned(),
            token_hash: self.token_hash,
            expires_at: tx.at().plus_hours(self.wanted.days.saturating_mul(24)),
            revoked_at: None,
        };
        tx.create(&row, &serde_json::json!({ "shape": 1, "role": row.role })).await?;
        Ok(Issued { id: row.id, token_hash: row.token_hash })
    }
}

/// Revokes a token: its next call is refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RevokeToken {
    /// Which.
    pub token: ApiTokenId,
}

impl Command for RevokeToken {
    const ACTION: Action = Action::IssueToken;
    type Answer = ();

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let row = threshold.find::<ApiToken>(self.token).await?;
        Ok(row.filter(|row| row.org_id == caller.organisation).map(|_| Relation::Own))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        let mut row = tx.get::<ApiToken>(self.token).await?;
        let caller = tx.caller().clone();
        if !may_stop(&held(tx, caller.person, caller.organisation, None).await?, row.role) {
            return Err(Failure::refused(format!("a token that acts as {} is revoked by whoever keeps the connections", row.role)));
        }
        if row.revoked_at.is_some() {
            return Err(Failure::refused("this token was already revoked"));
        }
        row.revoked_at = Some(tx.at());
        Ok(tx.update(&mut row, &serde_json::json!({ "shape": 1, "revoked": true })).await?)
    }
}

/// The tokens for which this person could not answer any more without this role.
pub(super) async fn tokens_that_end(reads: &mut impl Reads, ending: &Membership) -> Result<Vec<ApiToken>, Failure> {
    let left = held(reads, ending.person_id, ending.org_id, Some(ending.id)).await?;
    let tokens = organisation::api_tokens_of(reads, ending.org_id).await?;
    Ok(tokens.into_iter().filter(|token| token.person_id == ending.person_id && may_answer_for(&left, token.role).is_err()).collect())
}

/// The roles that a person holds in an organisation, but for one of them.
async fn held(
    reads: &mut impl Reads,
    person: PersonId,
    organisation: OrganisationId,
    without: Option<MembershipId>,
) -> Result<Vec<Role>, Failure> {
    let roles = organisation::roles_of(reads, person).await?;
    Ok(roles.iter().filter(|role| role.org_id == organisation && Some(role.id) != without).map(|role| role.role).collect())
}

/// The tokens of one's own organisation that were not revoked, those whose time is over included.
#[derive(Debug, Clone, Copy)]
pub struct Tokens;

/// In which roles one may issue a token now.
#[derive(Debug, Clone, Copy)]
pub struct RolesForSoftware;

impl Query for RolesForSoftware {
    const ACTION: Action = Action::IssueToken;
    type Answer = Vec<Role>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<Role>, Failure> {
        let held = held(reads, caller.person, caller.organisation, None).await?;
        let is_open = |role: &Role| role.held_in() == caller.kind && may_answer_for(&held, *role).is_ok();
        Ok(domain::Code::ALL.iter().copied().filter(is_open).collect())
    }
}

/// One line of the list of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenLine {
    /// Its id.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// The role in which it acts.
    pub role: Role,
    /// Until when it works.
    pub expires_at: Instant,
    /// Whoever asks may revoke it.
    pub may_be_stopped: bool,
}

impl Query for Tokens {
    const ACTION: Action = Action::IssueToken;
    type Answer = Vec<TokenLine>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<TokenLine>, Failure> {
        let rows = organisation::api_tokens_of(reads, caller.organisation).await?;
        let held = held(reads, caller.person, caller.organisation, None).await?;
        let line = |row: ApiToken| {
            let may_be_stopped = may_stop(&held, row.role);
            TokenLine { id: row.id, name: row.name, role: row.role, expires_at: row.expires_at, may_be_stopped }
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
