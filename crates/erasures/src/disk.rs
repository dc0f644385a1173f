//! What is deleted, and still in the file.

use crate::Left;
use duebell_store::{Dialect, Error, Store};

/// What is waited for while others read or write.
const IN_USE: Left = Left::Waits("the database is in use");

/// Writes a SQLite database's file anew, without what was deleted, and empties its
/// write-ahead log.
///
/// SQLite's `secure_delete` is not enough: rows that were moved between pages leave
/// copies behind. Writers wait meanwhile, about a second for each few hundred megabytes.
///
/// # Errors
/// The database's; one that is in use is no error.
pub async fn scrub(store: &Store) -> Result<Left, Error> {
    let scrubbed = store
        .read(async |db| {
            if db.dialect() == Dialect::Postgres {
                // Its files are the server's: it overwrites what is deleted by itself (autovacuum),
                // and whoever operates it keeps its log and its backups no longer than that.
                return Ok(0);
            }
            // The new file is made beside the old one, not in memory.
            db.query("PRAGMA temp_store = FILE", []).await?;
            db.query("VACUUM", []).await?;
            let row = db.first("PRAGMA wal_checkpoint(TRUNCATE)", []).await?;
            row.map_or(Ok(0), |row| row.integer(0))
        })
        .await;
    match scrubbed {
        Ok(0) => Ok(Left::Nothing),
        Ok(_) | Err(Error::Busy) => Ok(IN_USE),
        Err(error) => Err(error),
    }
}
