-- Homes for short breaks only: absent for those that were entered before this was asked.

ALTER TABLE service ADD COLUMN is_short_break_only boolean;
