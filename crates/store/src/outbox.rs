//! The outbox: events that are committed with the change that they tell of.
//!
//! Each event has a number in its topic and user's own sequence, gap-free from
//! 1, so that whoever consumes can see what is missing. Rows are relayed in
//! commit order by whoever holds the [`lease`], and stay for days after, so
//! that what a transport lost can be asked for again.
//!
//! All times are milliseconds since 1970, by the caller's clock.

pub mod failure;
mod history;
pub mod lease;
mod standing;

pub use history::{Heads, head, heads, range};
pub use standing::{Standing, oldest_unpublished, standing};

use crate::{Db, Error, Row, Tx, Value, sql::values};
use std::collections::BTreeMap;

/// The outbox's tables, for a component's migration.
pub const TABLES: &[&str] = &[
    "CREATE TABLE outbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        topic TEXT NOT NULL,
        user_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        event_id TEXT NOT NULL,
        event_type TEXT NOT NULL,
        subject TEXT,
        time TEXT NOT NULL,
        traceparent TEXT,
        data TEXT NOT NULL,
        published_at INTEGER,
        UNIQUE (topic, user_id, sequence)
    )",
    "CREATE INDEX outbox_unpublished ON outbox (number) WHERE published_at IS NULL",
    "CREATE TABLE outbox_heads (
        topic TEXT NOT NULL,
        user_id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        PRIMARY KEY (topic, user_id)
    ) WITHOUT ROWID",
    "CREATE TABLE outbox_lease (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        holder TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    )",
];

/// Deletes what the outbox has of a user, for who erases one: each statement deletes at
/// most `?2` rows of the user `?1`, and returns a row for each. To consumers these events
/// are like those that were published long ago: there is nothing to wait for.
pub const ERASE: &[&str] = &[
    "DELETE FROM outbox WHERE number IN
         (SELECT number FROM outbox WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
    "DELETE FROM outbox_heads WHERE (topic, user_id) IN
         (SELECT topic, user_id FROM outbox_heads WHERE user_id = ?1 LIMIT ?2) RETURNING 1",
];

/// An event to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Where it is published.
    pub topic: String,
    /// Whose it is: the partition key.
    pub user_id: String,
    /// The CloudEvents id.
    pub event_id: String,
    /// The CloudEvents type.
    pub event_type: String,
    /// The CloudEvents subject.
    pub subject: Option<String>,
    /// When it happened (RFC 3339).
    pub time: String,
    /// The W3C trace context that it happened in.
    pub traceparent: Option<String>,
    /// The event, as JSON.
    pub data: String,
}

/// An event in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place in commit order over all topics and users.
    pub number: i64,
    /// Its place in its topic and user's sequence, from 1.
    pub sequence: i64,
    /// The event itself.
    pub event: NewEvent,
}

const COLUMNS: &str =
    "number, topic, user_id, sequence, event_id, event_type, subject, time, traceparent, data";

fn stored(row: &Row) -> Result<StoredEvent, Error> {
    Ok(StoredEvent {
        number: row.integer(0)?,
        sequence: row.integer(3)?,
        event: NewEvent {
            topic: row.text(1)?.to_owned(),
            user_id: row.text(2)?.to_owned(),
            event_id: row.text(4)?.to_owned(),
            event_type: row.text(5)?.to_owned(),
            subject: row.optional_text(6)?.map(str::to_owned),
            time: row.text(7)?.to_owned(),
            traceparent: row.optional_text(8)?.map(str::to_owned),
            data: row.text(9)?.to_owned(),
        },
    })
}

