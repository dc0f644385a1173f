//! Drains: streams that were open when one was asked for are to end.

use duebell_store::{Db, Error, Tx};

/// What a poller looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signs {
    /// The end of the log.
    pub(crate) end: i64,
    /// How many drains there have been.
    pub(crate) drains: i64,
    /// How many users were erased.
    pub(crate) erasures: i64,
}

/// Whether there is anything new, in one query.
pub(crate) async fn signs(db: &Db<'_>) -> Result<Signs, Error> {
    let row = db
        .first(
            "SELECT coalesce((SELECT max(position) FROM updates), 0),
                    (SELECT number FROM drains WHERE one = 1),
                    coalesce((SELECT max(number) FROM erased_users), 0)",
            [],
        )
        .await?
        .ok_or_else(|| Error::Unexpected("a SELECT without FROM has no row".to_owned()))?;
    Ok(Signs {
        end: row.integer(0)?,
        drains: row.integer(1)?,
        erasures: row.integer(2)?,
    })
}

/// Asks for a drain.
pub(crate) async fn ask(tx: &Tx<'_>) -> Result<(), Error> {
    tx.execute("UPDATE drains SET number = number + 1 WHERE one = 1", [])
        .await
}
