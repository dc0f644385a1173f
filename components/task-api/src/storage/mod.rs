//! The database `tasks`.

pub(crate) mod erase;
pub(crate) mod erasures;
pub(crate) mod health;
pub(crate) mod idempotency;
pub(crate) mod list;
pub(crate) mod reminders;
pub(crate) mod tasks;

use duebell_store::{Migration, outbox};

/// The schema's steps.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "outbox",
        statements: outbox::TABLES,
        postgres: &[],
    },
    Migration {
        number: 2,
        name: "tasks and idempotency keys",
        statements: &[
            // Times are milliseconds since 1970; tags are a JSON array; a
            // priority is 0 (low) to 3 (urgent), so that it sorts.
            "CREATE TABLE tasks (
                id INTEGER PRIMARY KEY,
                user_id TEXT NOT NULL,
                title TEXT NOT NULL,
                description TEXT,
                completed INTEGER NOT NULL,
                priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 3),
                due_at INTEGER,
                tags TEXT NOT NULL,
                recurring_pattern TEXT,
                time_zone TEXT NOT NULL,
                completed_at INTEGER,
                created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL,
                version INTEGER NOT NULL,
                deleted_at INTEGER
            )",
            "CREATE INDEX tasks_of_user ON tasks (user_id, id) WHERE deleted_at IS NULL",
            "CREATE INDEX tasks_deleted ON tasks (deleted_at) WHERE deleted_at IS NOT NULL",
            "CREATE TABLE idempotency (
                user_id TEXT NOT NULL,
                path TEXT NOT NULL,
                key TEXT NOT NULL,
                fingerprint TEXT NOT NULL,
                status INTEGER NOT NULL,
                location TEXT,
                etag TEXT,
                body TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (user_id, path, key)
            ) WITHOUT ROWID",
            "CREATE INDEX idempotency_age ON idempotency (created_at)",
        ],
        postgres: &[],
    },
    Migration {
        number: 3,
        name: "reminders",
        statements: &[
            // What is ended is no longer one of the task's: cancelled, replaced,
            // or removed after it rang. `before_due` is an ISO 8601 duration.
            "CREATE TABLE reminders (
                id INTEGER PRIMARY KEY,
                user_id TEXT NOT NULL,
                task_id INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
                remind_at INTEGER NOT NULL,
                before_due TEXT,
                created_at INTEGER NOT NULL,
                ended_at INTEGER,
                ended_why TEXT CHECK (ended_why IN ('removed', 'completed', 'deleted', 'changed'))
            )",
            "CREATE INDEX reminders_of_task ON reminders (task_id)",
            "CREATE INDEX reminders_ended ON reminders (ended_at) WHERE ended_at IS NOT NULL",
        ],
        postgres: &[],
    },
    Migration {
        number: 4,
        name: "series of recurring tasks",
        statements: &[
            // All four are NULL of a task that does not come again, and of one that
            // is older than this step: its series begins with it.
            "ALTER TABLE tasks ADD COLUMN series TEXT",
            "ALTER TABLE tasks ADD COLUMN series_number INTEGER",
            "ALTER TABLE tasks ADD COLUMN series_counted INTEGER",
            "ALTER TABLE tasks ADD COLUMN series_start TEXT",
            // An occurrence is there once, whoever asks for it and how often.
            "CREATE UNIQUE INDEX tasks_of_series ON tasks (series, series_number)
                WHERE series IS NOT NULL",
        ],
        postgres: &[],
    },
    Migration {
        number: 5,
        name: "callers",
        statements: duebell_callers::TABLES,
        postgres: &[],
    },
    Migration {
        number: 6,
        name: "users who were erased",
        statements: duebell_erasures::TABLES,
        postgres: duebell_erasures::ON_POSTGRES,
    },
    Migration {
        number: 7,
        name: "erasures",
        statements: erasures::TABLES,
        postgres: &[],
    },
    Migration {
        number: 8,
        name: "outbox: since when publishing fails",
        statements: outbox::failure::TABLE,
        postgres: &[],
    },
    Migration {
        number: 9,
        name: "how components are",
        statements: health::TABLE,
        postgres: &[],
    },
    Migration {
        number: 10,
        name: "a page of a list is read in its order, however many tasks there are",
        statements: &[
            "CREATE INDEX tasks_by_created ON tasks (user_id, created_at, id) WHERE deleted_at IS NULL",
            "CREATE INDEX tasks_by_updated ON tasks (user_id, updated_at, id) WHERE deleted_at IS NULL",
            "CREATE INDEX tasks_by_due ON tasks (user_id, coalesce(due_at, 9223372036854775807), id)
                WHERE deleted_at IS NULL",
            "CREATE INDEX tasks_by_priority ON tasks (user_id, priority, id) WHERE deleted_at IS NULL",
            "DROP INDEX tasks_of_user",
        ],
        postgres: &[],
    },
];
