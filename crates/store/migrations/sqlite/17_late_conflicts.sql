-- On whose scores an agreed one rests, absent for those that were agreed before this was kept, and how a conflict of interest was dealt
-- with that was declared when scores rested on whoever declared it.

ALTER TABLE bid_moderation ADD COLUMN rests_on TEXT;

CREATE TABLE conflict_settlement (
    id BLOB NOT NULL CONSTRAINT conflict_settlement_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT conflict_settlement_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT conflict_settlement_tender_known REFERENCES tender (id),
    declaration_id BLOB NOT NULL CONSTRAINT conflict_settlement_declaration_known REFERENCES conflict_declaration (id),
    how TEXT NOT NULL,
    settled_by BLOB NOT NULL CONSTRAINT conflict_settlement_settled_by_known REFERENCES person (id),
    settled_at TEXT NOT NULL,
    CONSTRAINT conflict_settlement_once UNIQUE (declaration_id)
) STRICT;
CREATE INDEX conflict_settlement_of_tender ON conflict_settlement (tender_id);
