-- What a choice, a start and an agreement say since somebody may change their mind: absent for those that were entered before.

ALTER TABLE approval ADD COLUMN fell_away_at timestamptz;
ALTER TABLE referral ADD COLUMN undisturbed_because text;
ALTER TABLE placement ADD COLUMN emergency_reason text;
ALTER TABLE agreement ADD COLUMN taken_back_reason text;

-- A commitment may be given back and entered anew when the child moved in on another day: an agreement has as many entries as
-- it takes.
ALTER TABLE commitment DROP CONSTRAINT commitment_once;
