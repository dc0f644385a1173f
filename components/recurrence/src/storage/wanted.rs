//! Of what the next occurrence is wanted, as rows.

use duebell_store::{Db, Error, Row, Tx};

/// How long whoever claimed a task has it for itself, in milliseconds: longer than an
/// answer of task-api's may take.
const CLAIM: i64 = 30_000;

/// How long after the first failure it is asked again, in milliseconds; then twice as
/// long each time.
const FIRST_PAUSE: i64 = 2_000;

/// The longest pause, in milliseconds.
const LONGEST_PAUSE: i64 = 10 * 60_000;

/// When it is time to ask: later than after the longest pause is a time of a clock that
/// has been set back since. `?1` is now, `?2` the end of the longest pause.
const DUE: &str = "(next_at <= ?1 OR next_at > ?2)";

/// A task of which the next occurrence is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The task that was completed.
    pub(crate) task_id: i64,
    /// The inbox's key of the event that said so.
    pub(crate) event: String,
    /// The W3C trace context that it happened in.
    pub(crate) traceparent: Option<String>,
}

/// Notes that it is wanted.
///
/// # Errors
/// The database's.
pub(crate) async fn want(tx: &Tx<'_>, now: i64, wanted: &Wanted) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO wanted (task_id, event, traceparent, tries, next_at) VALUES (?1, ?2, ?3, 0, ?4)
         ON CONFLICT (task_id) DO UPDATE SET event = excluded.event,
             traceparent = excluded.traceparent, tries = 0, next_at = excluded.next_at",
        [
            wanted.task_id.into(),
            (&wanted.event).into(),
            wanted.traceparent.clone().into(),
            now.into(),
        ],
    )
    .await
}

/// Whether it is time to ask for any.
///
/// # Errors
/// The database's.
pub(crate) async fn any(db: &Db<'_>, now: i64) -> Result<bool, Error> {
    let statement = format!("SELECT 1 FROM wanted WHERE {DUE} LIMIT 1");
    let row = db
        .first(&statement, [now.into(), (now + LONGEST_PAUSE).into()])
        .await?;
    Ok(row.is_some())
}

/// Claims at most `most` of which it is time to ask, those first that wait longest.
///
/// # Errors
/// The database's.
pub(crate) async fn claim(tx: &Tx<'_>, now: i64, most: u32) -> Result<Vec<Wanted>, Error> {
    let statement = format!(
        "UPDATE wanted SET tries = tries + 1, next_at = ?1 + ?4 WHERE task_id IN
             (SELECT task_id FROM wanted WHERE {DUE} ORDER BY next_at LIMIT ?3)
         RETURNING task_id, event, traceparent"
    );
    let parameters = [
        now.into(),
        (now + LONGEST_PAUSE).into(),
        most.into(),
        CLAIM.into(),
    ];
    let rows = tx.query(&statement, parameters).await?;
    rows.iter().map(read).collect()
}

/// Forgets these: task-api has answered.
///
/// # Errors
/// The database's.
pub(crate) async fn answered(tx: &Tx<'_>, all: &[Wanted]) -> Result<(), Error> {
    for wanted in all {
        tx.execute(
            "DELETE FROM wanted WHERE task_id = ?1 AND event = ?2",
            [wanted.task_id.into(), (&wanted.event).into()],
        )
        .await?;
    }
    Ok(())
}

/// Puts these off: there was no answer, or none that settles it.
///
/// # Errors
/// The database's.
pub(crate) async fn put_off(tx: &Tx<'_>, now: i64, all: &[Wanted]) -> Result<(), Error> {
    for wanted in all {
        tx.execute(
            "UPDATE wanted SET next_at = ?3 + min(?4 << CAST(min(max(tries - 1, 0), 20) AS INTEGER), ?5)
             WHERE task_id = ?1 AND event = ?2",
            [
                wanted.task_id.into(),
                (&wanted.event).into(),
                now.into(),
                FIRST_PAUSE.into(),
                LONGEST_PAUSE.into(),
            ],
        )
        .await?;
    }
    Ok(())
}

/// How many are wanted, and when the first of them is to be asked for.
///
/// # Errors
/// The database's.
pub(crate) async fn standing(db: &Db<'_>) -> Result<(i64, Option<i64>), Error> {
    let row = db
        .first("SELECT count(*), min(next_at) FROM wanted", [])
        .await?;
    row.map_or(Ok((0, None)), |row| {
        Ok((row.integer(0)?, row.optional_integer(1)?))
    })
}

fn read(row: &Row) -> Result<Wanted, Error> {
    Ok(Wanted {
        task_id: row.integer(0)?,
        event: row.text(1)?.to_owned(),
        traceparent: row.optional_text(2)?.map(str::to_owned),
    })
}
