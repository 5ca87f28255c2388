-- Procuring a framework: tenders, sealed bids, their opening and evaluation, award and contracts.

CREATE TABLE tender (
    id uuid NOT NULL CONSTRAINT tender_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT tender_council REFERENCES organisation (id),
    framework text NOT NULL,
    round bigint NOT NULL,
    title text NOT NULL,
    plan text NOT NULL,
    questions_until timestamptz NOT NULL,
    answers_by date NOT NULL,
    deadline timestamptz NOT NULL,
    published_at timestamptz,
    cancelled_at timestamptz,
    cancelled_reason text,
    quality_recipient text,
    price_recipient text,
    quality_locked_at timestamptz,
    CONSTRAINT tender_round UNIQUE (framework, round),
    CONSTRAINT tender_cancelled CHECK ((cancelled_at IS NULL) = (cancelled_reason IS NULL)),
    CONSTRAINT tender_sealed CHECK (published_at IS NULL OR (quality_recipient IS NOT NULL AND price_recipient IS NOT NULL))
);

CREATE TABLE tender_addendum (
    id uuid NOT NULL CONSTRAINT tender_addendum_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT tender_addendum_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT tender_addendum_tender_known REFERENCES tender (id),
    number bigint NOT NULL,
    kind text NOT NULL,
    question text,
    text text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT tender_addendum_once UNIQUE (tender_id, number),
    CONSTRAINT tender_addendum_kind CHECK (kind IN ('ANSWER', 'ADDENDUM', 'DEADLINE'))
);

CREATE TABLE tender_question (
    id uuid NOT NULL CONSTRAINT tender_question_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT tender_question_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT tender_question_provider_known REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT tender_question_tender_known REFERENCES tender (id),
    asked_at timestamptz NOT NULL,
    text text NOT NULL,
    answer_id uuid CONSTRAINT tender_question_answer_known REFERENCES tender_addendum (id)
);
CREATE INDEX tender_question_of_tender ON tender_question (tender_id);

CREATE TABLE opening_key (
    id uuid NOT NULL CONSTRAINT opening_key_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT opening_key_council REFERENCES organisation (id),
    person_id uuid NOT NULL CONSTRAINT opening_key_person_known REFERENCES person (id),
    recipient text NOT NULL,
    wrapped bytea NOT NULL,
    ended_on date
);
CREATE INDEX opening_key_of_council ON opening_key (org_id);

CREATE TABLE tender_share (
    id uuid NOT NULL CONSTRAINT tender_share_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT tender_share_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT tender_share_tender_known REFERENCES tender (id),
    council_id uuid NOT NULL CONSTRAINT tender_share_council_known REFERENCES organisation (id),
    envelope text NOT NULL,
    number bigint NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT tender_share_envelope CHECK (envelope IN ('QUALITY', 'PRICE')),
    CONSTRAINT tender_share_once UNIQUE (tender_id, envelope, council_id)
);

CREATE TABLE opening_attempt (
    id uuid NOT NULL CONSTRAINT opening_attempt_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT opening_attempt_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT opening_attempt_tender_known REFERENCES tender (id),
    envelope text NOT NULL,
    person_id uuid NOT NULL CONSTRAINT opening_attempt_person_known REFERENCES person (id),
    at timestamptz NOT NULL,
    outcome text NOT NULL,
    share_key text,
    share_sealed bytea,
    CONSTRAINT opening_attempt_envelope CHECK (envelope IN ('QUALITY', 'PRICE')),
    CONSTRAINT opening_attempt_share CHECK ((share_key IS NULL) = (share_sealed IS NULL))
);
CREATE INDEX opening_attempt_of_tender ON opening_attempt (tender_id, at);

CREATE TABLE bidder_key (
    id uuid NOT NULL CONSTRAINT bidder_key_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT bidder_key_provider REFERENCES organisation (id),
    key text NOT NULL,
    sealed bytea NOT NULL,
    CONSTRAINT bidder_key_once UNIQUE (org_id)
);

CREATE TABLE bidder_profile (
    id uuid NOT NULL CONSTRAINT bidder_profile_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT bidder_profile_provider REFERENCES organisation (id),
    content bytea NOT NULL,
    CONSTRAINT bidder_profile_once UNIQUE (org_id)
);

