-- A service that is restricted or suspended for every council, what that freezes, and what lifts it again.

ALTER TABLE service ADD COLUMN suspended_on date;
ALTER TABLE service ADD COLUMN assured_on date;

CREATE TABLE suspension (
    id uuid NOT NULL CONSTRAINT suspension_key PRIMARY KEY,
    version bigint NOT NULL,
    service_id uuid NOT NULL CONSTRAINT suspension_service REFERENCES service (id),
    provider_id uuid NOT NULL CONSTRAINT suspension_provider REFERENCES organisation (id),
    standing text NOT NULL CONSTRAINT suspension_standing CHECK (standing IN ('RESTRICTED', 'SUSPENDED')),
    cause text NOT NULL,
    reason text NOT NULL,
    begun_by uuid NOT NULL,
    begun_for uuid NOT NULL,
    begun_at timestamptz NOT NULL,
    begun_on date NOT NULL,
    ended_on date,
    ended_by uuid,
    ended_as text CONSTRAINT suspension_end CHECK (ended_as IN ('ACTIVE', 'SUSPENDED', 'REMOVED')),
    ended_reason text,
    CONSTRAINT suspension_ended CHECK ((ended_on IS NULL) = (ended_as IS NULL) AND (ended_on IS NULL) = (ended_by IS NULL))
);
CREATE INDEX suspension_of_service ON suspension (service_id);
-- At most one is in force.
CREATE UNIQUE INDEX suspension_in_force ON suspension (service_id) WHERE ended_on IS NULL;

CREATE TABLE assurance (
    id uuid NOT NULL CONSTRAINT assurance_key PRIMARY KEY,
    version bigint NOT NULL,
    suspension_id uuid NOT NULL CONSTRAINT assurance_suspension REFERENCES suspension (id),
    looked_by text NOT NULL,
    looked_on date NOT NULL,
    findings text NOT NULL,
    changed text NOT NULL,
    recorded_by uuid NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX assurance_of_suspension ON assurance (suspension_id);

CREATE TABLE suspension_signature (
    id uuid NOT NULL CONSTRAINT suspension_signature_key PRIMARY KEY,
    version bigint NOT NULL,
    assurance_id uuid NOT NULL CONSTRAINT suspension_signature_assurance REFERENCES assurance (id),
    person_id uuid NOT NULL,
    org_id uuid NOT NULL CONSTRAINT suspension_signature_council REFERENCES organisation (id),
    post text NOT NULL,
    signed_at timestamptz NOT NULL,
    CONSTRAINT suspension_signature_once UNIQUE (assurance_id, person_id)
);

-- Written once by the suspension and never changed: whether it holds is what the suspension says.
CREATE TABLE offer_freeze (
    id uuid NOT NULL CONSTRAINT offer_freeze_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT offer_freeze_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT offer_freeze_provider REFERENCES organisation (id),
    referral_id uuid NOT NULL,
    offer_id uuid NOT NULL CONSTRAINT offer_freeze_offer REFERENCES offer (id),
    service_id uuid NOT NULL CONSTRAINT offer_freeze_service REFERENCES service (id),
    suspension_id uuid NOT NULL CONSTRAINT offer_freeze_suspension REFERENCES suspension (id),
    state_then text NOT NULL,
    valid_until date,
    frozen_at timestamptz NOT NULL,
    CONSTRAINT offer_freeze_once UNIQUE (offer_id, suspension_id)
);
CREATE INDEX offer_freeze_of_suspension ON offer_freeze (suspension_id);

CREATE INDEX offer_of_service ON offer (service_id, state);
CREATE INDEX placement_of_service ON placement (service_id, state);
-- A suspension reads the offers of its service, so that column too must be in the index by which the board counts.
DROP INDEX offer_of_referral;
CREATE INDEX offer_of_referral ON offer (referral_id, state, org_id, provider_id, service_id);
