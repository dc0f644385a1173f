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
//! A search asks the index twice, since a prefix of many words is costly: for the window
//! ([`newest`]) and for what is best in it ([`best`]).
//!
//! Another database needs [`put`], [`remove`], [`newest`] and [`best`].
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

/// The index. Columns that are searched come first. Prefixes of up to six characters
/// are indexed themselves; FTS5 has to merge all words that begin with a longer one,
/// of all users. Sizes of columns are for FTS5's own ranking, which is not used.
pub(crate) const TABLE: &str = "CREATE VIRTUAL TABLE search USING fts5(
    title, tags, description, marks,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5 6', columnsize = 0)";

/// How many matches are ranked with each other.
const WINDOW: u32 = 1_000;

/// How many of them have to be, however long their texts are.
const LEAST: u32 = 200;

/// How long their texts may be together beyond that, in bytes.
const MOST_TEXT: u32 = 512 * 1024;

/// How many pages of the index one step merges.
const MERGED_PAGES: i64 = 500;

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

/// The newest matches of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Newest {
    pub(crate) window: Window,
    /// Whether there may be older ones in the range.
    pub(crate) more: bool,
}

/// A match, with what was found marked by [`OPEN`] and [`CLOSE`].
pub(crate) struct Match {
    pub(crate) ranked: Ranked,
    pub(crate) task_id: i64,
    pub(crate) title: String,
    /// As `highlight::joined` made them.
    pub(crate) tags: String,
    /// None if it was not found there.
    pub(crate) description: Option<String>,
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
    let list = duebell_store::parameters(ids.len());
    let statement = format!("DELETE FROM search WHERE rowid IN ({list})");
    let parameters: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    tx.execute(&statement, parameters).await
}

/// Merges a part of the index. True: there is more to merge.
///
/// What is removed is only marked so, and its words stay in the index until they are
/// merged with the marks (FTS5, sections 6.9 and 6.10).
///
/// # Errors
/// The database's.
pub(crate) async fn merge(tx: &Tx<'_>) -> Result<bool, Error> {
    let before = changes(tx).await?;
    // A negative number merges all there is, however little.
    tx.execute(
        "INSERT INTO search (search, rank) VALUES ('merge', ?1)",
        [(-MERGED_PAGES).into()],
    )
    .await?;
    Ok(changes(tx).await? - before >= 2)
}

async fn changes(db: &Db<'_>) -> Result<i64, Error> {
    let row = db.first("SELECT total_changes()", []).await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// The newest matches in this range, if there are any.
///
/// # Errors
/// The database's.
pub(crate) async fn newest(
    db: &Db<'_>,
    expression: &Expression,
    range: Window,
) -> Result<Option<Newest>, Error> {
    let row = db
        .first(
            "SELECT min(id) FILTER (WHERE place <= ?5 OR text <= ?6), max(id), min(id), count(*)
             FROM (
                 SELECT id, row_number() OVER newest_first AS place,
                     sum(length) OVER newest_first AS text
                 FROM (SELECT search.rowid AS id, documents.length
                       FROM search CROSS JOIN documents ON documents.id = search.rowid
                       WHERE search MATCH ?1 AND search.rowid >= ?2 AND search.rowid < ?3
                       ORDER BY search.rowid DESC LIMIT ?4)
                 WINDOW newest_first AS (ORDER BY id DESC))",
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
    let (Some(low), Some(last)) = (row.optional_integer(0)?, row.optional_integer(1)?) else {
        return Ok(None);
    };
    Ok(Some(Newest {
        window: Window {
            low,
            below: last + 1,
        },
        more: row.integer(2)? < low || row.integer(3)? >= i64::from(WINDOW),
    }))
}

/// At most `limit` of the matches in a window, the best first: those after `after`.
/// Of two with the same rank the newer comes first.
///
/// # Errors
/// The database's.
pub(crate) async fn best(
    db: &Db<'_>,
    expression: &Expression,
    window: Window,
    after: Option<Ranked>,
    limit: usize,
) -> Result<Vec<Match>, Error> {
    // How often the words are in a column is how many marks it has: two signs each. A
    // word in the title counts more than all that a description can have.
    let rows = db
        .query(
            "WITH found AS MATERIALIZED (
                 SELECT rowid AS id,
                     highlight(search, 0, ?4, ?5) AS title,
                     highlight(search, 1, ?4, ?5) AS tags,
                     highlight(search, 2, ?4, ?5) AS description,
                     length(search.title) AS of_title,
                     length(search.tags) AS of_tags,
                     length(search.description) AS of_description
                 FROM search WHERE search MATCH ?1 AND rowid >= ?2 AND rowid < ?3
                 ORDER BY rowid DESC LIMIT ?6),
             counted AS (
                 SELECT *, (length(title) - of_title) / 2 AS in_title,
                     (length(tags) - of_tags) / 2 AS in_tags,
                     (length(description) - of_description) / 2 AS in_description
                 FROM found),
             ranked AS (
                 SELECT *, CAST(1000 * (
                     8 * 2.2 * in_title / (in_title + 1.2 * (0.25 + 0.75 * of_title / 40))
                     + 3 * 2.2 * in_tags / (in_tags + 1.2 * (0.25 + 0.75 * of_tags / 20))
                     + 1 * 2.2 * in_description
                         / (in_description + 1.2 * (0.25 + 0.75 * of_description / 200))
                     ) AS INTEGER) AS rank
                 FROM counted)
             SELECT rank, ranked.id, documents.task_id, ranked.title, ranked.tags,
                 CASE WHEN in_description > 0 THEN ranked.description END,
                 documents.completed, documents.priority, documents.due_at, documents.tags
             FROM ranked CROSS JOIN documents ON documents.id = ranked.id
             WHERE (rank, ranked.id) < (?7, ?8)
             ORDER BY rank DESC, ranked.id DESC LIMIT ?9",
            [
                expression.as_str().into(),
                window.low.into(),
                window.below.into(),
                OPEN.to_string().into(),
                CLOSE.to_string().into(),
                WINDOW.into(),
                after.map_or(i64::MAX, |after| after.rank).into(),
                after.map_or(i64::MAX, |after| after.id).into(),
                i64::try_from(limit).unwrap_or(i64::MAX).into(),
            ],
        )
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Match, Error> {
    Ok(Match {
        ranked: Ranked {
            rank: row.integer(0)?,
            id: row.integer(1)?,
        },
        task_id: row.integer(2)?,
        title: row.text(3)?.to_owned(),
        tags: row.text(4)?.to_owned(),
        description: row.optional_text(5)?.map(str::to_owned),
        completed: row.integer(6)? != 0,
        priority: row.text(7)?.to_owned(),
        due_at: row.optional_integer(8)?,
        tags_json: row.text(9)?.to_owned(),
    })
}
