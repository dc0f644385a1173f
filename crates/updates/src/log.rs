//! One log for each user.
//!
//! Updates are numbered from 1 without a gap, and forgotten from the oldest: after
//! [`KEPT_FOR`], or when there are more than [`MOST_KEPT`] of a user.

use duebell_store::{Db, Dialect, Error, Row, Tx, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How long an update is kept, in milliseconds: seven days.
pub const KEPT_FOR: i64 = 7 * 24 * 3600 * 1000;

/// How many updates of a user are kept.
pub const MOST_KEPT: i64 = 10_000;

/// How many numbers are left out after a restore: more updates than a user can have had
/// between a backup and its restore.
const SKIPPED: i64 = 1_000_000;

/// How many rows one statement writes.
const ROWS: usize = 100;

/// An update in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the order over all users.
    pub position: i64,
    /// Whose it is.
    pub user_id: String,
    /// The user's own number, from 1.
    pub number: i64,
    /// The event's JSON, without a line break.
    pub event: String,
}

/// What comes after a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// These, in order, up to as many as were asked for.
    Updates(Vec<Entry>),
    /// What came after it is no longer all there, or the number is from a future
    /// that never was. The log goes on after `head`.
    Lost {
        /// The latest number.
        head: i64,
        /// Which of the two.
        why: Lost,
    },
}

/// Why a number cannot be gone on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// What came after it has been forgotten.
    Forgotten,
    /// There is no such number yet.
    Ahead,
}

impl Lost {
    /// What clients are told.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Forgotten => "forgotten",
            Self::Ahead => "ahead",
        }
    }
}

/// Adds updates, each for a user, in this order: the user and the event's JSON.
///
/// # Errors
/// The database's.
pub async fn append(tx: &Tx<'_>, now: i64, updates: &[(&str, String)]) -> Result<(), Error> {
    for part in updates.chunks(ROWS) {
        append_part(tx, now, part).await?;
    }
    Ok(())
}

async fn append_part(tx: &Tx<'_>, now: i64, updates: &[(&str, String)]) -> Result<(), Error> {
    let users: BTreeSet<&str> = updates.iter().map(|(user_id, _)| *user_id).collect();
    let mut heads = heads(tx, &users).await?;
    let mut values: Vec<Value> = Vec::with_capacity(updates.len() * 4);
    for (user_id, event) in updates {
        let number = heads.entry((*user_id).to_owned()).or_insert(0);
        *number += 1;
        values.extend([
            (*user_id).into(),
            (*number).into(),
            now.into(),
            event.into(),
        ]);
    }
    let statement = format!(
        "INSERT INTO updates (user_id, number, logged_at, event) VALUES {}",
        duebell_store::values(updates.len(), 4)
    );
    tx.execute(&statement, values).await?;
    let statement = format!(
        "INSERT INTO heads (user_id, number) VALUES {}
         ON CONFLICT (user_id) DO UPDATE SET number = excluded.number",
        duebell_store::values(heads.len(), 2)
    );
    let values = heads
        .iter()
        .flat_map(|(user_id, head)| [Value::from(user_id), (*head).into()]);
    tx.execute(&statement, values.collect::<Vec<_>>()).await?;
    for (user_id, head) in heads.iter().filter(|(_, head)| **head > MOST_KEPT) {
        tx.execute(
            "DELETE FROM updates WHERE user_id = ?1 AND number <= ?2",
            [user_id.into(), (head - MOST_KEPT).into()],
        )
        .await?;
    }
    Ok(())
}

async fn heads(db: &Db<'_>, users: &BTreeSet<&str>) -> Result<BTreeMap<String, i64>, Error> {
    let statement = format!(
        "SELECT user_id, number FROM heads WHERE user_id IN ({})",
        duebell_store::parameters(users.len())
    );
    let users: Vec<Value> = users.iter().map(|user_id| (*user_id).into()).collect();
    let rows = db.query(&statement, users).await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.integer(1)?)))
        .collect()
}

