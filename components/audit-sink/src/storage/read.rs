//! Reading the chains.

use chrono::{DateTime, Utc};
use duebell_chain::GENESIS;
use duebell_store::{Db, Error, Row, Value};
use serde::Serialize;
use serde_json::value::RawValue;

/// Which entries of a user's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Only about this task.
    pub(crate) task_id: Option<i64>,
    /// Only of this event type.
    pub(crate) event_type: Option<String>,
    /// Only recorded at or after this time.
    pub(crate) since: Option<DateTime<Utc>>,
    /// Only recorded before this time.
    pub(crate) until: Option<DateTime<Utc>>,
}

/// An entry, as whoever exports it gets it, and its number.
pub(crate) struct Entry {
    /// Its number in the chain, from 1.
    pub(crate) number: i64,
    /// Its JSON.
    pub(crate) json: Box<RawValue>,
}

/// The end of a chain: whoever notes it can see later that nothing before it was
/// changed or cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Head {
    /// The number of the last entry, 0 if there is none.
    pub(crate) number: i64,
    /// Its hash.
    pub(crate) hash: String,
    /// The chain's id: random, so that what names it says nothing of the user. None if
    /// there is no entry.
    pub(crate) chain_id: Option<String>,
}

/// The end of a user's chain.
///
/// # Errors
/// The database's.
pub(crate) async fn head(db: &Db<'_>, user_id: &str) -> Result<Head, Error> {
    let row = db
        .first(
            "SELECT number, hash, chain_id FROM chains WHERE user_id = ?1",
            [user_id.into()],
        )
        .await?;
    match row {
        Some(row) => Ok(Head {
            number: row.integer(0)?,
            hash: row.text(1)?.to_owned(),
            chain_id: Some(row.text(2)?.to_owned()),
        }),
        None => Ok(Head {
            number: 0,
            hash: GENESIS.to_owned(),
            chain_id: None,
        }),
    }
}

/// At most `limit` entries of a user's after number `after`, oldest first.
///
/// # Errors
/// The database's.
pub(crate) async fn entries(
    db: &Db<'_>,
    user_id: &str,
    filter: &Filter,
    after: i64,
    limit: usize,
) -> Result<Vec<Entry>, Error> {
    let mut conditions = String::from("user_id = ? AND number > ?");
    let mut parameters: Vec<Value> = vec![user_id.into(), after.into()];
    let mut add = |condition: &str, value: Value| {
        conditions.push_str(" AND ");
        conditions.push_str(condition);
        parameters.push(value);
    };
    if let Some(task_id) = filter.task_id {
        add("task_id = ?", task_id.into());
    }
    if let Some(event_type) = &filter.event_type {
        add("event_type = ?", event_type.into());
    }
    if let Some(since) = filter.since {
        add("recorded_at >= ?", since.timestamp_millis().into());
    }
    if let Some(until) = filter.until {
        add("recorded_at < ?", until.timestamp_millis().into());
    }
    parameters.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let statement = format!(
        "SELECT number, sealed, event, salt, hash FROM entries WHERE {conditions} ORDER BY number LIMIT ?"
    );
    db.query(&statement, parameters)
        .await?
        .iter()
        .map(entry)
        .collect()
}

fn entry(row: &Row) -> Result<Entry, Error> {
    let sealed = row.text(1)?;
    let sealed = sealed
        .strip_suffix('}')
        .ok_or_else(|| Error::Unexpected("a sealed entry is no JSON object".to_owned()))?;
    // Line breaks cannot be part of a JSON string; without them, an entry is a
    // line of its own wherever it is written.
    let event = row
        .optional_text(2)?
        .unwrap_or("null")
        .replace(['\n', '\r'], " ");
    let salt = match row.optional_text(3)? {
        Some(salt) => format!("\"{salt}\""),
        None => "null".to_owned(),
    };
    let json = format!(
        "{sealed},\"event\":{event},\"salt\":{salt},\"hash\":\"{}\"}}",
        row.text(4)?
    );
    Ok(Entry {
        number: row.integer(0)?,
        json: RawValue::from_string(json)
            .map_err(|error| Error::Unexpected(format!("an entry is no JSON: {error}")))?,
    })
}
