//! The database `notifications`.

pub(crate) mod erase;
pub(crate) mod memory;
pub(crate) mod notifications;

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
        name: "notifications",
        statements: &[
            // due_at and remind_at are microseconds since 1970, as events have
            // them; all other times are milliseconds.
            "CREATE TABLE notifications (
                user_id TEXT NOT NULL,
                id INTEGER NOT NULL,
                task_id INTEGER NOT NULL,
                reminder_id INTEGER NOT NULL,
                title TEXT NOT NULL,
                due_at INTEGER NOT NULL,
                remind_at INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                read_at INTEGER,
                settled_at INTEGER,
                PRIMARY KEY (user_id, id)
            ) WITHOUT ROWID",
            "CREATE INDEX notifications_unread ON notifications (user_id, id)
             WHERE read_at IS NULL AND settled_at IS NULL",
            "CREATE INDEX notifications_of_task ON notifications (user_id, task_id)
             WHERE settled_at IS NULL",
            // What must be known of a reminder or a task when it rings late.
            "CREATE TABLE cancelled_reminders (
                user_id TEXT NOT NULL,
                reminder_id INTEGER NOT NULL,
                heard_at INTEGER NOT NULL,
                PRIMARY KEY (user_id, reminder_id)
            ) WITHOUT ROWID",
            "CREATE INDEX cancelled_reminders_age ON cancelled_reminders (heard_at)",
            "CREATE TABLE closed_tasks (
                user_id TEXT NOT NULL,
                task_id INTEGER NOT NULL,
                is_closed INTEGER NOT NULL,
                sequence INTEGER,
                heard_at INTEGER NOT NULL,
                PRIMARY KEY (user_id, task_id)
            ) WITHOUT ROWID",
            "CREATE INDEX closed_tasks_age ON closed_tasks (heard_at)",
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
        name: "counters",
        statements: counters::TABLES,
        postgres: &[],
    },
    Migration {
        number: 8,
        name: "outbox: since when publishing fails",
        statements: outbox::failure::TABLE,
        postgres: &[],
    },
];
