//! The log's file: its tables, and where a record stands in them.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// A record's row id holds its topic (15 bits), partition (8) and offset (40), so
/// that a partition is one stretch of the table, in order.
pub(crate) fn position(topic: i64, partition: u32, offset: i64) -> i64 {
    (topic << 48) | (i64::from(partition) << 40) | offset
}

/// The offset in a row id.
pub(crate) fn offset_of(position: i64) -> i64 {
    position & ((1 << 40) - 1)
}

/// The most topics that there may be.
pub(crate) const MAX_TOPICS: usize = 1_000;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS topics (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    partitions INTEGER NOT NULL
);
-- The ends of each partition, and how many bytes it keeps.
CREATE TABLE IF NOT EXISTS partitions (
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    first_offset INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
-- position: topic, partition and offset in one number.
CREATE TABLE IF NOT EXISTS messages (
    position INTEGER PRIMARY KEY,
    timestamp INTEGER NOT NULL,
    key BLOB,
    headers TEXT NOT NULL,
    value BLOB NOT NULL
);
-- The next offset that a consumer group wants.
CREATE TABLE IF NOT EXISTS offsets (
    consumer_group TEXT NOT NULL,
    topic INTEGER NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY (consumer_group, topic, partition)
) WITHOUT ROWID;
";

/// The version of the tables above (`user_version`).
const VERSION: i64 = 1;

/// Opens the file for its one writer, and makes the tables.
pub(crate) fn open_writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > VERSION {
        let why = format!(
            "the log was written by a newer version (format {version}, known is {VERSION})"
        );
        return Err(rusqlite::Error::InvalidParameterName(why));
    }
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    Ok(connection)
}

/// Opens the file for reading.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_do_not_overlap() {
        let last = (1 << 40) - 1;
        assert!(position(1, 0, last) < position(1, 1, 0));
        assert!(position(1, 255, last) < position(2, 0, 0));
        assert_eq!(offset_of(position(7, 3, 12_345)), 12_345);
        assert!(position(1_000, 255, last) > 0);
    }
}
