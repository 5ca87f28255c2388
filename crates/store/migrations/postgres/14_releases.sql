-- What was published of a procurement, and what only its notices need.

CREATE TABLE published_release (
    id uuid NOT NULL CONSTRAINT published_release_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT published_release_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT published_release_tender_known REFERENCES tender (id),
    number bigint NOT NULL,
    telling text NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT published_release_once UNIQUE (tender_id, number)
);

CREATE TABLE market_engagement (
    id uuid NOT NULL CONSTRAINT market_engagement_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT market_engagement_council REFERENCES organisation (id),
    tender_id uuid NOT NULL CONSTRAINT market_engagement_tender_known REFERENCES tender (id),
    first_on date NOT NULL,
    last_on date NOT NULL,
    about text NOT NULL,
    no_notice_because text,
    CONSTRAINT market_engagement_once UNIQUE (tender_id),
    CONSTRAINT market_engagement_days CHECK (first_on <= last_on)
);

CREATE TABLE public_supplier (
    id uuid NOT NULL CONSTRAINT public_supplier_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT public_supplier_council REFERENCES organisation (id),
    supplier_id uuid NOT NULL CONSTRAINT public_supplier_known REFERENCES organisation (id),
    register_number text NOT NULL,
    charity_number text,
    is_small boolean NOT NULL,
    is_voluntary boolean NOT NULL,
    CONSTRAINT public_supplier_once UNIQUE (org_id, supplier_id)
);

-- What other bodies publish. An ocid by itself says nothing: publishers reuse them, and release the same id anew with other content.
CREATE TABLE outside_release (
    id uuid NOT NULL CONSTRAINT outside_release_key PRIMARY KEY,
    version bigint NOT NULL,
    publisher text NOT NULL,
    ocid text NOT NULL,
    release_id text NOT NULL,
    digest text NOT NULL,
    published_at timestamptz,
    tags text NOT NULL,
    title text,
    buyer text,
    suppliers text NOT NULL,
    value_pence bigint,
    faults bigint NOT NULL,
    body text NOT NULL,
    CONSTRAINT outside_release_once UNIQUE (publisher, ocid, release_id, digest)
);
CREATE INDEX outside_release_newest ON outside_release (published_at, id);
