//! How an outbox stands: for those who operate it.

use crate::{Db, Dialect, Error};

/// How an outbox stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many events wait to be published.
    pub waiting: i64,
    /// When the oldest of them happened (RFC 3339).
    pub oldest: Option<String>,
    /// The number of the last event that was committed, waiting or not: how many
    /// there ever were.
    pub committed: i64,
    /// Since when publishing fails, if it does; milliseconds since 1970.
    pub failing_since: Option<i64>,
}

/// How the outbox stands.
///
/// # Errors
/// The database's.
pub async fn standing(db: &Db<'_>) -> Result<Standing, Error> {
    let waiting = db
        .first("SELECT count(*) FROM outbox WHERE published_at IS NULL", [])
        .await?;
    // What was pruned has been counted, too.
    let committed = match db.dialect() {
        Dialect::Sqlite => "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'",
        // A number that was rolled back is counted as well.
        Dialect::Postgres => {
            "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'number')), 0)"
        }
    };
    let committed = db.first(committed, []).await?;
    Ok(Standing {
        waiting: waiting.map_or(Ok(0), |row| row.integer(0))?,
        oldest: oldest_unpublished(db).await?,
        committed: committed.map_or(Ok(0), |row| row.integer(0))?,
        failing_since: super::failure::since(db).await?,
    })
}

/// When the oldest event that still waits happened (RFC 3339); none waits if
/// there is no answer.
///
/// # Errors
/// The database's.
pub async fn oldest_unpublished(db: &Db<'_>) -> Result<Option<String>, Error> {
    let row = db
        .first(
            "SELECT time FROM outbox WHERE published_at IS NULL ORDER BY number LIMIT 1",
            [],
        )
        .await?;
    row.map(|row| row.text(0).map(str::to_owned)).transpose()
}
