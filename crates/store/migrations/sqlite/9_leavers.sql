-- Why a role ended; absent for those that ended before it was asked. Who put a configuration in force at the terminal, and why.

ALTER TABLE membership ADD COLUMN ended_reason TEXT;
ALTER TABLE consortium ADD COLUMN changed_by TEXT;
ALTER TABLE consortium ADD COLUMN change_reason TEXT;
