-- Ceilings that decisions set, and the ledger of commitments against them.

CREATE TABLE ceiling (
    id uuid NOT NULL CONSTRAINT ceiling_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT ceiling_council REFERENCES organisation (id),
    decision text NOT NULL,
    framework text NOT NULL,
    price_base_year text NOT NULL,
    limit_pence bigint NOT NULL,
    committed_pence bigint NOT NULL,
    is_example boolean NOT NULL,
    CONSTRAINT ceiling_once UNIQUE (org_id, framework, decision),
    CONSTRAINT ceiling_not_passed CHECK (committed_pence >= 0 AND committed_pence <= limit_pence)
);

CREATE TABLE commitment (
    id uuid NOT NULL CONSTRAINT commitment_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT commitment_council REFERENCES organisation (id),
    ceiling_id uuid NOT NULL CONSTRAINT commitment_ceiling REFERENCES ceiling (id),
    agreement_id uuid NOT NULL,
    kind text NOT NULL CONSTRAINT commitment_kind CHECK (kind IN ('POST', 'RELEASE')),
    pence bigint NOT NULL,
    explanation text NOT NULL,
    CONSTRAINT commitment_once UNIQUE (agreement_id, kind)
);
