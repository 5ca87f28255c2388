-- Several people score a criterion, each once, on a scale of up to 100. SQLite changes no constraint of a table that stands.

CREATE TABLE score_wider (
    id BLOB NOT NULL CONSTRAINT score_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT score_council REFERENCES organisation (id),
    offer_id BLOB NOT NULL CONSTRAINT score_offer REFERENCES offer (id),
    criterion TEXT NOT NULL,
    tenths INTEGER NOT NULL CONSTRAINT score_range CHECK (tenths BETWEEN 0 AND 1000),
    reason TEXT NOT NULL,
    scored_by BLOB NOT NULL,
    scored_at TEXT NOT NULL,
    CONSTRAINT score_once UNIQUE (offer_id, criterion, scored_by)
) STRICT;
INSERT INTO score_wider (id, version, org_id, offer_id, criterion, tenths, reason, scored_by, scored_at)
SELECT id, version, org_id, offer_id, criterion, tenths, reason, scored_by, scored_at FROM score;
DROP TABLE score;
ALTER TABLE score_wider RENAME TO score;
