//! The database `audit`: the chains, and the checkpoints over them.

pub(crate) mod append;
pub(crate) mod checkpoints;
pub(crate) mod erase;
mod postgres;
pub(crate) mod read;
pub(crate) mod tasks;
pub(crate) mod trees;

use duebell_store::{Migration, counters, inbox, outbox};

/// Whose chain audit-sink's own events are in: nobody's, for no token can name it. It is
/// the only one that no checkpoint covers, or each would make the next one necessary.
pub(crate) const OWN: &str = "duebell:audit-sink";

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
        postgres: postgres::CHAINS,
    },
    Migration {
        number: 3,
        name: "inbox: whether failures may pass",
        statements: inbox::PASSING,
        postgres: &[],
    },
    Migration {
        number: 4,
        name: "callers",
        statements: duebell_callers::TABLES,
        postgres: &[],
    },
    Migration {
        number: 5,
        name: "outbox",
        statements: outbox::TABLES,
        postgres: &[],
    },
    Migration {
        number: 6,
        name: "checkpoints",
        statements: checkpoints::TABLES,
        postgres: postgres::CHECKPOINTS,
    },
    Migration {
        number: 7,
        name: "users who were erased",
        statements: duebell_erasures::TABLES,
        postgres: duebell_erasures::ON_POSTGRES,
    },
    Migration {
        number: 8,
        name: "entries change by the erasure of their user alone",
        statements: &[
            // Salt and event go together, with the user's id, and for an erasure that is
            // noted and under way.
            "DROP TRIGGER entries_do_not_change",
            "CREATE TRIGGER entries_do_not_change BEFORE UPDATE ON entries
             WHEN NOT (NEW.number = OLD.number AND NEW.event_type = OLD.event_type
                AND NEW.task_id = OLD.task_id AND NEW.recorded_at = OLD.recorded_at
                AND NEW.sealed = OLD.sealed AND NEW.hash = OLD.hash
                AND NEW.salt IS NULL AND NEW.event IS NULL
                AND OLD.user_id NOT GLOB 'erased:*'
                AND NEW.user_id IN
                    (SELECT 'erased:' || erasure_id FROM erased_users WHERE done_at IS NULL))
             BEGIN
                SELECT RAISE(ABORT, 'constraint failed: the audit is append-only');
            END",
        ],
        postgres: postgres::ENTRIES_CHANGE_BY_ERASURE,
    },
    Migration {
        number: 9,
        name: "counters",
        statements: counters::TABLES,
        postgres: &[],
    },
    Migration {
        number: 10,
        name: "outbox: since when publishing fails",
        statements: outbox::failure::TABLE,
        postgres: &[],
    },
];