/// The latest number of a user's; 0 if there never was one.
///
/// # Errors
/// The database's.
pub async fn head(db: &Db<'_>, user_id: &str) -> Result<i64, Error> {
    let heads = heads(db, &BTreeSet::from([user_id])).await?;
    Ok(heads.into_values().next().unwrap_or(0))
}

/// A user's updates after a number, `limit` of them at most.
///
/// # Errors
/// The database's.
pub async fn after(db: &Db<'_>, user_id: &str, number: i64, limit: usize) -> Result<After, Error> {
    let head = head(db, user_id).await?;
    let lost = |why| After::Lost { head, why };
    if number > head {
        return Ok(lost(Lost::Ahead));
    }
    let rows = db
        .query(
            "SELECT position, user_id, number, event FROM updates
             WHERE user_id = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
            [user_id.into(), number.into(), rows_at_most(limit)],
        )
        .await?;
    let entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    match entries.first() {
        Some(first) if first.number != number + 1 => Ok(lost(Lost::Forgotten)),
        None if number < head => Ok(lost(Lost::Forgotten)),
        _ => Ok(After::Updates(entries)),
    }
}

/// Says that this log is one from a backup: whoever has seen more than there is in it now,
/// or will see other updates under the same numbers, is told to load everything again.
///
/// # Errors
/// The database's.
pub async fn restored(tx: &Tx<'_>) -> Result<(), Error> {
    tx.execute("UPDATE heads SET number = number + ?1", [SKIPPED.into()])
        .await
}

/// The last place in the order over all users; 0 if there never was one.
///
/// # Errors
/// The database's.
pub async fn end(db: &Db<'_>) -> Result<i64, Error> {
    let row = db
        .first("SELECT coalesce(max(position), 0) FROM updates", [])
        .await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// The users who have updates after one place and up to another.
///
/// # Errors
/// The database's.
pub async fn users_between(
    db: &Db<'_>,
    after: i64,
    through: i64,
) -> Result<BTreeSet<String>, Error> {
    let rows = db
        .query(
            "SELECT DISTINCT user_id FROM updates WHERE position > ?1 AND position <= ?2",
            [after.into(), through.into()],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// Updates of these users after one place and up to another, in order, `limit` of
/// them at most.
///
/// # Errors
/// The database's.
pub async fn between<'u>(
    db: &Db<'_>,
    after: i64,
    through: i64,
    users: impl IntoIterator<Item = &'u str>,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let mut values: Vec<Value> = vec![after.into(), through.into()];
    values.extend(users.into_iter().map(Value::from));
    let user_id = match db.dialect() {
        // The unary plus keeps SQLite from going through each user's whole log.
        Dialect::Sqlite => "+user_id",
        Dialect::Postgres => "user_id",
    };
    let statement = format!(
        "SELECT position, user_id, number, event FROM updates
         WHERE position > ?1 AND position <= ?2 AND {user_id} IN ({})
         ORDER BY position LIMIT ?",
        duebell_store::parameters(values.len() - 2)
    );
    values.push(rows_at_most(limit));
    let rows = db.query(&statement, values).await?;
    rows.iter().map(entry).collect()
}

/// Whether the oldest update was logged before this time.
///
/// # Errors
/// The database's.
pub async fn has_older(db: &Db<'_>, before: i64) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT logged_at < ?1 FROM updates ORDER BY position LIMIT 1",
            [before.into()],
        )
        .await?;
    row.map_or(Ok(false), |row| Ok(row.integer(0)? != 0))
}

/// Forgets updates that were logged before this time, among the `most` oldest.
///
/// # Errors
/// The database's.
pub async fn prune(tx: &Tx<'_>, before: i64, most: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM updates WHERE logged_at < ?1 AND position IN
         (SELECT position FROM updates ORDER BY position LIMIT ?2)",
        [before.into(), most.into()],
    )
    .await
}

fn rows_at_most(limit: usize) -> Value {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}

fn entry(row: &Row) -> Result<Entry, Error> {
    Ok(Entry {
        position: row.integer(0)?,
        user_id: row.text(1)?.to_owned(),
        number: row.integer(2)?,
        event: row.text(3)?.to_owned(),
    })
}
