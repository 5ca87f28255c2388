-- When the profile that a service was sent was added to; absent for those that stayed as they were sent.

ALTER TABLE release ADD COLUMN added_to_at timestamptz;
