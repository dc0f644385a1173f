//! What the scheduler has of the reminders, and what it is to have.
//!
//! Whoever asks the scheduler for something claims it first, for a while, so that
//! no two instances do the same. What a killed one claimed is claimed again.

use super::reminders::{Key, timestamp};
use duebell_events::Timestamp;
use duebell_store::{Db, Error, Row, Tx, Value, values};

/// How long a claim lasts, in milliseconds: longer than all errands of one take, each of
/// seven rounds as long as the scheduler may take to answer. Else a job could be set that
/// another instance has removed since.
const CLAIM: i64 = 40_000;

/// What may be claimed: also what was claimed for longer than a claim lasts, by a clock
/// that has been set back since. `?1` is now, `?2` the end of a claim that begins now.
const FREE: &str = "job IN ('wanted', 'unwanted') AND (claimed_until <= ?1 OR claimed_until > ?2)";

/// For how long a job must have been set before it is looked after, in
/// milliseconds: a scheduler forgets in the long run.
const SETTLED: i64 = 30_000;

/// What the scheduler is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Wake us for the reminder.
    Set,
    /// Not any more.
    Remove,
}

/// Something that the scheduler is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Errand {
    pub(crate) key: Key,
    pub(crate) remind_at: Timestamp,
    pub(crate) order: Order,
}

/// Claims at most `most` errands, those first that ring first.
///
/// # Errors
/// The database's.
pub(crate) async fn claim(tx: &Tx<'_>, now: i64, most: u32) -> Result<Vec<Errand>, Error> {
    let statement = format!(
        "UPDATE reminders SET claimed_until = ?2 WHERE (user_id, reminder_id) IN
             (SELECT user_id, reminder_id FROM reminders WHERE {FREE}
              ORDER BY remind_at LIMIT ?3)
         RETURNING user_id, reminder_id, remind_at, job"
    );
    let parameters = [now.into(), (now + CLAIM).into(), most.into()];
    let rows = tx.query(&statement, parameters).await?;
    rows.iter()
        .map(|row| {
            Ok(Errand {
                key: key(row)?,
                remind_at: timestamp(row, 2)?,
                order: match row.text(3)? {
                    "wanted" => Order::Set,
                    _ => Order::Remove,
                },
            })
        })
        .collect()
}

/// Whether there is anything to claim.
///
/// # Errors
/// The database's.
pub(crate) async fn any(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    let statement = format!("SELECT 1 FROM reminders WHERE {FREE} LIMIT 1");
    let row = db
        .first(&statement, [now.into(), (now + CLAIM).into()])
        .await?;
    Ok(row.is_some())
}

/// Notes that these are done; what has become of a reminder in the meantime
/// stands.
///
/// # Errors
/// The database's.
pub(crate) async fn done(tx: &Tx<'_>, now: i64, errands: &[Errand]) -> Result<(), Error> {
    if errands.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "UPDATE reminders SET job = CASE job WHEN 'wanted' THEN 'set' ELSE 'none' END,
             claimed_until = ?{}
         WHERE (user_id, reminder_id, remind_at, job) IN (VALUES {})",
        errands.len() * 4 + 1,
        values(errands.len(), 4)
    );
    let mut parameters: Vec<Value> = errands.iter().flat_map(row).collect();
    // From now on it is the time from which a job is looked after.
    parameters.push((now + SETTLED).into());
    tx.execute(&statement, parameters).await
}

/// Gives claims back that came to nothing.
///
/// # Errors
/// The database's.
pub(crate) async fn give_back(tx: &Tx<'_>, errands: &[Errand]) -> Result<(), Error> {
    if errands.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "UPDATE reminders SET claimed_until = 0
         WHERE (user_id, reminder_id, remind_at, job) IN (VALUES {})",
        values(errands.len(), 4)
    );
    tx.execute(&statement, errands.iter().flat_map(row).collect::<Vec<_>>())
        .await
}

/// At most `most` reminders that ring before `before` and whose jobs have been set
/// for a while without anybody looking after them.
///
/// # Errors
/// The database's.
pub(crate) async fn unchecked(
    db: &Db<'_>,
    now: i64,
    before: Timestamp,
    most: u32,
) -> Result<Vec<Key>, Error> {
    let rows = db
        .query(
            "SELECT user_id, reminder_id FROM reminders
             WHERE state = 'armed' AND remind_at <= ?1 AND job = 'set' AND claimed_until <= ?2
             ORDER BY remind_at LIMIT ?3",
            [before.microseconds.into(), now.into(), most.into()],
        )
        .await?;
    rows.iter().map(key).collect()
}

/// Notes what was found: the scheduler has the job, or has lost it.
///
/// # Errors
/// The database's.
pub(crate) async fn checked(tx: &Tx<'_>, key: &Key, found: bool) -> Result<(), Error> {
    tx.execute(
        "UPDATE reminders SET job = ?3, claimed_until = 0
         WHERE user_id = ?1 AND reminder_id = ?2 AND job = 'set'",
        [
            (&key.user_id).into(),
            key.reminder_id.into(),
            if found { "checked" } else { "wanted" }.into(),
        ],
    )
    .await
}

fn key(row: &Row) -> Result<Key, Error> {
    Ok(Key {
        user_id: row.text(0)?.to_owned(),
        reminder_id: row.integer(1)?,
    })
}

fn row(errand: &Errand) -> [Value; 4] {
    [
        (&errand.key.user_id).into(),
        errand.key.reminder_id.into(),
        errand.remind_at.microseconds.into(),
        match errand.order {
            Order::Set => "wanted",
            Order::Remove => "unwanted",
        }
        .into(),
    ]
}
