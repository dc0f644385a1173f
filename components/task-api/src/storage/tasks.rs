//! Tasks as rows.

use chrono::{DateTime, Utc};
use duebell_events::Priority;
use duebell_store::{Db, Error, Row, Tx, Value};
use duebell_tasks::{Recurrence, Task, TaskId};

/// How long the tombstone of a deleted task stays, in milliseconds: 30 days.
const TOMBSTONE: i64 = 30 * 24 * 3600 * 1000;

pub(super) const COLUMNS: &str = "id, user_id, title, description, completed, priority, due_at, tags, \
     recurring_pattern, time_zone, completed_at, created_at, updated_at, version";

/// Whether a new task was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It was.
    Yes,
    /// Its id is taken: draw another.
    IdTaken,
}

/// Keeps a new task.
///
/// # Errors
/// The database's.
pub(crate) async fn insert(tx: &Tx<'_>, task: &Task) -> Result<Inserted, Error> {
    let statement = format!(
        "INSERT INTO tasks ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (id) DO NOTHING RETURNING id"
    );
    let rows = tx.query(&statement, parameters(task)?).await?;
    Ok(if rows.is_empty() {
        Inserted::IdTaken
    } else {
        Inserted::Yes
    })
}

/// Keeps a changed task.
///
/// # Errors
/// The database's.
pub(crate) async fn update(tx: &Tx<'_>, task: &Task) -> Result<(), Error> {
    tx.execute(
        "UPDATE tasks SET title = ?3, description = ?4, completed = ?5, priority = ?6, due_at = ?7,
             tags = ?8, recurring_pattern = ?9, time_zone = ?10, completed_at = ?11,
             created_at = ?12, updated_at = ?13, version = ?14
         WHERE id = ?1 AND user_id = ?2",
        parameters(task)?,
    )
    .await
}

/// The user's task with this id, unless it is deleted.
///
/// # Errors
/// The database's.
pub(crate) async fn find(db: &Db<'_>, user_id: &str, id: TaskId) -> Result<Option<Task>, Error> {
    let statement = format!(
        "SELECT {COLUMNS} FROM tasks WHERE id = ?1 AND user_id = ?2 AND deleted_at IS NULL"
    );
    let row = db
        .first(&statement, [id.get().into(), user_id.into()])
        .await?;
    row.as_ref().map(read).transpose()
}

/// Deletes a task but for its tombstone.
///
/// # Errors
/// The database's.
pub(crate) async fn delete(tx: &Tx<'_>, task: &Task, now: DateTime<Utc>) -> Result<(), Error> {
    tx.execute(
        "UPDATE tasks SET deleted_at = ?3 WHERE id = ?1 AND user_id = ?2",
        [
            task.id.get().into(),
            (&task.user_id).into(),
            now.timestamp_millis().into(),
        ],
    )
    .await
}

/// Whether there are tombstones that are old enough to go.
///
/// # Errors
/// The database's.
pub(crate) async fn has_old(db: &Db<'_>, now: DateTime<Utc>) -> Result<bool, Error> {
    let before = now.timestamp_millis() - TOMBSTONE;
    let row = db
        .first(
            "SELECT 1 FROM tasks WHERE deleted_at < ?1 LIMIT 1",
            [before.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Forgets at most `most` tombstones that are old enough.
///
/// # Errors
/// The database's.
pub(crate) async fn prune(tx: &Tx<'_>, now: DateTime<Utc>, most: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE deleted_at < ?1 LIMIT ?2)",
        [(now.timestamp_millis() - TOMBSTONE).into(), most.into()],
    )
    .await
}

fn parameters(task: &Task) -> Result<Vec<Value>, Error> {
    let tags =
        serde_json::to_string(&task.tags).map_err(|error| Error::Unexpected(error.to_string()))?;
    Ok(vec![
        task.id.get().into(),
        (&task.user_id).into(),
        (&task.title).into(),
        task.description
            .as_ref()
            .map(Value::from)
            .unwrap_or(Value::Null),
        task.completed.into(),
        rank(task.priority).into(),
        task.due_date.map(|at| at.timestamp_millis()).into(),
        tags.into(),
        task.recurring_pattern
            .map(|pattern| pattern.as_str().to_owned())
            .into(),
        (&task.time_zone).into(),
        task.completed_at.map(|at| at.timestamp_millis()).into(),
        task.created_at.timestamp_millis().into(),
        task.updated_at.timestamp_millis().into(),
        task.version.into(),
    ])
}

pub(super) fn read(row: &Row) -> Result<Task, Error> {
    Ok(Task {
        id: TaskId::new(row.integer(0)?).ok_or_else(|| broken("an id"))?,
        user_id: row.text(1)?.to_owned(),
        title: row.text(2)?.to_owned(),
        description: row.optional_text(3)?.map(str::to_owned),
        completed: row.integer(4)? != 0,
        priority: priority(row.integer(5)?)?,
        due_date: row.optional_integer(6)?.map(time).transpose()?,
        tags: serde_json::from_str(row.text(7)?).map_err(|_| broken("tags"))?,
        recurring_pattern: row
            .optional_text(8)?
            .map(|text| {
                text.parse::<Recurrence>()
                    .map_err(|_| broken("a recurring pattern"))
            })
            .transpose()?,
        time_zone: row.text(9)?.to_owned(),
        completed_at: row.optional_integer(10)?.map(time).transpose()?,
        created_at: time(row.integer(11)?)?,
        updated_at: time(row.integer(12)?)?,
        version: row.integer(13)?,
    })
}

/// A priority as it is stored: it sorts by urgency.
#[must_use]
pub(crate) fn rank(priority: Priority) -> i64 {
    match priority {
        Priority::Low => 0,
        Priority::Medium => 1,
        Priority::High => 2,
        Priority::Urgent => 3,
    }
}

fn priority(rank: i64) -> Result<Priority, Error> {
    match rank {
        0 => Ok(Priority::Low),
        1 => Ok(Priority::Medium),
        2 => Ok(Priority::High),
        3 => Ok(Priority::Urgent),
        _ => Err(broken("a priority")),
    }
}

fn time(milliseconds: i64) -> Result<DateTime<Utc>, Error> {
    DateTime::from_timestamp_millis(milliseconds).ok_or_else(|| broken("a time"))
}

fn broken(what: &str) -> Error {
    Error::Unexpected(format!("{what} of a task cannot be read"))
}
