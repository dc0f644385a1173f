//! An event as it was delivered.

use duebell_events::{Event, Topic, cloudevents::CloudEvent, event_key};
use duebell_store::inbox::Place;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// An event that a handler can take, and what came with it.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// What makes it the same event when it comes again.
    pub key: String,
    /// The topic that it was delivered from.
    pub topic: Topic,
    /// The event.
    pub event: Event,
    /// The event's JSON, as it came.
    pub data: String,
    /// The CloudEvents id.
    pub id: String,
    /// The CloudEvents source.
    pub source: String,
    /// Its place in the publisher's sequence for topic and user, from 1.
    pub sequence: Option<u64>,
    /// The W3C trace context that it happened in.
    pub traceparent: Option<String>,
}

/// A delivery that no retry can mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What the inbox knows it by.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Delivered {
    /// Reads a CloudEvent whose data is an event of this topic.
    ///
    /// # Errors
    /// It is no CloudEvent, or its data is no event of this topic.
    pub fn parse(topic: Topic, value: &[u8]) -> Result<Self, Malformed> {
        let cloud_event = CloudEvent::parse(value).map_err(|error| Malformed {
            key: format!("{}/sha256/{}", topic.as_str(), digest(value)),
            reason: error.to_string(),
        })?;
        let malformed = |reason: String| Malformed {
            key: event_key(topic.as_str(), &cloud_event.ty, None, &cloud_event.id),
            reason,
        };
        let data = cloud_event
            .data_json()
            .map_err(|error| malformed(error.to_string()))?;
        let event = Event::parse(topic, &data).map_err(|error| malformed(error.to_string()))?;
        Ok(Self {
            key: event_key(
                topic.as_str(),
                event.event_type(),
                event.correlation_id(),
                &cloud_event.id,
            ),
            topic,
            data: data.into_owned(),
            event,
            sequence: cloud_event.sequence,
            traceparent: cloud_event.traceparent.clone(),
            id: cloud_event.id.clone(),
            source: cloud_event.source.clone(),
        })
    }

    /// An event that came without an envelope: through the WIT interface.
    ///
    /// # Errors
    /// It holds what its JSON cannot: an id out of range, no user.
    pub fn bare(event: Event) -> Result<Self, String> {
        let data = event.to_json().map_err(|error| error.to_string())?;
        let id = match event.correlation_id() {
            Some(correlation_id) => correlation_id.to_owned(),
            None => digest(data.as_bytes()),
        };
        Ok(Self {
            key: event_key(
                event.topic().as_str(),
                event.event_type(),
                event.correlation_id(),
                &id,
            ),
            topic: event.topic(),
            event,
            data,
            id,
            source: String::new(),
            sequence: None,
            traceparent: None,
        })
    }

    /// Where it stands in its publisher's sequences, if it says so.
    pub(crate) fn place(&self) -> Option<(Place, i64)> {
        let sequence = i64::try_from(self.sequence?)
            .ok()
            .filter(|number| *number > 0)?;
        let place = Place {
            source: self.source.clone(),
            topic: self.topic.as_str().to_owned(),
            user_id: self.event.user_id().to_owned(),
        };
        Some((place, sequence))
    }
}

fn digest(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
