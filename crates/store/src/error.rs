//! What can go wrong with a database.

use std::fmt;

/// Why a statement or a transaction failed. In every case nothing of the
/// transaction was kept.
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

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("the database is busy; try again"),
            Self::Constraint(message) => write!(f, "the database refused a row: {message}"),
            Self::Full => f.write_str("the database's disk is full; make room"),
            Self::NoAccess(label) => write!(
                f,
                "no access to the database {label:?}; name it in the component's \
                 sqlite_databases in spin.toml and in runtime-config.toml"
            ),
            Self::Aborted(why) => write!(f, "the transaction was not committed: {why}"),
            Self::Unexpected(what) => write!(f, "the database holds something unexpected: {what}"),
            Self::Database(message) => write!(f, "the database failed: {message}"),
        }
    }
}

impl std::error::Error for Error {}
