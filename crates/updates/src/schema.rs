//! The database `updates`. Times are milliseconds since 1970.

use duebell_store::{Migration, counters, inbox};

/// The schema's steps, for both components.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "inbox",
        statements: inbox::TABLES,
        postgres: &[],
    },
    Migration {
        number: 2,
        name: "inbox: whether failures may pass",
        statements: inbox::PASSING,
        postgres: &[],
    },
    Migration {
        number: 3,
        name: "updates",
        statements: &[
            // position is the order over all users, in which those who follow the
            // log read it; number is the user's own.
            "CREATE TABLE updates (
                position INTEGER PRIMARY KEY AUTOINCREMENT,
                user_id TEXT NOT NULL,
                number INTEGER NOT NULL,
                logged_at INTEGER NOT NULL,
                event TEXT NOT NULL,
                UNIQUE (user_id, number)
            )",
            // The latest number stays when the updates themselves are forgotten.
            "CREATE TABLE heads (
                user_id TEXT NOT NULL PRIMARY KEY,
                number INTEGER NOT NULL
            ) WITHOUT ROWID",
        ],
        postgres: &[],
    },
    Migration {
        number: 4,
        name: "connections",
        statements: &[
            // Whoever does not say in time that it is still there is counted no
            // longer. An instance holds streams; WebSockets are held by a proxy.
            "CREATE TABLE connections (
                id TEXT NOT NULL PRIMARY KEY,
                user_id TEXT NOT NULL,
                instance TEXT,
                stale_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            ) WITHOUT ROWID",
            "CREATE INDEX connections_of_user ON connections (user_id)",
            "CREATE INDEX connections_of_instance ON connections (instance)",
            "CREATE INDEX connections_stale ON connections (stale_at)",
            "CREATE TABLE tickets (
                hash BLOB NOT NULL PRIMARY KEY,
                user_id TEXT NOT NULL,
                expires_at INTEGER NOT NULL,
                token_expires_at INTEGER NOT NULL
            ) WITHOUT ROWID",
            "CREATE INDEX tickets_age ON tickets (expires_at)",
            "CREATE INDEX tickets_of_user ON tickets (user_id)",
            // One row: up to where the log has been broadcast, and who is at it.
            "CREATE TABLE broadcasts (
                one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
                position INTEGER NOT NULL,
                holder TEXT,
                lease_until INTEGER NOT NULL
            )",
            "INSERT INTO broadcasts (one, position, lease_until) VALUES (1, 0, 0)",
            // One row: streams that were open then are to end.
            "CREATE TABLE drains (
                one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
                number INTEGER NOT NULL
            )",
            "INSERT INTO drains (one, number) VALUES (1, 0)",
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
        name: "counters",
        statements: counters::TABLES,
        postgres: &[],
    },
];
