-- On whose scores an agreed one rests, absent for those that were agreed before this was kept, and how a conflict of interest was dealt
-- with that was declared when scores rested on whoever declared it.

ALTER TABLE bid_moderation ADD COLUMN rests_on text;

CREATE TABLE conflict_settlement (
    id uuid NOT NULL CONSTRAINT conflict_settlement_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT conflict_settlement_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT conflict_settlement_tender_known REFERENCES tender (id),
    declaration_id uuid NOT NULL CONSTRAINT conflict_settlement_declaration_known REFERENCES conflict_declaration (id),
    how text NOT NULL,
    settled_by uuid NOT NULL CONSTRAINT conflict_settlement_settled_by_known REFERENCES person (id),
    settled_at timestamptz NOT NULL,
    CONSTRAINT conflict_settlement_once UNIQUE (declaration_id)
);
CREATE INDEX conflict_settlement_of_tender ON conflict_settlement (tender_id);
