-- A child's need, the offers, the agreement, the placement. A provider never reads child or referral: it reads releases.

CREATE TABLE child (
    id uuid NOT NULL CONSTRAINT child_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT child_council REFERENCES organisation (id),
    case_number text NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    born_on date,
    home_postcode text,
    is_synthetic boolean NOT NULL,
    CONSTRAINT child_case_number UNIQUE (org_id, case_number)
);

CREATE TABLE referral (
    id uuid NOT NULL CONSTRAINT referral_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT referral_council REFERENCES organisation (id),
    child_id uuid NOT NULL CONSTRAINT referral_child REFERENCES child (id),
    number text NOT NULL,
    state text NOT NULL,
    urgency text NOT NULL,
    framework text,
    lot text,
    category text,
    needed_by date,
    answers text NOT NULL,
    written_by uuid NOT NULL,
    written_at timestamptz NOT NULL,
    submitted_at timestamptz,
    authorised_by uuid,
    released_at timestamptz,
    closes_at timestamptz,
    preferred_offer uuid,
    preferred_by uuid,
    preferred_reason text,
    note text,
    in_house text,
    CONSTRAINT referral_number UNIQUE (org_id, number),
    CONSTRAINT referral_released CHECK (released_at IS NULL OR (framework IS NOT NULL AND lot IS NOT NULL AND category IS NOT NULL AND closes_at IS NOT NULL)),
    CONSTRAINT referral_preferred CHECK ((preferred_offer IS NULL) = (preferred_by IS NULL))
);
CREATE INDEX referral_board ON referral (org_id, state, needed_by);
CREATE INDEX referral_of_child ON referral (child_id);

CREATE TABLE release (
    id uuid NOT NULL CONSTRAINT release_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT release_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT release_provider REFERENCES organisation (id),
    referral_id uuid NOT NULL CONSTRAINT release_referral REFERENCES referral (id),
    service_id uuid NOT NULL CONSTRAINT release_service REFERENCES service (id),
    number text NOT NULL,
    framework text NOT NULL,
    lot text NOT NULL,
    category text NOT NULL,
    wave bigint NOT NULL,
    released_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    profile text NOT NULL,
    outcome text,
    outcome_reason text,
    CONSTRAINT release_once_per_wave UNIQUE (referral_id, service_id, wave)
);
CREATE INDEX release_inbox ON release (provider_id, closes_at);
CREATE INDEX release_of_referral ON release (referral_id, org_id, provider_id);

CREATE TABLE offer (
    id uuid NOT NULL CONSTRAINT offer_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT offer_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT offer_provider REFERENCES organisation (id),
    referral_id uuid NOT NULL,
    release_id uuid NOT NULL CONSTRAINT offer_release REFERENCES release (id),
    service_id uuid NOT NULL CONSTRAINT offer_service REFERENCES service (id),
    state text NOT NULL,
    answers text NOT NULL,
    core_weekly_pence bigint,
    extras_weekly_pence bigint,
    decline_reason text,
    submitted_at timestamptz,
    submitted_by uuid,
    is_price_exception boolean NOT NULL,
    overrides text NOT NULL,
    outcome_reason text,
    CONSTRAINT offer_declined CHECK (state <> 'DECLINED' OR decline_reason IS NOT NULL),
    CONSTRAINT offer_submitted CHECK (state IN ('DRAFT', 'DECLINED') OR (submitted_at IS NOT NULL AND core_weekly_pence IS NOT NULL))
);
CREATE UNIQUE INDEX offer_one_per_release ON offer (release_id);
-- The board counts answers; with the parties in the index, row-level security need not visit the rows.
CREATE INDEX offer_of_referral ON offer (referral_id, state, org_id, provider_id);

CREATE TABLE score (
    id uuid NOT NULL CONSTRAINT score_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT score_council REFERENCES organisation (id),
    offer_id uuid NOT NULL CONSTRAINT score_offer REFERENCES offer (id),
    criterion text NOT NULL,
    tenths bigint NOT NULL CONSTRAINT score_range CHECK (tenths BETWEEN 0 AND 50),
    reason text NOT NULL,
    scored_by uuid NOT NULL,
    scored_at timestamptz NOT NULL,
    CONSTRAINT score_once UNIQUE (offer_id, criterion)
);

CREATE TABLE approval (
    id uuid NOT NULL CONSTRAINT approval_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT approval_council REFERENCES organisation (id),
    referral_id uuid NOT NULL CONSTRAINT approval_referral REFERENCES referral (id),
    offer_id uuid NOT NULL CONSTRAINT approval_offer REFERENCES offer (id),
    kind text NOT NULL,
    position bigint NOT NULL,
    why text NOT NULL,
    checks text NOT NULL,
    state text NOT NULL CONSTRAINT approval_state CHECK (state IN ('PENDING', 'APPROVED', 'REFUSED')),
    decided_by uuid,
    decided_at timestamptz,
    reason text,
    CONSTRAINT approval_once UNIQUE (offer_id, kind),
    CONSTRAINT approval_decided CHECK ((state = 'PENDING') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL))
);

CREATE TABLE agreement (
    id uuid NOT NULL CONSTRAINT agreement_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT agreement_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT agreement_provider REFERENCES organisation (id),
    referral_id uuid NOT NULL CONSTRAINT agreement_referral UNIQUE,
    offer_id uuid NOT NULL CONSTRAINT agreement_offer REFERENCES offer (id),
    service_id uuid NOT NULL CONSTRAINT agreement_service REFERENCES service (id),
    number text NOT NULL,
    state text NOT NULL,
    starts_on date NOT NULL,
    weekly_pence bigint NOT NULL,
    content text NOT NULL,
    issued_at timestamptz NOT NULL,
    provider_signed_by uuid,
    provider_signed_at timestamptz,
    council_signed_by uuid,
    council_signed_at timestamptz,
    CONSTRAINT agreement_number UNIQUE (org_id, number)
);

CREATE TABLE placement (
    id uuid NOT NULL CONSTRAINT placement_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT placement_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT placement_provider REFERENCES organisation (id),
    child_id uuid NOT NULL,
    referral_id uuid NOT NULL,
    agreement_id uuid NOT NULL CONSTRAINT placement_agreement UNIQUE REFERENCES agreement (id),
    service_id uuid NOT NULL CONSTRAINT placement_service REFERENCES service (id),
    state text NOT NULL CONSTRAINT placement_state CHECK (state IN ('ACTIVE', 'NOTICE', 'ENDED')),
    started_on date NOT NULL,
    ended_on date,
    weekly_pence bigint NOT NULL,
    legal_class text NOT NULL,
    is_within_radius boolean NOT NULL,
    is_in_footprint boolean NOT NULL,
    tenths_of_miles bigint NOT NULL,
    is_emergency boolean NOT NULL,
    CONSTRAINT placement_dates CHECK (ended_on IS NULL OR ended_on > started_on),
    CONSTRAINT placement_state_dates CHECK ((state = 'ENDED') = (ended_on IS NOT NULL))
);
CREATE INDEX placement_of_council ON placement (org_id, state);

CREATE TABLE task (
    id uuid NOT NULL CONSTRAINT task_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT task_council REFERENCES organisation (id),
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    due_on date NOT NULL,
    done_on date,
    done_by uuid,
    note text,
    CONSTRAINT task_once UNIQUE (subject_id, kind)
);
CREATE INDEX task_open ON task (org_id, due_on) WHERE done_on IS NULL;
