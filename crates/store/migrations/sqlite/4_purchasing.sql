-- A child's need, the offers, the agreement, the placement. A provider never reads child or referral: it reads releases.

CREATE TABLE child (
    id BLOB NOT NULL CONSTRAINT child_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT child_council REFERENCES organisation (id),
    case_number TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    born_on TEXT,
    home_postcode TEXT,
    is_synthetic INTEGER NOT NULL,
    CONSTRAINT child_case_number UNIQUE (org_id, case_number)
) STRICT;

CREATE TABLE referral (
    id BLOB NOT NULL CONSTRAINT referral_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT referral_council REFERENCES organisation (id),
    child_id BLOB NOT NULL CONSTRAINT referral_child REFERENCES child (id),
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    urgency TEXT NOT NULL,
    framework TEXT,
    lot TEXT,
    category TEXT,
    needed_by TEXT,
    answers TEXT NOT NULL,
    written_by BLOB NOT NULL,
    written_at TEXT NOT NULL,
    submitted_at TEXT,
    authorised_by BLOB,
    released_at TEXT,
    closes_at TEXT,
    preferred_offer BLOB,
    preferred_by BLOB,
    preferred_reason TEXT,
    note TEXT,
    in_house TEXT,
    CONSTRAINT referral_number UNIQUE (org_id, number),
    CONSTRAINT referral_released CHECK (released_at IS NULL OR (framework IS NOT NULL AND lot IS NOT NULL AND category IS NOT NULL AND closes_at IS NOT NULL)),
    CONSTRAINT referral_preferred CHECK ((preferred_offer IS NULL) = (preferred_by IS NULL))
) STRICT;
CREATE INDEX referral_board ON referral (org_id, state, needed_by);
CREATE INDEX referral_of_child ON referral (child_id);

CREATE TABLE release (
    id BLOB NOT NULL CONSTRAINT release_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT release_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT release_provider REFERENCES organisation (id),
    referral_id BLOB NOT NULL CONSTRAINT release_referral REFERENCES referral (id),
    service_id BLOB NOT NULL CONSTRAINT release_service REFERENCES service (id),
    number TEXT NOT NULL,
    framework TEXT NOT NULL,
    lot TEXT NOT NULL,
    category TEXT NOT NULL,
    wave INTEGER NOT NULL,
    released_at TEXT NOT NULL,
    closes_at TEXT NOT NULL,
    profile TEXT NOT NULL,
    outcome TEXT,
    outcome_reason TEXT,
    CONSTRAINT release_once_per_wave UNIQUE (referral_id, service_id, wave)
) STRICT;
CREATE INDEX release_inbox ON release (provider_id, closes_at);
CREATE INDEX release_of_referral ON release (referral_id, org_id, provider_id);

