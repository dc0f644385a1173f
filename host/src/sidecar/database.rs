//! The SQLite files of the sidecar. What is committed is on disk.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// How long a connection waits for another one's lock.
const BUSY: Duration = Duration::from_secs(5);

/// Opens a file for its one writer, and makes its tables. `version` is that of the
/// tables (`user_version`).
///
/// # Errors
/// The file cannot be used, or a newer version wrote it.
pub(crate) fn open_writer(path: &Path, tables: &str, version: i64) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.busy_timeout(BUSY)?;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > version {
        let why = format!(
            "{} was written by a newer version (format {found}, known is {version})",
            path.display()
        );
        return Err(rusqlite::Error::InvalidParameterName(why));
    }
    if found < version {
        connection.execute_batch(tables)?;
        connection.pragma_update(None, "user_version", version)?;
    }
    Ok(connection)
}

/// Opens a file for reading.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Moves what is in the journal into the file, and empties the journal.
///
/// # Errors
/// Somebody else is using the file. What was committed is safe all the same.
pub(crate) fn empty_journal(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_a_newer_version_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        let tables = "CREATE TABLE t (n INTEGER)";
        drop(open_writer(&path, tables, 2).unwrap());
        drop(open_writer(&path, tables, 2).unwrap());
        let error = open_writer(&path, tables, 1).unwrap_err().to_string();
        assert!(
            error.contains("newer version (format 2, known is 1)"),
            "{error}"
        );
    }
}
