//! The inbox: what a consumer has seen, so that each event takes effect once.
//!
//! An attempt is counted in a transaction of its own before the event is
//! handled ([`attempt`]), so that a handler that traps is counted too; that the
//! event is done enters in the transaction of its effect ([`claim`]), so that
//! there is no moment between the two. Times are milliseconds since 1970.

mod positions;

pub use positions::{
    Gap, Place, advance, all_reached, close_gap, count_gaps, gaps, positions, reached, record_gap,
    set_reached,
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

/// A later step of the inbox's tables: whether the last failure may pass.
pub const PASSING: &[&str] = &["ALTER TABLE inbox ADD COLUMN passing INTEGER NOT NULL DEFAULT 0"];

/// Deletes what the inbox has of a user, for who erases one: each statement deletes at
/// most `?2` rows of the user `?1`, and returns a row for each. An event's key names no
/// user and stays; why events failed may quote them, and whose they were is not known.
pub const ERASE: &[&str] = &[
    "DELETE FROM inbox_positions WHERE (source, topic, user_id) IN
         (SELECT source, topic, user_id FROM inbox_positions WHERE user_id = ?1 LIMIT ?2)
     RETURNING 1",
    "DELETE FROM inbox_gaps WHERE (source, topic, user_id, first) IN
         (SELECT source, topic, user_id, first FROM inbox_gaps WHERE user_id = ?1 LIMIT ?2)
     RETURNING 1",
    "UPDATE inbox SET reason = 'no longer known: a user was erased' WHERE ?1 <> '' AND number IN
         (SELECT number FROM inbox
          WHERE reason IS NOT NULL AND reason <> 'no longer known: a user was erased' LIMIT ?2)
     RETURNING 1",
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

impl State {
    /// Its name, in the table and for whoever asks.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    fn read(name: &str) -> Result<Self, Error> {
        match name {
            "open" => Ok(Self::Open),
            "done" => Ok(Self::Done),
            "dropped" => Ok(Self::Dropped),
            other => Err(Error::Unexpected(format!(
                "the inbox holds the state {other:?}"
            ))),
        }
    }
}

/// What becomes of an event whose attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is attempted again.
    Again,
    /// It is given up, for a reason that may pass.
    GivenUp,
    /// It is given up, for a reason that stays.
    Refused,
}

/// What is known of an event's attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempted {
    /// How many there were.
    pub attempts: i64,
    /// What came of them.
    pub state: State,
    /// Why the last one failed. None: it was done, or the last attempt came to no
    /// answer.
    pub reason: Option<String>,
    /// Whether that may pass.
    pub passing: bool,
}

/// One event's attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which event.
    pub key: String,
    /// Which attempt this is, from 1. For one that is done or given up it is the
    /// last.
    pub number: i64,
    /// What was known before.
    pub state: State,
}

/// Counts an attempt at each of these events that is neither done nor given up, and
/// says what is known of them. The order is the inbox's.
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
         SELECT column1, 1, 'open', column2 FROM (VALUES {}) AS new WHERE true
         ON CONFLICT (key) DO UPDATE SET
             attempts = CASE inbox.state WHEN 'open' THEN inbox.attempts + 1 ELSE inbox.attempts END,
             changed_at = CASE inbox.state
                 WHEN 'open' THEN excluded.changed_at ELSE inbox.changed_at END
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
        state: State::read(row.text(2)?)?,
    })
}

/// What is known of an event; nothing if it was never attempted, or long ago.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db<'_>, key: &str) -> Result<Option<Attempted>, Error> {
    let row = db
        .first(
            "SELECT attempts, state, reason, passing FROM inbox WHERE key = ?1",
            [key.into()],
        )
        .await?;
    let read = |row: &Row| {
        Ok(Attempted {
            attempts: row.integer(0)?,
            state: State::read(row.text(1)?)?,
            reason: row.optional_text(2)?.map(str::to_owned),
            passing: row.integer(3)? != 0,
        })
    };
    row.as_ref().map(read).transpose()
}

/// Takes an event that was given up as if it had never been attempted: for a replay.
/// One that is done stays done.
///
/// # Errors
/// The database's.
pub async fn reopen(tx: &Tx<'_>, now: i64, key: &str) -> Result<(), Error> {
    tx.execute(
        "UPDATE inbox SET attempts = 0, state = 'open', reason = NULL, passing = 0, changed_at = ?2
         WHERE key = ?1 AND state <> 'done'",
        [key.into(), now.into()],
    )
    .await
}

/// Takes back attempts that were counted but not made.
///
/// # Errors
/// The database's.
pub async fn not_attempted(tx: &Tx<'_>, keys: &BTreeSet<String>) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let list = crate::parameters(keys.len());
    let statement = format!(
        "UPDATE inbox SET attempts = attempts - 1
         WHERE key IN ({list}) AND state = 'open' AND attempts > 0"
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
    let list = crate::parameters(keys.len());
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

/// Keeps why an attempt failed, and what becomes of the event.
///
/// # Errors
/// The database's.
pub async fn failed(
    tx: &Tx<'_>,
    now: i64,
    key: &str,
    reason: &str,
    fate: Fate,
) -> Result<(), Error> {
    let state = match fate {
        Fate::Again => State::Open,
        Fate::GivenUp | Fate::Refused => State::Dropped,
    };
    tx.execute(
        "INSERT INTO inbox (key, attempts, state, reason, passing, changed_at)
         VALUES (?1, 1, ?2, ?3, ?4, ?5)
         ON CONFLICT (key) DO UPDATE SET state = excluded.state, reason = excluded.reason,
             passing = excluded.passing, changed_at = excluded.changed_at
         WHERE inbox.state <> 'done'",
        [
            key.into(),
            state.as_str().into(),
            reason.into(),
            (fate != Fate::Refused).into(),
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
                  AS oldest
                  WHERE changed_at < ?1)
             RETURNING number",
            [before.into(), most.into()],
        )
        .await?;
    Ok(removed.len())
}
