-- Reminders of frameworks' deadlines that went out, each once.

CREATE TABLE framework_reminder (
    id BLOB NOT NULL CONSTRAINT framework_reminder_key PRIMARY KEY,
    version INTEGER NOT NULL,
    org_id BLOB NOT NULL CONSTRAINT framework_reminder_council REFERENCES organisation (id),
    framework TEXT NOT NULL,
    deadline TEXT NOT NULL,
    due_on TEXT NOT NULL,
    months INTEGER NOT NULL,
    sent_at TEXT NOT NULL,
    CONSTRAINT framework_reminder_once UNIQUE (framework, deadline, due_on, months)
) STRICT;
