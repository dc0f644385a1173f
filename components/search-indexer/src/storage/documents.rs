//! What is known of each task beside its words.

use crate::task::{Change, Standing};
use duebell_store::{Db, Error, Tx, Value, values};
use std::collections::{BTreeMap, BTreeSet};

/// A user's number and the number of a task of theirs.
pub(crate) type Key = (i64, i64);

/// How many columns a row has that is written.
const COLUMNS: usize = 14;

/// What is known already.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// The document's id.
    pub(crate) id: i64,
    /// Since which event.
    pub(crate) standing: Standing,
}

/// What is to be known from now on.
#[derive(Clone, Debug)]
pub(crate) struct New<'a> {
    /// The document's id.
    pub(crate) id: i64,
    /// Whose it is, and which task.
    pub(crate) key: Key,
    /// What happened.
    pub(crate) change: Change<'a>,
}

/// What is known of these tasks.
///
/// # Errors
/// The database's.
pub(crate) async fn known(
    db: &Db<'_>,
    keys: &BTreeSet<Key>,
) -> Result<BTreeMap<Key, Known>, Error> {
    let statement = format!(
        "SELECT user_number, task_id, id, source, sequence, happened_at FROM documents
         WHERE (user_number, task_id) IN (VALUES {})",
        values(keys.len(), 2)
    );
    let parameters: Vec<Value> = keys
        .iter()
        .flat_map(|(user, task)| [(*user).into(), (*task).into()])
        .collect();
    let rows = db.query(&statement, parameters).await?;
    rows.iter()
        .map(|row| {
            let known = Known {
                id: row.integer(2)?,
                standing: Standing {
                    source: row.text(3)?.to_owned(),
                    sequence: row.optional_integer(4)?,
                    happened_at: row.integer(5)?,
                },
            };
            Ok(((row.integer(0)?, row.integer(1)?), known))
        })
        .collect()
}

/// Writes these, over what was known of them.
///
/// # Errors
/// The database's.
pub(crate) async fn put(tx: &Tx<'_>, now: i64, news: &[New<'_>]) -> Result<(), Error> {
    let statement = format!(
        "INSERT INTO documents (id, user_number, task_id, source, sequence, happened_at, heard_at,
             rebuild, is_deleted, completed, priority, due_at, tags, length)
         VALUES {}
         ON CONFLICT (id) DO UPDATE SET source = excluded.source, sequence = excluded.sequence,
             happened_at = excluded.happened_at, heard_at = excluded.heard_at,
             is_deleted = excluded.is_deleted, completed = excluded.completed,
             priority = excluded.priority, due_at = excluded.due_at, tags = excluded.tags,
             length = excluded.length",
        values(news.len(), COLUMNS)
    );
    let parameters: Vec<Value> = news.iter().flat_map(|new| row(new, now)).collect();
    tx.execute(&statement, parameters).await
}

fn row(new: &New<'_>, now: i64) -> [Value; COLUMNS] {
    let Standing {
        source,
        sequence,
        happened_at,
    } = new.change.standing();
    let task = &new.change.event.task_data;
    let is_deleted = new.change.is_deletion();
    // Nothing of what a deleted task said is kept.
    let (tags, length) = if is_deleted {
        (String::from("[]"), 0)
    } else {
        (json(&task.tags), length(&new.change))
    };
    [
        new.id.into(),
        new.key.0.into(),
        new.key.1.into(),
        source.into(),
        sequence.into(),
        happened_at.into(),
        now.into(),
        0.into(),
        is_deleted.into(),
        task.completed.into(),
        task.priority.as_str().into(),
        task.due_date.map(|at| at.microseconds).into(),
        tags.into(),
        length.into(),
    ]
}

fn json(tags: &[String]) -> String {
    serde_json::Value::from(tags).to_string()
}

/// How long a task's words are, in bytes: what it costs to look through them.
pub(super) fn length(change: &Change<'_>) -> i64 {
    let task = &change.event.task_data;
    let tags: usize = task.tags.iter().map(String::len).sum();
    let description = task.description.as_ref().map_or(0, String::len);
    i64::try_from(task.title.len() + description + tags).unwrap_or(i64::MAX)
}

/// Notes that a rebuild has heard of these.
///
/// # Errors
/// The database's.
pub(crate) async fn stamp(tx: &Tx<'_>, ids: &[i64], rebuild: i64) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let list = duebell_store::parameters(ids.len());
    let statement = format!("UPDATE documents SET rebuild = ? WHERE id IN ({list})");
    let parameters: Vec<Value> = std::iter::once(rebuild)
        .chain(ids.iter().copied())
        .map(Value::from)
        .collect();
    tx.execute(&statement, parameters).await
}

/// A part of all documents.
pub(crate) struct Part {
    /// The last id in it; none if there are no more.
    pub(crate) last: Option<i64>,
    /// Those of it that this rebuild did not hear of, nor anybody else since `before`.
    pub(crate) unheard: Vec<i64>,
}

/// The part of at most `most` documents after the id `after`.
///
/// # Errors
/// The database's.
pub(crate) async fn part(
    db: &Db<'_>,
    rebuild: i64,
    before: i64,
    after: i64,
    most: u32,
) -> Result<Part, Error> {
    let row = db
        .first(
            "SELECT max(id) FROM (SELECT id FROM documents WHERE id > ?1 ORDER BY id LIMIT ?2) AS part",
            [after.into(), most.into()],
        )
        .await?;
    let last = match row {
        Some(row) => row.optional_integer(0)?,
        None => None,
    };
    let rows = db
        .query(
            "SELECT id FROM documents
             WHERE id > ?1 AND id <= ?2 AND rebuild < ?3 AND heard_at < ?4",
            [
                after.into(),
                last.unwrap_or(after).into(),
                rebuild.into(),
                before.into(),
            ],
        )
        .await?;
    let unheard = rows
        .iter()
        .map(|row| row.integer(0))
        .collect::<Result<_, _>>()?;
    Ok(Part { last, unheard })
}

/// At most `most` of a user's documents.
///
/// # Errors
/// The database's.
pub(crate) async fn of_user(db: &Db<'_>, number: i64, most: u32) -> Result<Vec<i64>, Error> {
    let rows = db
        .query(
            "SELECT id FROM documents WHERE user_number = ?1 LIMIT ?2",
            [number.into(), most.into()],
        )
        .await?;
    rows.iter().map(|row| row.integer(0)).collect()
}

/// Forgets these.
///
/// # Errors
/// The database's.
pub(crate) async fn remove(tx: &Tx<'_>, ids: &[i64]) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let list = duebell_store::parameters(ids.len());
    let statement = format!("DELETE FROM documents WHERE id IN ({list})");
    let parameters: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    tx.execute(&statement, parameters).await
}
