//! Since when publishing fails.
//!
//! Instances come and go while a broker is away: that it is, and since when, is known
//! by a row. It stays until all that waited when it began has gone out.

use crate::{Db, Error, Tx};

/// A later step of the outbox's tables. `number` is the last row that waited when it
/// began.
pub const TABLE: &[&str] = &["CREATE TABLE outbox_failure (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        since INTEGER NOT NULL,
        number INTEGER NOT NULL
    )"];

/// Notes that publishing fails. What is known already stays.
///
/// # Errors
/// The database's.
pub async fn note(tx: &Tx<'_>, now: i64) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO outbox_failure (one, since, number)
         SELECT 1, ?1, coalesce(max(number), 0) FROM outbox WHERE true
         ON CONFLICT (one) DO NOTHING",
        [now.into()],
    )
    .await
}

/// When publishing failed first, if it was not seen to go on since.
///
/// # Errors
/// The database's.
pub async fn since(db: &Db<'_>) -> Result<Option<i64>, Error> {
    let row = db.first("SELECT since FROM outbox_failure", []).await?;
    row.map(|row| row.integer(0)).transpose()
}

/// Whether publishing is known to have failed, and all that waited then has gone out.
///
/// # Errors
/// The database's.
pub async fn is_over(db: &Db<'_>) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT 1 FROM outbox_failure AS failure WHERE NOT EXISTS
                 (SELECT 1 FROM outbox WHERE published_at IS NULL AND number <= failure.number)",
            [],
        )
        .await?;
    Ok(row.is_some())
}

/// Forgets that publishing failed.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &Tx<'_>) -> Result<(), Error> {
    tx.execute("DELETE FROM outbox_failure", []).await
}
