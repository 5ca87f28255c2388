-- Organisations, people, their roles, sessions, invitations and tokens; the consortium's configuration.

CREATE TABLE organisation (
    id uuid NOT NULL CONSTRAINT organisation_key PRIMARY KEY,
    version bigint NOT NULL,
    kind text NOT NULL CONSTRAINT organisation_kind CHECK (kind IN ('COUNCIL', 'PROVIDER')),
    name text NOT NULL,
    council_code text,
    reference text,
    is_synthetic boolean NOT NULL,
    CONSTRAINT organisation_council_code CHECK (kind <> 'COUNCIL' OR council_code IS NOT NULL)
);
CREATE UNIQUE INDEX organisation_one_per_council ON organisation (council_code) WHERE council_code IS NOT NULL;

CREATE TABLE person (
    id uuid NOT NULL CONSTRAINT person_key PRIMARY KEY,
    version bigint NOT NULL,
    email text NOT NULL CONSTRAINT person_email UNIQUE,
    name text NOT NULL,
    password_hash text,
    totp_key text,
    totp_sealed bytea,
    totp_confirmed_at timestamptz,
    totp_last_step bigint NOT NULL,
    is_sample boolean NOT NULL,
    disabled_at timestamptz
);

CREATE TABLE membership (
    id uuid NOT NULL CONSTRAINT membership_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT membership_organisation REFERENCES organisation (id),
    person_id uuid NOT NULL CONSTRAINT membership_person REFERENCES person (id),
    role text NOT NULL,
    post text NOT NULL,
    ended_at timestamptz
);
CREATE INDEX membership_of_person ON membership (person_id);
CREATE INDEX membership_of_organisation ON membership (org_id);

CREATE TABLE invitation (
    id uuid NOT NULL CONSTRAINT invitation_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT invitation_organisation REFERENCES organisation (id),
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    post text NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT invitation_token UNIQUE,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz
);

CREATE TABLE api_token (
    id uuid NOT NULL CONSTRAINT api_token_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT api_token_organisation REFERENCES organisation (id),
    person_id uuid NOT NULL CONSTRAINT api_token_person REFERENCES person (id),
    role text NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT api_token_hash UNIQUE,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE TABLE session (
    token_hash bytea NOT NULL CONSTRAINT session_key PRIMARY KEY,
    person_id uuid NOT NULL CONSTRAINT session_person REFERENCES person (id),
    membership_id uuid CONSTRAINT session_membership REFERENCES membership (id),
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    second_factor_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX session_of_person ON session (person_id);

CREATE TABLE kept_form (
    person_id uuid NOT NULL CONSTRAINT kept_form_key PRIMARY KEY CONSTRAINT kept_form_person REFERENCES person (id),
    sealed bytea NOT NULL,
    kept_at timestamptz NOT NULL
);

CREATE TABLE sign_in_attempt (
    id uuid NOT NULL CONSTRAINT sign_in_attempt_key PRIMARY KEY,
    subject_hash bytea NOT NULL,
    at timestamptz NOT NULL,
    succeeded boolean NOT NULL
);
CREATE INDEX sign_in_attempt_by_subject ON sign_in_attempt (subject_hash, at);

CREATE TABLE consortium (
    id uuid NOT NULL CONSTRAINT consortium_key PRIMARY KEY,
    version bigint NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    is_sample boolean NOT NULL
);
