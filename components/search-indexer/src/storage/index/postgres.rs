//! The index in Postgres: `tsvector`, `tsquery`, and a GIN index.
//!
//! No dictionary of the server's is asked: words are made here ([`crate::words`]), as are
//! the texts of vectors and queries ([`lexemes`]). Every lexeme begins with its user's
//! number. So a posting list has the user's own documents only, and a prefix the user's own
//! words only; and the index needs no extension for a second column.
//!
//! Vectors have no positions: there is room for 256 of a word, and a text can have more.
//! Phrases are looked for in `phrases`, the same words as one text, of what has all their
//! words. What counts for the rank, and is marked, is found here ([`found`]), in the at most
//! 1,000 texts of a window.

mod found;
mod lexemes;

use super::{Entry, LEAST, MOST_TEXT, Match, Ranked, Search, WINDOW, Window};
use crate::storage::users::user_of;
use duebell_store::{Db, Error, Row, Tx, Value};
use found::{Document, Terms};
use lexemes::{Query, query};
use std::collections::BTreeMap;

/// The table and its index, in one statement. Words are written into the index at once:
/// a list of what is still to be written, which GIN has otherwise, every search of every
/// user would have to go through.
pub(crate) const TABLE: &str = "DO $$ BEGIN
    CREATE TABLE search (
        id BIGINT PRIMARY KEY,
        length BIGINT NOT NULL,
        words TSVECTOR NOT NULL,
        phrases TEXT COLLATE \"C\" NOT NULL,
        title TEXT COLLATE \"C\" NOT NULL,
        tags TEXT COLLATE \"C\" NOT NULL,
        description TEXT COLLATE \"C\" NOT NULL
    );
    CREATE INDEX search_words ON search USING gin (words) WITH (fastupdate = off);
END $$";

/// How many matches are taken from the GIN index, which knows no order, to be put in order.
/// Of what has more, the newest are soon found by going through the user's documents.
const MOST_UNORDERED: i64 = 10_000;

/// How many of the newest documents are looked at before the index is asked: what is nearly
/// everywhere, as the beginnings of very many words are, costs the index most.
const GLANCE: i64 = 1_250;

/// How many ids a window may span to be gone through as it is.
const NARROW: i64 = 10_000;

/// How many columns are written.
const COLUMNS: usize = 7;

pub(super) async fn put(tx: &Tx<'_>, entries: impl Iterator<Item = Entry>) -> Result<(), Error> {
    let parameters: Vec<Value> = entries
        .flat_map(
            |Entry {
                 id,
                 user,
                 length,
                 text,
             }|
             -> [Value; COLUMNS] {
                [
                    id.into(),
                    length.into(),
                    lexemes::vector(user, &text).into(),
                    lexemes::phrases(&text).into(),
                    text.title.into(),
                    text.tags.into(),
                    text.description.into(),
                ]
            },
        )
        .collect();
    let rows = vec!["(?, ?, CAST(? AS tsvector), ?, ?, ?, ?)"; parameters.len() / COLUMNS];
    let statement = format!(
        "INSERT INTO search (id, length, words, phrases, title, tags, description)
         VALUES {}
         ON CONFLICT (id) DO UPDATE SET length = excluded.length, words = excluded.words,
             phrases = excluded.phrases, title = excluded.title, tags = excluded.tags,
             description = excluded.description",
        rows.join(", ")
    );
    tx.execute(&statement, parameters).await
}

/// Builds the GIN index anew, beside the old one: nobody waits. It has to be done, for GIN
/// keeps a word for ever, whether or not any document has it still (PostgreSQL,
/// src/backend/access/gin/README).
///
/// As it cannot be done in a transaction, what one that was broken off left is removed first.
pub(super) async fn build_anew(db: &Db<'_>) -> Result<(), Error> {
    let built = async {
        for statement in [
            // It takes what it takes; but if somebody else is at it, that is enough.
            "SELECT set_config('statement_timeout', '0', false),
                 set_config('lock_timeout', '5s', false)",
            "DROP INDEX IF EXISTS search_words_ccnew",
            "DROP INDEX IF EXISTS search_words_ccold",
            "REINDEX INDEX CONCURRENTLY search_words",
        ] {
            db.query(statement, []).await?;
        }
        Ok(())
    }
    .await;
    for statement in ["RESET statement_timeout", "RESET lock_timeout"] {
        db.query(statement, []).await?;
    }
    built
}

/// What a document has to have, of the query ?1, the phrases ?2 and those it must not have
/// ?3. (Of no phrases, all are there, and none is.)
///
/// The planner does not see the query, for SELECT stands before it. It would go through the
/// whole table, all users', for what it takes for common, instead of asking the index.
macro_rules! matches {
    () => {
        "words @@ (SELECT CAST(?1 AS tsquery))
         AND phrases LIKE ALL (string_to_array(?2, '\n'))
         AND NOT phrases LIKE ANY (string_to_array(?3, '\n'))"
    };
}

