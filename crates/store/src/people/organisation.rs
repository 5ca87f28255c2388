//! Councils and providers, their people, roles, invitations and tokens.

use domain::calendar::Instant;
use domain::ids::{ApiTokenId, InvitationId, MembershipId, OrganisationId, PersonId};
use domain::people::{OrganisationKind, Role, RoleEnd};
use domain::record::Digest;

use crate::{Fault, Reads};

record! {
    /// A council or a provider.
    pub struct Organisation in "organisation" owner shared {
        id: OrganisationId, version: i64,
        kind: OrganisationKind, name: String,
        /// The ONS code of a council.
        council_code: Option<String>,
        /// Ofsted's owner id, a company number or another reference of a provider.
        reference: Option<String>,
        is_synthetic: bool,
    }
}

record! {
    /// Somebody who signs in.
    pub struct Person in "person" owner shared {
        id: PersonId, version: i64,
        /// Lower case; unique.
        email: String, name: String,
        /// In PHC form, argon2id.
        password_hash: Option<String>,
        /// The name of the key with which the shared secret of the second factor is sealed.
        totp_key: Option<String>,
        /// That secret, sealed.
        totp_sealed: Option<Vec<u8>>,
        /// When the first right code came; until then the secret is an offer, shown at each sign-in.
        totp_confirmed_at: Option<Instant>,
        /// The last time step whose code was used: no code works twice.
        totp_last_step: i64,
        /// Made for a sample database.
        is_sample: bool,
        disabled_at: Option<Instant>,
    }
}

record! {
    /// One person's role and post in one organisation.
    pub struct Membership in "membership" owner org_id {
        id: MembershipId, version: i64,
        org_id: OrganisationId, person_id: PersonId, role: Role, post: String, ended_at: Option<Instant>,
        /// Why it ended.
        ended_reason: Option<RoleEnd>,
    }
}

record! {
    /// An invitation by email.
    pub struct Invitation in "invitation" owner org_id {
        id: InvitationId, version: i64,
        org_id: OrganisationId, email: String, name: String, role: Role, post: String,
        token_hash: Digest, expires_at: Instant, accepted_at: Option<Instant>,
    }
}

record! {
    /// A token with which an organisation's own software calls the API.
    pub struct ApiToken in "api_token" owner org_id {
        id: ApiTokenId, version: i64,
        org_id: OrganisationId, person_id: PersonId, role: Role, name: String,
        token_hash: Digest, expires_at: Instant, revoked_at: Option<Instant>,
    }
}

statements! {
    PERSON_BY_EMAIL = rows!(Person, "WHERE email = $1");
    TOTP_KEYS = "SELECT totp_key, CAST(count(*) AS BIGINT) AS people FROM person WHERE totp_key IS NOT NULL GROUP BY totp_key ORDER BY totp_key";
    ROLES_OF_PERSON = rows!(Membership, "WHERE person_id = $1 AND ended_at IS NULL ORDER BY post, id");
    PEOPLE_OF_ORGANISATION = "SELECT membership.id AS id, person.id AS person_id, person.name AS name, person.email AS email, \
                              membership.role AS role, membership.post AS post FROM membership JOIN person ON person.id = membership.person_id \
                              WHERE membership.org_id = $1 AND membership.ended_at IS NULL ORDER BY person.name, membership.id LIMIT 500";
    ORGANISATIONS = rows!(Organisation, "WHERE kind = $1 ORDER BY name, id LIMIT 5000");
    SAMPLE_ACCOUNTS = "SELECT person.email AS email, membership.role AS role, organisation.name AS organisation FROM person \
                       JOIN membership ON membership.person_id = person.id JOIN organisation ON organisation.id = membership.org_id \
                       WHERE person.is_sample AND membership.ended_at IS NULL ORDER BY organisation.kind, organisation.name, person.email LIMIT 500";
    PROVIDER_BY_NAME = rows!(Organisation, "WHERE kind = 'PROVIDER' AND lower(name) = $1 ORDER BY id LIMIT 1");
    COUNCIL_BY_CODE = rows!(Organisation, "WHERE council_code = $1");
    INVITATION_BY_TOKEN = rows!(Invitation, "WHERE token_hash = $1");
    OPEN_INVITATIONS = rows!(Invitation, "WHERE org_id = $1 AND accepted_at IS NULL AND expires_at > $2 ORDER BY name, id LIMIT 500");
    API_TOKEN_BY_HASH = rows!(ApiToken, "WHERE token_hash = $1");
    API_TOKENS_OF = rows!(ApiToken, "WHERE org_id = $1 AND revoked_at IS NULL ORDER BY name, id LIMIT 100");
}

