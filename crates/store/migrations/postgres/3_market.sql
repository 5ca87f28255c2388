-- What can be bought: homes and fostering branches, their ratings, their admissions to frameworks.

CREATE TABLE service (
    id uuid NOT NULL CONSTRAINT service_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT service_organisation REFERENCES organisation (id),
    kind text NOT NULL CONSTRAINT service_kind CHECK (kind IN ('HOME', 'FOSTERING')),
    urn text NOT NULL CONSTRAINT service_urn UNIQUE,
    name text NOT NULL,
    sector text NOT NULL,
    postcode text,
    postcode_is_synthetic boolean NOT NULL,
    easting bigint,
    northing bigint,
    council_code text,
    places_registered bigint NOT NULL,
    places_taken bigint NOT NULL,
    age_from bigint NOT NULL,
    age_to bigint NOT NULL,
    gender text NOT NULL,
    needs text NOT NULL,
    manager_name text,
    is_manager_registered boolean NOT NULL,
    rating text NOT NULL,
    inspected_on date,
    registered_on date,
    status text NOT NULL CONSTRAINT service_status CHECK (status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED', 'REMOVED')),
    is_synthetic boolean NOT NULL,
    CONSTRAINT service_places CHECK (places_taken >= 0 AND places_taken <= places_registered),
    CONSTRAINT service_ages CHECK (age_from >= 0 AND age_to >= age_from)
);
CREATE INDEX service_of_organisation ON service (org_id);

CREATE TABLE rating (
    id uuid NOT NULL CONSTRAINT rating_key PRIMARY KEY,
    version bigint NOT NULL,
    service_id uuid NOT NULL CONSTRAINT rating_service REFERENCES service (id),
    rating text NOT NULL,
    inspected_on date NOT NULL,
    published_on date,
    event_number text,
    CONSTRAINT rating_once UNIQUE (service_id, inspected_on, rating)
);

CREATE TABLE admission (
    id uuid NOT NULL CONSTRAINT admission_key PRIMARY KEY,
    version bigint NOT NULL,
    service_id uuid NOT NULL CONSTRAINT admission_service REFERENCES service (id),
    framework text NOT NULL,
    lot text NOT NULL,
    category text NOT NULL,
    tendered_max_pence bigint NOT NULL CONSTRAINT admission_price CHECK (tendered_max_pence > 0),
    admitted_on date NOT NULL,
    ended_on date,
    CONSTRAINT admission_once UNIQUE (service_id, framework, lot, category)
);
CREATE INDEX admission_by_category ON admission (framework, lot, category);
