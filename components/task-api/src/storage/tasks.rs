//! Tasks as rows.

use chrono::{DateTime, Utc};
use duebell_events::Priority;
use duebell_store::{Db, Error, Row, Tx, Value, values};
use duebell_tasks::{Recurrence, Series, StoredSeries, Task, TaskId};

/// How long the tombstone of a deleted task stays, in milliseconds: 30 days.
const TOMBSTONE: i64 = 30 * 24 * 3600 * 1000;

pub(super) const COLUMNS: &str = "id, user_id, title, description, completed, priority, due_at, tags, \
     recurring_pattern, time_zone, completed_at, created_at, updated_at, version, \
     series, series_number, series_counted, series_start";

/// Whether a new task was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// It was.
    Yes,
    /// Its id is taken: draw another.
    IdTaken,
    /// The occurrence of its series is there.
    OccurrenceTaken,
}

/// Keeps a new task.
///
/// # Errors
/// The database's.
pub(crate) async fn insert(tx: &Tx<'_>, task: &Task) -> Result<Inserted, Error> {
    let statement = format!(
        "INSERT INTO tasks ({COLUMNS}) VALUES {} ON CONFLICT DO NOTHING RETURNING id",
        values(1, COLUMNS.split(',').count())
    );
    let rows = tx.query(&statement, parameters(task)?).await?;
    if !rows.is_empty() {
        return Ok(Inserted::Yes);
    }
    let taken = tx
        .first("SELECT 1 FROM tasks WHERE id = ?1", [task.id.get().into()])
        .await?;
    Ok(match taken {
        Some(_) => Inserted::IdTaken,
        None => Inserted::OccurrenceTaken,
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
             created_at = ?12, updated_at = ?13, version = ?14,
             series = ?15, series_number = ?16, series_counted = ?17, series_start = ?18
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

/// The task with this id, whoever's it is, and even if it is deleted: what comes of
/// it was decided when it was completed.
///
/// # Errors
/// The database's.
pub(crate) async fn find_of_anybody(db: &Db<'_>, id: TaskId) -> Result<Option<Task>, Error> {
    let statement = format!("SELECT {COLUMNS} FROM tasks WHERE id = ?1");
    let row = db.first(&statement, [id.get().into()]).await?;
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
    let series = task.series.as_ref().map(Series::to_stored);
    let series = series.as_ref();
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
            .as_ref()
            .map(|pattern| pattern.as_str().to_owned())
            .into(),
        (&task.time_zone).into(),
        task.completed_at.map(|at| at.timestamp_millis()).into(),
        task.created_at.timestamp_millis().into(),
        task.updated_at.timestamp_millis().into(),
        task.version.into(),
        series.map(|series| series.id.clone()).into(),
        series.map(|series| series.number).into(),
        series.map(|series| series.counted).into(),
        series.map(|series| series.start.clone()).into(),
    ])
}

pub(super) fn read(row: &Row) -> Result<Task, Error> {
    let mut task = Task {
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
        series: None,
    };
    task.series = match row.optional_text(14)? {
        Some(id) => Some(read_series(row, id)?),
        None => Series::of(&task),
    };
    Ok(task)
}

fn read_series(row: &Row, id: &str) -> Result<Series, Error> {
    Series::from_stored(StoredSeries {
        id: id.to_owned(),
        number: row.integer(15)?,
        counted: row.integer(16)?,
        start: row.text(17)?.to_owned(),
    })
    .ok_or_else(|| broken("a series"))
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
