//! Reminders as rows.

use chrono::{DateTime, Utc};
use duebell_store::{Db, Error, Row, Tx, Value, insert_drawn, values};
use duebell_tasks::{Alarm, Reminder, ReminderId, Task, TaskId};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: &str = "id, task_id, remind_at, before_due, created_at";

/// How long a reminder that ended stays, in milliseconds: 30 days.
const KEEP: i64 = 30 * 24 * 3600 * 1000;

/// Why a reminder is no longer one of its task's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The user removed it.
    Removed,
    /// Its task was completed; it comes back if that is taken back.
    Completed,
    /// Its task was deleted.
    Deleted,
    /// Its task changed, and another may have taken its place.
    Changed,
}

impl End {
    fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Completed => "completed",
            Self::Deleted => "deleted",
            Self::Changed => "changed",
        }
    }
}

/// Keeps new reminders of a task, in this order.
///
/// # Errors
/// The database's; busy if no free ids were found.
pub(crate) async fn insert(
    tx: &Tx<'_>,
    task: &Task,
    alarms: Vec<Alarm>,
    now: DateTime<Utc>,
    draw: impl Fn() -> ReminderId,
) -> Result<Vec<Reminder>, Error> {
    let insert = async |drawn: &[(ReminderId, Alarm)]| insert_free(tx, task, drawn, now).await;
    let kept = insert_drawn(alarms, draw, insert).await?;
    let reminder = |(id, alarm)| Reminder {
        id,
        task_id: task.id,
        alarm,
        created_at: now,
    };
    Ok(kept.into_iter().map(reminder).collect())
}

/// Inserts those whose ids are free, and says which these are.
async fn insert_free(
    tx: &Tx<'_>,
    task: &Task,
    drawn: &[(ReminderId, Alarm)],
    now: DateTime<Utc>,
) -> Result<BTreeSet<i64>, Error> {
    let statement = format!(
        "INSERT INTO reminders (user_id, {COLUMNS}) VALUES {} ON CONFLICT (id) DO NOTHING RETURNING id",
        values(drawn.len(), 6)
    );
    let parameters: Vec<Value> = drawn
        .iter()
        .flat_map(|(id, alarm)| {
            let before = alarm.before.as_ref();
            [
                (&task.user_id).into(),
                id.get().into(),
                task.id.get().into(),
                alarm.remind_at.timestamp_millis().into(),
                before.map(|before| before.as_str().to_owned()).into(),
                now.timestamp_millis().into(),
            ]
        })
        .collect();
    let rows = tx.query(&statement, parameters).await?;
    rows.iter().map(|row| row.integer(0)).collect()
}

/// A task's reminders, those first that ring first.
///
/// # Errors
/// The database's.
pub(crate) async fn of_task(db: &Db<'_>, task: TaskId) -> Result<Vec<Reminder>, Error> {
    let mut all = of_tasks(db, &[task]).await?;
    Ok(all.remove(&task).unwrap_or_default())
}

/// The reminders of some tasks.
///
/// # Errors
/// The database's.
pub(crate) async fn of_tasks(
    db: &Db<'_>,
    tasks: &[TaskId],
) -> Result<BTreeMap<TaskId, Vec<Reminder>>, Error> {
    let mut all: BTreeMap<TaskId, Vec<Reminder>> = BTreeMap::new();
    if tasks.is_empty() {
        return Ok(all);
    }
    let list = duebell_store::parameters(tasks.len());
    let statement = format!(
        "SELECT {COLUMNS} FROM reminders WHERE task_id IN ({list}) AND ended_at IS NULL
         ORDER BY remind_at, id"
    );
    let parameters: Vec<Value> = tasks.iter().map(|task| task.get().into()).collect();
    for row in db.query(&statement, parameters).await? {
        let reminder = read(&row)?;
        all.entry(reminder.task_id).or_default().push(reminder);
    }
    Ok(all)
}

/// The user's reminder with this id, unless it ended.
///
/// # Errors
/// The database's.
pub(crate) async fn find(
    db: &Db<'_>,
    user_id: &str,
    id: ReminderId,
) -> Result<Option<Reminder>, Error> {
    let statement = format!(
        "SELECT {COLUMNS} FROM reminders WHERE id = ?1 AND user_id = ?2 AND ended_at IS NULL"
    );
    let row = db
        .first(&statement, [id.get().into(), user_id.into()])
        .await?;
    row.as_ref().map(read).transpose()
}

