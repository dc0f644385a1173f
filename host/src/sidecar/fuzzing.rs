//! What must hold of whatever is asked of the sidecar, for the fuzz targets: each of
//! these panics if it does not.

#![expect(clippy::expect_used, reason = "a check fails by panicking")]

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;
use serde_json::value::RawValue;

use super::api::bulk;
use super::api::publish::Target;
use super::envelope::Publish;
use super::jobs::{Request, check_name, go_duration, plan};
use super::resources::duration;
use super::trace::Trace;

/// A job of this name and with this body: a plan whose first tick is not before its
/// time, or a refusal that says why.
pub fn job(name: &str, body: &[u8], now: DateTime<Utc>) {
    if let Err(why) = check_name("duebell", name) {
        assert!(!why.is_empty());
    }
    let Ok(request) = Request::read(body) else {
        return;
    };
    if let Some(data) = &request.data {
        let data: Result<Value, _> = serde_json::from_str(data);
        assert!(data.is_ok(), "a job's data stays JSON");
    }
    let has_due_time = request.due_time.is_some();
    let Ok(planned) = plan(request, now) else {
        return;
    };
    if let Some(first) = planned.first {
        // Only a due time may be long past.
        assert!(has_due_time || first.tick > now.timestamp_millis() - 1_000);
        assert!(planned.expires.is_none_or(|expires| first.tick <= expires));
    }
}

/// An event with this content type and this data: what is written to its topic is a
/// CloudEvent for that topic.
pub fn publish(content_type: &str, data: &[u8], now: DateTime<Utc>) {
    let metadata = BTreeMap::from([("ttlInSeconds".to_owned(), content_type.to_owned())]);
    let publish = Publish {
        app_id: "duebell",
        pubsub: "pubsub-kafka",
        topic: "task-events",
        content_type,
        metadata: &metadata,
        traceparent: "",
        tracestate: "",
        now,
    };
    if let Ok(event) = publish.event(&Bytes::copy_from_slice(data)) {
        is_for_its_topic(&event);
    }
}

/// The body of a bulk publish: each event is written as [`publish`] writes one.
pub fn bulk(body: &[u8]) {
    let target = Target {
        pubsub: "pubsub-kafka".to_owned(),
        topic: "task-events".to_owned(),
        metadata: BTreeMap::new(),
    };
    let body = Bytes::copy_from_slice(body);
    let trace = Trace::parse("");
    for event in bulk::events("duebell", &target, &trace, false, &body)
        .into_iter()
        .flatten()
    {
        is_for_its_topic(&event.value);
    }
}

/// Numbers stay as they were published, as with Dapr, and a [`Value`] holds only those
/// that a float does.
fn is_for_its_topic(event: &[u8]) {
    let event: BTreeMap<String, &RawValue> =
        serde_json::from_slice(event).expect("an event is JSON");
    let field = |name| event.get(name).map(|value| value.get());
    assert_eq!(field("topic"), Some("\"task-events\""));
    assert_eq!(field("pubsubname"), Some("\"pubsub-kafka\""));
    assert!(field("specversion").is_some_and(|version| version != "null"));
}

/// A text as each of the durations that files and requests have.
pub fn durations(text: &str) {
    if let Some(duration) = duration::parse(text) {
        assert!(duration.as_secs() < 200 * 366 * 24 * 3_600);
    }
    if let Some(duration) = go_duration(text) {
        assert!(duration.num_nanoseconds().is_some());
    }
}
