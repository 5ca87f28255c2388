-- Why a role ended; absent for those that ended before it was asked. Who put a configuration in force at the terminal, and why.

ALTER TABLE membership ADD COLUMN ended_reason text;
ALTER TABLE consortium ADD COLUMN changed_by text;
ALTER TABLE consortium ADD COLUMN change_reason text;
