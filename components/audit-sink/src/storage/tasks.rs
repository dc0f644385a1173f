//! The latest event of each task.

#[cfg(test)]
mod tests;

use duebell_store::{Db, Dialect, Error, Row, Value, values};
use serde::Serialize;

/// After which user's task a part begins: the first one begins after nobody's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct After {
    pub(crate) user_id: String,
    pub(crate) task_id: i64,
}

/// A task's latest event of one publisher.
pub(crate) struct Latest {
    /// Who published it.
    pub(crate) source: String,
    /// Its number in the publisher's sequence, if it has one.
    pub(crate) sequence: Option<i64>,
    /// Its JSON, as it came.
    pub(crate) event: String,
}

/// A part of all tasks.
pub(crate) struct Part {
    pub(crate) events: Vec<Latest>,
    /// After which task the next part begins; none after the last.
    pub(crate) next: Option<After>,
}

/// Where an event is, and how long it is.
struct Place {
    task: After,
    number: i64,
    bytes: i64,
}

/// The latest events of at most `most_tasks` tasks after `after`, in the order of
/// users and tasks, which are at most `most_bytes` long together (one may be longer).
/// What was erased is left out.
///
/// # Errors
/// The database's.
pub(crate) async fn latest(
    db: &Db<'_>,
    after: &After,
    most_tasks: u32,
    most_bytes: i64,
) -> Result<Part, Error> {
    let (mut next, is_last) = end(db, after, most_tasks).await?;
    if next == *after {
        return Ok(Part {
            events: Vec::new(),
            next: None,
        });
    }
    let mut places = places(db, after, &next).await?;
    let is_whole = match cut(&mut places, most_bytes) {
        Some(end) => {
            next = end;
            false
        }
        None => true,
    };
    Ok(Part {
        events: events(db, &places).await?,
        next: (!(is_last && is_whole)).then_some(next),
    })
}

/// The last of the next tasks, and whether it is the last of all.
async fn end(db: &Db<'_>, after: &After, most: u32) -> Result<(After, bool), Error> {
    let rows = db
        .query(
            "SELECT user_id, task_id FROM entries WHERE (user_id, task_id) > (?1, ?2)
             GROUP BY user_id, task_id ORDER BY user_id, task_id LIMIT ?3",
            [
                (&after.user_id).into(),
                after.task_id.into(),
                (i64::from(most) + 1).into(),
            ],
        )
        .await?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let last = rows.iter().take(most).next_back();
    let end = last.map_or_else(|| Ok(after.clone()), task)?;
    Ok((end, rows.len() <= most))
}

/// Of each task and each publisher the event that counts: by the publisher's sequence,
/// since replays come late, and where there is none by when it happened.
async fn places(db: &Db<'_>, after: &After, end: &After) -> Result<Vec<Place>, Error> {
    let (source, sequence) = publisher(db.dialect());
    // What has no sequence, or no time, comes last.
    let timestamp = match db.dialect() {
        Dialect::Sqlite => "julianday(event ->> '$.timestamp')",
        Dialect::Postgres => "instant(event::json ->> 'timestamp')",
    };
    let rows = db
        .query(
            &format!(
                "SELECT user_id, task_id, number, bytes FROM (
                     SELECT user_id, task_id, number, octet_length(event) AS bytes,
                         row_number() OVER (
                             PARTITION BY user_id, task_id, {source}
                             ORDER BY {sequence} DESC NULLS LAST,
                                 {timestamp} DESC NULLS LAST, number DESC) AS place
                     FROM entries
                     WHERE (user_id, task_id) > (?1, ?2) AND (user_id, task_id) <= (?3, ?4)
                         AND event IS NOT NULL AND event_type IN
                             ('task.created', 'task.updated', 'task.completed', 'task.deleted'))
                     AS placed
                 WHERE place = 1 ORDER BY user_id, task_id, number"
            ),
            [
                (&after.user_id).into(),
                after.task_id.into(),
                (&end.user_id).into(),
                end.task_id.into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Place {
                task: task(row)?,
                number: row.integer(2)?,
                bytes: row.integer(3)?,
            })
        })
        .collect()
}

/// Leaves out what is too much, and says after which task that was.
fn cut(places: &mut Vec<Place>, most_bytes: i64) -> Option<After> {
    let mut total = 0;
    let too_much = places.iter().position(|place| {
        total += place.bytes;
        total > most_bytes
    })?;
    let first = places.first()?.task.clone();
    let task = places.get(too_much)?.task.clone();
    if task == first {
        // A single task is never cut in two.
        let rest = places.iter().position(|place| place.task != first)?;
        places.truncate(rest);
        return Some(first);
    }
    places.retain(|place| place.task < task);
    places.last().map(|place| place.task.clone())
}

async fn events(db: &Db<'_>, places: &[Place]) -> Result<Vec<Latest>, Error> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let (source, sequence) = publisher(db.dialect());
    let statement = format!(
        "SELECT {source}, {sequence}, event FROM entries
         WHERE (user_id, number) IN (VALUES {}) AND event IS NOT NULL
         ORDER BY user_id, task_id, number",
        values(places.len(), 2)
    );
    let parameters: Vec<Value> = places
        .iter()
        .flat_map(|place| [(&place.task.user_id).into(), place.number.into()])
        .collect();
    let rows = db.query(&statement, parameters).await?;
    rows.iter()
        .map(|row| {
            Ok(Latest {
                source: row.text(0)?.to_owned(),
                sequence: row.optional_integer(1)?,
                event: row.text(2)?.to_owned(),
            })
        })
        .collect()
}

/// What of a sealed entry says who published it, and with which number.
fn publisher(dialect: Dialect) -> (&'static str, &'static str) {
    match dialect {
        Dialect::Sqlite => ("sealed ->> '$.source'", "sealed ->> '$.sequence'"),
        Dialect::Postgres => (
            "sealed::json ->> 'source'",
            "(sealed::json ->> 'sequence')::bigint",
        ),
    }
}

fn task(row: &Row) -> Result<After, Error> {
    Ok(After {
        user_id: row.text(0)?.to_owned(),
        task_id: row.integer(1)?,
    })
}