CREATE TABLE bidder_file (
    id uuid NOT NULL CONSTRAINT bidder_file_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT bidder_file_provider REFERENCES organisation (id),
    about bytea NOT NULL,
    content bytea NOT NULL,
    removed_at timestamptz
);
CREATE INDEX bidder_file_of_provider ON bidder_file (org_id);

CREATE TABLE bid (
    id uuid NOT NULL CONSTRAINT bid_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT bid_provider REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT bid_tender_known REFERENCES tender (id),
    lot text NOT NULL,
    draft bytea NOT NULL,
    saved_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT bid_once UNIQUE (org_id, tender_id, lot)
);

CREATE TABLE bid_submission (
    id uuid NOT NULL CONSTRAINT bid_submission_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT bid_submission_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT bid_submission_provider_known REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT bid_submission_tender_known REFERENCES tender (id),
    lot text NOT NULL,
    number bigint NOT NULL,
    quality bytea NOT NULL,
    price bytea NOT NULL,
    price_by_bidder boolean NOT NULL,
    own_copy bytea NOT NULL,
    receipt text NOT NULL,
    submitted_at timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT bid_submission_once UNIQUE (tender_id, provider_id, lot, number)
);

CREATE TABLE submitted_file (
    id uuid NOT NULL CONSTRAINT submitted_file_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT submitted_file_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT submitted_file_provider_known REFERENCES organisation (id),
    submission_id uuid NOT NULL CONSTRAINT submitted_file_submission_known REFERENCES bid_submission (id),
    content bytea NOT NULL
);
CREATE INDEX submitted_file_of_submission ON submitted_file (submission_id);

CREATE TABLE opened_bid (
    id uuid NOT NULL CONSTRAINT opened_bid_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT opened_bid_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT opened_bid_tender_known REFERENCES tender (id),
    submission_id uuid NOT NULL CONSTRAINT opened_bid_submission_known REFERENCES bid_submission (id),
    provider_id uuid NOT NULL CONSTRAINT opened_bid_provider_known REFERENCES organisation (id),
    lot text NOT NULL,
    quality text NOT NULL,
    price text,
    opened_at timestamptz NOT NULL,
    price_opened_at timestamptz,
    CONSTRAINT opened_bid_once UNIQUE (submission_id),
    CONSTRAINT opened_bid_price CHECK ((price IS NULL) = (price_opened_at IS NULL))
);
CREATE INDEX opened_bid_of_tender ON opened_bid (tender_id, lot);

CREATE TABLE evaluator (
    id uuid NOT NULL CONSTRAINT evaluator_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT evaluator_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT evaluator_tender_known REFERENCES tender (id),
    person_id uuid NOT NULL CONSTRAINT evaluator_person_known REFERENCES person (id),
    ended_on date,
    CONSTRAINT evaluator_once UNIQUE (tender_id, person_id)
);

CREATE TABLE conflict_declaration (
    id uuid NOT NULL CONSTRAINT conflict_declaration_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT conflict_declaration_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT conflict_declaration_tender_known REFERENCES tender (id),
    person_id uuid NOT NULL CONSTRAINT conflict_declaration_person_known REFERENCES person (id),
    has_conflict boolean NOT NULL,
    words text NOT NULL,
    declared_at timestamptz NOT NULL,
    CONSTRAINT conflict_declaration_once UNIQUE (tender_id, person_id)
);

CREATE TABLE bid_score (
    id uuid NOT NULL CONSTRAINT bid_score_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT bid_score_council REFERENCES organisation (id),
    opened_bid_id uuid NOT NULL CONSTRAINT bid_score_opened_bid_known REFERENCES opened_bid (id),
    question text NOT NULL,
    person_id uuid NOT NULL CONSTRAINT bid_score_person_known REFERENCES person (id),
    score bigint NOT NULL,
    reason text NOT NULL,
    CONSTRAINT bid_score_once UNIQUE (opened_bid_id, question, person_id),
    CONSTRAINT bid_score_floor CHECK (score >= 0)
);

