//! The database `audit`: the chains.

pub(crate) mod append;
pub(crate) mod read;
pub(crate) mod tasks;

use duebell_store::{Migration, counters, inbox};

/// The schema's steps.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "inbox",
        statements: inbox::TABLES,
    },
    Migration {
        number: 2,
        name: "the chains",
        statements: &[
            // `sealed` is the entry without event, salt and hash, as JSON: what
            // the hash covers. The columns beside it are for filters.
            "CREATE TABLE entries (
                user_id TEXT NOT NULL,
                number INTEGER NOT NULL CHECK (number > 0),
                event_type TEXT NOT NULL,
                task_id INTEGER NOT NULL,
                recorded_at INTEGER NOT NULL,
                sealed TEXT NOT NULL,
                hash TEXT NOT NULL,
                salt TEXT,
                event TEXT,
                PRIMARY KEY (user_id, number)
            ) WITHOUT ROWID",
            "CREATE INDEX entries_of_task ON entries (user_id, task_id, number)",
            "CREATE TABLE chains (
                user_id TEXT PRIMARY KEY,
                number INTEGER NOT NULL,
                hash TEXT NOT NULL
            ) WITHOUT ROWID",
            // Append-only, whoever holds the connection: only salt and event
            // can ever be erased, and only together.
            "CREATE TRIGGER entries_stay BEFORE DELETE ON entries BEGIN
                SELECT RAISE(ABORT, 'constraint failed: the audit is append-only');
            END",
            "CREATE TRIGGER entries_do_not_change BEFORE UPDATE ON entries
             WHEN NEW.user_id <> OLD.user_id OR NEW.number <> OLD.number
                OR NEW.event_type <> OLD.event_type OR NEW.task_id <> OLD.task_id
                OR NEW.recorded_at <> OLD.recorded_at OR NEW.sealed <> OLD.sealed
                OR NEW.hash <> OLD.hash OR NEW.salt IS NOT NULL OR NEW.event IS NOT NULL
             BEGIN
                SELECT RAISE(ABORT, 'constraint failed: the audit is append-only');
            END",
        ],
    },
    Migration {
        number: 3,
        name: "inbox: whether failures may pass",
        statements: inbox::PASSING,
    },
    Migration {
        number: 4,
        name: "counters",
        statements: counters::TABLES,
    },
];
