-- What was published of a procurement, and what only its notices need.

CREATE TABLE published_release (
    id BLOB NOT NULL CONSTRAINT published_release_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT published_release_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT published_release_tender_known REFERENCES tender (id),
    number INTEGER NOT NULL,
    telling TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT published_release_once UNIQUE (tender_id, number)
) STRICT;

CREATE TABLE market_engagement (
    id BLOB NOT NULL CONSTRAINT market_engagement_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT market_engagement_council REFERENCES organisation (id),
    tender_id BLOB NOT NULL CONSTRAINT market_engagement_tender_known REFERENCES tender (id),
    first_on TEXT NOT NULL,
    last_on TEXT NOT NULL,
    about TEXT NOT NULL,
    no_notice_because TEXT,
    CONSTRAINT market_engagement_once UNIQUE (tender_id),
    CONSTRAINT market_engagement_days CHECK (first_on <= last_on)
) STRICT;

CREATE TABLE public_supplier (
    id BLOB NOT NULL CONSTRAINT public_supplier_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT public_supplier_council REFERENCES organisation (id),
    supplier_id BLOB NOT NULL CONSTRAINT public_supplier_known REFERENCES organisation (id),
    register_number TEXT NOT NULL,
    charity_number TEXT,
    is_small INTEGER NOT NULL,
    is_voluntary INTEGER NOT NULL,
    CONSTRAINT public_supplier_once UNIQUE (org_id, supplier_id)
) STRICT;

-- What other bodies publish. An ocid by itself says nothing: publishers reuse them, and release the same id anew with other content.
CREATE TABLE outside_release (
    id BLOB NOT NULL CONSTRAINT outside_release_key PRIMARY KEY,
    version INTEGER NOT NULL,
    publisher TEXT NOT NULL,
    ocid TEXT NOT NULL,
    release_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    published_at TEXT,
    tags TEXT NOT NULL,
    title TEXT,
    buyer TEXT,
    suppliers TEXT NOT NULL,
    value_pence INTEGER,
    faults INTEGER NOT NULL,
    body TEXT NOT NULL,
    CONSTRAINT outside_release_once UNIQUE (publisher, ocid, release_id, digest)
) STRICT;
CREATE INDEX outside_release_newest ON outside_release (published_at, id);

CREATE TRIGGER published_release_never_changes BEFORE UPDATE ON published_release BEGIN SELECT RAISE(ABORT, 'published_release is append-only'); END;
CREATE TRIGGER published_release_never_goes BEFORE DELETE ON published_release BEGIN SELECT RAISE(ABORT, 'published_release is append-only'); END;
