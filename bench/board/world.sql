-- Fills one council's board, for reading only: :open referrals that are open and :open / 4 that ended, each released one with
-- profiles sent and answers received. Written past the record on purpose (the measured page reads none of it); no child exists.
-- Variables: council (its code), open, token_hash (hex), email (of the officer whose session it is).
\set ON_ERROR_STOP on
BEGIN;

CREATE TEMPORARY TABLE council ON COMMIT DROP AS SELECT id FROM organisation WHERE council_code = :'council';
CREATE TEMPORARY TABLE wanted ON COMMIT DROP AS
SELECT i, gen_random_uuid() AS child, gen_random_uuid() AS referral,
       CASE WHEN i > :open THEN (ARRAY['PLACED', 'WITHDRAWN', 'NO_PLACEMENT'])[1 + i % 3]
            ELSE (ARRAY['OUT_TO_MARKET', 'SHORTLISTING', 'SUBMITTED', 'OUT_TO_MARKET', 'DRAFT', 'ACCEPTED', 'PREFERRED', 'INTERNAL_SEARCH',
                        'AWAITING_APPROVAL', 'RETURNED', 'AUTHORISED'])[1 + i % 11] END AS state,
       (ARRAY['URGENT', 'PLANNED', 'EMERGENCY', 'PLANNED', 'LONG_TERM'])[1 + (i * 7) % 5] AS urgency,
       CASE WHEN i % 9 > 0 THEN CURRENT_DATE + (i * 13) % 60 END AS needed_by
FROM generate_series(1, :open + :open / 4) AS i;
ALTER TABLE wanted ADD COLUMN is_released boolean;
UPDATE wanted SET is_released = state IN ('OUT_TO_MARKET', 'SHORTLISTING', 'PREFERRED', 'AWAITING_APPROVAL', 'PLACED', 'NO_PLACEMENT');

INSERT INTO child (id, version, org_id, case_number, given_name, family_name, born_on, home_postcode, is_synthetic)
SELECT child, 1, council.id, 'SYN-' || lpad(i::text, 5, '0'), 'Synthetic', 'Child ' || i, CURRENT_DATE - 1000 - (i * 37) % 5000, NULL, TRUE
FROM wanted, council;

INSERT INTO referral (id, version, org_id, child_id, number, state, urgency, framework, lot, category, needed_by, answers, written_by,
                      written_at, submitted_at, released_at, closes_at, preferred_offer, preferred_by)
SELECT referral, 1, council.id, child, 'R-' || extract(year FROM now()) || '-' || lpad(i::text, 4, '0'), state, urgency,
       CASE WHEN is_released THEN 'CCS072' END, CASE WHEN is_released THEN '1' END, CASE WHEN is_released THEN 'A' END,
       needed_by, '{}', person.id, now() - interval '9 days', now() - interval '8 days',
       CASE WHEN is_released THEN now() - interval '2 days' END,
       CASE WHEN is_released THEN date_trunc('hour', now()) + make_interval(hours => i % 200, mins => (i % 4) * 15) END, NULL, NULL
FROM wanted, council, person WHERE person.email = :'email';

-- Each released profile went to between 10 and 30 services.
INSERT INTO release (id, version, org_id, provider_id, referral_id, service_id, number, framework, lot, category, wave, released_at,
                     closes_at, profile)
SELECT gen_random_uuid(), 1, council.id, service.org_id, wanted.referral, service.id, 'P-' || wanted.i || '-' || service.place,
       'CCS072', '1', 'A', 1, now() - interval '2 days', now() + interval '2 days', '{}'
FROM wanted, council, (SELECT id, org_id, row_number() OVER (ORDER BY urn) AS place FROM service) AS service
WHERE wanted.is_released AND service.place <= 10 + (wanted.i * 3) % 21;

-- Two of three answered: three in ten of those with an offer.
INSERT INTO offer (id, version, org_id, provider_id, referral_id, release_id, service_id, state, answers, core_weekly_pence,
                   extras_weekly_pence, decline_reason, submitted_at, is_price_exception, overrides)
SELECT gen_random_uuid(), 1, org_id, provider_id, referral_id, id, service_id,
       CASE answer WHEN 0 THEN 'SUBMITTED' WHEN 1 THEN 'DRAFT' ELSE 'DECLINED' END, '{}', 480000, 0,
       CASE WHEN answer > 1 THEN 'NO_VACANCY' END, now() - interval '1 day', FALSE, '[]'
FROM (SELECT *, abs(hashtext(number)) % 3 AS third, abs(hashtext(number || 'a')) % 4 AS answer FROM release) AS sent
WHERE third > 0;

-- Every other referral has something to do; of those every fifth is late with it.
INSERT INTO task (id, version, org_id, subject_id, kind, due_on)
SELECT gen_random_uuid(), 1, council.id, referral, 'COMPLETE_REFERRAL', CURRENT_DATE + CASE WHEN i % 5 = 0 THEN -2 ELSE 3 END
FROM wanted, council WHERE i % 2 = 0;

INSERT INTO session (token_hash, person_id, membership_id, started_at, seen_at, expires_at, second_factor_at)
SELECT decode(:'token_hash', 'hex'), person.id, membership.id, now(), now(), now() + interval '12 hours', now()
FROM person JOIN membership ON membership.person_id = person.id WHERE person.email = :'email';
COMMIT;
ANALYZE;
