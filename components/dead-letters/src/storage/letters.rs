//! Letters as rows.

use crate::{
    letter::{Letter, Status},
    record::Record,
};
use chrono::{DateTime, Utc};
use duebell_erasures::erasure_of;
use duebell_ids::DeadLetterId;
use duebell_store::{
    Db, Error, Row, Tx, Value,
    counters::{self, Counts},
    insert_drawn,
};
use duebell_telemetry::labels;
use std::collections::BTreeSet;

pub(super) const COLUMNS: &str = "id, subscriber, topic, event_type, event_id, user_id, status, reason, \
     attempts, passing, replays, next_at, arrived_at, changed_at";

/// How long a letter that is over stays, in milliseconds: 30 days.
const KEEP: i64 = 30 * 24 * 3600 * 1000;

/// The counter of letters, by subscriber.
pub(crate) const RECEIVED: &str = "duebell_dead_letters_received_total";

/// Which letters a list is of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) status: Option<Status>,
    pub(crate) subscriber: Option<String>,
}

/// Keeps a record, unless it is there or its user was erased. `draw` gives ids.
///
/// # Errors
/// The database's; busy if no free id was found.
pub(crate) async fn keep(
    tx: &Tx<'_>,
    now: i64,
    subscriber: &str,
    record: &Record,
    draw: impl Fn() -> DeadLetterId,
) -> Result<(), Error> {
    if let Some(user_id) = &record.user_id
        && erasure_of(tx, user_id).await?.is_some()
    {
        return Ok(());
    }
    let known = tx
        .first(
            "SELECT 1 FROM letters WHERE subscriber = ?1 AND key = ?2",
            [subscriber.into(), (&record.key).into()],
        )
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let insert = async |drawn: &[(DeadLetterId, ())]| {
        let mut free = BTreeSet::new();
        for (id, ()) in drawn {
            let rows = tx
                .query(
                    "INSERT INTO letters (id, subscriber, key, topic, event_type, event_id, user_id,
                         traceparent, value, flaw, status, passing, replays, tries, next_at,
                         claimed_until, arrived_at, changed_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'open', 0, 0, 0, ?11, 0, ?11, ?11)
                     ON CONFLICT (id) DO NOTHING RETURNING id",
                    [
                        id.get().into(),
                        subscriber.into(),
                        (&record.key).into(),
                        record.topic.map(|topic| topic.as_str().to_owned()).into(),
                        record.event_type.clone().into(),
                        record.event_id.clone().into(),
                        record.user_id.clone().into(),
                        record.traceparent.clone().into(),
                        record.value.clone().into(),
                        record.flaw.clone().into(),
                        now.into(),
                    ],
                )
                .await?;
            for row in rows {
                free.insert(row.integer(0)?);
            }
        }
        Ok(free)
    };
    insert_drawn(vec![()], draw, insert).await?;
    let labels = labels(&[("subscriber", subscriber)]);
    counters::add(tx, &Counts::from([((RECEIVED, labels), 1)])).await
}

/// Letters of a subscriber's that wait for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) subscriber: String,
    /// Whether nothing happens until an operator does something.
    pub(crate) for_operator: bool,
    pub(crate) count: i64,
    /// When the first of them arrived, in milliseconds since 1970.
    pub(crate) since: i64,
}

/// All letters that wait.
///
/// # Errors
/// The database's.
pub(crate) async fn open(db: &Db<'_>) -> Result<Vec<Open>, Error> {
    let rows = db
        .query(
            "SELECT subscriber, next_at IS NULL, count(*), min(arrived_at) FROM letters
             WHERE status = 'open' GROUP BY subscriber, next_at IS NULL",
            [],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Open {
                subscriber: row.text(0)?.to_owned(),
                for_operator: row.integer(1)? != 0,
                count: row.integer(2)?,
                since: row.integer(3)?,
            })
        })
        .collect()
}

/// At most `limit` letters with ids below `before`, the newest first.
///
/// # Errors
/// The database's.
pub(crate) async fn page(
    db: &Db<'_>,
    filter: &Filter,
    before: i64,
    limit: usize,
) -> Result<Vec<Letter>, Error> {
    let mut conditions = String::from("id < ?");
    let mut parameters: Vec<Value> = vec![before.into()];
    if let Some(status) = filter.status {
        conditions.push_str(" AND status = ?");
        parameters.push(status.as_str().into());
    }
    if let Some(subscriber) = &filter.subscriber {
        conditions.push_str(" AND subscriber = ?");
        parameters.push(subscriber.into());
    }
    parameters.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let statement =
        format!("SELECT {COLUMNS} FROM letters WHERE {conditions} ORDER BY id DESC LIMIT ?");
    let rows = db.query(&statement, parameters).await?;
    rows.iter().map(read).collect()
}

/// A letter and the event that it holds.
///
/// # Errors
/// The database's.
pub(crate) async fn find(
    db: &Db<'_>,
    id: DeadLetterId,
) -> Result<Option<(Letter, Vec<u8>)>, Error> {
    let statement = format!("SELECT {COLUMNS}, value FROM letters WHERE id = ?1");
    let row = db.first(&statement, [id.get().into()]).await?;
    row.map(|row| Ok((read(&row)?, row.blob(14)?.to_vec())))
        .transpose()
}

/// Discards an open letter that nobody is working on; says whether it was one.
///
/// # Errors
/// The database's.
pub(crate) async fn discard(tx: &Tx<'_>, now: i64, id: DeadLetterId) -> Result<bool, Error> {
    let rows = tx
        .query(
            "UPDATE letters SET status = 'discarded', next_at = NULL, changed_at = ?2
             WHERE id = ?1 AND status = 'open' AND claimed_until <= ?2 RETURNING id",
            [id.get().into(), now.into()],
        )
        .await?;
    Ok(!rows.is_empty())
}

/// Whether there are letters that are over for long enough to go.
///
/// # Errors
/// The database's.
pub(crate) async fn has_old(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    let row = db
        .first(
            "SELECT 1 FROM letters WHERE status <> 'open' AND changed_at < ?1 LIMIT 1",
            [(now - KEEP).into()],
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
        "DELETE FROM letters WHERE id IN
             (SELECT id FROM letters WHERE status <> 'open' AND changed_at < ?1 LIMIT ?2)",
        [(now - KEEP).into(), most.into()],
    )
    .await
}

pub(super) fn read(row: &Row) -> Result<Letter, Error> {
    let text = |column| -> Result<Option<String>, Error> {
        Ok(row.optional_text(column)?.map(str::to_owned))
    };
    let passing = row.integer(9)? != 0;
    let next_at = row.optional_integer(11)?.filter(|_| passing);
    Ok(Letter {
        id: DeadLetterId::new(row.integer(0)?).ok_or_else(|| broken("an id"))?,
        subscriber: row.text(1)?.to_owned(),
        topic: text(2)?,
        event_type: text(3)?,
        event_id: text(4)?,
        user_id: text(5)?,
        status: row.text(6)?.parse().map_err(|_| broken("a status"))?,
        reason: text(7)?,
        attempts: row.optional_integer(8)?,
        passing,
        replays: row.integer(10)?,
        next_replay_at: next_at.map(time).transpose()?,
        arrived_at: time(row.integer(12)?)?,
        changed_at: time(row.integer(13)?)?,
    })
}

fn time(milliseconds: i64) -> Result<DateTime<Utc>, Error> {
    DateTime::from_timestamp_millis(milliseconds).ok_or_else(|| broken("a time"))
}

fn broken(what: &str) -> Error {
    Error::Unexpected(format!("{what} of a dead letter cannot be read"))
}
