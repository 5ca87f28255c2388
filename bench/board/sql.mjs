// The statements of the page: those of Nearhome (crates/store), word for word in what they ask.

export const SIGNED_IN = `
  SELECT session.membership_id AS chosen, session.seen_at AS seen_at, person.id AS person_id, person.name AS person_name,
         membership.id AS membership_id, membership.role AS role, membership.post AS post, organisation.id AS org_id,
         organisation.name AS org_name, organisation.kind AS org_kind,
         COALESCE((SELECT is_sample FROM consortium ORDER BY id LIMIT 1), FALSE) AS is_sample_world
  FROM session
  JOIN person ON person.id = session.person_id
  JOIN membership ON membership.person_id = person.id AND membership.ended_at IS NULL
  JOIN organisation ON organisation.id = membership.org_id
  WHERE session.token_hash = $1 AND session.ended_at IS NULL AND session.second_factor_at IS NOT NULL
    AND session.expires_at > $2 AND session.seen_at > $3 AND person.disabled_at IS NULL
  ORDER BY organisation.name, membership.post, membership.id LIMIT 100`

export const SESSION_SEEN = 'UPDATE session SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2'

export const BOARD = `
  SELECT referral.id AS id, referral.number AS number, referral.state AS state, referral.urgency AS urgency,
         referral.needed_by AS needed_by, referral.category AS category, referral.closes_at AS closes_at,
         (SELECT CAST(count(*) AS BIGINT) FROM release WHERE release.referral_id = referral.id) AS asked,
         (SELECT CAST(count(*) AS BIGINT) FROM offer
          WHERE offer.referral_id = referral.id AND offer.state NOT IN ('DRAFT', 'DECLINED')) AS offered,
         (SELECT CAST(count(*) AS BIGINT) FROM offer
          WHERE offer.referral_id = referral.id AND offer.state = 'DECLINED') AS declined,
         (SELECT CAST(count(*) AS BIGINT) FROM task
          WHERE task.subject_id = referral.id AND task.done_on IS NULL AND task.due_on < $5) AS overdue
  FROM referral
  WHERE referral.org_id = $1
    AND (CASE WHEN $2 THEN referral.state NOT IN ('PLACED', 'WITHDRAWN', 'NO_PLACEMENT') ELSE TRUE END)
  ORDER BY CASE referral.urgency WHEN 'EMERGENCY' THEN 1 WHEN 'URGENT' THEN 2 WHEN 'PLANNED' THEN 3 ELSE 4 END,
           referral.needed_by NULLS LAST, referral.number
  LIMIT $3 OFFSET $4`

export const ON_BOARD = `
  SELECT CAST(count(*) AS BIGINT) AS referrals FROM referral
  WHERE org_id = $1 AND (CASE WHEN $2 THEN state NOT IN ('PLACED', 'WITHDRAWN', 'NO_PLACEMENT') ELSE TRUE END)`
