//! What the app subscribes to.

use serde_json::{Value, json};

/// The component that dead letters are watched by.
pub(crate) const LETTERS: &str = "letters";

/// An item of the app's answer to `/dapr/subscribe`.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    item: Value,
    /// The topic of its dead letters, if the app looks at them as well.
    letters: Option<String>,
}

impl Subscription {
    /// To this topic through the component `plain`, delivered to `/on/<topic>`.
    pub(crate) fn to(topic: &str) -> Self {
        Self::of(json!({ "pubsubname": "plain", "topic": topic, "route": route(topic) }))
    }

    /// Whatever this says.
    pub(crate) fn of(item: Value) -> Self {
        Self {
            item,
            letters: None,
        }
    }

    /// Through another component.
    pub(crate) fn through(self, component: &str) -> Self {
        self.saying("pubsubname", json!(component))
    }

    /// With one field more.
    pub(crate) fn saying(mut self, name: &str, value: Value) -> Self {
        self.item[name] = value;
        self
    }

    /// What fails goes to `<topic>-dlq`, which is delivered to `/on/<topic>-dlq` as it is,
    /// inside an envelope.
    pub(crate) fn with_letters(mut self) -> Self {
        let topic = format!("{}-dlq", self.item["topic"].as_str().unwrap());
        self.item["deadLetterTopic"] = json!(topic);
        self.letters = Some(topic);
        self
    }

    /// The value is no CloudEvent.
    pub(crate) fn raw(self) -> Self {
        self.saying("metadata", json!({ "rawPayload": "true" }))
    }

    /// Several events at once.
    pub(crate) fn in_bulk(self, most: u32, await_ms: u32) -> Self {
        let bulk = json!({
            "enabled": true, "maxMessagesCount": most, "maxAwaitDurationMs": await_ms,
        });
        self.saying("bulkSubscribe", bulk)
    }

    /// The items that the app says.
    pub(crate) fn items(&self) -> Vec<Value> {
        let mut items = vec![self.item.clone()];
        if let Some(topic) = &self.letters {
            let watch = Self::to(topic).through(LETTERS).raw();
            items.push(watch.item);
        }
        items
    }
}

/// Where a topic's events are delivered to.
pub(crate) fn route(topic: &str) -> String {
    format!("/on/{topic}")
}
