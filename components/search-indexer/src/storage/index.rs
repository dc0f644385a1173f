//! The full-text index: what it must do. [`sqlite`] and [`postgres`] do it, each with its
//! database's own engine.
//!
//! - A search costs what the user's own tasks cost, whatever others have.
//! - What a word is, is the same in both: FTS5's `unicode61 remove_diacritics 2`.
//! - The filters are words, too (marks), so that a rare filter on a common word is as quick
//!   as two words; but no word of a user's finds them.
//! - Matches are taken in windows, the newest first, and ranked within each: by BM25
//!   (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009, section 3.5)
//!   without the rarity of words, since every match has all of them, and with fixed
//!   averages for the lengths. How often the words are in a column is how many marks it has:
//!   a word in the title counts more than all that a description can have.
//!
//! A search asks the index twice, since a prefix of many words is costly: for the window
//! ([`newest`]) and for what is best in it ([`best`]).

mod postgres;
mod sqlite;
mod text;

pub(crate) use postgres::TABLE as ON_POSTGRES;
pub(crate) use sqlite::TABLE;

use super::documents::{New, length};
use crate::query::SearchQuery;
use duebell_events::Priority;
use duebell_store::{Db, Dialect, Error, Tx, Value};
use serde::{Deserialize, Serialize};
use text::{Text, text};

/// How many matches are ranked with each other.
const WINDOW: u32 = 1_000;

/// How many of them have to be, however long their texts are.
const LEAST: u32 = 200;

/// How long their texts may be together beyond that, in bytes.
const MOST_TEXT: u32 = 512 * 1024;

/// Which tasks, beside their words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Only with this tag.
    pub(crate) tag: Option<String>,
    /// Only of this priority.
    pub(crate) priority: Option<Priority>,
    /// Only completed, or only open ones.
    pub(crate) completed: Option<bool>,
}

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    /// Tasks that have these words,
    pub(crate) query: SearchQuery,
    /// and pass this filter.
    pub(crate) filter: Filter,
}

impl Search {
    /// The marks of what passes the filter.
    fn marks(&self) -> impl Iterator<Item = String> {
        let Filter {
            tag,
            priority,
            completed,
        } = &self.filter;
        let tag = tag.as_deref().map(text::tag_mark);
        let priority = priority.map(text::priority_mark);
        let completed = completed.map(text::completed_mark);
        [tag, priority, completed].into_iter().flatten()
    }
}

/// Matches that are ranked with each other: ids from the first, and below the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Window {
    pub(crate) low: i64,
    pub(crate) below: i64,
}

/// A match and its rank: the greater, the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// A match, with what was found marked by [`OPEN`](crate::highlight::OPEN) and
/// [`CLOSE`](crate::highlight::CLOSE).
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

/// A document that is written.
struct Entry {
    id: i64,
    user: i64,
    /// How long its texts are, in bytes.
    length: i64,
    text: Text,
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
    let entries = texts.iter().map(|new| Entry {
        id: new.id,
        user: new.key.0,
        length: length(&new.change),
        text: text(&new.change.event.task_data),
    });
    match tx.dialect() {
        Dialect::Sqlite => sqlite::put(tx, entries).await,
        Dialect::Postgres => postgres::put(tx, entries).await,
    }
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
    let statement = match tx.dialect() {
        Dialect::Sqlite => format!("DELETE FROM search WHERE rowid IN ({list})"),
        Dialect::Postgres => format!("DELETE FROM search WHERE id IN ({list})"),
    };
    let parameters: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    tx.execute(&statement, parameters).await
}

/// Has SQLite's index forget a part of the words that were removed. True: there is more to
/// do. In Postgres there is nothing to do in a transaction: see [`forget`].
///
/// # Errors
/// The database's.
pub(crate) async fn merge(tx: &Tx<'_>) -> Result<bool, Error> {
    match tx.dialect() {
        Dialect::Sqlite => sqlite::merge(tx).await,
        Dialect::Postgres => Ok(false),
    }
}

/// Has Postgres's index forget all words that were removed. In SQLite, [`merge`] did so.
///
/// # Errors
/// [`Error::Busy`] if somebody else is at it, or is long reading what was removed; and the
/// database's.
pub(crate) async fn forget(db: &Db<'_>) -> Result<(), Error> {
    match db.dialect() {
        Dialect::Sqlite => Ok(()),
        Dialect::Postgres => postgres::build_anew(db).await,
    }
}

/// The newest matches in this range of one user's documents, if there are any.
///
/// # Errors
/// The database's.
pub(crate) async fn newest(
    db: &Db<'_>,
    search: &Search,
    range: Window,
) -> Result<Option<Newest>, Error> {
    // The first of the window, and the last, first and number of all that were looked at.
    let row = match db.dialect() {
        Dialect::Sqlite => sqlite::newest(db, search, range).await?,
        Dialect::Postgres => postgres::newest(db, search, range).await?,
    };
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
    search: &Search,
    window: Window,
    after: Option<Ranked>,
    limit: usize,
) -> Result<Vec<Match>, Error> {
    let after = after.unwrap_or(Ranked {
        rank: i64::MAX,
        id: i64::MAX,
    });
    match db.dialect() {
        Dialect::Sqlite => sqlite::best(db, search, window, after, limit).await,
        Dialect::Postgres => postgres::best(db, search, window, after, limit).await,
    }
}
