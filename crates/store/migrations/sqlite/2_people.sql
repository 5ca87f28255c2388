-- Organisations, people, their roles, sessions, invitations and tokens; the consortium's configuration.

CREATE TABLE organisation (
    id BLOB NOT NULL CONSTRAINT organisation_key PRIMARY KEY,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL CONSTRAINT organisation_kind CHECK (kind IN ('COUNCIL', 'PROVIDER')),
    name TEXT NOT NULL,
    council_code TEXT,
    reference TEXT,
    is_synthetic INTEGER NOT NULL,
    CONSTRAINT organisation_council_code CHECK (kind <> 'COUNCIL' OR council_code IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX organisation_one_per_council ON organisation (council_code) WHERE council_code IS NOT NULL;

CREATE TABLE person (
    id BLOB NOT NULL CONSTRAINT person_key PRIMARY KEY,
    version INTEGER NOT NULL,
    email TEXT NOT NULL CONSTRAINT person_email UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    totp_key TEXT,
    totp_sealed BLOB,
    totp_confirmed_at TEXT,
    totp_last_step INTEGER NOT NULL,
    is_sample INTEGER NOT NULL,
    disabled_at TEXT
) STRICT;

CREATE TABLE membership (
    id BLOB NOT NULL CONSTRAINT membership_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT membership_organisation REFERENCES organisation (id),
    person_id BLOB NOT NULL CONSTRAINT membership_person REFERENCES person (id),
    role TEXT NOT NULL,
    post TEXT NOT NULL,
    ended_at TEXT
) STRICT;
CREATE INDEX membership_of_person ON membership (person_id);
CREATE INDEX membership_of_organisation ON membership (org_id);

CREATE TABLE invitation (
    id BLOB NOT NULL CONSTRAINT invitation_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT invitation_organisation REFERENCES organisation (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    post TEXT NOT NULL,
    token_hash BLOB NOT NULL CONSTRAINT invitation_token UNIQUE,
    expires_at TEXT NOT NULL,
    accepted_at TEXT
) STRICT;

CREATE TABLE api_token (
    id BLOB NOT NULL CONSTRAINT api_token_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT api_token_organisation REFERENCES organisation (id),
    person_id BLOB NOT NULL CONSTRAINT api_token_person REFERENCES person (id),
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    token_hash BLOB NOT NULL CONSTRAINT api_token_hash UNIQUE,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
) STRICT;

CREATE TABLE session (
    token_hash BLOB NOT NULL CONSTRAINT session_key PRIMARY KEY,
    person_id BLOB NOT NULL CONSTRAINT session_person REFERENCES person (id),
    membership_id BLOB CONSTRAINT session_membership REFERENCES membership (id),
    started_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    second_factor_at TEXT,
    ended_at TEXT
) STRICT;
CREATE INDEX session_of_person ON session (person_id);

CREATE TABLE kept_form (
    person_id BLOB NOT NULL CONSTRAINT kept_form_key PRIMARY KEY CONSTRAINT kept_form_person REFERENCES person (id),
    sealed BLOB NOT NULL,
    kept_at TEXT NOT NULL
) STRICT;

CREATE TABLE sign_in_attempt (
    id BLOB NOT NULL CONSTRAINT sign_in_attempt_key PRIMARY KEY,
    subject_hash BLOB NOT NULL,
    at TEXT NOT NULL,
    succeeded INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_attempt_by_subject ON sign_in_attempt (subject_hash, at);

CREATE TABLE consortium (
    id BLOB NOT NULL CONSTRAINT consortium_key PRIMARY KEY,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    is_sample INTEGER NOT NULL
) STRICT;
