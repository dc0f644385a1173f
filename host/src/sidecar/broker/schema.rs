//! The log's file: its tables, and where a record stands in them.

use std::path::Path;

use rusqlite::Connection;

use crate::sidecar::database;

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
    database::open_writer(path, TABLES, VERSION)
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
