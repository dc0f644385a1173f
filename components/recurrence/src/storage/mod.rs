//! The database `recurrence`: of what the next occurrence is wanted.

pub(crate) mod erase;
pub(crate) mod wanted;

use duebell_store::{Migration, counters, inbox};

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
        name: "wanted",
        statements: &[
            // A row is there until task-api has answered. `event` is the completion
            // that it is for: one that comes meanwhile takes the row over. `next_at`,
            // in milliseconds, is when to ask (again).
            "CREATE TABLE wanted (
                task_id INTEGER PRIMARY KEY,
                event TEXT NOT NULL,
                traceparent TEXT,
                tries INTEGER NOT NULL,
                next_at INTEGER NOT NULL
            )",
            "CREATE INDEX wanted_next ON wanted (next_at)",
        ],
        postgres: &[],
    },
    Migration {
        number: 3,
        name: "inbox: whether failures may pass",
        statements: inbox::PASSING,
        postgres: &[],
    },
    Migration {
        number: 4,
        name: "users who were erased",
        statements: duebell_erasures::TABLES,
        postgres: duebell_erasures::ON_POSTGRES,
    },
    Migration {
        number: 5,
        name: "counters",
        statements: counters::TABLES,
        postgres: &[],
    },
];