/// The person with this email, which is compared in lower case.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn person_by_email(reads: &mut impl Reads, email: &str) -> Result<Option<Person>, Fault> {
    let email = email.trim().to_lowercase();
    Ok(reads.records(PERSON_BY_EMAIL, &[email.into()]).await?.pop())
}

/// The names of the keys with which secrets are sealed, each with how many people's.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn totp_keys(reads: &mut impl Reads) -> Result<Vec<(String, i64)>, Fault> {
    let rows = reads.all(TOTP_KEYS, &[]).await?;
    rows.iter().map(|row| Ok((row.get("totp_key")?, row.get("people")?))).collect()
}

/// The roles that a person holds now.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn roles_of(reads: &mut impl Reads, person: PersonId) -> Result<Vec<Membership>, Fault> {
    reads.records(ROLES_OF_PERSON, &[person.into()]).await
}

/// All councils or all providers.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn organisations(reads: &mut impl Reads, kind: OrganisationKind) -> Result<Vec<Organisation>, Fault> {
    reads.records(ORGANISATIONS, &[kind.into()]).await
}

/// The provider with this name, however it is capitalised.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn provider_by_name(reads: &mut impl Reads, name: &str) -> Result<Option<Organisation>, Fault> {
    Ok(reads.records(PROVIDER_BY_NAME, &[name.trim().to_lowercase().into()]).await?.pop())
}

/// The council with this ONS code.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn council_by_code(reads: &mut impl Reads, code: &str) -> Result<Option<Organisation>, Fault> {
    Ok(reads.records(COUNCIL_BY_CODE, &[code.into()]).await?.pop())
}

/// An account of a sample database: email, role, and the organisation's name.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn sample_accounts(reads: &mut impl Reads) -> Result<Vec<(String, Role, String)>, Fault> {
    let rows = reads.all(SAMPLE_ACCOUNTS, &[]).await?;
    rows.iter().map(|row| Ok((row.get("email")?, row.get("role")?, row.get("organisation")?))).collect()
}

/// One line of the list of people.
#[derive(Debug, Clone)]
pub struct Colleague {
    /// Their role's id.
    pub membership: MembershipId,
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their email.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Their post.
    pub post: String,
}

/// Who works for an organisation.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn colleagues(reads: &mut impl Reads, organisation: OrganisationId) -> Result<Vec<Colleague>, Fault> {
    let rows = reads.all(PEOPLE_OF_ORGANISATION, &[organisation.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Colleague {
                membership: row.get("id")?,
                person: row.get("person_id")?,
                name: row.get("name")?,
                email: row.get("email")?,
                role: row.get("role")?,
                post: row.get("post")?,
            })
        })
        .collect()
}

/// The invitation to which a token belongs.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn invitation_by_token(reads: &mut impl Reads, hash: Digest) -> Result<Option<Invitation>, Fault> {
    Ok(reads.records(INVITATION_BY_TOKEN, &[hash.into()]).await?.pop())
}

/// The invitations of an organisation that can still be taken up.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn open_invitations(reads: &mut impl Reads, organisation: OrganisationId, at: Instant) -> Result<Vec<Invitation>, Fault> {
    reads.records(OPEN_INVITATIONS, &[organisation.into(), at.into()]).await
}

/// The API token with this hash.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn api_token_by_hash(reads: &mut impl Reads, hash: Digest) -> Result<Option<ApiToken>, Fault> {
    Ok(reads.records(API_TOKEN_BY_HASH, &[hash.into()]).await?.pop())
}

/// The tokens of an organisation that still work.
///
/// # Errors
/// [`Fault`] of the driver.
pub async fn api_tokens_of(reads: &mut impl Reads, organisation: OrganisationId) -> Result<Vec<ApiToken>, Fault> {
    reads.records(API_TOKENS_OF, &[organisation.into()]).await
}