CREATE TABLE bid_moderation (
    id uuid NOT NULL CONSTRAINT bid_moderation_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT bid_moderation_council REFERENCES organisation (id),
    opened_bid_id uuid NOT NULL CONSTRAINT bid_moderation_opened_bid_known REFERENCES opened_bid (id),
    question text NOT NULL,
    agreed bigint NOT NULL,
    reason text NOT NULL,
    agreed_by uuid NOT NULL CONSTRAINT bid_moderation_agreed_by_known REFERENCES person (id),
    CONSTRAINT bid_moderation_once UNIQUE (opened_bid_id, question),
    CONSTRAINT bid_moderation_floor CHECK (agreed >= 0)
);

CREATE TABLE bid_outcome (
    id uuid NOT NULL CONSTRAINT bid_outcome_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT bid_outcome_council REFERENCES organisation (id),
    opened_bid_id uuid NOT NULL CONSTRAINT bid_outcome_opened_bid_known REFERENCES opened_bid (id),
    service_id uuid NOT NULL CONSTRAINT bid_outcome_service_known REFERENCES service (id),
    category text NOT NULL,
    outcome text NOT NULL,
    reason text NOT NULL,
    weekly_pence bigint NOT NULL,
    CONSTRAINT bid_outcome_once UNIQUE (opened_bid_id, service_id, category),
    CONSTRAINT bid_outcome_kind CHECK (outcome IN ('ADMIT', 'REJECT'))
);

CREATE TABLE award (
    id uuid NOT NULL CONSTRAINT award_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT award_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT award_tender_known REFERENCES tender (id),
    act_id uuid NOT NULL CONSTRAINT award_act_known REFERENCES governed_act (id),
    detail text NOT NULL,
    summaries_sent_at timestamptz,
    notice_published_at timestamptz,
    standstill_until date,
    terminated_on date,
    terminated_reason text,
    CONSTRAINT award_once UNIQUE (tender_id)
);

CREATE TABLE assessment_summary (
    id uuid NOT NULL CONSTRAINT assessment_summary_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT assessment_summary_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT assessment_summary_provider_known REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT assessment_summary_tender_known REFERENCES tender (id),
    lot text NOT NULL,
    content text NOT NULL,
    sent_at timestamptz NOT NULL,
    CONSTRAINT assessment_summary_once UNIQUE (tender_id, provider_id, lot)
);

CREATE TABLE challenge (
    id uuid NOT NULL CONSTRAINT challenge_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT challenge_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT challenge_tender_known REFERENCES tender (id),
    provider_id uuid CONSTRAINT challenge_provider_known REFERENCES organisation (id),
    kind text NOT NULL,
    raised_on date NOT NULL,
    about text NOT NULL,
    closed_on date,
    outcome text,
    CONSTRAINT challenge_kind CHECK (kind IN ('CHALLENGE', 'COMPLAINT')),
    CONSTRAINT challenge_closed CHECK ((closed_on IS NULL) = (outcome IS NULL))
);
CREATE INDEX challenge_of_tender ON challenge (tender_id);

CREATE TABLE framework_contract (
    id uuid NOT NULL CONSTRAINT framework_contract_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT framework_contract_council REFERENCES organisation (id),
    provider_id uuid NOT NULL CONSTRAINT framework_contract_provider_known REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT framework_contract_tender_known REFERENCES tender (id),
    framework text NOT NULL,
    detail text NOT NULL,
    signable_from date,
    provider_signed_at timestamptz,
    provider_signed_by uuid CONSTRAINT framework_contract_provider_signed_by_known REFERENCES person (id),
    provider_signatory text,
    council_signed_at timestamptz,
    council_signed_by uuid CONSTRAINT framework_contract_council_signed_by_known REFERENCES person (id),
    council_post text,
    act_id uuid CONSTRAINT framework_contract_act_known REFERENCES governed_act (id),
    suspended_from date,
    suspended_until date,
    ended_on date,
    ended_reason text,
    CONSTRAINT framework_contract_once UNIQUE (tender_id, provider_id),
    CONSTRAINT framework_contract_order CHECK (council_signed_at IS NULL OR provider_signed_at IS NOT NULL),
    CONSTRAINT framework_contract_two_people CHECK (council_signed_by IS NULL OR council_signed_by <> provider_signed_by)
);
CREATE INDEX framework_contract_of_framework ON framework_contract (framework);
