-- The record (events, checkpoints), the outbox, idempotency keys and the access log.

CREATE TABLE event (
    stream_id uuid NOT NULL,
    version bigint NOT NULL CONSTRAINT event_version_from_one CHECK (version >= 1),
    stream_kind text NOT NULL,
    org_id uuid NOT NULL,
    other_id uuid,
    at timestamptz NOT NULL,
    actor uuid NOT NULL,
    on_behalf_of uuid,
    action text NOT NULL,
    grant_reason text NOT NULL,
    body text NOT NULL,
    state_digest bytea NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT event_key PRIMARY KEY (stream_id, version)
);
CREATE INDEX event_by_time ON event (at, stream_id, version);

CREATE TABLE leaf (
    position bigint NOT NULL CONSTRAINT leaf_key PRIMARY KEY,
    stream_id uuid NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT leaf_once UNIQUE (stream_id, version),
    CONSTRAINT leaf_event FOREIGN KEY (stream_id, version) REFERENCES event (stream_id, version)
);

CREATE TABLE checkpoint (
    number bigint NOT NULL CONSTRAINT checkpoint_key PRIMARY KEY,
    at timestamptz NOT NULL,
    tree_size bigint NOT NULL,
    head text NOT NULL
);

CREATE TABLE job (
    id uuid NOT NULL CONSTRAINT job_key PRIMARY KEY,
    org_id uuid NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    due_at timestamptz NOT NULL,
    attempts bigint NOT NULL,
    enqueued_at timestamptz NOT NULL,
    leased_until timestamptz,
    finished_at timestamptz,
    given_up_at timestamptz,
    fault text
);
CREATE INDEX job_due ON job (due_at) WHERE finished_at IS NULL AND given_up_at IS NULL;

CREATE TABLE idempotency (
    org_id uuid NOT NULL,
    person_id uuid NOT NULL,
    key uuid NOT NULL,
    request bytea NOT NULL,
    answer text,
    at timestamptz NOT NULL,
    CONSTRAINT idempotency_key PRIMARY KEY (org_id, person_id, key)
);

CREATE TABLE access_log (
    id uuid NOT NULL CONSTRAINT access_log_key PRIMARY KEY,
    at timestamptz NOT NULL,
    org_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    action text NOT NULL,
    subject uuid,
    outcome text NOT NULL CONSTRAINT access_log_outcome CHECK (outcome IN ('SEEN', 'DENIED'))
);
CREATE INDEX access_log_by_subject ON access_log (subject, at);
CREATE INDEX access_log_by_person ON access_log (person_id, at);
