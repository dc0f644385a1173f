//! The index in SQLite: FTS5.
//!
//! A user's documents are a range of row ids, so that a search costs what the user's
//! own tasks cost, whatever others have. The filters are words, too, in a column of
//! their own (`marks`): a rare filter on a common word is as quick as two words.
//!
//! FTS5's own ranking looks at every match, of all users: it is not used.

mod expression;

use super::{Entry, LEAST, MOST_TEXT, Match, Ranked, Search, WINDOW, Window};
use crate::highlight::{CLOSE, OPEN};
use duebell_store::{Db, Error, Row, Tx, Value, values};
use expression::expression;

/// The index. Columns that are searched come first. Prefixes of up to six characters
/// are indexed themselves; FTS5 has to merge all words that begin with a longer one,
/// of all users. Sizes of columns are for FTS5's own ranking.
pub(crate) const TABLE: &str = "CREATE VIRTUAL TABLE search USING fts5(
    title, tags, description, marks,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5 6', columnsize = 0)";

/// How many pages of the index one step merges.
const MERGED_PAGES: i64 = 500;

pub(super) async fn put(tx: &Tx<'_>, entries: impl Iterator<Item = Entry>) -> Result<(), Error> {
    let parameters: Vec<Value> = entries
        .flat_map(|Entry { id, text, .. }| {
            [
                id.into(),
                text.title.into(),
                text.tags.into(),
                text.description.into(),
                text.marks.join(" ").into(),
            ]
        })
        .collect();
    let statement = format!(
        "INSERT OR REPLACE INTO search (rowid, title, tags, description, marks)
         SELECT * FROM (VALUES {})",
        values(parameters.len() / 5, 5)
    );
    tx.execute(&statement, parameters).await
}

/// What is removed is only marked so, and its words stay in the index until they are
/// merged with the marks (FTS5, sections 6.9 and 6.10).
pub(super) async fn merge(tx: &Tx<'_>) -> Result<bool, Error> {
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

pub(super) async fn newest(
    db: &Db<'_>,
    search: &Search,
    range: Window,
) -> Result<Option<Row>, Error> {
    db.first(
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
            expression(search).into(),
            range.low.into(),
            range.below.into(),
            WINDOW.into(),
            LEAST.into(),
            MOST_TEXT.into(),
        ],
    )
    .await
}

pub(super) async fn best(
    db: &Db<'_>,
    search: &Search,
    window: Window,
    after: Ranked,
    limit: usize,
) -> Result<Vec<Match>, Error> {
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
                expression(search).into(),
                window.low.into(),
                window.below.into(),
                OPEN.to_string().into(),
                CLOSE.to_string().into(),
                WINDOW.into(),
                after.rank.into(),
                after.id.into(),
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
