-- Reminders of frameworks' deadlines that went out, each once.

CREATE TABLE framework_reminder (
    id uuid NOT NULL CONSTRAINT framework_reminder_key PRIMARY KEY,
    version bigint NOT NULL,
    org_id uuid NOT NULL CONSTRAINT framework_reminder_council REFERENCES organisation (id),
    framework text NOT NULL,
    deadline text NOT NULL,
    due_on date NOT NULL,
    months bigint NOT NULL,
    sent_at timestamptz NOT NULL,
    CONSTRAINT framework_reminder_once UNIQUE (framework, deadline, due_on, months)
);
