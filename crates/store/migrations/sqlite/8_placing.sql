-- What a choice, a start and an agreement say since somebody may change their mind: absent for those that were entered before.

ALTER TABLE approval ADD COLUMN fell_away_at TEXT;
ALTER TABLE referral ADD COLUMN undisturbed_because TEXT;
ALTER TABLE placement ADD COLUMN emergency_reason TEXT;
ALTER TABLE agreement ADD COLUMN taken_back_reason TEXT;

-- A commitment may be given back and entered anew when the child moved in on another day: an agreement has as many entries as
-- it takes. The constraint is a part of the table here, and nothing refers to the table.
CREATE TABLE commitment_entry (
    id BLOB NOT NULL CONSTRAINT commitment_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT commitment_council REFERENCES organisation (id),
    ceiling_id BLOB NOT NULL CONSTRAINT commitment_ceiling REFERENCES ceiling (id),
    agreement_id BLOB NOT NULL,
    kind TEXT NOT NULL CONSTRAINT commitment_kind CHECK (kind IN ('POST', 'RELEASE')),
    pence INTEGER NOT NULL,
    explanation TEXT NOT NULL
) STRICT;
INSERT INTO commitment_entry (id, version, org_id, ceiling_id, agreement_id, kind, pence, explanation)
    SELECT id, version, org_id, ceiling_id, agreement_id, kind, pence, explanation FROM commitment;
DROP TABLE commitment;
ALTER TABLE commitment_entry RENAME TO commitment;
