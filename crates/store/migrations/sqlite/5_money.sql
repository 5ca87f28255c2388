-- Ceilings that decisions set, and the ledger of commitments against them.

CREATE TABLE ceiling (
    id BLOB NOT NULL CONSTRAINT ceiling_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT ceiling_council REFERENCES organisation (id),
    decision TEXT NOT NULL,
    framework TEXT NOT NULL,
    price_base_year TEXT NOT NULL,
    limit_pence INTEGER NOT NULL,
    committed_pence INTEGER NOT NULL,
    is_example INTEGER NOT NULL,
    CONSTRAINT ceiling_once UNIQUE (org_id, framework, decision),
    CONSTRAINT ceiling_not_passed CHECK (committed_pence >= 0 AND committed_pence <= limit_pence)
) STRICT;

CREATE TABLE commitment (
    id BLOB NOT NULL CONSTRAINT commitment_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT commitment_council REFERENCES organisation (id),
    ceiling_id BLOB NOT NULL CONSTRAINT commitment_ceiling REFERENCES ceiling (id),
    agreement_id BLOB NOT NULL,
    kind TEXT NOT NULL CONSTRAINT commitment_kind CHECK (kind IN ('POST', 'RELEASE')),
    pence INTEGER NOT NULL,
    explanation TEXT NOT NULL,
    CONSTRAINT commitment_once UNIQUE (agreement_id, kind)
) STRICT;
