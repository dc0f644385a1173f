//! What was published: for consumers that miss something.

use super::{COLUMNS, StoredEvent, stored};
use crate::{Db, Error};
use std::ops::RangeInclusive;

/// The latest number of each user whose events lie in a part of the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heads {
    /// User and the highest number of theirs in this part.
    pub heads: Vec<(String, i64)>,
    /// Where the next part begins: the `after` of the next call.
    pub next: i64,
    /// Whether the next part can be asked for at once.
    pub more: bool,
}

/// The latest number of a topic and user; 0 if there is none.
///
/// # Errors
/// The database's.
pub async fn head(db: &Db<'_>, topic: &str, user_id: &str) -> Result<i64, Error> {
    let row = db
        .first(
            "SELECT sequence FROM outbox_heads WHERE topic = ?1 AND user_id = ?2",
            [topic.into(), user_id.into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// The heads of a topic in the part of the outbox that follows row `after`:
/// at most `most` rows, ending before the first that is not published or was at a
/// time in `under_way`, since its delivery may be. What was published after that, by
/// a clock that has been set back since, is old.
///
/// # Errors
/// The database's.
pub async fn heads(
    db: &Db<'_>,
    topic: &str,
    after: i64,
    under_way: RangeInclusive<i64>,
    most: u32,
) -> Result<Heads, Error> {
    // Numbers run on past what was pruned.
    let (oldest, newest) = match db
        .first("SELECT min(number), max(number) FROM outbox", [])
        .await?
    {
        Some(row) => (
            row.optional_integer(0)?.unwrap_or(0),
            row.optional_integer(1)?.unwrap_or(0),
        ),
        None => (0, 0),
    };
    let after = after.max(oldest - 1);
    let limit = after.saturating_add(most.into());
    let fresh = db
        .first(
            "SELECT number FROM outbox
             WHERE number > ?1 AND number <= ?2 AND (published_at IS NULL OR published_at BETWEEN ?3 AND ?4)
             ORDER BY number LIMIT 1",
            [
                after.into(),
                limit.into(),
                (*under_way.start()).into(),
                (*under_way.end()).into(),
            ],
        )
        .await?;
    let last = match &fresh {
        Some(row) => row.integer(0)? - 1,
        None => limit,
    };
    let rows = db
        .query(
            "SELECT user_id, max(sequence) FROM outbox
             WHERE number > ?1 AND number <= ?2 AND topic = ?3 GROUP BY user_id",
            [after.into(), last.into(), topic.into()],
        )
        .await?;
    let heads = rows
        .iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.integer(1)?)))
        .collect::<Result<_, Error>>()?;
    Ok(Heads {
        heads,
        next: last.min(newest.max(after)),
        more: fresh.is_none() && newest > last,
    })
}

/// The published events of a topic and user with numbers from `first` to
/// `last`, in order, `most` at most.
///
/// # Errors
/// The database's.
pub async fn range(
    db: &Db<'_>,
    topic: &str,
    user_id: &str,
    first: i64,
    last: i64,
    most: u32,
) -> Result<Vec<StoredEvent>, Error> {
    let statement = format!(
        "SELECT {COLUMNS} FROM outbox
         WHERE topic = ?1 AND user_id = ?2 AND sequence BETWEEN ?3 AND ?4
         ORDER BY sequence LIMIT ?5"
    );
    let parameters = [
        topic.into(),
        user_id.into(),
        first.into(),
        last.into(),
        most.into(),
    ];
    db.query(&statement, parameters)
        .await?
        .iter()
        .map(stored)
        .collect()
}
