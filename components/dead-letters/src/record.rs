//! What a dead-letter topic holds: the event as it was published, byte for byte.

use duebell_events::{CloudEvent, EventData, Topic};
use duebell_subscriber::Delivered;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// What every subscriber's dead-letter topic ends with.
const SUFFIX: &str = "-dlq";

/// A record of a dead-letter topic, as far as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// What the subscriber's inbox knows it by.
    pub(crate) key: String,
    /// The topic that it was published to, if that can be told.
    pub(crate) topic: Option<Topic>,
    /// What it says happened.
    pub(crate) event_type: Option<String>,
    /// Its CloudEvents id.
    pub(crate) event_id: Option<String>,
    /// Whose it is.
    pub(crate) user_id: Option<String>,
    /// The W3C trace context that it happened in.
    pub(crate) traceparent: Option<String>,
    /// The event.
    pub(crate) value: Vec<u8>,
    /// Why it can be read by nobody, if so.
    pub(crate) flaw: Option<String>,
}

/// The subscriber whose dead-letter topic this is.
pub(crate) fn subscriber(topic: &str) -> Option<&str> {
    topic.strip_suffix(SUFFIX).filter(|name| !name.is_empty())
}

impl Record {
    /// Reads what the sidecar delivered. `topic` is the one that the record's headers
    /// name, for events that do not.
    ///
    /// Never fails: what cannot be read is kept as it is.
    pub(crate) fn read(body: &[u8], topic: Option<&str>) -> Self {
        let value = unwrapped(body);
        let envelope = CloudEvent::parse(&value).ok();
        let named = envelope
            .as_ref()
            .and_then(|envelope| envelope.topic.as_deref());
        let topic = [named, topic]
            .into_iter()
            .flatten()
            .find_map(|name| name.parse::<Topic>().ok());
        let event_id = envelope.map(|envelope| envelope.id);
        let unread = |key, flaw| Self {
            key,
            topic,
            event_type: None,
            event_id: event_id.clone(),
            user_id: None,
            traceparent: None,
            value: value.clone(),
            flaw: Some(flaw),
        };
        let Some(known) = topic else {
            let flaw = "it does not say which topic it was published to".to_owned();
            return unread(digest(&value), flaw);
        };
        match Delivered::parse(known, &value) {
            Ok(event) => Self {
                key: event.key,
                topic,
                event_type: Some(event.event.event_type().to_owned()),
                event_id: Some(event.id),
                user_id: Some(event.event.user_id().to_owned()),
                traceparent: event.traceparent,
                value,
                flaw: None,
            },
            Err(malformed) => unread(malformed.key, malformed.reason),
        }
    }
}

/// The record's own bytes: a subscription with `rawPayload` has them in an envelope of
/// the sidecar's.
fn unwrapped(body: &[u8]) -> Vec<u8> {
    let is_dead_letters = |envelope: &CloudEvent| {
        let topic = envelope.topic.as_deref().unwrap_or_default();
        topic.ends_with(SUFFIX) && matches!(envelope.data, EventData::Base64(_))
    };
    CloudEvent::parse(body)
        .ok()
        .filter(is_dead_letters)
        .and_then(|envelope| envelope.data_bytes().ok())
        .unwrap_or_else(|| body.to_vec())
}

fn digest(bytes: &[u8]) -> String {
    let mut text = String::from("sha256/");
    for byte in Sha256::digest(bytes) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::{Value, json};

    fn raw(value: &[u8]) -> Vec<u8> {
        let envelope = json!({
            "specversion": "1.0", "id": "1", "source": "Dapr", "type": "com.dapr.event.sent",
            "topic": "notifier-dlq", "pubsubname": "pubsub-kafka-dead-letters",
            "datacontenttype": "application/octet-stream", "data_base64": STANDARD.encode(value),
        });
        envelope.to_string().into_bytes()
    }

    fn event(topic: &str) -> Value {
        json!({
            "specversion": "1.0", "id": "7", "source": "/duebell/task-api", "type": "task.created",
            "topic": topic,
            "data": {
                "event_type": "task.created", "task_id": 1, "user_id": "alice",
                "task_data": { "title": "Ring" }, "timestamp": "2026-01-14T10:30:00Z",
                "correlation_id": "7",
            },
        })
    }

    #[test]
    fn an_event_is_read_out_of_the_sidecars_envelope_byte_for_byte() {
        let value = format!(" {} ", event("task-events")).into_bytes();
        for body in [raw(&value), value.clone()] {
            let record = Record::read(&body, None);
            assert_eq!(record.value, value);
            assert_eq!(record.key, "task-events/task.created/7");
            assert_eq!(record.topic, Some(Topic::TaskEvents));
            assert_eq!(record.user_id.as_deref(), Some("alice"));
            assert_eq!(record.flaw, None);
        }
    }

    #[test]
    fn what_no_one_can_read_is_kept_with_why() {
        for (value, header, topic) in [
            (b"no JSON".to_vec(), None, None),
            (vec![0xff, 0], Some("notifier-dlq"), None),
            (b"{}".to_vec(), Some("task-events"), Some(Topic::TaskEvents)),
            (event("elsewhere").to_string().into_bytes(), None, None),
            (
                event("reminder-events").to_string().into_bytes(),
                None,
                Some(Topic::ReminderEvents),
            ),
        ] {
            let record = Record::read(&raw(&value), header);
            assert_eq!(record.value, value);
            assert_eq!(record.topic, topic);
            assert!(record.flaw.is_some());
            assert!(!record.key.is_empty());
        }
    }

    #[test]
    fn a_dead_letter_topic_names_its_subscriber() {
        assert_eq!(subscriber("audit-sink-dlq"), Some("audit-sink"));
        for other in ["", "-dlq", "task-events", "dlq"] {
            assert_eq!(subscriber(other), None, "{other}");
        }
    }
}
