//! Invitations: a person of the organisation asks another in; whoever reads the email takes it up, once.

use std::collections::BTreeSet;

use domain::access::{Action, Relation, visitor};
use domain::calendar::Instant;
use domain::ids::{InvitationId, MembershipId, PersonId};
use domain::people::{Caller, Role};
use domain::reach::{hears_of_invitations, reaches_children};
use domain::record::Digest;
use serde::{Deserialize, Serialize};
use store::people::organisation::{self, Invitation, Membership, Organisation, Person};
use store::people::session;
use store::{ReadTx, Reads, Threshold, Tx};
use uuid::Uuid;

use super::organisation::{RoleToGive, check_person, check_role, give_role, stands_to};
use super::sealing;
use super::secrets::{self, Token};
use super::sign_in::{FAILURES_OF_ONE, Limit, closed_until, subject, too_many};
use crate::jobs::mail::{self, Mail};
use crate::{Command, Failure, Nearhome, Query, perform};

/// An invitation can be taken up for so long.
pub const INVITATION_DAYS: i64 = 7;
/// The same words for one that never was, was taken up, or whose time is over.
const NOT_OPEN: &str = "This invitation cannot be used any more. Ask whoever invited you to send another";

/// Invites a person into an organisation, by email.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InvitePerson {
    /// Into which organisation: one's own, or any for the installation.
    pub organisation: domain::ids::OrganisationId,
    /// Where the invitation is sent.
    pub email: String,
    /// The person's name.
    pub name: String,
    /// The role that they will have.
    pub role: Role,
    /// Their post, in the organisation's words.
    pub post: String,
}

