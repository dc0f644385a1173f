//! The full-text index: all that knows SQLite's FTS5.
//!
//! A user's documents are a range of row ids, so that a search costs what the user's
//! own tasks cost, whatever others have. The filters are words, too, in a column of
//! their own (`marks`): a rare filter on a common word is as quick as two words.
//!
//! FTS5's own ranking looks at every match, of all users. Here the matches are taken
//! in windows instead, the newest first, and ranked within each: by BM25 (Robertson
//! and Zaragoza, "The Probabilistic Relevance Framework", 2009, section 3.5) without
//! the rarity of words, since every match has all of them, and with fixed averages
//! for the lengths.
//!
//! Another database needs [`put`], [`remove`], [`newest`], [`ranked`] and [`shown`].
//! In Postgres: a `tsvector` of `simple` with `unaccent` and weights for the columns,
//! a GIN index with `btree_gin` for the user, `ts_rank_cd` and `ts_headline`.

mod expression;
mod text;

pub(crate) use expression::{Expression, Filter};

use crate::highlight::{CLOSE, OPEN};
use duebell_store::{Db, Error, Row, Tx, Value, values};
use serde::{Deserialize, Serialize};
use text::{Text, text};

use super::documents::New;

/// The index. Columns that are searched come first. Prefixes of up to four
/// characters are indexed themselves; sizes of columns are for FTS5's own ranking,
/// which is not used.
pub(crate) const TABLE: &str = "CREATE VIRTUAL TABLE search USING fts5(
    title, tags, description, marks,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4', columnsize = 0)";

/// How many matches are ranked with each other.
const WINDOW: u32 = 1_000;

/// How many of them have to be, however long their texts are.
const LEAST: u32 = 200;

/// How long their texts may be together beyond that, in bytes.
const MOST_TEXT: u32 = 512 * 1024;

/// How many words of a description are shown around what was found.
const SNIPPET: u32 = 24;

/// Matches that are ranked with each other: ids from the first, and below the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    pub(crate) low: i64,
    pub(crate) below: i64,
}

/// A match and its rank: the greater, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ranked {
    pub(crate) rank: i64,
    pub(crate) id: i64,
}

/// A match, with what was found marked by [`OPEN`] and [`CLOSE`].
pub(crate) struct Shown {
    pub(crate) id: i64,
    pub(crate) task_id: i64,
    pub(crate) title: String,
    /// As `highlight::joined` made them.
    pub(crate) tags: String,
    /// A part of it.
    pub(crate) description: String,
    pub(crate) completed: bool,
    pub(crate) priority: String,
    /// In microseconds since 1970.
    pub(crate) due_at: Option<i64>,
    /// The tags as a JSON array.
    pub(crate) tags_json: String,
}

/// Writes the words of these documents, over what was there; a deleted task has
/// none.
///
/// # Errors
/// The database's.
pub(crate) async fn put(tx: &Tx<'_>, news: &[New<'_>]) -> Result<(), Error> {
    let (gone, texts): (Vec<_>, Vec<_>) = news.iter().partition(|new| new.change.is_deletion());
    let gone: Vec<i64> = gone.iter().map(|new| new.id).collect();
    remove(tx, &gone).await?;
    if texts.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "INSERT OR REPLACE INTO search (rowid, title, tags, description, marks)
         SELECT * FROM (VALUES {})",
        values(texts.len(), 5)
    );
    let parameters: Vec<Value> = texts
        .iter()
        .flat_map(|new| {
            let Text {
                title,
                tags,
                description,
                marks,
            } = text(&new.change.event.task_data);
            [
                new.id.into(),
                title.into(),
                tags.into(),
                description.into(),
                marks.into(),
            ]
        })
        .collect();
    tx.execute(&statement, parameters).await
}

/// Forgets the words of these documents.
///
/// # Errors
/// The database's.
pub(crate) async fn remove(tx: &Tx<'_>, ids: &[i64]) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let list = vec!["?"; ids.len()].join(",");
    let statement = format!("DELETE FROM search WHERE rowid IN ({list})");
    let parameters: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    tx.execute(&statement, parameters).await
}

