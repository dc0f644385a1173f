//! Reminders as rows: armed, rung or cancelled.

use duebell_events::{ReminderEvent, Timestamp};
use duebell_store::{Db, Error, Row, Tx, Value, values};

/// How long a reminder is remembered that has rung or was cancelled, in
/// milliseconds: 30 days, longer than the broker keeps messages.
const REMEMBER: i64 = 30 * 24 * 3600 * 1000;

/// Which reminder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Whose it is.
    pub(crate) user_id: String,
    /// Its number.
    pub(crate) reminder_id: i64,
}

impl Key {
    /// The key of an event's reminder.
    pub(crate) fn of(event: &ReminderEvent) -> Self {
        Self {
            user_id: event.user_id.clone(),
            // An event's ids have at most 53 bits.
            reminder_id: i64::try_from(event.reminder_id).unwrap_or(i64::MAX),
        }
    }
}

/// What a reminder is to be from now on.
pub(crate) struct News<'a> {
    /// The event that says so.
    pub(crate) event: &'a ReminderEvent,
    /// The event's number in its publisher's sequence, if it has one.
    pub(crate) sequence: Option<i64>,
    /// The event's trace.
    pub(crate) traceparent: Option<&'a str>,
}

/// Where a reminder stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It has still to ring, at this time.
    Armed(Timestamp),
    /// It rang.
    Rung,
    /// It is cancelled.
    Cancelled,
}

/// A reminder that rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ringing {
    pub(crate) key: Key,
    pub(crate) task_id: i64,
    pub(crate) title: String,
    pub(crate) due_at: Timestamp,
    pub(crate) remind_at: Timestamp,
    pub(crate) traceparent: Option<String>,
    /// When it was armed for that time, in milliseconds since 1970.
    pub(crate) armed_at: i64,
}

/// How the reminders stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// How many have still to ring.
    pub(crate) armed: i64,
    /// How many of them should have rung.
    pub(crate) overdue: i64,
    /// By how much the first of those is late, in milliseconds; 0 if none is.
    pub(crate) late: i64,
    /// How many jobs the scheduler has still to be told of.
    pub(crate) errands: i64,
}

/// Arms reminders, one row for each key. A reminder that is known keeps to what is
/// newer. One that was cancelled stays so; one that rang rings again only at
/// another time.
///
/// # Errors
/// The database's.
pub(crate) async fn arm(tx: &Tx<'_>, now: i64, news: &[News<'_>]) -> Result<(), Error> {
    if news.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "{} ON CONFLICT (user_id, reminder_id) DO UPDATE SET
             task_id = excluded.task_id, title = excluded.title, due_at = excluded.due_at,
             remind_at = excluded.remind_at, state = 'armed', sequence = excluded.sequence,
             traceparent = excluded.traceparent, changed_at = excluded.changed_at,
             job = CASE WHEN reminders.state = 'armed'
                            AND reminders.remind_at = excluded.remind_at
                        THEN reminders.job ELSE 'wanted' END,
             claimed_until = CASE WHEN reminders.state = 'armed'
                                      AND reminders.remind_at = excluded.remind_at
                                  THEN reminders.claimed_until ELSE 0 END
         WHERE (reminders.sequence IS NULL OR excluded.sequence IS NULL
                OR excluded.sequence > reminders.sequence)
           AND (reminders.state = 'armed'
                OR reminders.state = 'rung' AND reminders.remind_at <> excluded.remind_at)",
        insert(news.len())
    );
    tx.execute(&statement, parameters(now, news, "armed", "wanted"))
        .await
}

/// Cancels reminders, known or not, one row for each key. One that rang stays so.
///
/// # Errors
/// The database's.
pub(crate) async fn cancel(tx: &Tx<'_>, now: i64, news: &[News<'_>]) -> Result<(), Error> {
    if news.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "{} ON CONFLICT (user_id, reminder_id) DO UPDATE SET
             state = 'cancelled', changed_at = excluded.changed_at,
             job = CASE reminders.job WHEN 'none' THEN 'none' ELSE 'unwanted' END,
             claimed_until = CASE WHEN reminders.job IN ('set', 'checked') THEN 0
                                  ELSE reminders.claimed_until END
         WHERE reminders.state = 'armed'",
        insert(news.len())
    );
    tx.execute(&statement, parameters(now, news, "cancelled", "none"))
        .await
}

fn insert(rows: usize) -> String {
    format!(
        "INSERT INTO reminders (user_id, reminder_id, task_id, title, due_at, remind_at, sequence,
             traceparent, changed_at, state, job, claimed_until)
         VALUES {}",
        values(rows, 12)
    )
}

fn parameters(now: i64, news: &[News<'_>], state: &str, job: &str) -> Vec<Value> {
    let row = |news: &News<'_>| {
        let key = Key::of(news.event);
        [
            key.user_id.into(),
            key.reminder_id.into(),
            i64::try_from(news.event.task_id).unwrap_or(i64::MAX).into(),
            (&news.event.title).into(),
            news.event.due_at.microseconds.into(),
            news.event.remind_at.microseconds.into(),
            news.sequence.into(),
            news.traceparent.map(str::to_owned).into(),
            now.into(),
            state.into(),
            job.into(),
            0.into(),
        ]
    };
    news.iter().flat_map(row).collect()
}

