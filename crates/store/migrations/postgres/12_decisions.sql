-- What councils decided, what was done under it, and the agreement between the councils that buy together.

CREATE TABLE decision (
    id uuid NOT NULL CONSTRAINT decision_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT decision_council REFERENCES organisation (id),
    title text NOT NULL,
    met_on date NOT NULL,
    detail text NOT NULL,
    ended_on date,
    ended_reason text,
    followed_by uuid CONSTRAINT decision_follows REFERENCES decision (id),
    CONSTRAINT decision_end CHECK ((ended_on IS NULL) = (ended_reason IS NULL) AND (followed_by IS NULL OR ended_on IS NOT NULL))
);
CREATE INDEX decision_of_council ON decision (org_id, met_on);

CREATE TABLE consultation (
    id uuid NOT NULL CONSTRAINT consultation_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT consultation_council REFERENCES organisation (id),
    decision_id uuid NOT NULL CONSTRAINT consultation_decision REFERENCES decision (id),
    about text NOT NULL,
    kind text NOT NULL CONSTRAINT consultation_kind CHECK (kind IN ('CONSULTED', 'PARTNER_AGREES')),
    who text NOT NULL,
    said text NOT NULL,
    said_on date NOT NULL,
    recorded_by uuid NOT NULL
);
CREATE INDEX consultation_of_decision ON consultation (decision_id);

CREATE TABLE governed_act (
    id uuid NOT NULL CONSTRAINT governed_act_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT governed_act_council REFERENCES organisation (id),
    decision_id uuid CONSTRAINT governed_act_decision REFERENCES decision (id),
    resolution bigint,
    act text NOT NULL CONSTRAINT governed_act_kind CHECK (act IN ('AWARD_FRAMEWORK', 'SIGN_CONTRACTS', 'SIGN_INTER_AUTHORITY_AGREEMENT')),
    about text NOT NULL,
    post text NOT NULL,
    done_by uuid NOT NULL,
    amount_pence bigint NOT NULL,
    CONSTRAINT governed_act_by_resolution CHECK ((decision_id IS NULL) = (resolution IS NULL))
);
CREATE INDEX governed_act_of_council ON governed_act (org_id, about);

CREATE TABLE inter_authority_agreement (
    id uuid NOT NULL CONSTRAINT inter_authority_agreement_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT inter_authority_agreement_lead REFERENCES organisation (id),
    title text NOT NULL,
    edition bigint NOT NULL,
    detail text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    CONSTRAINT inter_authority_agreement_term CHECK (ends_on >= starts_on)
);

CREATE TABLE inter_authority_signature (
    id uuid NOT NULL CONSTRAINT inter_authority_signature_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT inter_authority_signature_council REFERENCES organisation (id),
    agreement_id uuid NOT NULL CONSTRAINT inter_authority_signature_on REFERENCES inter_authority_agreement (id),
    act_id uuid NOT NULL CONSTRAINT inter_authority_signature_act REFERENCES governed_act (id),
    council_code text NOT NULL,
    signed_by uuid NOT NULL,
    signatory text NOT NULL,
    post text NOT NULL,
    signed_at timestamptz NOT NULL,
    CONSTRAINT inter_authority_signature_once UNIQUE (agreement_id, org_id)
);
