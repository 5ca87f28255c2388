-- A service that is restricted or suspended for every council, what that freezes, and what lifts it again.

ALTER TABLE service ADD COLUMN suspended_on TEXT;
ALTER TABLE service ADD COLUMN assured_on TEXT;

CREATE TABLE suspension (
    id BLOB NOT NULL CONSTRAINT suspension_key PRIMARY KEY,
    version INTEGER NOT NULL,
    service_id BLOB NOT NULL CONSTRAINT suspension_service REFERENCES service (id),
    provider_id BLOB NOT NULL CONSTRAINT suspension_provider REFERENCES organisation (id),
    standing TEXT NOT NULL CONSTRAINT suspension_standing CHECK (standing IN ('RESTRICTED', 'SUSPENDED')),
    cause TEXT NOT NULL,
    reason TEXT NOT NULL,
    begun_by BLOB NOT NULL,
    begun_for BLOB NOT NULL,
    begun_at TEXT NOT NULL,
    begun_on TEXT NOT NULL,
    ended_on TEXT,
    ended_by BLOB,
    ended_as TEXT CONSTRAINT suspension_end CHECK (ended_as IN ('ACTIVE', 'SUSPENDED', 'REMOVED')),
    ended_reason TEXT,
    CONSTRAINT suspension_ended CHECK ((ended_on IS NULL) = (ended_as IS NULL) AND (ended_on IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX suspension_of_service ON suspension (service_id);
-- At most one is in force.
CREATE UNIQUE INDEX suspension_in_force ON suspension (service_id) WHERE ended_on IS NULL;

CREATE TABLE assurance (
    id BLOB NOT NULL CONSTRAINT assurance_key PRIMARY KEY,
    version INTEGER NOT NULL,
    suspension_id BLOB NOT NULL CONSTRAINT assurance_suspension REFERENCES suspension (id),
    looked_by TEXT NOT NULL,
    looked_on TEXT NOT NULL,
    findings TEXT NOT NULL,
    changed TEXT NOT NULL,
    recorded_by BLOB NOT NULL,
    recorded_at TEXT NOT NULL
) STRICT;
CREATE INDEX assurance_of_suspension ON assurance (suspension_id);

CREATE TABLE suspension_signature (
    id BLOB NOT NULL CONSTRAINT suspension_signature_key PRIMARY KEY,
    version INTEGER NOT NULL,
    assurance_id BLOB NOT NULL CONSTRAINT suspension_signature_assurance REFERENCES assurance (id),
    person_id BLOB NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT suspension_signature_council REFERENCES organisation (id),
    post TEXT NOT NULL,
    signed_at TEXT NOT NULL,
    CONSTRAINT suspension_signature_once UNIQUE (assurance_id, person_id)
) STRICT;

-- Written once by the suspension and never changed: whether it holds is what the suspension says.
CREATE TABLE offer_freeze (
    id BLOB NOT NULL CONSTRAINT offer_freeze_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT offer_freeze_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT offer_freeze_provider REFERENCES organisation (id),
    referral_id BLOB NOT NULL,
    offer_id BLOB NOT NULL CONSTRAINT offer_freeze_offer REFERENCES offer (id),
    service_id BLOB NOT NULL CONSTRAINT offer_freeze_service REFERENCES service (id),
    suspension_id BLOB NOT NULL CONSTRAINT offer_freeze_suspension REFERENCES suspension (id),
    state_then TEXT NOT NULL,
    valid_until TEXT,
    frozen_at TEXT NOT NULL,
    CONSTRAINT offer_freeze_once UNIQUE (offer_id, suspension_id)
) STRICT;
CREATE INDEX offer_freeze_of_suspension ON offer_freeze (suspension_id);

CREATE INDEX offer_of_service ON offer (service_id, state);
CREATE INDEX placement_of_service ON placement (service_id, state);
-- A suspension reads the offers of its service, so that column too must be in the index by which the board counts.
DROP INDEX offer_of_referral;
CREATE INDEX offer_of_referral ON offer (referral_id, state, org_id, provider_id, service_id);
