-- What councils decided, what was done under it, and the agreement between the councils that buy together.

CREATE TABLE decision (
    id BLOB NOT NULL CONSTRAINT decision_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT decision_council REFERENCES organisation (id),
    title TEXT NOT NULL,
    met_on TEXT NOT NULL,
    detail TEXT NOT NULL,
    ended_on TEXT,
    ended_reason TEXT,
    followed_by BLOB CONSTRAINT decision_follows REFERENCES decision (id),
    CONSTRAINT decision_end CHECK ((ended_on IS NULL) = (ended_reason IS NULL) AND (followed_by IS NULL OR ended_on IS NOT NULL))
) STRICT;
CREATE INDEX decision_of_council ON decision (org_id, met_on);

CREATE TABLE consultation (
    id BLOB NOT NULL CONSTRAINT consultation_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT consultation_council REFERENCES organisation (id),
    decision_id BLOB NOT NULL CONSTRAINT consultation_decision REFERENCES decision (id),
    about TEXT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT consultation_kind CHECK (kind IN ('CONSULTED', 'PARTNER_AGREES')),
    who TEXT NOT NULL,
    said TEXT NOT NULL,
    said_on TEXT NOT NULL,
    recorded_by BLOB NOT NULL
) STRICT;
CREATE INDEX consultation_of_decision ON consultation (decision_id);

CREATE TABLE governed_act (
    id BLOB NOT NULL CONSTRAINT governed_act_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT governed_act_council REFERENCES organisation (id),
    decision_id BLOB CONSTRAINT governed_act_decision REFERENCES decision (id),
    resolution INTEGER,
    act TEXT NOT NULL CONSTRAINT governed_act_kind CHECK (act IN ('AWARD_FRAMEWORK', 'SIGN_CONTRACTS', 'SIGN_INTER_AUTHORITY_AGREEMENT')),
    about TEXT NOT NULL,
    post TEXT NOT NULL,
    done_by BLOB NOT NULL,
    amount_pence INTEGER NOT NULL,
    CONSTRAINT governed_act_by_resolution CHECK ((decision_id IS NULL) = (resolution IS NULL))
) STRICT;
CREATE INDEX governed_act_of_council ON governed_act (org_id, about);

CREATE TABLE inter_authority_agreement (
    id BLOB NOT NULL CONSTRAINT inter_authority_agreement_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT inter_authority_agreement_lead REFERENCES organisation (id),
    title TEXT NOT NULL,
    edition INTEGER NOT NULL,
    detail TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    CONSTRAINT inter_authority_agreement_term CHECK (ends_on >= starts_on)
) STRICT;

CREATE TABLE inter_authority_signature (
    id BLOB NOT NULL CONSTRAINT inter_authority_signature_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT inter_authority_signature_council REFERENCES organisation (id),
    agreement_id BLOB NOT NULL CONSTRAINT inter_authority_signature_on REFERENCES inter_authority_agreement (id),
    act_id BLOB NOT NULL CONSTRAINT inter_authority_signature_act REFERENCES governed_act (id),
    council_code TEXT NOT NULL,
    signed_by BLOB NOT NULL,
    signatory TEXT NOT NULL,
    post TEXT NOT NULL,
    signed_at TEXT NOT NULL,
    CONSTRAINT inter_authority_signature_once UNIQUE (agreement_id, org_id)
) STRICT;