/// Puts events into the outbox, in the transaction of the change that they tell
/// of. Their order here is their order in each topic and user's sequence.
///
/// # Errors
/// The database's.
pub async fn append(tx: &Tx<'_>, events: Vec<NewEvent>) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let mut next = reserve(tx, &events).await?;
    let mut parameters = Vec::with_capacity(events.len() * 9);
    let statement = format!(
        "INSERT INTO outbox
         (topic, user_id, sequence, event_id, event_type, subject, time, traceparent, data)
         VALUES {}",
        values(events.len(), 9)
    );
    for event in events {
        let sequence = next
            .get_mut(&(event.topic.clone(), event.user_id.clone()))
            .ok_or_else(|| Error::Unexpected("a sequence was not reserved".to_owned()))?;
        parameters.extend([
            Value::from(event.topic),
            event.user_id.into(),
            (*sequence).into(),
            event.event_id.into(),
            event.event_type.into(),
            event.subject.into(),
            event.time.into(),
            event.traceparent.into(),
            event.data.into(),
        ]);
        *sequence += 1;
    }
    tx.execute(&statement, parameters).await
}

/// Moves the heads on, and gives the first number for each topic and user.
async fn reserve(
    tx: &Tx<'_>,
    events: &[NewEvent],
) -> Result<BTreeMap<(String, String), i64>, Error> {
    let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
    for event in events {
        *counts
            .entry((event.topic.clone(), event.user_id.clone()))
            .or_default() += 1;
    }
    let statement = format!(
        "INSERT INTO outbox_heads (topic, user_id, sequence) VALUES {}
         ON CONFLICT (topic, user_id) DO UPDATE SET sequence = outbox_heads.sequence + excluded.sequence
         RETURNING topic, user_id, sequence",
        values(counts.len(), 3)
    );
    let parameters: Vec<Value> = counts
        .iter()
        .flat_map(|((topic, user), count)| [topic.into(), user.into(), (*count).into()])
        .collect();
    for row in tx.query(&statement, parameters).await? {
        let key = (row.text(0)?.to_owned(), row.text(1)?.to_owned());
        let head = row.integer(2)?;
        counts
            .entry(key)
            .and_modify(|count| *count = head - *count + 1);
    }
    Ok(counts)
}

/// The oldest events that are not published, in commit order.
///
/// # Errors
/// The database's.
pub async fn unpublished(db: &Db<'_>, most: u32) -> Result<Vec<StoredEvent>, Error> {
    let statement =
        format!("SELECT {COLUMNS} FROM outbox WHERE published_at IS NULL ORDER BY number LIMIT ?1");
    db.query(&statement, [most.into()])
        .await?
        .iter()
        .map(stored)
        .collect()
}

/// Notes that the broker has these.
///
/// # Errors
/// The database's.
pub async fn mark_published(tx: &Tx<'_>, now: i64, numbers: &[i64]) -> Result<(), Error> {
    if numbers.is_empty() {
        return Ok(());
    }
    let list = crate::parameters(numbers.len());
    let statement = format!("UPDATE outbox SET published_at = ? WHERE number IN ({list})");
    let parameters: Vec<Value> = std::iter::once(now)
        .chain(numbers.iter().copied())
        .map(Value::from)
        .collect();
    tx.execute(&statement, parameters).await
}

/// Forgets at most `most` of the oldest rows that were published before
/// `published_before`, and says how many those were.
///
/// # Errors
/// The database's.
pub async fn prune(tx: &Tx<'_>, published_before: i64, most: u32) -> Result<usize, Error> {
    let removed = tx
        .query(
            "DELETE FROM outbox WHERE number IN
                 (SELECT number FROM
                     (SELECT number, published_at FROM outbox ORDER BY number LIMIT ?2)
                     AS oldest
                  WHERE published_at < ?1)
             RETURNING number",
            [published_before.into(), most.into()],
        )
        .await?;
    Ok(removed.len())
}

/// When the oldest row that is kept was published; there is no answer if none
/// is kept or it still waits.
///
/// # Errors
/// The database's.
pub async fn oldest_published_at(db: &Db<'_>) -> Result<Option<i64>, Error> {
    let row = db
        .first(
            "SELECT published_at FROM outbox ORDER BY number LIMIT 1",
            [],
        )
        .await?;
    row.map_or(Ok(None), |row| row.optional_integer(0))
}
