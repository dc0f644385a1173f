//! The database `search`.
//!
//! [`users`], [`documents`] and [`rebuild`] are tables as any SQL has them. [`index`]
//! alone knows the full-text engines, SQLite's and Postgres's.

pub(crate) mod documents;
pub(crate) mod erase;
pub(crate) mod index;
pub(crate) mod rebuild;
pub(crate) mod users;

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
        name: "documents",
        statements: &[
            // A document's id is its user's number times 2^32 plus the user's own
            // count, so that a user's documents are a range of ids, the newest last.
            // The checks keep a range from running into the next.
            "CREATE TABLE users (
                number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 2147483646),
                user_id TEXT NOT NULL UNIQUE,
                last INTEGER NOT NULL CHECK (last < 4294967296)
            )",
            // happened_at and due_at are microseconds since 1970, as events have
            // them; heard_at is milliseconds. A deleted task stays as a tombstone.
            "CREATE TABLE documents (
                id INTEGER PRIMARY KEY,
                user_number INTEGER NOT NULL,
                task_id INTEGER NOT NULL,
                source TEXT NOT NULL,
                sequence INTEGER,
                happened_at INTEGER NOT NULL,
                heard_at INTEGER NOT NULL,
                rebuild INTEGER NOT NULL,
                is_deleted INTEGER NOT NULL,
                completed INTEGER NOT NULL,
                priority TEXT NOT NULL,
                due_at INTEGER,
                tags TEXT NOT NULL,
                length INTEGER NOT NULL,
                UNIQUE (user_number, task_id)
            )",
            index::TABLE,
        ],
        postgres: &[(2, index::ON_POSTGRES)],
    },
    Migration {
        number: 3,
        name: "rebuild",
        statements: rebuild::TABLE,
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
];
