-- What follows a signed framework agreement: places on the framework from award to award, suspension, changes, and who stays on.

-- A service that is admitted again by the next award has a place of its own for each: the old one ends where the new one begins.
CREATE TABLE admission_by_award (
    id BLOB NOT NULL CONSTRAINT admission_key PRIMARY KEY,
    version INTEGER NOT NULL,
    service_id BLOB NOT NULL CONSTRAINT admission_service REFERENCES service (id),
    framework TEXT NOT NULL,
    lot TEXT NOT NULL,
    category TEXT NOT NULL,
    tendered_max_pence INTEGER NOT NULL CONSTRAINT admission_price CHECK (tendered_max_pence > 0),
    admitted_on TEXT NOT NULL,
    ended_on TEXT,
    suspended_from TEXT,
    suspended_until TEXT,
    CONSTRAINT admission_once UNIQUE (service_id, framework, lot, category, admitted_on)
) STRICT;
INSERT INTO admission_by_award (id, version, service_id, framework, lot, category, tendered_max_pence, admitted_on, ended_on)
    SELECT id, version, service_id, framework, lot, category, tendered_max_pence, admitted_on, ended_on FROM admission;
DROP TABLE admission;
ALTER TABLE admission_by_award RENAME TO admission;
CREATE INDEX admission_by_category ON admission (framework, lot, category);

ALTER TABLE framework_contract ADD COLUMN suspended_reason TEXT;

CREATE TABLE framework_variation (
    id BLOB NOT NULL CONSTRAINT framework_variation_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT framework_variation_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT framework_variation_provider_known REFERENCES organisation (id),
    contract_id BLOB NOT NULL CONSTRAINT framework_variation_contract_known REFERENCES framework_contract (id),
    number INTEGER NOT NULL,
    holds_from TEXT NOT NULL,
    what TEXT NOT NULL,
    CONSTRAINT framework_variation_once UNIQUE (contract_id, number)
) STRICT;

CREATE TABLE carried_over (
    id BLOB NOT NULL CONSTRAINT carried_over_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT carried_over_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT carried_over_tender_known REFERENCES tender (id),
    provider_id BLOB NOT NULL CONSTRAINT carried_over_provider_known REFERENCES organisation (id),
    ground TEXT NOT NULL CONSTRAINT carried_over_ground CHECK (ground IN ('STATUS', 'EARLIER_TENDER')),
    reason TEXT NOT NULL,
    services TEXT NOT NULL,
    CONSTRAINT carried_over_once UNIQUE (tender_id, provider_id)
) STRICT;