/// Ends these reminders.
///
/// # Errors
/// The database's.
pub(crate) async fn end(
    tx: &Tx<'_>,
    reminders: &[Reminder],
    why: End,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if reminders.is_empty() {
        return Ok(());
    }
    let list = duebell_store::parameters(reminders.len());
    let statement =
        format!("UPDATE reminders SET ended_at = ?, ended_why = ? WHERE id IN ({list})");
    let mut parameters: Vec<Value> = vec![now.timestamp_millis().into(), why.as_str().into()];
    parameters.extend(
        reminders
            .iter()
            .map(|reminder| Value::from(reminder.id.get())),
    );
    tx.execute(&statement, parameters).await
}

/// When those would ring that ended with their task's completion and have still
/// to ring. They are not given again.
///
/// # Errors
/// The database's.
pub(crate) async fn take_completed(
    tx: &Tx<'_>,
    task: TaskId,
    now: DateTime<Utc>,
) -> Result<Vec<Alarm>, Error> {
    let statement = format!(
        "UPDATE reminders SET ended_why = '{}'
         WHERE task_id = ?1 AND ended_why = '{}' AND remind_at > ?2 RETURNING {COLUMNS}",
        End::Changed.as_str(),
        End::Completed.as_str()
    );
    let rows = tx
        .query(
            &statement,
            [task.get().into(), now.timestamp_millis().into()],
        )
        .await?;
    let mut reminders = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    reminders.sort_by_key(|reminder| (reminder.alarm.remind_at, reminder.id));
    Ok(reminders
        .into_iter()
        .map(|reminder| reminder.alarm)
        .collect())
}

/// When a closed task rang or would have rung, as far as its user wanted: what its
/// next occurrence takes over.
///
/// # Errors
/// The database's.
pub(crate) async fn of_closed(db: &Db<'_>, task: TaskId) -> Result<Vec<Alarm>, Error> {
    let statement = format!(
        "SELECT {COLUMNS} FROM reminders
         WHERE task_id = ?1 AND (ended_at IS NULL OR ended_why IN ('{}', '{}'))
         ORDER BY remind_at, id",
        End::Completed.as_str(),
        End::Deleted.as_str()
    );
    let rows = db.query(&statement, [task.get().into()]).await?;
    rows.iter().map(|row| Ok(read(row)?.alarm)).collect()
}

/// Whether there are ended reminders that are old enough to go.
///
/// # Errors
/// The database's.
pub(crate) async fn has_old(db: &Db<'_>, now: DateTime<Utc>) -> Result<bool, Error> {
    let before = now.timestamp_millis() - KEEP;
    let row = db
        .first(
            "SELECT 1 FROM reminders WHERE ended_at < ?1 LIMIT 1",
            [before.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Forgets at most `most` ended reminders that are old enough.
///
/// # Errors
/// The database's.
pub(crate) async fn prune(tx: &Tx<'_>, now: DateTime<Utc>, most: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM reminders WHERE id IN (SELECT id FROM reminders WHERE ended_at < ?1 LIMIT ?2)",
        [(now.timestamp_millis() - KEEP).into(), most.into()],
    )
    .await
}

fn read(row: &Row) -> Result<Reminder, Error> {
    let time = |column| -> Result<DateTime<Utc>, Error> {
        DateTime::from_timestamp_millis(row.integer(column)?).ok_or_else(|| broken("a time"))
    };
    let before = row
        .optional_text(3)?
        .map(|text| text.parse().map_err(|_| broken("a span of time")))
        .transpose()?;
    Ok(Reminder {
        id: ReminderId::new(row.integer(0)?).ok_or_else(|| broken("an id"))?,
        task_id: TaskId::new(row.integer(1)?).ok_or_else(|| broken("a task's id"))?,
        alarm: Alarm {
            remind_at: time(2)?,
            before,
        },
        created_at: time(4)?,
    })
}

fn broken(what: &str) -> Error {
    Error::Unexpected(format!("{what} of a reminder cannot be read"))
}
