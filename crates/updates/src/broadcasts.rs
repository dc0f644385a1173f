//! How far the log has been given to the WebSockets' proxy: by one at a time.

use crate::{connections, log};
use duebell_store::{Db, Error, Tx};

/// Takes the lease until `until`, or extends the holder's own, and says up to which
/// position the log has been broadcast. None: another one has it; a lease that ends later
/// than this one would is one of a clock that was set back, and is cut to its length.
///
/// # Errors
/// The database's.
pub async fn acquire(
    tx: &Tx<'_>,
    holder: &str,
    now: i64,
    until: i64,
) -> Result<Option<i64>, Error> {
    let row = tx
        .first(
            "UPDATE broadcasts SET holder = ?1, lease_until = ?3
             WHERE holder IS NULL OR holder = ?1 OR lease_until <= ?2
             RETURNING position",
            [holder.into(), now.into(), until.into()],
        )
        .await?;
    if row.is_none() {
        tx.execute(
            "UPDATE broadcasts SET lease_until = ?1 WHERE lease_until > ?1",
            [until.into()],
        )
        .await?;
    }
    row.map(|row| row.integer(0)).transpose()
}

/// Notes that the log has been broadcast up to a position. False: the lease was lost
/// meanwhile.
///
/// # Errors
/// The database's.
pub async fn advance(tx: &Tx<'_>, holder: &str, position: i64) -> Result<bool, Error> {
    let rows = tx
        .query(
            "UPDATE broadcasts SET position = ?2 WHERE holder = ?1 RETURNING 1",
            [holder.into(), position.into()],
        )
        .await?;
    Ok(!rows.is_empty())
}

/// Gives the lease up, unless there is more to broadcast than up to this position.
/// True: it is given up.
///
/// # Errors
/// The database's.
pub async fn release(tx: &Tx<'_>, holder: &str, position: i64) -> Result<bool, Error> {
    if log::end(tx).await? > position {
        return Ok(false);
    }
    give_up(tx, holder).await?;
    Ok(true)
}

/// Gives the lease up whatever waits, for someone else or a later sweep.
///
/// # Errors
/// The database's.
pub async fn give_up(tx: &Tx<'_>, holder: &str) -> Result<(), Error> {
    tx.execute(
        "UPDATE broadcasts SET holder = NULL, lease_until = 0 WHERE holder = ?1",
        [holder.into()],
    )
    .await
}

/// Whether there is anything to broadcast: updates, and somebody with a WebSocket.
///
/// # Errors
/// The database's.
pub async fn are_due(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    if !connections::has_websockets(db, now).await? {
        return Ok(false);
    }
    let row = db
        .first("SELECT position FROM broadcasts WHERE one = 1", [])
        .await?;
    let position = row.map_or(Ok(0), |row| row.integer(0))?;
    Ok(log::end(db).await? > position)
}

/// Since when the oldest update waits to be broadcast, in milliseconds since 1970; none
/// does while nobody has a WebSocket.
///
/// # Errors
/// The database's.
pub async fn waiting(db: &Db<'_>, now: i64) -> Result<Option<i64>, Error> {
    if !are_due(db, now).await? {
        return Ok(None);
    }
    let row = db
        .first(
            "SELECT logged_at FROM updates
             WHERE position > (SELECT position FROM broadcasts WHERE one = 1)
             ORDER BY position LIMIT 1",
            [],
        )
        .await?;
    row.map(|row| row.integer(0)).transpose()
}

/// Has broadcasts begin with what comes next: while nobody had a WebSocket, none were
/// made. To be called in the transaction that counts the first one.
///
/// # Errors
/// The database's.
pub async fn begin_now(tx: &Tx<'_>) -> Result<(), Error> {
    let end = log::end(tx).await?;
    tx.execute(
        "UPDATE broadcasts SET position = ?1 WHERE position < ?1",
        [end.into()],
    )
    .await
}
