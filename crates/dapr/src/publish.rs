//! Publishing, one message or many.

use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::error::shortened;
use crate::sidecar::{metadata_query, path};
use crate::{Sidecar, SidecarError, Transport};

/// A message to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What is published.
    pub body: Bytes,
    /// Its media type. Dapr wraps everything but `application/cloudevents+json`.
    pub content_type: String,
    /// `partitionKey`, `ttlInSeconds`, … without the prefix `metadata.`.
    pub metadata: Vec<(String, String)>,
}

/// A message among many: of a bulk call, or of a bulk delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkEntry {
    /// By what its outcome is told. Unique in its call, and not empty.
    pub entry_id: String,
    /// JSON text: the message itself where its media type is JSON's; text as a JSON
    /// string; bytes as a JSON string of base64.
    pub event: Bytes,
    /// The message's media type. Empty if a delivery names none.
    pub content_type: String,
    /// As [`Message::metadata`].
    pub metadata: Vec<(String, String)>,
}

/// What became of a bulk call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulkOutcome {
    /// The broker has them all.
    AllPublished,
    /// The broker has all but these. The order of those that it has is not
    /// promised.
    Failed(Vec<FailedEntry>),
}

/// An entry that was not published.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FailedEntry {
    /// Which.
    #[serde(rename = "entryId")]
    pub entry_id: String,
    /// Why. At most some 500 bytes.
    #[serde(default)]
    pub error: String,
}

#[derive(Serialize)]
struct OutgoingEntry<'a> {
    #[serde(rename = "entryId")]
    entry_id: &'a str,
    event: &'a RawValue,
    #[serde(rename = "contentType")]
    content_type: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "as_map")]
    metadata: &'a [(String, String)],
}

fn as_map<S: Serializer>(pairs: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

#[derive(Deserialize)]
struct Failures {
    #[serde(rename = "failedEntries")]
    failed_entries: Vec<FailedEntry>,
}

impl<T: Transport> Sidecar<T> {
    /// Publishes one message.
    ///
    /// # Errors
    ///
    /// The sidecar cannot be reached, or refused it: the broker is down
    /// (`ERR_PUBSUB_PUBLISH_MESSAGE`), there is no such component, it may not
    /// publish to the topic.
    pub async fn publish(
        &self,
        pubsub: &str,
        topic: &str,
        message: &Message,
    ) -> Result<(), SidecarError> {
        let path = path(&["v1.0", "publish", pubsub, topic]) + &metadata_query(&message.metadata);
        let content = (message.content_type.as_str(), message.body.clone());
        self.call_ok(Method::POST, &path, Some(content)).await?;
        Ok(())
    }

    /// Publishes many messages in one call; of none, there is no call.
    ///
    /// # Errors
    ///
    /// An entry's event is no JSON; or, as for [`publish`](Self::publish), the call
    /// failed as a whole.
    pub async fn bulk_publish(
        &self,
        pubsub: &str,
        topic: &str,
        entries: &[BulkEntry],
    ) -> Result<BulkOutcome, SidecarError> {
        if entries.is_empty() {
            return Ok(BulkOutcome::AllPublished);
        }
        let outgoing: Vec<OutgoingEntry<'_>> =
            entries.iter().map(outgoing).collect::<Result<_, _>>()?;
        let body = serde_json::to_vec(&outgoing)
            .map_err(|error| SidecarError::Unusable(error.to_string()))?;
        let path = path(&["v1.0", "publish", "bulk", pubsub, topic]);
        let content = ("application/json", body.into());
        let response = self.call(Method::POST, &path, Some(content)).await?;
        if response.status().is_success() {
            return Ok(BulkOutcome::AllPublished);
        }
        match serde_json::from_slice(response.body()) {
            Ok(Failures { failed_entries }) if !failed_entries.is_empty() => {
                let shorten = |failed: FailedEntry| FailedEntry {
                    error: shortened(failed.error),
                    ..failed
                };
                let failed = failed_entries.into_iter().map(shorten).collect();
                Ok(BulkOutcome::Failed(failed))
            }
            _ => Err(SidecarError::of(&response)),
        }
    }
}

fn outgoing(entry: &BulkEntry) -> Result<OutgoingEntry<'_>, SidecarError> {
    let event = serde_json::from_slice(&entry.event).map_err(|error| {
        let id = &entry.entry_id;
        SidecarError::Unusable(format!("the event of entry {id:?} is no JSON: {error}"))
    })?;
    Ok(OutgoingEntry {
        entry_id: &entry.entry_id,
        event,
        content_type: &entry.content_type,
        metadata: &entry.metadata,
    })
}