CREATE TABLE offer (
    id BLOB NOT NULL CONSTRAINT offer_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT offer_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT offer_provider REFERENCES organisation (id),
    referral_id BLOB NOT NULL,
    release_id BLOB NOT NULL CONSTRAINT offer_release REFERENCES release (id),
    service_id BLOB NOT NULL CONSTRAINT offer_service REFERENCES service (id),
    state TEXT NOT NULL,
    answers TEXT NOT NULL,
    core_weekly_pence INTEGER,
    extras_weekly_pence INTEGER,
    decline_reason TEXT,
    submitted_at TEXT,
    submitted_by BLOB,
    is_price_exception INTEGER NOT NULL,
    overrides TEXT NOT NULL,
    outcome_reason TEXT,
    CONSTRAINT offer_declined CHECK (state <> 'DECLINED' OR decline_reason IS NOT NULL),
    CONSTRAINT offer_submitted CHECK (state IN ('DRAFT', 'DECLINED') OR (submitted_at IS NOT NULL AND core_weekly_pence IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX offer_one_per_release ON offer (release_id);
-- The board counts answers; with the parties in the index, row-level security need not visit the rows.
CREATE INDEX offer_of_referral ON offer (referral_id, state, org_id, provider_id);

CREATE TABLE score (
    id BLOB NOT NULL CONSTRAINT score_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT score_council REFERENCES organisation (id),
    offer_id BLOB NOT NULL CONSTRAINT score_offer REFERENCES offer (id),
    criterion TEXT NOT NULL,
    tenths INTEGER NOT NULL CONSTRAINT score_range CHECK (tenths BETWEEN 0 AND 50),
    reason TEXT NOT NULL,
    scored_by BLOB NOT NULL,
    scored_at TEXT NOT NULL,
    CONSTRAINT score_once UNIQUE (offer_id, criterion)
) STRICT;

CREATE TABLE approval (
    id BLOB NOT NULL CONSTRAINT approval_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT approval_council REFERENCES organisation (id),
    referral_id BLOB NOT NULL CONSTRAINT approval_referral REFERENCES referral (id),
    offer_id BLOB NOT NULL CONSTRAINT approval_offer REFERENCES offer (id),
    kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    why TEXT NOT NULL,
    checks TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT approval_state CHECK (state IN ('PENDING', 'APPROVED', 'REFUSED')),
    decided_by BLOB,
    decided_at TEXT,
    reason TEXT,
    CONSTRAINT approval_once UNIQUE (offer_id, kind),
    CONSTRAINT approval_decided CHECK ((state = 'PENDING') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL))
) STRICT;

CREATE TABLE agreement (
    id BLOB NOT NULL CONSTRAINT agreement_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT agreement_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT agreement_provider REFERENCES organisation (id),
    referral_id BLOB NOT NULL CONSTRAINT agreement_referral UNIQUE,
    offer_id BLOB NOT NULL CONSTRAINT agreement_offer REFERENCES offer (id),
    service_id BLOB NOT NULL CONSTRAINT agreement_service REFERENCES service (id),
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    weekly_pence INTEGER NOT NULL,
    content TEXT NOT NULL,
    issued_at TEXT NOT NULL,
    provider_signed_by BLOB,
    provider_signed_at TEXT,
    council_signed_by BLOB,
    council_signed_at TEXT,
    CONSTRAINT agreement_number UNIQUE (org_id, number)
) STRICT;

CREATE TABLE placement (
    id BLOB NOT NULL CONSTRAINT placement_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT placement_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT placement_provider REFERENCES organisation (id),
    child_id BLOB NOT NULL,
    referral_id BLOB NOT NULL,
    agreement_id BLOB NOT NULL CONSTRAINT placement_agreement UNIQUE REFERENCES agreement (id),
    service_id BLOB NOT NULL CONSTRAINT placement_service REFERENCES service (id),
    state TEXT NOT NULL CONSTRAINT placement_state CHECK (state IN ('ACTIVE', 'NOTICE', 'ENDED')),
    started_on TEXT NOT NULL,
    ended_on TEXT,
    weekly_pence INTEGER NOT NULL,
    legal_class TEXT NOT NULL,
    is_within_radius INTEGER NOT NULL,
    is_in_footprint INTEGER NOT NULL,
    tenths_of_miles INTEGER NOT NULL,
    is_emergency INTEGER NOT NULL,
    CONSTRAINT placement_dates CHECK (ended_on IS NULL OR ended_on > started_on),
    CONSTRAINT placement_state_dates CHECK ((state = 'ENDED') = (ended_on IS NOT NULL))
) STRICT;
CREATE INDEX placement_of_council ON placement (org_id, state);

CREATE TABLE task (
    id BLOB NOT NULL CONSTRAINT task_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT task_council REFERENCES organisation (id),
    subject_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    due_on TEXT NOT NULL,
    done_on TEXT,
    done_by BLOB,
    note TEXT,
    CONSTRAINT task_once UNIQUE (subject_id, kind)
) STRICT;
CREATE INDEX task_open ON task (org_id, due_on) WHERE done_on IS NULL;
