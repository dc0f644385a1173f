//! The database `reminders`: what has to ring.

pub(crate) mod erase;
pub(crate) mod jobs;
pub(crate) mod reminders;

use duebell_store::{Migration, counters, inbox, outbox};

/// The schema's steps.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "inbox",
        statements: inbox::TABLES,
        postgres: &[],
    },
    Migration {
        number: 2,
        name: "outbox",
        statements: outbox::TABLES,
        postgres: &[],
    },
    Migration {
        number: 3,
        name: "reminders",
        statements: &[
            // Times of reminders are microseconds since 1970, as events have them;
            // changed_at and claimed_until are milliseconds. A reminder is known
            // by its user and its number, since other publishers count for
            // themselves. `job` is what the scheduler has of it, or is to have.
            "CREATE TABLE reminders (
                user_id TEXT NOT NULL,
                reminder_id INTEGER NOT NULL,
                task_id INTEGER NOT NULL,
                title TEXT NOT NULL,
                due_at INTEGER NOT NULL,
                remind_at INTEGER NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('armed', 'rung', 'cancelled')),
                sequence INTEGER,
                traceparent TEXT,
                changed_at INTEGER NOT NULL,
                job TEXT NOT NULL CHECK (job IN ('none', 'wanted', 'set', 'checked', 'unwanted')),
                claimed_until INTEGER NOT NULL,
                PRIMARY KEY (user_id, reminder_id)
            ) WITHOUT ROWID",
            "CREATE INDEX reminders_armed ON reminders (remind_at) WHERE state = 'armed'",
            "CREATE INDEX reminders_over ON reminders (changed_at) WHERE state <> 'armed'",
            "CREATE INDEX reminders_jobs ON reminders (remind_at) WHERE job IN ('wanted', 'unwanted')",
        ],
        postgres: &[],
    },
    Migration {
        number: 4,
        name: "inbox: whether failures may pass",
        statements: inbox::PASSING,
        postgres: &[],
    },
    Migration {
        number: 5,
        name: "users who were erased",
        statements: duebell_erasures::TABLES,
        postgres: duebell_erasures::ON_POSTGRES,
    },
    Migration {
        number: 6,
        name: "counters",
        statements: counters::TABLES,
        postgres: &[],
    },
    Migration {
        number: 7,
        name: "outbox: since when publishing fails",
        statements: outbox::failure::TABLE,
        postgres: &[],
    },
];
