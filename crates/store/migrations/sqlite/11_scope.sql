-- Whether somebody said for which ages and genders a service is registered, or no list did.

ALTER TABLE service ADD COLUMN is_scope_stated INTEGER;
