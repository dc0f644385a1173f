//! What the sidecar posts to a subscription's route.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::BulkEntry;

/// What the sidecar posts to a subscription's route: one event, or a batch where
/// the subscription has `bulkSubscribe`. Answer with
/// [`single_response`](crate::single_response) or
/// [`bulk_response`](crate::bulk_response).
///
/// A batch has been through the sidecar's JSON: keys sorted, numbers as floating
/// point. A single event is what the broker holds, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deliveries {
    /// One event, as it came. Whether it is a CloudEvent is for its reader to say.
    Single(Bytes),
    /// A batch, in the partition's order. An entry without an event has `null`; one
    /// without an id is left out, for it cannot be answered (Dapr sends it again).
    Bulk(Vec<BulkEntry>),
}

/// A body that is no JSON object, and so no event and no batch. No retry mends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotADelivery(String);

impl fmt::Display for NotADelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a CloudEvent or a batch of them: {}", self.0)
    }
}

impl std::error::Error for NotADelivery {}

#[derive(Deserialize)]
struct Outermost<'a> {
    #[serde(borrow)]
    specversion: Option<&'a RawValue>,
    #[serde(borrow)]
    entries: Option<&'a RawValue>,
}

/// Fields of any kind: what is odd in one entry is that entry's affair.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    entry_id: String,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    content_type: Option<Value>,
    metadata: Option<Value>,
}

impl Deliveries {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// It is no JSON object.
    pub fn parse(body: &Bytes) -> Result<Self, NotADelivery> {
        // serde would take a list for a struct as well.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(NotADelivery("it is no JSON object".to_owned()));
        }
        let outermost: Outermost<'_> =
            serde_json::from_slice(body).map_err(|error| NotADelivery(error.to_string()))?;
        // A CloudEvent may have any extension, and always has its version.
        let entries = match outermost {
            Outermost {
                specversion: None,
                entries: Some(entries),
            } if entries.get().starts_with('[') => entries,
            _ => return Ok(Self::Single(body.clone())),
        };
        let entries: Vec<&RawValue> = serde_json::from_str(entries.get())
            .map_err(|error| NotADelivery(format!("`entries`: {error}")))?;
        Ok(Self::Bulk(entries.into_iter().filter_map(read).collect()))
    }
}

fn read(entry: &RawValue) -> Option<BulkEntry> {
    let entry: Entry<'_> = serde_json::from_str(entry.get()).ok()?;
    Some(BulkEntry {
        entry_id: entry.entry_id,
        event: Bytes::copy_from_slice(entry.event.map_or("null", RawValue::get).as_bytes()),
        content_type: text(entry.content_type),
        metadata: pairs(entry.metadata),
    })
}

fn text(value: Option<Value>) -> String {
    match value {
        Some(Value::String(text)) => text,
        _ => String::new(),
    }
}

/// The metadata's strings.
fn pairs(metadata: Option<Value>) -> Vec<(String, String)> {
    let Some(Value::Object(metadata)) = metadata else {
        return Vec::new();
    };
    let sorted: BTreeMap<String, Value> = metadata.into_iter().collect();
    sorted
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::String(value) => Some((name, value)),
            _ => None,
        })
        .collect()
}
