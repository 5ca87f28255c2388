-- Several people score a criterion, each once, on a scale of up to 100.

ALTER TABLE score DROP CONSTRAINT score_range;
ALTER TABLE score ADD CONSTRAINT score_range CHECK (tenths BETWEEN 0 AND 1000);
ALTER TABLE score DROP CONSTRAINT score_once;
ALTER TABLE score ADD CONSTRAINT score_once UNIQUE (offer_id, criterion, scored_by);
