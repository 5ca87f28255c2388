-- What follows a signed framework agreement: places on the framework from award to award, suspension, changes, and who stays on.

-- A service that is admitted again by the next award has a place of its own for each: the old one ends where the new one begins.
ALTER TABLE admission ADD COLUMN suspended_from date;
ALTER TABLE admission ADD COLUMN suspended_until date;
ALTER TABLE admission DROP CONSTRAINT admission_once;
ALTER TABLE admission ADD CONSTRAINT admission_once UNIQUE (service_id, framework, lot, category, admitted_on);

ALTER TABLE framework_contract ADD COLUMN suspended_reason text;

CREATE TABLE framework_variation (
    id uuid NOT NULL CONSTRAINT framework_variation_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT framework_variation_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT framework_variation_provider_known REFERENCES organisation (id),
    contract_id uuid NOT NULL CONSTRAINT framework_variation_contract_known REFERENCES framework_contract (id),
    number bigint NOT NULL,
    holds_from date NOT NULL,
    what text NOT NULL,
    CONSTRAINT framework_variation_once UNIQUE (contract_id, number)
);

CREATE TABLE carried_over (
    id uuid NOT NULL CONSTRAINT carried_over_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT carried_over_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT carried_over_tender_known REFERENCES tender (id),
    provider_id uuid NOT NULL CONSTRAINT carried_over_provider_known REFERENCES organisation (id),
    ground text NOT NULL CONSTRAINT carried_over_ground CHECK (ground IN ('STATUS', 'EARLIER_TENDER')),
    reason text NOT NULL,
    services text NOT NULL,
    CONSTRAINT carried_over_once UNIQUE (tender_id, provider_id)
);
