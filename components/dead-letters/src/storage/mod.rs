//! The database `deadletters`.

pub(crate) mod claims;
pub(crate) mod erase;
pub(crate) mod letters;

use duebell_store::{Migration, counters, outbox};

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
        name: "letters",
        statements: &[
            // Times are milliseconds since 1970. `key` is what the subscriber's inbox
            // knows the event by: given up again, it is the same letter. While
            // `reason` is NULL the subscriber is to be asked; `next_at` is when, or
            // when the letter is replayed by itself; NULL: it waits for an operator.
            // Whoever works on a letter has claimed it until `claimed_until`.
            "CREATE TABLE letters (
                id INTEGER PRIMARY KEY,
                subscriber TEXT NOT NULL,
                key TEXT NOT NULL,
                topic TEXT,
                event_type TEXT,
                event_id TEXT,
                user_id TEXT,
                traceparent TEXT,
                value BLOB NOT NULL,
                status TEXT NOT NULL CHECK (status IN ('open', 'settled', 'discarded')),
                flaw TEXT,
                reason TEXT,
                attempts INTEGER,
                passing INTEGER NOT NULL,
                replays INTEGER NOT NULL,
                tries INTEGER NOT NULL,
                next_at INTEGER,
                claimed_until INTEGER NOT NULL,
                arrived_at INTEGER NOT NULL,
                changed_at INTEGER NOT NULL,
                UNIQUE (subscriber, key)
            )",
            "CREATE INDEX letters_next ON letters (next_at) WHERE status = 'open' AND next_at IS NOT NULL",
            "CREATE INDEX letters_over ON letters (changed_at) WHERE status <> 'open'",
            "CREATE INDEX letters_of_status ON letters (status, id)",
        ],
        postgres: &[],
    },
    Migration {
        number: 3,
        name: "callers",
        statements: duebell_callers::TABLES,
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
    Migration {
        number: 6,
        name: "outbox: since when publishing fails",
        statements: outbox::failure::TABLE,
        postgres: &[],
    },
];
