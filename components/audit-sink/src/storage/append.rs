//! Appending to the chains.

use super::{OWN, checkpoints::count};
use chrono::{DateTime, SecondsFormat, Utc};
use duebell_chain::{GENESIS, Salt, commitment, hash};
use duebell_store::{Error, Tx, Value, values};
use duebell_subscriber::Delivered;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, BTreeSet};

/// What could not be kept.
#[derive(Debug)]
pub(crate) enum NotAppended {
    /// The database's fault.
    Store(Error),
    /// The event has no canonical form, and never will.
    Event(String),
}

impl From<Error> for NotAppended {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

/// The end of a user's chain.
struct Head {
    /// The chain's id: random, and all that checkpoints tell of it.
    chain_id: String,
    number: i64,
    hash: String,
}

/// Appends each event to its user's chain, in this order.
///
/// # Errors
/// Nothing was appended then.
pub(crate) async fn append(
    tx: &Tx<'_>,
    now: DateTime<Utc>,
    mut random: impl FnMut() -> [u8; 16],
    events: &[&Delivered],
) -> Result<(), NotAppended> {
    let users: BTreeSet<&str> = events.iter().map(|event| event.event.user_id()).collect();
    let mut heads = heads(tx, &users).await?;
    let mut parameters = Vec::with_capacity(events.len() * 9);
    for event in events {
        let user_id = event.event.user_id();
        let head = heads.entry(user_id.to_owned()).or_insert_with(|| Head {
            chain_id: format!("{:032x}", u128::from_be_bytes(random())),
            number: 0,
            hash: GENESIS.to_owned(),
        });
        let salt = Salt::new(random());
        let entry = entry(event, head, now, &salt).map_err(NotAppended::Event)?;
        head.number += 1;
        head.hash.clone_from(&entry.hash);
        parameters.extend([
            Value::from(user_id),
            head.number.into(),
            event.event.event_type().into(),
            task_id(event).into(),
            now.timestamp_millis().into(),
            entry.sealed.into(),
            entry.hash.into(),
            salt.as_str().into(),
            event.data.as_str().into(),
        ]);
    }
    let statement = format!(
        "INSERT INTO entries (user_id, number, event_type, task_id, recorded_at, sealed, hash, salt, event)
         VALUES {}",
        values(events.len(), 9)
    );
    tx.execute(&statement, parameters).await?;
    set_heads(tx, &heads).await?;
    let covered = events.iter().filter(|event| event.event.user_id() != OWN);
    count(tx, covered.count()).await?;
    Ok(())
}

/// The task that an entry is about; 0 if it is about none.
fn task_id(event: &Delivered) -> i64 {
    let task_id = event.event.task_id().unwrap_or(0);
    i64::try_from(task_id).unwrap_or(i64::MAX)
}

struct Entry {
    sealed: String,
    hash: String,
}

fn entry(event: &Delivered, head: &Head, now: DateTime<Utc>, salt: &Salt) -> Result<Entry, String> {
    let data: Json = serde_json::from_str(&event.data).map_err(|error| error.to_string())?;
    let commitment = commitment(salt, &data).map_err(|error| error.to_string())?;
    let optional = |text: &Option<String>| text.clone().map_or(Json::Null, Json::String);
    let members: [(&str, Json); 10] = [
        ("number", (head.number + 1).into()),
        ("topic", event.topic.as_str().into()),
        ("event_type", event.event.event_type().into()),
        ("event_id", event.id.clone().into()),
        ("source", event.source.clone().into()),
        ("sequence", event.sequence.map_or(Json::Null, Json::from)),
        ("traceparent", optional(&event.traceparent)),
        (
            "recorded_at",
            now.to_rfc3339_opts(SecondsFormat::Millis, true).into(),
        ),
        ("commitment", commitment.into()),
        ("previous_hash", head.hash.clone().into()),
    ];
    let sealed: Map<String, Json> = members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let hash = hash(&sealed).map_err(|error| error.to_string())?;
    Ok(Entry {
        sealed: Json::Object(sealed).to_string(),
        hash,
    })
}

async fn heads(tx: &Tx<'_>, users: &BTreeSet<&str>) -> Result<BTreeMap<String, Head>, Error> {
    let list = duebell_store::parameters(users.len());
    let statement =
        format!("SELECT user_id, number, hash, chain_id FROM chains WHERE user_id IN ({list})");
    let parameters: Vec<Value> = users.iter().map(|user| Value::from(*user)).collect();
    let rows = tx.query(&statement, parameters).await?;
    rows.iter()
        .map(|row| {
            let head = Head {
                number: row.integer(1)?,
                hash: row.text(2)?.to_owned(),
                chain_id: row.text(3)?.to_owned(),
            };
            Ok((row.text(0)?.to_owned(), head))
        })
        .collect()
}

async fn set_heads(tx: &Tx<'_>, heads: &BTreeMap<String, Head>) -> Result<(), Error> {
    let statement = format!(
        "INSERT INTO chains (user_id, number, hash, chain_id)
         VALUES {} ON CONFLICT (user_id) DO UPDATE SET number = excluded.number, hash = excluded.hash",
        values(heads.len(), 4)
    );
    let parameters: Vec<Value> = heads
        .iter()
        .flat_map(|(user, head)| {
            [
                user.into(),
                head.number.into(),
                (&head.hash).into(),
                (&head.chain_id).into(),
            ]
        })
        .collect();
    tx.execute(&statement, parameters).await
}