/// The newest matches in this range, if there are any.
///
/// # Errors
/// The database's.
pub(crate) async fn newest(
    db: &Db<'_>,
    expression: &Expression,
    range: Window,
) -> Result<Option<Window>, Error> {
    let row = db
        .first(
            "SELECT min(id), max(id) FROM (
                 SELECT id, row_number() OVER newest_first AS place,
                     sum(length) OVER newest_first AS text
                 FROM (SELECT search.rowid AS id, documents.length
                       FROM search CROSS JOIN documents ON documents.id = search.rowid
                       WHERE search MATCH ?1 AND search.rowid >= ?2 AND search.rowid < ?3
                       ORDER BY search.rowid DESC LIMIT ?4)
                 WINDOW newest_first AS (ORDER BY id DESC))
             WHERE place <= ?5 OR text <= ?6",
            [
                expression.as_str().into(),
                range.low.into(),
                range.below.into(),
                WINDOW.into(),
                LEAST.into(),
                MOST_TEXT.into(),
            ],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(match (row.optional_integer(0)?, row.optional_integer(1)?) {
        (Some(low), Some(last)) => Some(Window {
            low,
            below: last + 1,
        }),
        _ => None,
    })
}

/// At most `limit` of the matches in a window, the best first: those after `after`.
/// Of two with the same rank the newer comes first.
///
/// # Errors
/// The database's.
pub(crate) async fn ranked(
    db: &Db<'_>,
    expression: &Expression,
    window: Window,
    after: Option<Ranked>,
    limit: usize,
) -> Result<Vec<Ranked>, Error> {
    // How often the words are in a column is how many marks a highlight has. A word
    // in the title counts more than all that a description can have.
    let rows = db
        .query(
            "WITH found AS MATERIALIZED (
                 SELECT rowid AS id,
                     length(highlight(search, 0, ?4, '')) - length(title) AS in_title,
                     length(title) AS title,
                     length(highlight(search, 1, ?4, '')) - length(tags) AS in_tags,
                     length(tags) AS tags,
                     length(highlight(search, 2, ?4, '')) - length(description) AS in_description,
                     length(description) AS description
                 FROM search WHERE search MATCH ?1 AND rowid >= ?2 AND rowid < ?3
                 ORDER BY rowid DESC LIMIT ?5),
             ranked AS (
                 SELECT id, CAST(1000 * (
                     8 * 2.2 * in_title / (in_title + 1.2 * (0.25 + 0.75 * title / 40))
                     + 3 * 2.2 * in_tags / (in_tags + 1.2 * (0.25 + 0.75 * tags / 20))
                     + 1 * 2.2 * in_description
                         / (in_description + 1.2 * (0.25 + 0.75 * description / 200))
                     ) AS INTEGER) AS rank
                 FROM found)
             SELECT rank, id FROM ranked WHERE (rank, id) < (?6, ?7)
             ORDER BY rank DESC, id DESC LIMIT ?8",
            [
                expression.as_str().into(),
                window.low.into(),
                window.below.into(),
                OPEN.to_string().into(),
                WINDOW.into(),
                after.map_or(i64::MAX, |after| after.rank).into(),
                after.map_or(i64::MAX, |after| after.id).into(),
                i64::try_from(limit).unwrap_or(i64::MAX).into(),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Ranked {
                rank: row.integer(0)?,
                id: row.integer(1)?,
            })
        })
        .collect()
}

/// These matches, all of them within `window`, in any order.
///
/// # Errors
/// The database's.
pub(crate) async fn shown(
    db: &Db<'_>,
    expression: &Expression,
    window: Window,
    ids: &[i64],
) -> Result<Vec<Shown>, Error> {
    let list = vec!["?"; ids.len()].join(",");
    // The plus has the window looked through once, instead of once for each id.
    let statement = format!(
        "SELECT search.rowid, documents.task_id, highlight(search, 0, ?4, ?5),
             highlight(search, 1, ?4, ?5), snippet(search, 2, ?4, ?5, '…', ?6),
             documents.completed, documents.priority, documents.due_at, documents.tags
         FROM search CROSS JOIN documents ON documents.id = search.rowid
         WHERE search MATCH ?1 AND search.rowid >= ?2 AND search.rowid < ?3
             AND +search.rowid IN ({list})"
    );
    let mut parameters: Vec<Value> = vec![
        expression.as_str().into(),
        window.low.into(),
        window.below.into(),
        OPEN.to_string().into(),
        CLOSE.to_string().into(),
        SNIPPET.into(),
    ];
    parameters.extend(ids.iter().map(|id| Value::from(*id)));
    let rows = db.query(&statement, parameters).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Shown, Error> {
    Ok(Shown {
        id: row.integer(0)?,
        task_id: row.integer(1)?,
        title: row.text(2)?.to_owned(),
        tags: row.text(3)?.to_owned(),
        description: row.text(4)?.to_owned(),
        completed: row.integer(5)? != 0,
        priority: row.text(6)?.to_owned(),
        due_at: row.optional_integer(7)?,
        tags_json: row.text(8)?.to_owned(),
    })
}
