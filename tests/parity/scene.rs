//! What a case is given: one of the sidecars, and what it usually does with it.

use crate::{
    app::{App, BARRIER, Call},
    observed,
    side::{Answer, Ask, Side},
    subscription::route,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// One of the sidecars, for one case.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) side: Arc<Side>,
    /// The case's own topic, the start of its other names.
    pub(crate) topic: String,
}

impl Scene {
    pub(crate) fn app(&self) -> &App {
        &self.side.app
    }

    /// Where the topic is delivered to.
    pub(crate) fn route(&self) -> String {
        route(&self.topic)
    }

    /// Where the topic's dead letters are delivered to.
    pub(crate) fn letter_route(&self) -> String {
        format!("{}-dlq", self.route())
    }

    /// A name of the case's own.
    pub(crate) fn name(&self, end: &str) -> String {
        format!("{}-{end}", self.topic)
    }

    /// The same with another topic of the case's own.
    pub(crate) fn of(&self, end: &str) -> Self {
        Self {
            side: self.side.clone(),
            topic: self.name(end),
        }
    }

    /// A request to the sidecar, with its token.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        self.side.ask(method, path)
    }

    /// The address to publish to the topic.
    pub(crate) fn publishing(&self, query: &str) -> String {
        format!("/v1.0/publish/plain/{}?{query}", self.topic)
    }

    /// Publishes to the topic.
    pub(crate) async fn publish(
        &self,
        content_type: &str,
        query: &str,
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let ask = self.ask("POST", &self.publishing(query)).body(body);
        ask.header("content-type", content_type).send().await
    }

    /// Publishes a CloudEvent with this key, whose data and id are this.
    pub(crate) async fn event(&self, key: &str, data: &str) {
        self.event_to(&self.topic, key, data).await;
    }

    async fn event_to(&self, topic: &str, key: &str, data: &str) {
        let path = format!("/v1.0/publish/plain/{topic}?metadata.partitionKey={key}");
        let ask = self.ask("POST", &path).body(event(data).to_string());
        let ask = ask.header("content-type", "application/cloudevents+json");
        ask.send().await.expect(204);
    }

    /// Publishes these bytes as they are, with this key.
    pub(crate) async fn raw(&self, key: &str, bytes: impl Into<reqwest::Body>) {
        let query = format!("metadata.rawPayload=true&metadata.partitionKey={key}");
        self.publish("text/plain", &query, bytes).await.expect(204);
    }

    /// Waits until all events with this key are done with that have been published by
    /// now: one that comes behind them has been delivered.
    pub(crate) async fn done(&self, key: &str) {
        self.passed(&self.topic, key).await;
    }

    /// An event to the topic has been delivered, behind all others with its key.
    async fn passed(&self, topic: &str, key: &str) {
        let name = format!("{BARRIER} {key}");
        self.event_to(topic, key, &name).await;
        let route = route(topic);
        let what = format!("what comes behind {key} of {route}");
        let arrived = self.app().until(&what, |calls| {
            let mut calls = calls.iter().filter(|call| call.path() == route);
            calls.any(|call| is_barrier(call, &name)).then_some(())
        });
        arrived.await;
    }

    /// The deliveries of the topic by now, without those of [`Scene::done`].
    pub(crate) fn deliveries(&self) -> Vec<Arc<Call>> {
        self.without_barriers(&self.route())
    }

    fn without_barriers(&self, route: &str) -> Vec<Arc<Call>> {
        let mut calls = self.app().calls_by_now(route);
        calls.retain(|call| !is_barrier(call, BARRIER));
        calls
    }

    /// The data of these deliveries.
    pub(crate) fn data(calls: &[Arc<Call>]) -> Value {
        let data = calls.iter().map(|call| call.json()["data"].clone());
        data.collect()
    }

    /// What became of the events with this key, when they are done with: how often they
    /// were delivered, and their dead letters, opened.
    pub(crate) async fn outcome(&self, key: &str) -> Value {
        self.done(key).await;
        let letters = self.letters_by_now(key).await;
        json!({ "deliveries": self.deliveries().len(), "letters": letters })
    }

    /// The dead letters with this key that have been published by now, opened.
    pub(crate) async fn letters_by_now(&self, key: &str) -> Value {
        self.passed(&self.name("dlq"), key).await;
        let letters = self.without_barriers(&self.letter_route());
        letters.iter().map(|call| opened(call)).collect()
    }

    /// Waits until so many events have been delivered in bulk, the last of which is
    /// published now.
    pub(crate) async fn done_in_bulk(&self, count: usize) {
        self.event("k", "the last").await;
        let route = self.route();
        let arrived = self.app().until("the last event of a bulk", |calls| {
            let calls = calls.iter().filter(|call| call.path() == route);
            let entries: Vec<Value> = calls.flat_map(|call| call.entries()).collect();
            let is_last = |entry: &Value| entry["event"]["data"] == "the last";
            (entries.len() >= count && entries.iter().any(is_last)).then_some(())
        });
        arrived.await;
    }
}

/// A CloudEvent whose data and id are this.
pub(crate) fn event(data: &str) -> Value {
    json!({ "id": data, "source": "/parity", "type": "case", "data": data })
}

/// Whether it is an event that only shows that those before it are done with.
fn is_barrier(call: &Call, name: &str) -> bool {
    call.text().contains(name) || value(call).contains(name)
}

/// The value inside the envelope of what is no CloudEvent.
fn value(call: &Call) -> String {
    use base64::Engine as _;
    let body = call.json();
    let encoded = body["data_base64"].as_str().unwrap_or_default();
    let value = base64::engine::general_purpose::STANDARD.decode(encoded);
    String::from_utf8_lossy(&value.unwrap_or_default()).into_owned()
}

/// A delivery of what is no CloudEvent, with the value inside the envelope as text.
pub(crate) fn opened(call: &Call) -> Value {
    let mut seen = observed::request(call);
    seen["body"]["data_base64"] = json!(value(call));
    seen
}