impl Command for InvitePerson {
    const ACTION: Action = Action::InvitePerson;
    type Answer = InvitationId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let organisation = threshold.find::<Organisation>(self.organisation).await?;
        Ok(organisation.and_then(|organisation| stands_to(caller, organisation.id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<InvitationId, Failure> {
        let (recipient, organisation) = self.checked(tx).await?;
        if let Some(inviter) = inviter(tx).await? {
            if inviter.email == recipient.email {
                return Err(Failure::invalid("email", "Ask somebody else to invite you: nobody gives a role to themselves"));
            }
            if reaches_children(self.role) {
                tell_others(tx, &organisation, &inviter, &recipient).await?;
            }
        }
        let token = Token::made_in(tx);
        let row = write(tx, &organisation, &recipient, &token).await?;
        post(tx, &organisation, row, &token).await
    }
}

impl InvitePerson {
    /// Who is invited where, if that can be.
    async fn checked(&self, tx: &mut Tx) -> Result<(Recipient<'_>, Organisation), Failure> {
        let email = check_person(&self.email, &self.name)?;
        let organisation = tx.find::<Organisation>(self.organisation).await?.ok_or_else(Failure::absent)?;
        check_role(&organisation, self.role, &self.post)?;
        if let Some(person) = organisation::person_by_email(tx, &email).await? {
            let roles = organisation::roles_of(tx, person.id).await?;
            if roles.iter().any(|role| role.org_id == organisation.id && role.role == self.role) {
                return Err(Failure::refused("this person already has this role"));
            }
        }
        Ok((Recipient { email, name: self.name.trim(), role: self.role, post: self.post.trim() }, organisation))
    }
}

/// Whoever invites; nobody for the installation, which is told of to nobody and has no address of its own.
async fn inviter(tx: &mut Tx) -> Result<Option<Person>, Failure> {
    let caller = tx.caller().clone();
    Ok(if caller.role == Role::Worker { None } else { Some(tx.get::<Person>(caller.person).await?) })
}

/// A letter to everybody else who keeps people there or answers for the children's service: a second pair of eyes on each
/// person who is let near a child's case.
async fn tell_others(tx: &mut Tx, organisation: &Organisation, inviter: &Person, recipient: &Recipient<'_>) -> Result<(), Failure> {
    let colleagues = organisation::colleagues(tx, organisation.id).await?;
    let others = colleagues
        .into_iter()
        .filter(|colleague| hears_of_invitations(colleague.role) && colleague.person != inviter.id && colleague.email != recipient.email);
    let addresses: BTreeSet<String> = others.map(|colleague| colleague.email).collect();
    for to in addresses {
        let subject = format!("Somebody was invited to {} as {}", organisation.name, recipient.role);
        let body = format!(
            "{} ({}) invited {} ({}) to {} as {}, a role that reaches the cases of children.\n\n\
             If this should not be, let an administrator withdraw the invitation or end the role, under People.\n",
            inviter.name, inviter.email, recipient.name, recipient.email, organisation.name, recipient.role,
        );
        mail::enqueue(tx, &Mail::Notice { to, subject, body }).await?;
    }
    Ok(())
}

/// Who is invited to what.
struct Recipient<'a> {
    email: String,
    name: &'a str,
    role: Role,
    post: &'a str,
}

/// Writes the invitation; the secret part of its link is nowhere in it.
async fn write(tx: &mut Tx, organisation: &Organisation, recipient: &Recipient<'_>, token: &Token) -> Result<Invitation, Failure> {
    let row = Invitation {
        id: InvitationId(tx.new_id()),
        version: 1,
        org_id: organisation.id,
        email: recipient.email.clone(),
        name: recipient.name.to_owned(),
        role: recipient.role,
        post: recipient.post.to_owned(),
        token_hash: token.digest(),
        expires_at: tx.at().plus_hours(INVITATION_DAYS * 24),
        accepted_at: None,
    };
    tx.create(&row, &serde_json::json!({ "shape": 1, "role": row.role })).await?;
    Ok(row)
}

/// Puts the letter with the link into the outbox.
async fn post(tx: &mut Tx, organisation: &Organisation, row: Invitation, token: &Token) -> Result<InvitationId, Failure> {
    let letter = Mail::Invitation {
        to: row.email,
        name: row.name,
        organisation: organisation.name.clone(),
        token: token.reveal().to_owned(),
        expires_at: row.expires_at,
    };
    mail::enqueue(tx, &letter).await?;
    Ok(row.id)
}

/// Invites a person without a letter and gives the secret part of the link, which is kept nowhere: for the first people of an
/// installation that has no mail server yet. The installation only.
///
/// # Errors
/// [`Failure`] as [`InvitePerson`]; [`Failure::Denied`] for everybody who has signed in.
pub async fn invite_by_hand(nearhome: &Nearhome, caller: &Caller, wanted: &InvitePerson) -> Result<(InvitationId, Token), Failure> {
    let token = Token::random(nearhome);
    let key = Uuid::from_u128(nearhome.random());
    let id = perform(nearhome, caller, key, &InviteByHand { wanted: wanted.clone(), token: token.clone() }).await?;
    Ok((id, token))
}

#[derive(Serialize)]
struct InviteByHand {
    wanted: InvitePerson,
    #[serde(skip)]
    token: Token,
}

impl Command for InviteByHand {
    const ACTION: Action = Action::InvitePerson;
    type Answer = InvitationId;

    /// A link in somebody's own hand would let them be whom they invite: only the worker's rule stands on this relation.
    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<InvitationId, Failure> {
        let (recipient, organisation) = self.wanted.checked(tx).await?;
        Ok(write(tx, &organisation, &recipient, &self.token).await?.id)
    }
}

/// Withdraws an invitation that was not taken up: its link stops working.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WithdrawInvitation {
    /// Which.
    pub invitation: InvitationId,
}

impl Command for WithdrawInvitation {
    const ACTION: Action = Action::InvitePerson;
    type Answer = ();

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let row = threshold.find::<Invitation>(self.invitation).await?;
        Ok(row.and_then(|row| stands_to(caller, row.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<(), Failure> {
        let mut row = tx.get::<Invitation>(self.invitation).await?;
        if row.accepted_at.is_some() || row.expires_at <= tx.at() {
            return Err(Failure::refused("this invitation was taken up or is over"));
        }
        row.expires_at = tx.at();
        Ok(tx.update(&mut row, &serde_json::json!({ "shape": 1, "withdrawn": true })).await?)
    }
}

/// Lets a colleague who lost password or telephone begin anew: both stop working, all sessions end, and a link to set them
/// again goes to the email that Nearhome already has. Whoever asks for it learns nothing that would let them in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResetSignIn {
    /// A role that the colleague holds in the organisation.
    pub membership: MembershipId,
}

impl Command for ResetSignIn {
    const ACTION: Action = Action::InvitePerson;
    type Answer = InvitationId;

    async fn relation(&self, threshold: &mut Threshold, caller: &Caller) -> Result<Option<Relation>, Failure> {
        let row = threshold.find::<Membership>(self.membership).await?;
        Ok(row.and_then(|row| stands_to(caller, row.org_id)))
    }

    async fn run(&self, tx: &mut Tx) -> Result<InvitationId, Failure> {
        let role = tx.get::<Membership>(self.membership).await?;
        if role.ended_at.is_some() {
            return Err(Failure::refused("this role has ended"));
        }
        let mut person = tx.get::<Person>(role.person_id).await?;
        person.password_hash = None;
        sealing::put(&mut person, None);
        person.totp_confirmed_at = None;
        tx.update(&mut person, &serde_json::json!({ "shape": 1, "changed": ["password_hash", "totp_sealed"] })).await?;
        session::end_all(tx, person.id).await?;
        let organisation = tx.get::<Organisation>(role.org_id).await?;
        let recipient = Recipient { email: person.email, name: &person.name, role: role.role, post: &role.post };
        let token = Token::made_in(tx);
        let row = write(tx, &organisation, &recipient, &token).await?;
        post(tx, &organisation, row, &token).await
    }
}

/// The invitations of one's own organisation that can still be taken up.
#[derive(Debug, Clone, Copy)]
pub struct OpenInvitations {
    /// Now: an invitation is over at a moment, not when somebody looks.
    pub at: Instant,
}

/// One line of the list of open invitations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvitationLine {
    /// Its id.
    pub id: InvitationId,
    /// Where it was sent.
    pub email: String,
    /// Whom it invites.
    pub name: String,
    /// The role that they will have.
    pub role: Role,
    /// Their post.
    pub post: String,
    /// Until when it can be taken up.
    pub expires_at: Instant,
}

impl Query for OpenInvitations {
    const ACTION: Action = Action::SeePeople;
    type Answer = Vec<InvitationLine>;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Own))
    }

    async fn run(&self, reads: &mut ReadTx, caller: &Caller) -> Result<Vec<InvitationLine>, Failure> {
        let rows = organisation::open_invitations(reads, caller.organisation, self.at).await?;
        let line = |row: Invitation| InvitationLine {
            id: row.id,
            email: row.email,
            name: row.name,
            role: row.role,
            post: row.post,
            expires_at: row.expires_at,
        };
        Ok(rows.into_iter().map(line).collect())
    }
}

