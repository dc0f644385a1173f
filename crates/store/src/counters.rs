//! Counters that outlive instances.
//!
//! What is counted in an instance's memory is lost with it, and instances are many.
//! These are rows: exact over all instances, since they are written in the
//! transaction of what they count.

use crate::{Db, Error, Tx, Value, sql::values};
use std::collections::BTreeMap;

/// The counters' table, for a component's migration.
pub const TABLES: &[&str] = &["CREATE TABLE counters (
        name TEXT NOT NULL,
        labels TEXT NOT NULL,
        value INTEGER NOT NULL,
        PRIMARY KEY (name, labels)
    ) WITHOUT ROWID"];

/// What is added to counters, by name and labels. Labels are text of the caller's own;
/// there must be few of them, since each is a row for ever: no user's id.
pub type Counts = BTreeMap<(&'static str, String), i64>;

/// A counter as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// What is counted.
    pub name: String,
    /// Which of it.
    pub labels: String,
    /// How much of it there was.
    pub value: i64,
}

/// Adds to counters; one that is not there begins at nothing.
///
/// # Errors
/// The database's.
pub async fn add(tx: &Tx<'_>, counts: &Counts) -> Result<(), Error> {
    if counts.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "INSERT INTO counters (name, labels, value)
         VALUES {} ON CONFLICT (name, labels)
         DO UPDATE SET value = counters.value + excluded.value",
        values(counts.len(), 3)
    );
    let parameters: Vec<Value> = counts
        .iter()
        .flat_map(|((name, labels), count)| [(*name).into(), labels.into(), (*count).into()])
        .collect();
    tx.execute(&statement, parameters).await
}

/// All counters, by name and labels.
///
/// # Errors
/// The database's.
pub async fn all(db: &Db<'_>) -> Result<Vec<Counter>, Error> {
    let rows = db
        .query(
            "SELECT name, labels, value FROM counters ORDER BY name, labels",
            [],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Counter {
                name: row.text(0)?.to_owned(),
                labels: row.text(1)?.to_owned(),
                value: row.integer(2)?,
            })
        })
        .collect()
}
