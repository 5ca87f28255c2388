-- What can be bought: homes and fostering branches, their ratings, their admissions to frameworks.

CREATE TABLE service (
    id BLOB NOT NULL CONSTRAINT service_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT service_organisation REFERENCES organisation (id),
    kind TEXT NOT NULL CONSTRAINT service_kind CHECK (kind IN ('HOME', 'FOSTERING')),
    urn TEXT NOT NULL CONSTRAINT service_urn UNIQUE,
    name TEXT NOT NULL,
    sector TEXT NOT NULL,
    postcode TEXT,
    postcode_is_synthetic INTEGER NOT NULL,
    easting INTEGER,
    northing INTEGER,
    council_code TEXT,
    places_registered INTEGER NOT NULL,
    places_taken INTEGER NOT NULL,
    age_from INTEGER NOT NULL,
    age_to INTEGER NOT NULL,
    gender TEXT NOT NULL,
    needs TEXT NOT NULL,
    manager_name TEXT,
    is_manager_registered INTEGER NOT NULL,
    rating TEXT NOT NULL,
    inspected_on TEXT,
    registered_on TEXT,
    status TEXT NOT NULL CONSTRAINT service_status CHECK (status IN ('ACTIVE', 'RESTRICTED', 'SUSPENDED', 'REMOVED')),
    is_synthetic INTEGER NOT NULL,
    CONSTRAINT service_places CHECK (places_taken >= 0 AND places_taken <= places_registered),
    CONSTRAINT service_ages CHECK (age_from >= 0 AND age_to >= age_from)
) STRICT;
CREATE INDEX service_of_organisation ON service (org_id);

CREATE TABLE rating (
    id BLOB NOT NULL CONSTRAINT rating_key PRIMARY KEY,
    version INTEGER NOT NULL,
    service_id BLOB NOT NULL CONSTRAINT rating_service REFERENCES service (id),
    rating TEXT NOT NULL,
    inspected_on TEXT NOT NULL,
    published_on TEXT,
    event_number TEXT,
    CONSTRAINT rating_once UNIQUE (service_id, inspected_on, rating)
) STRICT;

CREATE TABLE admission (
    id BLOB NOT NULL CONSTRAINT admission_key PRIMARY KEY,
    version INTEGER NOT NULL,
    service_id BLOB NOT NULL CONSTRAINT admission_service REFERENCES service (id),
    framework TEXT NOT NULL,
    lot TEXT NOT NULL,
    category TEXT NOT NULL,
    tendered_max_pence INTEGER NOT NULL CONSTRAINT admission_price CHECK (tendered_max_pence > 0),
    admitted_on TEXT NOT NULL,
    ended_on TEXT,
    CONSTRAINT admission_once UNIQUE (service_id, framework, lot, category)
) STRICT;
CREATE INDEX admission_by_category ON admission (framework, lot, category);
