//! What can go wrong with a database.

use std::fmt;

/// Why a statement or a transaction failed. Nothing of the transaction was kept; only of
/// one whose commit was [`Unreachable`](Self::Unreachable) it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Somebody else kept the database locked for longer than the patience of
    /// this store. The same call may succeed in a moment.
    Busy,
    /// A row breaks a UNIQUE, CHECK, NOT NULL or foreign key constraint, or a
    /// trigger refused it. Holds the database's own words.
    Constraint(String),
    /// The disk or the database is full.
    Full,
    /// The database's server cannot be reached, or the connection was lost. The same call
    /// may succeed in a moment.
    Unreachable(String),
    /// The component may not use this database, or it is not configured.
    NoAccess(String),
    /// The transaction that this write had joined did not commit.
    Aborted(String),
    /// What was read is not what the schema promises.
    Unexpected(String),
    /// Anything else, in the database's own words.
    Database(String),
}

impl Error {
    /// Sorts a message of SQLite's by what the caller can do about it. (Spin
    /// hands out the message alone, without SQLite's result code.)
    #[must_use]
    pub fn from_message(message: String) -> Self {
        let lower = message.to_ascii_lowercase();
        if lower.contains("is locked") || lower.contains("database is busy") {
            Self::Busy
        } else if lower.contains("constraint failed") {
            Self::Constraint(message)
        } else if lower.contains("is full") {
            Self::Full
        } else {
            Self::Database(message)
        }
    }
}

impl Error {
    /// Sorts an error of Postgres's by its code (PostgreSQL, Appendix A).
    #[must_use]
    pub fn from_sqlstate(code: &str, message: String) -> Self {
        match code {
            // Not serializable, a deadlock, a lock that did not come free in time, a
            // statement that was cancelled, too many connections.
            "40001" | "40P01" | "55P03" | "57014" | "53300" => Self::Busy,
            "53100" => Self::Full,
            // The server stops, starts or has crashed.
            "57P01" | "57P02" | "57P03" | "25P03" => Self::Unreachable(message),
            // A password that is wrong, a role or a database that there is not, no right.
            "28000" | "28P01" | "3D000" | "42501" => Self::NoAccess(message),
            code if code.starts_with("23") => Self::Constraint(message),
            code if code.starts_with("08") => Self::Unreachable(message),
            _ => Self::Database(format!("{message} ({code})")),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("the database is busy; try again"),
            Self::Constraint(message) => write!(f, "the database refused a row: {message}"),
            Self::Full => f.write_str("the database's disk is full; make room"),
            Self::Unreachable(why) => write!(f, "the database cannot be reached: {why}"),
            Self::NoAccess(which) => write!(
                f,
                "no access to the database: {which}; name a SQLite database in the \
                 component's sqlite_databases in spin.toml and in runtime-config.toml, and \
                 the origin of a Postgres one in the variable postgres_origin"
            ),
            Self::Aborted(why) => write!(f, "the transaction was not committed: {why}"),
            Self::Unexpected(what) => write!(f, "the database holds something unexpected: {what}"),
            Self::Database(message) => write!(f, "the database failed: {message}"),
        }
    }
}

impl std::error::Error for Error {}