/// Lets at most `most` reminders ring whose time has come, the oldest first, and
/// says which. Each rings once.
///
/// # Errors
/// The database's.
pub(crate) async fn ring(
    tx: &Tx<'_>,
    time: Timestamp,
    now: i64,
    most: u32,
) -> Result<Vec<Ringing>, Error> {
    // Nobody else writes meanwhile: the update finds the same reminders.
    let due =
        "state = 'armed' AND remind_at <= ?1 ORDER BY remind_at, user_id, reminder_id LIMIT ?2";
    let find = format!(
        "SELECT user_id, reminder_id, task_id, title, due_at, remind_at, traceparent, changed_at
         FROM reminders WHERE {due}"
    );
    let rows = tx
        .query(&find, [time.microseconds.into(), most.into()])
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ring = format!(
        "UPDATE reminders SET state = 'rung', job = 'none', changed_at = ?3
         WHERE (user_id, reminder_id) IN (SELECT user_id, reminder_id FROM reminders WHERE {due})"
    );
    tx.execute(&ring, [time.microseconds.into(), most.into(), now.into()])
        .await?;
    let mut ringing = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    ringing.sort_by(|one, other| {
        (one.remind_at.microseconds, &one.key).cmp(&(other.remind_at.microseconds, &other.key))
    });
    Ok(ringing)
}

/// Whether any reminder's time has come.
///
/// # Errors
/// The database's.
pub(crate) async fn any_due(db: &Db<'_>, time: Timestamp) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT 1 FROM reminders WHERE state = 'armed' AND remind_at <= ?1 LIMIT 1",
            [time.microseconds.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// How the reminders stand at a time.
///
/// # Errors
/// The database's.
pub(crate) async fn standing(db: &Db<'_>, time: Timestamp) -> Result<Standing, Error> {
    let time = time.microseconds;
    let row = db
        .first(
            "SELECT count(*), count(*) FILTER (WHERE remind_at <= ?1), min(remind_at)
             FROM reminders WHERE state = 'armed'",
            [time.into()],
        )
        .await?;
    let errands = db
        .first(
            "SELECT count(*) FROM reminders WHERE job IN ('wanted', 'unwanted')",
            [],
        )
        .await?;
    let Some((row, errands)) = row.zip(errands) else {
        return Ok(Standing::default());
    };
    let first = row.optional_integer(2)?.unwrap_or(time);
    Ok(Standing {
        armed: row.integer(0)?,
        overdue: row.integer(1)?,
        late: (time - first).max(0) / 1000,
        errands: errands.integer(0)?,
    })
}

/// Where a reminder stands; none if it is not known.
///
/// # Errors
/// The database's.
pub(crate) async fn state(db: &Db<'_>, key: &Key) -> Result<Option<State>, Error> {
    let row = db
        .first(
            "SELECT state, remind_at FROM reminders WHERE user_id = ?1 AND reminder_id = ?2",
            [(&key.user_id).into(), key.reminder_id.into()],
        )
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    match row.text(0)? {
        "armed" => Ok(Some(State::Armed(timestamp(&row, 1)?))),
        "rung" => Ok(Some(State::Rung)),
        "cancelled" => Ok(Some(State::Cancelled)),
        other => Err(Error::Unexpected(format!("a reminder is {other:?}"))),
    }
}

/// Whether there are reminders that are over for long enough to be forgotten.
///
/// # Errors
/// The database's.
pub(crate) async fn has_old(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT 1 FROM reminders WHERE state <> 'armed' AND changed_at < ?1 LIMIT 1",
            [(now - REMEMBER).into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Forgets at most `most` of them.
///
/// # Errors
/// The database's.
pub(crate) async fn prune(tx: &Tx<'_>, now: i64, most: u32) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM reminders WHERE (user_id, reminder_id) IN
             (SELECT user_id, reminder_id FROM reminders
              WHERE state <> 'armed' AND changed_at < ?1 LIMIT ?2)",
        [(now - REMEMBER).into(), most.into()],
    )
    .await
}

fn read(row: &Row) -> Result<Ringing, Error> {
    Ok(Ringing {
        key: Key {
            user_id: row.text(0)?.to_owned(),
            reminder_id: row.integer(1)?,
        },
        task_id: row.integer(2)?,
        title: row.text(3)?.to_owned(),
        due_at: timestamp(row, 4)?,
        remind_at: timestamp(row, 5)?,
        traceparent: row.optional_text(6)?.map(str::to_owned),
        armed_at: row.integer(7)?,
    })
}

pub(super) fn timestamp(row: &Row, column: usize) -> Result<Timestamp, Error> {
    Ok(Timestamp {
        microseconds: row.integer(column)?,
    })
}
