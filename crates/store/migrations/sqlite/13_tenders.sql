-- Procuring a framework: tenders, sealed bids, their opening and evaluation, award and contracts.

CREATE TABLE tender (
    id BLOB NOT NULL CONSTRAINT tender_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT tender_council REFERENCES organisation (id),
    framework TEXT NOT NULL,
    round INTEGER NOT NULL,
    title TEXT NOT NULL,
    plan TEXT NOT NULL,
    questions_until TEXT NOT NULL,
    answers_by TEXT NOT NULL,
    deadline TEXT NOT NULL,
    published_at TEXT,
    cancelled_at TEXT,
    cancelled_reason TEXT,
    quality_recipient TEXT,
    price_recipient TEXT,
    quality_locked_at TEXT,
    CONSTRAINT tender_round UNIQUE (framework, round),
    CONSTRAINT tender_cancelled CHECK ((cancelled_at IS NULL) = (cancelled_reason IS NULL)),
    CONSTRAINT tender_sealed CHECK (published_at IS NULL OR (quality_recipient IS NOT NULL AND price_recipient IS NOT NULL))
) STRICT;

CREATE TABLE tender_addendum (
    id BLOB NOT NULL CONSTRAINT tender_addendum_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT tender_addendum_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT tender_addendum_tender_known REFERENCES tender (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    question TEXT,
    text TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT tender_addendum_once UNIQUE (tender_id, number),
    CONSTRAINT tender_addendum_kind CHECK (kind IN ('ANSWER', 'ADDENDUM', 'DEADLINE'))
) STRICT;

CREATE TABLE tender_question (
    id BLOB NOT NULL CONSTRAINT tender_question_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT tender_question_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT tender_question_provider_known REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT tender_question_tender_known REFERENCES tender (id),
    asked_at TEXT NOT NULL,
    text TEXT NOT NULL,
    answer_id BLOB CONSTRAINT tender_question_answer_known REFERENCES tender_addendum (id)
) STRICT;
CREATE INDEX tender_question_of_tender ON tender_question (tender_id);

CREATE TABLE opening_key (
    id BLOB NOT NULL CONSTRAINT opening_key_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT opening_key_council REFERENCES organisation (id),
    person_id BLOB NOT NULL CONSTRAINT opening_key_person_known REFERENCES person (id),
    recipient TEXT NOT NULL,
    wrapped BLOB NOT NULL,
    ended_on TEXT
) STRICT;
CREATE INDEX opening_key_of_council ON opening_key (org_id);

CREATE TABLE tender_share (
    id BLOB NOT NULL CONSTRAINT tender_share_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT tender_share_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT tender_share_tender_known REFERENCES tender (id),
    council_id BLOB NOT NULL CONSTRAINT tender_share_council_known REFERENCES organisation (id),
    envelope TEXT NOT NULL,
    number INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    CONSTRAINT tender_share_envelope CHECK (envelope IN ('QUALITY', 'PRICE')),
    CONSTRAINT tender_share_once UNIQUE (tender_id, envelope, council_id)
) STRICT;

CREATE TABLE opening_attempt (
    id BLOB NOT NULL CONSTRAINT opening_attempt_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT opening_attempt_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT opening_attempt_tender_known REFERENCES tender (id),
    envelope TEXT NOT NULL,
    person_id BLOB NOT NULL CONSTRAINT opening_attempt_person_known REFERENCES person (id),
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,
    share_key TEXT,
    share_sealed BLOB,
    CONSTRAINT opening_attempt_envelope CHECK (envelope IN ('QUALITY', 'PRICE')),
    CONSTRAINT opening_attempt_share CHECK ((share_key IS NULL) = (share_sealed IS NULL))
) STRICT;
CREATE INDEX opening_attempt_of_tender ON opening_attempt (tender_id, at);

CREATE TABLE bidder_key (
    id BLOB NOT NULL CONSTRAINT bidder_key_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT bidder_key_provider REFERENCES organisation (id),
    key TEXT NOT NULL,
    sealed BLOB NOT NULL,
    CONSTRAINT bidder_key_once UNIQUE (org_id)
) STRICT;

CREATE TABLE bidder_profile (
    id BLOB NOT NULL CONSTRAINT bidder_profile_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT bidder_profile_provider REFERENCES organisation (id),
    content BLOB NOT NULL,
    CONSTRAINT bidder_profile_once UNIQUE (org_id)
) STRICT;

CREATE TABLE bidder_file (
    id BLOB NOT NULL CONSTRAINT bidder_file_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT bidder_file_provider REFERENCES organisation (id),
    about BLOB NOT NULL,
    content BLOB NOT NULL,
    removed_at TEXT
) STRICT;
CREATE INDEX bidder_file_of_provider ON bidder_file (org_id);

CREATE TABLE bid (
    id BLOB NOT NULL CONSTRAINT bid_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT bid_provider REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT bid_tender_known REFERENCES tender (id),
    lot TEXT NOT NULL,
    draft BLOB NOT NULL,
    saved_at TEXT NOT NULL,
    withdrawn_at TEXT,
    CONSTRAINT bid_once UNIQUE (org_id, tender_id, lot)
) STRICT;

CREATE TABLE bid_submission (
    id BLOB NOT NULL CONSTRAINT bid_submission_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT bid_submission_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT bid_submission_provider_known REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT bid_submission_tender_known REFERENCES tender (id),
    lot TEXT NOT NULL,
    number INTEGER NOT NULL,
    quality BLOB NOT NULL,
    price BLOB NOT NULL,
    price_by_bidder INTEGER NOT NULL,
    own_copy BLOB NOT NULL,
    receipt TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    withdrawn_at TEXT,
    CONSTRAINT bid_submission_once UNIQUE (tender_id, provider_id, lot, number)
) STRICT;

CREATE TABLE submitted_file (
    id BLOB NOT NULL CONSTRAINT submitted_file_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT submitted_file_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT submitted_file_provider_known REFERENCES organisation (id),
    submission_id BLOB NOT NULL CONSTRAINT submitted_file_submission_known REFERENCES bid_submission (id),
    content BLOB NOT NULL
) STRICT;
CREATE INDEX submitted_file_of_submission ON submitted_file (submission_id);

CREATE TABLE opened_bid (
    id BLOB NOT NULL CONSTRAINT opened_bid_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT opened_bid_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT opened_bid_tender_known REFERENCES tender (id),
    submission_id BLOB NOT NULL CONSTRAINT opened_bid_submission_known REFERENCES bid_submission (id),
    provider_id BLOB NOT NULL CONSTRAINT opened_bid_provider_known REFERENCES organisation (id),
    lot TEXT NOT NULL,
    quality TEXT NOT NULL,
    price TEXT,
    opened_at TEXT NOT NULL,
    price_opened_at TEXT,
    CONSTRAINT opened_bid_once UNIQUE (submission_id),
    CONSTRAINT opened_bid_price CHECK ((price IS NULL) = (price_opened_at IS NULL))
) STRICT;
CREATE INDEX opened_bid_of_tender ON opened_bid (tender_id, lot);

CREATE TABLE evaluator (
    id BLOB NOT NULL CONSTRAINT evaluator_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT evaluator_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT evaluator_tender_known REFERENCES tender (id),
    person_id BLOB NOT NULL CONSTRAINT evaluator_person_known REFERENCES person (id),
    ended_on TEXT,
    CONSTRAINT evaluator_once UNIQUE (tender_id, person_id)
) STRICT;

CREATE TABLE conflict_declaration (
    id BLOB NOT NULL CONSTRAINT conflict_declaration_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT conflict_declaration_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT conflict_declaration_tender_known REFERENCES tender (id),
    person_id BLOB NOT NULL CONSTRAINT conflict_declaration_person_known REFERENCES person (id),
    has_conflict INTEGER NOT NULL,
    words TEXT NOT NULL,
    declared_at TEXT NOT NULL,
    CONSTRAINT conflict_declaration_once UNIQUE (tender_id, person_id)
) STRICT;

CREATE TABLE bid_score (
    id BLOB NOT NULL CONSTRAINT bid_score_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT bid_score_council REFERENCES organisation (id),
    opened_bid_id BLOB NOT NULL CONSTRAINT bid_score_opened_bid_known REFERENCES opened_bid (id),
    question TEXT NOT NULL,
    person_id BLOB NOT NULL CONSTRAINT bid_score_person_known REFERENCES person (id),
    score INTEGER NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT bid_score_once UNIQUE (opened_bid_id, question, person_id),
    CONSTRAINT bid_score_floor CHECK (score >= 0)
) STRICT;

CREATE TABLE bid_moderation (
    id BLOB NOT NULL CONSTRAINT bid_moderation_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT bid_moderation_council REFERENCES organisation (id),
    opened_bid_id BLOB NOT NULL CONSTRAINT bid_moderation_opened_bid_known REFERENCES opened_bid (id),
    question TEXT NOT NULL,
    agreed INTEGER NOT NULL,
    reason TEXT NOT NULL,
    agreed_by BLOB NOT NULL CONSTRAINT bid_moderation_agreed_by_known REFERENCES person (id),
    CONSTRAINT bid_moderation_once UNIQUE (opened_bid_id, question),
    CONSTRAINT bid_moderation_floor CHECK (agreed >= 0)
) STRICT;

CREATE TABLE bid_outcome (
    id BLOB NOT NULL CONSTRAINT bid_outcome_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT bid_outcome_council REFERENCES organisation (id),
    opened_bid_id BLOB NOT NULL CONSTRAINT bid_outcome_opened_bid_known REFERENCES opened_bid (id),
    service_id BLOB NOT NULL CONSTRAINT bid_outcome_service_known REFERENCES service (id),
    category TEXT NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    weekly_pence INTEGER NOT NULL,
    CONSTRAINT bid_outcome_once UNIQUE (opened_bid_id, service_id, category),
    CONSTRAINT bid_outcome_kind CHECK (outcome IN ('ADMIT', 'REJECT'))
) STRICT;

CREATE TABLE award (
    id BLOB NOT NULL CONSTRAINT award_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT award_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT award_tender_known REFERENCES tender (id),
    act_id BLOB NOT NULL CONSTRAINT award_act_known REFERENCES governed_act (id),
    detail TEXT NOT NULL,
    summaries_sent_at TEXT,
    notice_published_at TEXT,
    standstill_until TEXT,
    terminated_on TEXT,
    terminated_reason TEXT,
    CONSTRAINT award_once UNIQUE (tender_id)
) STRICT;

CREATE TABLE assessment_summary (
    id BLOB NOT NULL CONSTRAINT assessment_summary_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT assessment_summary_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT assessment_summary_provider_known REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT assessment_summary_tender_known REFERENCES tender (id),
    lot TEXT NOT NULL,
    content TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    CONSTRAINT assessment_summary_once UNIQUE (tender_id, provider_id, lot)
) STRICT;

CREATE TABLE challenge (
    id BLOB NOT NULL CONSTRAINT challenge_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT challenge_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT challenge_tender_known REFERENCES tender (id),
    provider_id BLOB CONSTRAINT challenge_provider_known REFERENCES organisation (id),
    kind TEXT NOT NULL,
    raised_on TEXT NOT NULL,
    about TEXT NOT NULL,
    closed_on TEXT,
    outcome TEXT,
    CONSTRAINT challenge_kind CHECK (kind IN ('CHALLENGE', 'COMPLAINT')),
    CONSTRAINT challenge_closed CHECK ((closed_on IS NULL) = (outcome IS NULL))
) STRICT;
CREATE INDEX challenge_of_tender ON challenge (tender_id);

CREATE TABLE framework_contract (
    id BLOB NOT NULL CONSTRAINT framework_contract_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT framework_contract_council REFERENCES organisation (id),
    provider_id BLOB NOT NULL CONSTRAINT framework_contract_provider_known REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT framework_contract_tender_known REFERENCES tender (id),
    framework TEXT NOT NULL,
    detail TEXT NOT NULL,
    signable_from TEXT,
    provider_signed_at TEXT,
    provider_signed_by BLOB CONSTRAINT framework_contract_provider_signed_by_known REFERENCES person (id),
    provider_signatory TEXT,
    council_signed_at TEXT,
    council_signed_by BLOB CONSTRAINT framework_contract_council_signed_by_known REFERENCES person (id),
    council_post TEXT,
    act_id BLOB CONSTRAINT framework_contract_act_known REFERENCES governed_act (id),
    suspended_from TEXT,
    suspended_until TEXT,
    ended_on TEXT,
    ended_reason TEXT,
    CONSTRAINT framework_contract_once UNIQUE (tender_id, provider_id),
    CONSTRAINT framework_contract_order CHECK (council_signed_at IS NULL OR provider_signed_at IS NOT NULL),
    CONSTRAINT framework_contract_two_people CHECK (council_signed_by IS NULL OR council_signed_by <> provider_signed_by)
) STRICT;
CREATE INDEX framework_contract_of_framework ON framework_contract (framework);
