//! Organisations and the people who work for them: registering and leaving.

use domain::access::{Action, Relation};
use domain::ids::{MembershipId, OrganisationId, PersonId};
use domain::people::{Caller, OrganisationKind, Role, RoleEnd};
use domain::reach::keeps_people;
use serde::{Deserialize, Serialize};
pub use store::people::organisation::Colleague;
use store::people::organisation::{self, Membership, Organisation, Person};
use store::people::session;
use store::{ReadTx, Reads as _, Threshold, Tx};

pub use super::invitation::{
    InvitationLine, InvitePerson, Invited, OpenInvitations, ResetSignIn, WithdrawInvitation, accept_invitation, invited,
};
use super::sealing::ToSeal;
use super::secrets;
use super::tokens::tokens_that_end;
pub use super::tokens::{IssueToken, RevokeToken, TOKEN_DAYS, TokenLine, Tokens, issue_token};
use crate::{Command, Failure, FieldProblem, Query};

/// How the caller stands to an organisation whose people they want to keep: it is theirs, or they are the installation.
pub(super) fn stands_to(caller: &Caller, organisation: OrganisationId) -> Option<Relation> {
    if caller.role == Role::Worker {
        return Some(Relation::Shared);
    }
    (caller.organisation == organisation).then_some(Relation::Own)
}

/// Lower case without spaces around it, if it is an email address at all.
pub(super) fn email_address(text: &str) -> Result<String, FieldProblem> {
    let text = text.trim().to_lowercase();
    // A colon would end the account's name in the authenticator app's address.
    if text.len() > 254 || text.contains(':') || text.parse::<lettre::Address>().is_err() {
        return Err(FieldProblem::at("email", "Enter an email address in the correct format, like name@example.com"));
    }
    Ok(text)
}

/// What everybody's entry needs, every problem at once.
pub(super) fn check_person(email: &str, name: &str) -> Result<String, Failure> {
    let mut problems = Vec::new();
    let email = email_address(email).unwrap_or_else(|problem| {
        problems.push(problem);
        String::new()
    });
    if name.trim().is_empty() || name.len() > 200 {
        problems.push(FieldProblem::at("name", "Enter the person's full name"));
    }
    if problems.is_empty() { Ok(email) } else { Err(Failure::Invalid(problems)) }
}

/// Whether a role can be held there, and the post says something.
pub(super) fn check_role(organisation: &Organisation, role: Role, post: &str) -> Result<(), Failure> {
    if role.held_in() != organisation.kind {
        let message = format!("Select a role that can be held in {}", organisation.name);
        return Err(Failure::invalid("role", message));
    }
    if post.trim().is_empty() || post.len() > 200 {
        return Err(Failure::invalid("post", "Enter the post, like ‘Placements team leader’"));
    }
    Ok(())
}

/// Registers a council or a provider. Councils come with the installation only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegisterOrganisation {
    /// Council or provider.
    pub kind: OrganisationKind,
    /// Its name.
    pub name: String,
    /// The ONS code of a council, like `E10000007`.
    pub council_code: Option<String>,
    /// Ofsted's owner id, a company number or another reference of a provider.
    pub reference: Option<String>,
    /// Invented, for trying out.
    pub is_synthetic: bool,
}

impl Command for RegisterOrganisation {
    const ACTION: Action = Action::RegisterOrganisation;
    type Answer = OrganisationId;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<OrganisationId, Failure> {
        let name = self.name.trim();
        if name.is_empty() || name.len() > 200 {
            return Err(Failure::invalid("name", "Enter the name of the organisation"));
        }
        let taken = match (self.kind, &self.council_code) {
            (OrganisationKind::Council, Some(code)) if is_ons_code(code) => {
                if tx.caller().role != Role::Worker {
                    return Err(Failure::refused("councils are registered with the installation"));
                }
                organisation::council_by_code(tx, code).await?
            }
            (OrganisationKind::Council, _) => {
                return Err(Failure::invalid("council_code", "Enter the council's ONS code, like E10000007"));
            }
            (OrganisationKind::Provider, None) => organisation::provider_by_name(tx, name).await?,
            (OrganisationKind::Provider, Some(_)) => return Err(Failure::invalid("council_code", "Only councils have an ONS code")),
            (OrganisationKind::System, _) => return Err(Failure::invalid("kind", "Select council or provider")),
        };
        if let Some(taken) = taken {
            return Err(Failure::refused(format!("{} is already registered", taken.name)));
        }
        let row = Organisation {
            id: OrganisationId(tx.new_id()),
            version: 1,
            kind: self.kind,
            name: name.to_owned(),
            council_code: self.council_code.clone(),
            reference: self.reference.clone(),
            is_synthetic: self.is_synthetic,
        };
        tx.create(&row, &serde_json::json!({ "shape": 1, "kind": self.kind })).await?;
        Ok(row.id)
    }
}

/// A letter and eight digits.
fn is_ons_code(code: &str) -> bool {
    let (letter, digits) = code.split_at_checked(1).unwrap_or_default();
    letter.chars().all(|letter| letter.is_ascii_uppercase()) && digits.len() == 8 && digits.chars().all(|digit| digit.is_ascii_digit())
}

/// A role to give to a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RoleToGive {
    /// Where.
    pub organisation: OrganisationId,
    /// Which.
    pub role: Role,
    /// The post, in the organisation's words.
    pub post: String,
}

/// Registers a person with a password and roles, without an invitation: the installation only, for its first administrators
/// and for sample databases.
#[derive(Clone, Serialize)]
pub struct RegisterPerson {
    /// Their email.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Their password, for which no strength is asked: whoever installs may do anything. Not part of what the key is kept with.
    #[serde(skip)]
    pub password: Option<String>,
    /// The secret of their authenticator app, 20 bytes; it counts as confirmed. Without it they are asked to set one up.
    #[serde(skip)]
    pub totp_secret: Option<ToSeal>,
    /// Their roles.
    pub roles: Vec<RoleToGive>,
    /// Made for a sample database.
    pub is_sample: bool,
}