/// The range's documents, from ?4 and below ?5, the newest first, one after the other.
/// `LIMIT` or `OFFSET 0` keeps the planner from any other way.
macro_rules! range {
    ($columns:literal, $most:literal) => {
        concat!(
            "(SELECT ",
            $columns,
            ", words, phrases FROM search WHERE id >= ?4 AND id < ?5 ORDER BY id DESC ",
            $most,
            ") AS in_order"
        )
    };
}

pub(super) async fn newest(
    db: &Db<'_>,
    search: &Search,
    range: Window,
) -> Result<Option<Row>, Error> {
    let Some(query) = query(user_of(range.low), search) else {
        return Ok(None);
    };
    let mut parameters = parameters(query, range);
    parameters.extend([
        WINDOW.into(),
        MOST_UNORDERED.into(),
        LEAST.into(),
        MOST_TEXT.into(),
        GLANCE.into(),
    ]);
    db.first(
        concat!(
            // Each is run only if what is before it does not do.
            "WITH latest AS MATERIALIZED (
                 SELECT id, length FROM ",
            range!("id, length", "LIMIT ?10"),
            " WHERE ",
            matches!(),
            "), few AS MATERIALIZED (
                 SELECT id, length FROM search
                 WHERE (SELECT count(*) FROM latest) < ?6 AND ",
            matches!(),
            " LIMIT ?7 + 1),
             matches AS (
                 SELECT id, length FROM latest WHERE (SELECT count(*) FROM latest) >= ?6
                 UNION ALL
                 SELECT id, length FROM few
                 WHERE id >= ?4 AND id < ?5 AND (SELECT count(*) FROM few) <= ?7
                 UNION ALL
                 (SELECT id, length FROM ",
            range!("id, length", "OFFSET 0"),
            " WHERE (SELECT count(*) FROM few) > ?7 AND ",
            matches!(),
            " LIMIT ?6))
             SELECT min(id) FILTER (WHERE place <= ?8 OR text <= ?9), max(id), min(id), count(*)
             FROM (
                 SELECT id, row_number() OVER newest_first AS place,
                     sum(length) OVER newest_first AS text
                 FROM (SELECT id, length FROM matches ORDER BY id DESC LIMIT ?6) AS newest
                 WINDOW newest_first AS (ORDER BY id DESC)) AS placed"
        ),
        parameters,
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
    let Some(query) = query(user_of(window.low), search) else {
        return Ok(Vec::new());
    };
    let mut parameters = parameters(query, window);
    parameters.push(WINDOW.into());
    let statement = if window.below - window.low <= NARROW {
        concat!(
            "SELECT id, title, tags, description FROM ",
            range!("id, title, tags, description", "OFFSET 0"),
            " WHERE ",
            matches!(),
            " LIMIT ?6"
        )
    } else {
        // The sums keep the planner from going through the range.
        concat!(
            "WITH few AS MATERIALIZED (
                 SELECT id, title, tags, description FROM search
                 WHERE id + 0 >= ?4 AND id + 0 < ?5 AND ",
            matches!(),
            ") SELECT id, title, tags, description FROM few ORDER BY id DESC LIMIT ?6"
        )
    };
    let rows = db.query(statement, parameters).await?;
    let terms = Terms::of(search);
    let mut documents: Vec<Document<'_>> = rows
        .iter()
        .map(|row| {
            let texts = [row.text(1)?, row.text(2)?, row.text(3)?];
            Ok(terms.look_through(row.integer(0)?, texts))
        })
        .collect::<Result<_, Error>>()?;
    documents.retain(|document| document.ranked < after);
    documents.sort_unstable_by_key(|document| std::cmp::Reverse(document.ranked));
    documents.truncate(limit);
    let details = details(db, &documents).await?;
    documents
        .iter()
        .filter_map(|document| Some((document, details.get(&document.ranked.id)?)))
        .map(|(document, row)| read(document, row))
        .collect()
}

fn parameters(query: Query, range: Window) -> Vec<Value> {
    vec![
        query.words.into(),
        query.all.join("\n").into(),
        query.none.join("\n").into(),
        range.low.into(),
        range.below.into(),
    ]
}

/// What is known of these beside their words.
async fn details(db: &Db<'_>, documents: &[Document<'_>]) -> Result<BTreeMap<i64, Row>, Error> {
    let ids: Vec<String> = documents
        .iter()
        .map(|document| document.ranked.id.to_string())
        .collect();
    let rows = db
        .query(
            "SELECT id, task_id, completed, priority, due_at, tags FROM documents
             WHERE id = ANY (CAST(string_to_array(?1, ',') AS bigint[]))",
            [ids.join(",").into()],
        )
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.integer(0)?, row)))
        .collect()
}

fn read(document: &Document<'_>, row: &Row) -> Result<Match, Error> {
    let [title, tags, description] = document.marked();
    Ok(Match {
        ranked: document.ranked,
        task_id: row.integer(1)?,
        title,
        tags,
        description: document.is_in_description().then_some(description),
        completed: row.integer(2)? != 0,
        priority: row.text(3)?.to_owned(),
        due_at: row.optional_integer(4)?,
        tags_json: row.text(5)?.to_owned(),
    })
}
