//! What must be known when a reminder rings late: that it was cancelled, that its
//! task is closed.

use duebell_store::{Db, Error, Row, Tx, Value, values};
use std::collections::{BTreeMap, BTreeSet};

/// How long it is known, in milliseconds: 30 days, longer than the broker keeps
/// messages.
const REMEMBER: i64 = 30 * 24 * 3600 * 1000;

/// A user and the number of a reminder or a task of theirs.
pub(crate) type Key = (String, i64);

/// Whether a task is completed or deleted, and since which event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) is_closed: bool,
    /// The event's number in its publisher's sequence, if it has one.
    pub(crate) sequence: Option<i64>,
}

impl Closed {
    /// Whether this is news to who knows `known`.
    pub(crate) fn is_newer_than(self, known: Self) -> bool {
        match (self.sequence, known.sequence) {
            (Some(new), Some(old)) => new > old,
            _ => true,
        }
    }
}

/// Which of these reminders were cancelled.
///
/// # Errors
/// The database's.
pub(crate) async fn cancelled(
    db: &Db<'_>,
    reminders: &BTreeSet<Key>,
) -> Result<BTreeSet<Key>, Error> {
    if reminders.is_empty() {
        return Ok(BTreeSet::new());
    }
    let statement = format!(
        "SELECT user_id, reminder_id FROM cancelled_reminders
         WHERE (user_id, reminder_id) IN (VALUES {})",
        values(reminders.len(), 2)
    );
    let rows = db.query(&statement, keys(reminders)).await?;
    rows.iter().map(key).collect()
}

/// Remembers that these were.
///
/// # Errors
/// The database's.
pub(crate) async fn remember_cancelled(
    tx: &Tx<'_>,
    now: i64,
    reminders: &BTreeSet<Key>,
) -> Result<(), Error> {
    if reminders.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "INSERT INTO cancelled_reminders (user_id, reminder_id, heard_at)
         VALUES {} ON CONFLICT (user_id, reminder_id) DO NOTHING",
        values(reminders.len(), 3)
    );
    let parameters: Vec<Value> = reminders
        .iter()
        .flat_map(|(user, reminder)| [user.into(), (*reminder).into(), now.into()])
        .collect();
    tx.execute(&statement, parameters).await
}

/// What is known of these tasks; of most, nothing.
///
/// # Errors
/// The database's.
pub(crate) async fn closed(
    db: &Db<'_>,
    tasks: &BTreeSet<Key>,
) -> Result<BTreeMap<Key, Closed>, Error> {
    if tasks.is_empty() {
        return Ok(BTreeMap::new());
    }
    let statement = format!(
        "SELECT user_id, task_id, is_closed, sequence FROM closed_tasks
         WHERE (user_id, task_id) IN (VALUES {})",
        values(tasks.len(), 2)
    );
    let rows = db.query(&statement, keys(tasks)).await?;
    rows.iter()
        .map(|row| {
            let closed = Closed {
                is_closed: row.integer(2)? != 0,
                sequence: row.optional_integer(3)?,
            };
            Ok((key(row)?, closed))
        })
        .collect()
}

/// Remembers this of tasks.
///
/// # Errors
/// The database's.
pub(crate) async fn remember_closed(
    tx: &Tx<'_>,
    now: i64,
    tasks: &BTreeMap<Key, Closed>,
) -> Result<(), Error> {
    if tasks.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "INSERT INTO closed_tasks (user_id, task_id, is_closed, sequence, heard_at)
         VALUES {} ON CONFLICT (user_id, task_id) DO UPDATE SET is_closed = excluded.is_closed,
             sequence = excluded.sequence, heard_at = excluded.heard_at",
        values(tasks.len(), 5)
    );
    let parameters: Vec<Value> = tasks
        .iter()
        .flat_map(|((user, task), closed)| {
            [
                user.into(),
                (*task).into(),
                closed.is_closed.into(),
                closed.sequence.into(),
                now.into(),
            ]
        })
        .collect();
    tx.execute(&statement, parameters).await
}

/// Whether anything is old enough to be forgotten.
///
/// # Errors
/// The database's.
pub(crate) async fn has_old(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM cancelled_reminders WHERE heard_at < ?1)
                OR EXISTS (SELECT 1 FROM closed_tasks WHERE heard_at < ?1)",
            [(now - REMEMBER).into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Forgets at most `most` of each kind.
///
/// # Errors
/// The database's.
pub(crate) async fn prune(tx: &Tx<'_>, now: i64, most: u32) -> Result<(), Error> {
    for statement in [
        "DELETE FROM cancelled_reminders WHERE (user_id, reminder_id) IN
             (SELECT user_id, reminder_id FROM cancelled_reminders WHERE heard_at < ?1 LIMIT ?2)",
        "DELETE FROM closed_tasks WHERE (user_id, task_id) IN
             (SELECT user_id, task_id FROM closed_tasks WHERE heard_at < ?1 LIMIT ?2)",
    ] {
        tx.execute(statement, [(now - REMEMBER).into(), most.into()])
            .await?;
    }
    Ok(())
}

fn key(row: &Row) -> Result<Key, Error> {
    Ok((row.text(0)?.to_owned(), row.integer(1)?))
}

pub(super) fn keys(keys: &BTreeSet<Key>) -> Vec<Value> {
    keys.iter()
        .flat_map(|(user, number)| [user.into(), (*number).into()])
        .collect()
}
