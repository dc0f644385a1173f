//! Who may publish from the outbox: one at a time.
//!
//! Whoever commits an event and finds the lease taken need not wait: the holder
//! gives it up only in a transaction that sees an empty outbox ([`release`]), so
//! it has seen that event or is still to see it.
//!
//! All leases are equally long. One that ends later than a lease taken now would was
//! taken by a clock that has been set back since: it is cut short ([`acquire`]), or
//! nothing would be published until that clock's time has come.

use crate::{Db, Error, Tx};

/// Whether the lease was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Nothing waits; the lease is free.
    Released,
    /// Events came in the meantime; the lease is still the holder's.
    MoreToDo,
}

/// What whoever would publish finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Somebody holds the lease.
    Taken,
    /// Nothing waits to be published.
    NothingToDo,
    /// Something waits, and nobody is at it.
    Free,
}

/// Looks whether there is anything to do, and whether somebody is at it; a lease taken now
/// would end at `expires_at`.
///
/// # Errors
/// The database's.
pub async fn look(db: &Db<'_>, now: i64, expires_at: i64) -> Result<Look, Error> {
    let row = db
        .first(
            "SELECT EXISTS (SELECT 1 FROM outbox_lease WHERE expires_at > ?1 AND expires_at <= ?2),
                 EXISTS (SELECT 1 FROM outbox WHERE published_at IS NULL)",
            [now.into(), expires_at.into()],
        )
        .await?;
    let (taken, waiting) = match row {
        Some(row) => (row.integer(0)? != 0, row.integer(1)? != 0),
        None => (false, true),
    };
    Ok(match (taken, waiting) {
        (true, _) => Look::Taken,
        (false, false) => Look::NothingToDo,
        (false, true) => Look::Free,
    })
}

/// Takes the lease until `expires_at`, or extends it if it is the holder's
/// already. False if somebody else has it; a lease that ends later than this one
/// would is then cut to its length.
///
/// # Errors
/// The database's.
pub async fn acquire(tx: &Tx<'_>, holder: &str, now: i64, expires_at: i64) -> Result<bool, Error> {
    let rows = tx
        .query(
            "INSERT INTO outbox_lease (one, holder, expires_at) VALUES (1, ?1, ?3)
             ON CONFLICT (one) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
             WHERE outbox_lease.holder = excluded.holder OR outbox_lease.expires_at <= ?2
             RETURNING 1",
            [holder.into(), now.into(), expires_at.into()],
        )
        .await?;
    if !rows.is_empty() {
        return Ok(true);
    }
    tx.execute(
        "UPDATE outbox_lease SET expires_at = ?1 WHERE expires_at > ?1",
        [expires_at.into()],
    )
    .await?;
    Ok(false)
}

/// Gives the lease up if nothing waits to be published.
///
/// # Errors
/// The database's.
pub async fn release(tx: &Tx<'_>, holder: &str) -> Result<Release, Error> {
    let waiting = tx
        .first(
            "SELECT 1 FROM outbox WHERE published_at IS NULL LIMIT 1",
            [],
        )
        .await?;
    if waiting.is_some() {
        return Ok(Release::MoreToDo);
    }
    give_up(tx, holder).await?;
    Ok(Release::Released)
}

/// Gives the lease up whatever waits, for someone else or a later sweep.
///
/// # Errors
/// The database's.
pub async fn give_up(tx: &Tx<'_>, holder: &str) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM outbox_lease WHERE holder = ?1",
        [holder.into()],
    )
    .await
}