/// What the page says to whoever opens an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// To whom it was sent.
    pub email: String,
    /// Their name, as the organisation wrote it.
    pub name: String,
    /// Who invites.
    pub organisation_name: String,
    /// The role that they will have.
    pub role: Role,
    /// Their post.
    pub post: String,
    /// They sign in already: the page asks for the password that they have, not for a new one.
    pub has_account: bool,
}

/// The open invitation of a token.
///
/// # Errors
/// [`Failure::Refused`] when it cannot be used (any more).
pub async fn invited(nearhome: &Nearhome, token: &Token) -> Result<Invited, Failure> {
    let mut reads = nearhome.db.begin_read(&visitor()).await?;
    let invitation = open(&mut reads, token.digest(), nearhome.now()).await?;
    let organisation = reads.get::<Organisation>(invitation.org_id).await?;
    let person = organisation::person_by_email(&mut reads, &invitation.email).await?;
    Ok(Invited {
        email: invitation.email,
        name: invitation.name,
        organisation_name: organisation.name,
        role: invitation.role,
        post: invitation.post,
        has_account: person.is_some_and(|person| person.password_hash.is_some()),
    })
}

async fn open(reads: &mut impl Reads, hash: Digest, now: Instant) -> Result<Invitation, Failure> {
    let invitation = organisation::invitation_by_token(reads, hash).await?;
    invitation.filter(|row| row.accepted_at.is_none() && row.expires_at > now).ok_or_else(|| Failure::refused(NOT_OPEN))
}

