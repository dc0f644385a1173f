//! Notifications as rows.

use super::memory::{Key, keys};
use crate::notification::{Kind, Notification};
use chrono::{DateTime, Utc};
use duebell_events::{ReminderEvent, Timestamp};
use duebell_ids::NotificationId;
use duebell_store::{Db, Error, Row, Tx, Value, insert_drawn, values};
use std::collections::BTreeSet;

const COLUMNS: &str =
    "id, task_id, reminder_id, title, due_at, remind_at, created_at, read_at, settled_at";

/// How many columns a new row has.
const NEW: usize = 9;

/// Something to notify a user of.
#[derive(Clone, Copy)]
pub(crate) struct New<'a> {
    /// What rang.
    pub(crate) event: &'a ReminderEvent,
    /// The W3C trace context that it rang in.
    pub(crate) traceparent: Option<&'a str>,
    /// It needs no attention: its task is closed, or it was cancelled.
    pub(crate) is_settled: bool,
}

/// Keeps notifications, and gives each with its id.
///
/// # Errors
/// The database's; busy if no free ids were found.
pub(crate) async fn insert<'a>(
    tx: &Tx<'_>,
    now: DateTime<Utc>,
    new: Vec<New<'a>>,
    draw: impl Fn() -> NotificationId,
) -> Result<Vec<(NotificationId, New<'a>)>, Error> {
    insert_drawn(new, draw, async |drawn: &[(NotificationId, New<'a>)]| {
        let statement = format!(
            "INSERT INTO notifications (user_id, id, task_id, reminder_id, title, due_at, remind_at,
                 created_at, settled_at)
             VALUES {} ON CONFLICT (user_id, id) DO NOTHING RETURNING id",
            values(drawn.len(), NEW)
        );
        let parameters = drawn.iter().flat_map(|(id, new)| row(*id, new, now));
        let rows = tx.query(&statement, parameters.collect::<Vec<_>>()).await?;
        rows.iter()
            .map(|row| row.integer(0))
            .collect::<Result<BTreeSet<i64>, Error>>()
    })
    .await
}

fn row(id: NotificationId, new: &New<'_>, now: DateTime<Utc>) -> [Value; NEW] {
    let now = now.timestamp_millis();
    let number = |id: u64| Value::from(i64::try_from(id).unwrap_or(i64::MAX));
    [
        (&new.event.user_id).into(),
        id.get().into(),
        number(new.event.task_id),
        number(new.event.reminder_id),
        (&new.event.title).into(),
        new.event.due_at.microseconds.into(),
        new.event.remind_at.microseconds.into(),
        now.into(),
        new.is_settled.then_some(now).into(),
    ]
}

/// Settles what is open of these tasks.
///
/// # Errors
/// The database's.
pub(crate) async fn settle_tasks(
    tx: &Tx<'_>,
    now: DateTime<Utc>,
    tasks: &BTreeSet<Key>,
) -> Result<(), Error> {
    settle(tx, "task_id", now, tasks).await
}

/// Settles what is open of these reminders.
///
/// # Errors
/// The database's.
pub(crate) async fn settle_reminders(
    tx: &Tx<'_>,
    now: DateTime<Utc>,
    reminders: &BTreeSet<Key>,
) -> Result<(), Error> {
    settle(tx, "reminder_id", now, reminders).await
}

async fn settle(
    tx: &Tx<'_>,
    column: &str,
    now: DateTime<Utc>,
    of: &BTreeSet<Key>,
) -> Result<(), Error> {
    if of.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "UPDATE notifications SET settled_at = ?{}
         WHERE settled_at IS NULL AND (user_id, {column}) IN (VALUES {})",
        of.len() * 2 + 1,
        values(of.len(), 2)
    );
    let mut parameters = keys(of);
    parameters.push(now.timestamp_millis().into());
    tx.execute(&statement, parameters).await
}

/// At most `limit` of a user's notifications, the newest first: those older than
/// `before`, and only the unread or only the others if `unread` says so.
///
/// # Errors
/// The database's.
pub(crate) async fn page(
    db: &Db<'_>,
    user_id: &str,
    unread: Option<bool>,
    before: i64,
    limit: usize,
) -> Result<Vec<Notification>, Error> {
    let condition = match unread {
        None => "",
        Some(true) => "AND read_at IS NULL AND settled_at IS NULL",
        Some(false) => "AND (read_at IS NOT NULL OR settled_at IS NOT NULL)",
    };
    let statement = format!(
        "SELECT {COLUMNS} FROM notifications WHERE user_id = ?1 AND id < ?2 {condition}
         ORDER BY id DESC LIMIT ?3"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    db.query(&statement, [user_id.into(), before.into(), limit.into()])
        .await?
        .iter()
        .map(read)
        .collect()
}

/// How many of a user's notifications are unread.
///
/// # Errors
/// The database's.
pub(crate) async fn unread(db: &Db<'_>, user_id: &str) -> Result<i64, Error> {
    let row = db
        .first(
            "SELECT count(*) FROM notifications
             WHERE user_id = ?1 AND read_at IS NULL AND settled_at IS NULL",
            [user_id.into()],
        )
        .await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// The user's notification with this id.
///
/// # Errors
/// The database's.
pub(crate) async fn find(
    db: &Db<'_>,
    user_id: &str,
    id: NotificationId,
) -> Result<Option<Notification>, Error> {
    let statement = format!("SELECT {COLUMNS} FROM notifications WHERE user_id = ?1 AND id = ?2");
    let row = db
        .first(&statement, [user_id.into(), id.get().into()])
        .await?;
    row.as_ref().map(read).transpose()
}

/// Notes that the user has read one. When they first did stays.
///
/// # Errors
/// The database's.
pub(crate) async fn mark_read(
    tx: &Tx<'_>,
    user_id: &str,
    id: NotificationId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE notifications SET read_at = ?3 WHERE user_id = ?1 AND id = ?2 AND read_at IS NULL",
        [
            user_id.into(),
            id.get().into(),
            now.timestamp_millis().into(),
        ],
    )
    .await
}

/// Notes that the user has read all that are unread, up to and with `through`.
///
/// # Errors
/// The database's.
pub(crate) async fn mark_read_through(
    tx: &Tx<'_>,
    user_id: &str,
    through: i64,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE notifications SET read_at = ?3
         WHERE user_id = ?1 AND id <= ?2 AND read_at IS NULL AND settled_at IS NULL",
        [
            user_id.into(),
            through.into(),
            now.timestamp_millis().into(),
        ],
    )
    .await
}

fn read(row: &Row) -> Result<Notification, Error> {
    let timestamp = |column| {
        Ok::<_, Error>(Timestamp {
            microseconds: row.integer(column)?,
        })
    };
    let time = |milliseconds| {
        DateTime::from_timestamp_millis(milliseconds)
            .ok_or_else(|| Error::Unexpected("a time of a notification cannot be read".to_owned()))
    };
    Ok(Notification {
        id: NotificationId::new(row.integer(0)?).ok_or_else(|| {
            Error::Unexpected("an id of a notification cannot be read".to_owned())
        })?,
        kind: Kind::Reminder,
        task_id: row.integer(1)?,
        reminder_id: row.integer(2)?,
        title: row.text(3)?.to_owned(),
        due_at: timestamp(4)?,
        remind_at: timestamp(5)?,
        created_at: time(row.integer(6)?)?,
        read_at: row.optional_integer(7)?.map(time).transpose()?,
        settled_at: row.optional_integer(8)?.map(time).transpose()?,
    })
}
