//! Events in their envelopes, as they are delivered.

use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap};

/// A publisher that counts its events for each topic and user, as Duebell's own do.
pub struct Envelopes {
    source: &'static str,
    sequences: RefCell<BTreeMap<(String, String), u64>>,
}

impl Envelopes {
    /// The publisher with this CloudEvents source.
    #[must_use]
    pub fn of(source: &'static str) -> Self {
        Self {
            source,
            sequences: RefCell::default(),
        }
    }

    /// The next event of this topic, in its envelope.
    #[must_use]
    pub fn next(&self, topic: &str, event: &Value) -> Value {
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
        let place = (topic.to_owned(), text("user_id").to_owned());
        let mut sequences = self.sequences.borrow_mut();
        let sequence = sequences.entry(place).or_default();
        *sequence += 1;
        json!({
            "specversion": "1.0", "id": text("correlation_id"), "source": self.source,
            "type": text("event_type"), "datacontenttype": "application/json",
            "sequence": format!("{sequence:016}"), "data": event,
        })
    }
}

/// An event as Dapr wraps it for a publisher that sends none of these envelopes.
#[must_use]
pub fn wrapped_by_dapr(event: &Value) -> Value {
    json!({
        "specversion": "1.0", "id": event.get("correlation_id"), "source": "backend",
        "type": "com.dapr.event.sent", "datacontenttype": "application/json", "data": event,
    })
}
