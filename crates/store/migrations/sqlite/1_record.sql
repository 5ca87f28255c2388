-- The record (events, checkpoints), the outbox, idempotency keys and the access log.

CREATE TABLE event (
    stream_id BLOB NOT NULL,
    version INTEGER NOT NULL CONSTRAINT event_version_from_one CHECK (version >= 1),
    stream_kind TEXT NOT NULL,
    org_id BLOB NOT NULL,
    other_id BLOB,
    at TEXT NOT NULL,
    actor BLOB NOT NULL,
    on_behalf_of BLOB,
    action TEXT NOT NULL,
    grant_reason TEXT NOT NULL,
    body TEXT NOT NULL,
    state_digest BLOB NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    CONSTRAINT event_key PRIMARY KEY (stream_id, version)
) STRICT;
CREATE INDEX event_by_time ON event (at, stream_id, version);

CREATE TABLE leaf (
    position INTEGER NOT NULL CONSTRAINT leaf_key PRIMARY KEY,
    stream_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT leaf_once UNIQUE (stream_id, version),
    CONSTRAINT leaf_event FOREIGN KEY (stream_id, version) REFERENCES event (stream_id, version)
) STRICT;

CREATE TABLE checkpoint (
    number INTEGER NOT NULL CONSTRAINT checkpoint_key PRIMARY KEY,
    at TEXT NOT NULL,
    tree_size INTEGER NOT NULL,
    head TEXT NOT NULL
) STRICT;

CREATE TABLE job (
    id BLOB NOT NULL CONSTRAINT job_key PRIMARY KEY,
    org_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    due_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    enqueued_at TEXT NOT NULL,
    leased_until TEXT,
    finished_at TEXT,
    given_up_at TEXT,
    fault TEXT
) STRICT;
CREATE INDEX job_due ON job (due_at) WHERE finished_at IS NULL AND given_up_at IS NULL;

CREATE TABLE idempotency (
    org_id BLOB NOT NULL,
    person_id BLOB NOT NULL,
    key BLOB NOT NULL,
    request BLOB NOT NULL,
    answer TEXT,
    at TEXT NOT NULL,
    CONSTRAINT idempotency_key PRIMARY KEY (org_id, person_id, key)
) STRICT;

CREATE TABLE access_log (
    id BLOB NOT NULL CONSTRAINT access_log_key PRIMARY KEY,
    at TEXT NOT NULL,
    org_id BLOB NOT NULL,
    person_id BLOB NOT NULL,
    role TEXT NOT NULL,
    action TEXT NOT NULL,
    subject BLOB,
    outcome TEXT NOT NULL CONSTRAINT access_log_outcome CHECK (outcome IN ('SEEN', 'DENIED'))
) STRICT;
CREATE INDEX access_log_by_subject ON access_log (subject, at);
CREATE INDEX access_log_by_person ON access_log (person_id, at);

-- The record only grows. Recursive triggers are on, so that INSERT OR REPLACE meets the delete trigger too.
CREATE TRIGGER event_never_changes BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_never_goes BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER leaf_never_changes BEFORE UPDATE ON leaf BEGIN SELECT RAISE(ABORT, 'leaf is append-only'); END;
CREATE TRIGGER leaf_never_goes BEFORE DELETE ON leaf BEGIN SELECT RAISE(ABORT, 'leaf is append-only'); END;
CREATE TRIGGER checkpoint_never_changes BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only'); END;
CREATE TRIGGER checkpoint_never_goes BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'checkpoint is append-only'); END;
CREATE TRIGGER access_log_never_changes BEFORE UPDATE ON access_log BEGIN SELECT RAISE(ABORT, 'access_log is append-only'); END;
CREATE TRIGGER access_log_never_goes BEFORE DELETE ON access_log BEGIN SELECT RAISE(ABORT, 'access_log is append-only'); END;

-- A mark of what the database holds, where the engine has one (store::state).
CREATE VIEW database_state AS SELECT CAST(NULL AS text) AS state;