/// Takes up an invitation, once. Somebody new sets their password; somebody who signs in already gives the one they have, so
/// that an invitation cannot take over an account. The authenticator app is set up when they first sign in.
///
/// # Errors
/// [`Failure::Invalid`] at `password` with what to do about it; [`Failure::Refused`] when the invitation cannot be used.
pub async fn accept_invitation(nearhome: &Nearhome, token: &Token, password: &str) -> Result<PersonId, Failure> {
    let mut reads = nearhome.db.begin_read(&visitor()).await?;
    let invitation = open(&mut reads, token.digest(), nearhome.now()).await?;
    let person = organisation::person_by_email(&mut reads, &invitation.email).await?;
    let organisation = reads.get::<Organisation>(invitation.org_id).await?;
    drop(reads);
    let proof = if let Some(hash) = person.and_then(|person| person.password_hash) {
        let is_right = secrets::verify_password(Some(&hash), password).await?;
        Proof::Had { hash, is_right }
    } else {
        let known = [invitation.email.as_str(), invitation.name.as_str(), organisation.name.as_str(), "nearhome"];
        if let Some(weakness) = secrets::weakness(password, &known) {
            return Err(Failure::invalid("password", weakness));
        }
        Proof::New { hash: secrets::hash_password(nearhome.random().to_be_bytes(), password).await? }
    };
    // The visitor works in the name of the organisation that invited: the invitation's own history is theirs.
    let caller = Caller { organisation: invitation.org_id, ..visitor() };
    match perform(nearhome, &caller, Uuid::nil(), &Accept { invitation: token.digest(), proof }).await? {
        Accepted::Person(person) => Ok(person),
        Accepted::WrongPassword => Err(Failure::invalid("password", "Enter the password with which you already sign in to Nearhome")),
        Accepted::TooMany(until) => Err(too_many(until)),
    }
}

/// What stands for the password.
enum Proof {
    New { hash: String },
    Had { hash: String, is_right: bool },
}

#[derive(Serialize)]
struct Accept {
    invitation: Digest,
    #[serde(skip)]
    proof: Proof,
}

#[derive(Serialize, Deserialize)]
enum Accepted {
    Person(PersonId),
    WrongPassword,
    TooMany(Instant),
}

impl Command for Accept {
    const ACTION: Action = Action::AcceptInvitation;
    const IS_REPEATABLE: bool = false;
    type Answer = Accepted;

    async fn relation(&self, _: &mut Threshold, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, tx: &mut Tx) -> Result<Accepted, Failure> {
        let now = tx.at();
        let mut invitation = open(tx, self.invitation, now).await?;
        let limit = Limit { subject: subject("invitation", &invitation.id.to_string()), failures: FAILURES_OF_ONE };
        if let Some(until) = closed_until(tx, now, &[limit]).await? {
            return Ok(Accepted::TooMany(until));
        }
        let known = organisation::person_by_email(tx, &invitation.email).await?;
        let person = match (&self.proof, known) {
            (Proof::Had { hash, is_right }, Some(person))
                if person.password_hash.as_ref() == Some(hash) && person.disabled_at.is_none() =>
            {
                session::note_attempt(tx, limit.subject, *is_right).await?;
                if !is_right {
                    return Ok(Accepted::WrongPassword);
                }
                person.id
            }
            (Proof::New { hash }, Some(mut person)) if person.password_hash.is_none() && person.disabled_at.is_none() => {
                person.password_hash = Some(hash.clone());
                tx.update(&mut person, &serde_json::json!({ "shape": 1, "changed": ["password_hash"] })).await?;
                person.id
            }
            (Proof::New { hash }, None) => add_person(tx, &invitation, hash.clone()).await?,
            (Proof::Had { .. } | Proof::New { .. }, _) => return Err(Failure::refused(NOT_OPEN)),
        };
        let has_role = |held: &Membership| held.org_id == invitation.org_id && held.role == invitation.role;
        if !organisation::roles_of(tx, person).await?.iter().any(has_role) {
            let role = RoleToGive { organisation: invitation.org_id, role: invitation.role, post: invitation.post.clone() };
            give_role(tx, person, &role).await?;
        }
        invitation.accepted_at = Some(now);
        tx.update(&mut invitation, &serde_json::json!({ "shape": 1, "accepted_by": person })).await?;
        Ok(Accepted::Person(person))
    }
}

async fn add_person(tx: &mut Tx, invitation: &Invitation, hash: String) -> Result<PersonId, Failure> {
    let person = Person {
        id: PersonId(tx.new_id()),
        version: 1,
        email: invitation.email.clone(),
        name: invitation.name.clone(),
        password_hash: Some(hash),
        totp_key: None,
        totp_sealed: None,
        totp_confirmed_at: None,
        totp_last_step: 0,
        is_sample: false,
        disabled_at: None,
    };
    tx.create(&person, &serde_json::json!({ "shape": 1 })).await?;
    Ok(person.id)
}
