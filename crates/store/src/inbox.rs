//! The inbox: what a consumer has seen, so that each event takes effect once.
//!
//! An attempt is counted in a transaction of its own before the event is
//! handled ([`attempt`]), so that a handler that traps is counted too; that the
//! event is done enters in the transaction of its effect ([`claim`]), so that
//! there is no moment between the two. Times are milliseconds since 1970.

mod positions;

pub use positions::{
    Gap, Place, advance, close_gap, gaps, positions, reached, record_gap, set_reached,
};

use crate::{Db, Error, Row, Tx, Value, sql::values};
use std::collections::BTreeSet;

/// The inbox's tables, for a component's migration.
pub const TABLES: &[&str] = &[
    "CREATE TABLE inbox (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        attempts INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'done', 'dropped')),
        reason TEXT,
        changed_at INTEGER NOT NULL
    )",
    "CREATE TABLE inbox_positions (
        source TEXT NOT NULL,
        topic TEXT NOT NULL,
        user_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        PRIMARY KEY (source, topic, user_id)
    ) WITHOUT ROWID",
    "CREATE TABLE inbox_gaps (
        source TEXT NOT NULL,
        topic TEXT NOT NULL,
        user_id TEXT NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        PRIMARY KEY (source, topic, user_id, first)
    ) WITHOUT ROWID",
    "CREATE TABLE inbox_reached (
        source TEXT NOT NULL,
        topic TEXT NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (source, topic)
    ) WITHOUT ROWID",
];

/// What the inbox knows of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not taken effect yet.
    Open,
    /// It has.
    Done,
    /// It was given up.
    Dropped,
}

/// One event's attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which event.
    pub key: String,
    /// Which attempt this is, from 1. For one that is done it is the last.
    pub number: i64,
    /// What was known before.
    pub state: State,
}

/// Counts an attempt at each of these events that is not done, and says what
/// is known of them. The order is the inbox's.
///
/// # Errors
/// The database's.
pub async fn attempt(
    tx: &Tx<'_>,
    now: i64,
    keys: &BTreeSet<String>,
) -> Result<Vec<Attempt>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let statement = format!(
        "INSERT INTO inbox (key, attempts, state, changed_at)
         SELECT column1, 1, 'open', column2 FROM (VALUES {}) WHERE true
         ON CONFLICT (key) DO UPDATE SET
             attempts = attempts + (state <> 'done'),
             changed_at = CASE state WHEN 'done' THEN changed_at ELSE excluded.changed_at END
         RETURNING key, attempts, state",
        values(keys.len(), 2)
    );
    let parameters: Vec<Value> = keys
        .iter()
        .flat_map(|key| [key.into(), now.into()])
        .collect();
    tx.query(&statement, parameters)
        .await?
        .iter()
        .map(read_attempt)
        .collect()
}

fn read_attempt(row: &Row) -> Result<Attempt, Error> {
    Ok(Attempt {
        key: row.text(0)?.to_owned(),
        number: row.integer(1)?,
        state: match row.text(2)? {
            "open" => State::Open,
            "done" => State::Done,
            "dropped" => State::Dropped,
            other => {
                return Err(Error::Unexpected(format!(
                    "the inbox holds the state {other:?}"
                )));
            }
        },
    })
}

/// Takes back attempts that were counted but not made.
///
/// # Errors
/// The database's.
pub async fn not_attempted(tx: &Tx<'_>, keys: &BTreeSet<String>) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let list = vec!["?"; keys.len()].join(",");
    let statement = format!(
        "UPDATE inbox SET attempts = attempts - 1
         WHERE key IN ({list}) AND state <> 'done' AND attempts > 0"
    );
    let parameters: Vec<Value> = keys.iter().map(Value::from).collect();
    tx.execute(&statement, parameters).await
}

/// Marks these events done and gives those that were not done before: their
/// effect belongs into this same transaction, and no other event's does.
///
/// # Errors
/// The database's.
pub async fn claim(
    tx: &Tx<'_>,
    now: i64,
    keys: &BTreeSet<String>,
) -> Result<BTreeSet<String>, Error> {
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let list = vec!["?"; keys.len()].join(",");
    let statement = format!(
        "UPDATE inbox SET state = 'done', reason = NULL, changed_at = ?
         WHERE key IN ({list}) AND state <> 'done' RETURNING key"
    );
    let parameters: Vec<Value> = std::iter::once(now.into())
        .chain(keys.iter().map(Value::from))
        .collect();
    let rows = tx.query(&statement, parameters).await?;
    rows.iter().map(|row| Ok(row.text(0)?.to_owned())).collect()
}

/// Keeps why an attempt failed, and whether the event is given up with it.
///
/// # Errors
/// The database's.
pub async fn failed(
    tx: &Tx<'_>,
    now: i64,
    key: &str,
    reason: &str,
    dropped: bool,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO inbox (key, attempts, state, reason, changed_at) VALUES (?1, 1, ?2, ?3, ?4)
         ON CONFLICT (key) DO UPDATE SET
             state = excluded.state, reason = excluded.reason, changed_at = excluded.changed_at
         WHERE state <> 'done'",
        [
            key.into(),
            if dropped { "dropped" } else { "open" }.into(),
            reason.into(),
            now.into(),
        ],
    )
    .await
}

/// Whether the oldest entry has not changed since `before`.
///
/// # Errors
/// The database's.
pub async fn has_older(db: &Db<'_>, before: i64) -> Result<bool, Error> {
    let row = db
        .first("SELECT changed_at FROM inbox ORDER BY number LIMIT 1", [])
        .await?;
    row.map_or(Ok(false), |row| Ok(row.integer(0)? < before))
}

/// Forgets at most `most` of the oldest entries that have not changed since
/// `before`, and says how many those were. Keep entries for longer than the
/// broker keeps messages.
///
/// # Errors
/// The database's.
pub async fn prune(tx: &Tx<'_>, before: i64, most: u32) -> Result<usize, Error> {
    let removed = tx
        .query(
            "DELETE FROM inbox WHERE number IN
                 (SELECT number FROM (SELECT number, changed_at FROM inbox ORDER BY number LIMIT ?2)
                  WHERE changed_at < ?1)
             RETURNING number",
            [before.into(), most.into()],
        )
        .await?;
    Ok(removed.len())
}
