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