impl std::fmt::Debug for RegisterPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegisterPerson").field("roles", &self.roles).finish_non_exhaustive()
    }
}

impl Command for RegisterPerson {
    const ACTION: Action = Action::InvitePerson;
    type Answer = PersonId;

    /// Only the worker's rule stands on this relation.
    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<PersonId, Failure> {
        let email = check_person(&self.email, &self.name)?;
        if organisation::person_by_email(tx, &email).await?.is_some() {
            return Err(Failure::refused(format!("there is already a person with the email {email}")));
        }
        let password_hash = match &self.password {
            // Here the hash is computed inside the transaction: an installation has nobody who waits.
            Some(password) => Some(secrets::hash_password(tx.new_id().into_bytes(), password).await?),
            None => None,
        };
        let id = PersonId(tx.new_id());
        let sealed = self.totp_secret.as_ref().map(|secret| secret.seal(id, tx.new_id().into_bytes())).transpose()?;
        let (totp_key, totp_sealed) = sealed.map(|sealed| (sealed.key, sealed.bytes)).unzip();
        let person = Person {
            id,
            version: 1,
            email,
            name: self.name.trim().to_owned(),
            password_hash,
            totp_key,
            totp_sealed,
            totp_confirmed_at: self.totp_secret.as_ref().map(|_| tx.at()),
            totp_last_step: 0,
            is_sample: self.is_sample,
            disabled_at: None,
        };
        tx.create(&person, &serde_json::json!({ "shape": 1 })).await?;
        for role in &self.roles {
            let organisation = tx.find::<Organisation>(role.organisation).await?.ok_or_else(Failure::absent)?;
            check_role(&organisation, role.role, &role.post)?;
            give_role(tx, person.id, role).await?;
        }
        Ok(person.id)
    }
}

/// Gives a role.
pub(super) async fn give_role(tx: &mut Tx, person: PersonId, to_give: &RoleToGive) -> Result<MembershipId, Failure> {
    let row = Membership {
        id: MembershipId(tx.new_id()),
        version: 1,
        org_id: to_give.organisation,
        person_id: person,
        role: to_give.role,
        post: to_give.post.trim().to_owned(),
        ended_at: None,
        ended_reason: None,
    };
    tx.create(&row, &serde_json::json!({ "shape": 1, "person": person, "role": to_give.role })).await?;
    Ok(row.id)
}

/// Takes a role away. All sessions of the person end with it: whoever still has a role signs in again. The tokens that they
/// could no longer issue with the roles that are left to them are revoked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EndMembership {
    /// The role's id.
    pub membership: MembershipId,
    /// Why.
    pub reason: RoleEnd,
}

impl Command for EndMembership {
    const ACTION: Action = Action::InvitePerson;
    type Answer = ();

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let row = threshold.find::<Membership>(self.membership).await?;
        Ok(row.and_then(|row| stands_to(caller, row.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        let mut row = tx.get::<Membership>(self.membership).await?;
        if row.ended_at.is_some() {
            return Err(Failure::refused("this role has already ended"));
        }
        if keeps_people(row.role) {
            let colleagues = organisation::colleagues(tx, row.org_id).await?;
            if colleagues.iter().all(|colleague| colleague.membership == row.id || !keeps_people(colleague.role)) {
                return Err(Failure::refused("nobody else could invite people after that; give the role to somebody else first"));
            }
        }
        row.ended_at = Some(tx.at());
        row.ended_reason = Some(self.reason);
        tx.update(&mut row, &serde_json::json!({ "shape": 1, "ended": true, "reason": self.reason })).await?;
        for mut token in tokens_that_end(tx, &row).await? {
            token.revoked_at = Some(tx.at());
            tx.update(&mut token, &serde_json::json!({ "shape": 1, "revoked": true, "with": row.id })).await?;
        }
        Ok(session::end_all(tx, row.person_id).await?)
    }
}

/// One colleague's role, with what ends with it.
#[derive(Debug, Clone, Copy)]
pub struct ColleagueRole {
    /// The role's id.
    pub membership: MembershipId,
}

/// A role as the page shows it before it ends or its holder's sign-in is set anew.
#[derive(Debug, Clone)]
pub struct RoleShown {
    /// Who holds it.
    pub colleague: Colleague,
    /// The names of the tokens that would be revoked with it.
    pub tokens: Vec<String>,
}

impl Query for ColleagueRole {
    const ACTION: Action = Action::SeePeople;
    type Answer = RoleShown;

    async fn relation(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let row = reads.find::<Membership>(self.membership).await?;
        Ok(row.and_then(|row| stands_to(caller, row.org_id)))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<RoleShown, Failure> {
        let row = reads.get::<Membership>(self.membership).await?;
        let person = reads.get::<Person>(row.person_id).await?;
        if row.ended_at.is_some() {
            return Err(Failure::refused("this role has already ended"));
        }
        let tokens = tokens_that_end(reads, &row).await?.into_iter().map(|token| token.name).collect();
        let colleague =
            Colleague { membership: row.id, person: person.id, name: person.name, email: person.email, role: row.role, post: row.post };
        Ok(RoleShown { colleague, tokens })
    }
}

/// Who works for one's own organisation, in which role.
#[derive(Debug, Clone, Copy)]
pub struct Colleagues;

impl Query for Colleagues {
    const ACTION: Action = Action::SeePeople;
    type Answer = Vec<Colleague>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<Colleague>, Failure> {
        Ok(organisation::colleagues(reads, caller.organisation).await?)
    }
}
