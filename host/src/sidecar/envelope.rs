//! The CloudEvent that a publish call becomes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::clock;
use super::jobs::go_duration;

/// Dapr's type for an event that has none.
const DEFAULT_TYPE: &str = "com.dapr.event.sent";
/// Dapr's source for an event that has none.
const DEFAULT_SOURCE: &str = "Dapr";

/// What a publish call says, beside the data.
#[derive(Debug)]
pub(crate) struct Publish<'a> {
    pub(crate) app_id: &'a str,
    pub(crate) pubsub: &'a str,
    pub(crate) topic: &'a str,
    pub(crate) content_type: &'a str,
    /// `metadata.*`, without the prefix.
    pub(crate) metadata: &'a BTreeMap<String, String>,
    pub(crate) traceparent: &'a str,
    pub(crate) tracestate: &'a str,
    pub(crate) now: DateTime<Utc>,
}

/// Whether the content type is `expected`, parameters aside.
pub(crate) fn is_type(content_type: &str, expected: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.eq_ignore_ascii_case(expected)
}

/// The content type of a CloudEvent in JSON.
pub(crate) const CLOUD_EVENT: &str = "application/cloudevents+json";

/// Whether it is a CloudEvent already.
pub(crate) fn is_cloud_event(content_type: &str) -> bool {
    is_type(content_type, CLOUD_EVENT)
}

/// The fields of Dapr's envelope, in the order in which it writes them.
#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Cow<'a, RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<String>,
    datacontenttype: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    id: Cow<'a, str>,
    pubsubname: &'a str,
    source: &'a str,
    specversion: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    time: String,
    topic: &'a str,
    traceid: &'a str,
    traceparent: &'a str,
    tracestate: &'a str,
    r#type: &'a str,
}

impl Publish<'_> {
    /// The event as it is written to the topic.
    ///
    /// # Errors
    /// The content type says that it is a CloudEvent, and it is no JSON object.
    pub(crate) fn event(&self, data: &Bytes) -> Result<Bytes, String> {
        if is_cloud_event(self.content_type) {
            self.pass_through(data)
        } else {
            self.wrap(data)
        }
    }

    /// The publisher's own metadata, which may be written in any case.
    fn given(&self, name: &str) -> Option<&str> {
        self.said(name).filter(|value| !value.is_empty())
    }

    /// The same, if they say it at all.
    fn said(&self, name: &str) -> Option<&str> {
        let mut metadata = self.metadata.iter();
        let (_, value) = metadata.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// The event's source. What is empty is not said to Dapr, but overrides the app.
    fn source(&self) -> &str {
        match self.said("cloudevent.source") {
            None => self.app_id,
            Some("") => DEFAULT_SOURCE,
            Some(source) => source,
        }
    }

    fn wrap(&self, data: &Bytes) -> Result<Bytes, String> {
        let content_type = if self.content_type.is_empty() {
            "text/plain"
        } else {
            self.content_type
        };
        let mut raw = None;
        let mut base64 = None;
        if is_type(content_type, "application/octet-stream") {
            base64 = Some(STANDARD.encode(data));
        } else if is_type(content_type, "application/json")
            && let Ok(json) = first(data)
        {
            raw = Some(Cow::Borrowed(json));
        } else {
            let text = serde_json::value::to_raw_value(&String::from_utf8_lossy(data));
            raw = Some(Cow::Owned(text.map_err(|error| error.to_string())?));
        }
        let traceparent = self
            .given("cloudevent.traceparent")
            .or_else(|| self.given("cloudevent.traceid"))
            .unwrap_or(self.traceparent);
        let envelope = Envelope {
            data: raw,
            data_base64: base64,
            datacontenttype: content_type,
            expiration: self.expiration(),
            id: match self.given("cloudevent.id") {
                Some(id) => Cow::Borrowed(id),
                None => Cow::Owned(clock::random_id().to_string()),
            },
            pubsubname: self.pubsub,
            source: self.source(),
            specversion: "1.0",
            subject: self.given("cloudevent.subject"),
            time: clock::rfc3339_seconds(self.now),
            topic: self.topic,
            traceid: traceparent,
            traceparent,
            tracestate: self
                .given("cloudevent.tracestate")
                .unwrap_or(self.tracestate),
            r#type: self.given("cloudevent.type").unwrap_or(DEFAULT_TYPE),
        };
        to_bytes(&envelope)
    }

    /// A CloudEvent of the publisher's own: topic and pubsubname are set, what Dapr
    /// needs is filled in. As in Dapr, the trace of the request replaces the event's
    /// `traceparent` where the event has no `traceid`.
    fn pass_through(&self, data: &Bytes) -> Result<Bytes, String> {
        let mut event: BTreeMap<Cow<'_, str>, Cow<'_, RawValue>> =
            first::<BTreeMap<String, &RawValue>>(data)
                .map_err(|error| error.to_string())?
                .into_iter()
                .map(|(name, value)| (Cow::Owned(name), Cow::Borrowed(value)))
                .collect();
        let mut set = |name: &'static str, value: &str, only_if: fn(Option<&str>) -> bool| {
            if only_if(event.get(name).map(|value| value.get())) {
                let value =
                    serde_json::value::to_raw_value(value).map_err(|error| error.to_string())?;
                event.insert(Cow::Borrowed(name), Cow::Owned(value));
                return Ok::<_, String>(true);
            }
            Ok(false)
        };
        let absent: fn(Option<&str>) -> bool = |value| value.is_none();
        let absent_or_null: fn(Option<&str>) -> bool =
            |value| value.is_none_or(|value| value == "null");
        let always: fn(Option<&str>) -> bool = |_| true;
        set("time", &clock::rfc3339_seconds(self.now), absent)?;
        if set("traceid", self.traceparent, absent)? {
            set("traceparent", self.traceparent, always)?;
        }
        set("tracestate", self.tracestate, absent)?;
        set("topic", self.topic, always)?;
        set("pubsubname", self.pubsub, always)?;
        set("source", DEFAULT_SOURCE, absent_or_null)?;
        set("type", DEFAULT_TYPE, absent_or_null)?;
        set("specversion", "1.0", absent_or_null)?;
        if let Some(expiration) = self.expiration() {
            set("expiration", &expiration, always)?;
        }
        to_bytes(&event)
    }

    /// When the event ends, where `metadata.ttlInSeconds` says so.
    fn expiration(&self) -> Option<String> {
        let ttl = lifetime(self.said("ttl").or_else(|| self.said("ttlInSeconds"))?)?;
        Some(clock::rfc3339_seconds(self.now.checked_add_signed(ttl)?))
    }
}

/// A lifetime as Dapr reads it: a duration of Go's, of which less than none is none, or
/// seconds. Anything else is no lifetime.
fn lifetime(text: &str) -> Option<TimeDelta> {
    if let Some(duration) = go_duration(text) {
        return Some(duration.max(TimeDelta::zero()));
    }
    let seconds: i64 = text.parse().ok().filter(|seconds| *seconds > 0)?;
    // What does not fit overflows in Dapr, too.
    Some(match seconds.wrapping_mul(1_000_000_000) {
        ..0 => TimeDelta::nanoseconds(i64::MAX),
        nanos => TimeDelta::nanoseconds(nanos),
    })
}

/// The envelope of a value that is no CloudEvent, for a subscription with `rawPayload`.
pub(crate) fn of_raw_payload(value: &[u8], topic: &str, pubsub: &str) -> Bytes {
    let envelope = serde_json::json!({
        "data_base64": STANDARD.encode(value),
        "datacontenttype": "application/octet-stream",
        "id": clock::random_id().to_string(),
        "pubsubname": pubsub,
        "source": "Dapr",
        "specversion": "1.0",
        "topic": topic,
        "type": DEFAULT_TYPE,
    });
    Bytes::from(envelope.to_string())
}

/// The first JSON value. What follows it does not matter to Dapr.
pub(crate) fn first<'a, T: Deserialize<'a>>(data: &'a [u8]) -> Result<T, serde_json::Error> {
    T::deserialize(&mut serde_json::Deserializer::from_slice(data))
}

fn to_bytes(event: &impl Serialize) -> Result<Bytes, String> {
    serde_json::to_vec(event)
        .map(Bytes::from)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn publish(
        content_type: &str,
        metadata: &[(&str, &str)],
        data: &str,
    ) -> Result<String, String> {
        let metadata = metadata
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let publish = Publish {
            app_id: "duebell",
            pubsub: "pubsub-kafka",
            topic: "task-events",
            content_type,
            metadata: &metadata,
            traceparent: "",
            tracestate: "",
            now: "2026-01-14T10:30:00.9Z".parse().unwrap(),
        };
        let event = publish.event(&Bytes::from(data.to_owned()))?;
        Ok(String::from_utf8(event.to_vec()).unwrap())
    }

    #[test]
    fn json_is_wrapped_with_sorted_keys() {
        let event = publish(
            "application/json",
            &[("cloudevent.id", "1")],
            r#"{"b":1,"a":12345678901234567890123}"#,
        )
        .unwrap();
        assert_eq!(
            event,
            r#"{"data":{"b":1,"a":12345678901234567890123},"datacontenttype":"application/json","id":"1","pubsubname":"pubsub-kafka","source":"duebell","specversion":"1.0","time":"2026-01-14T10:30:00Z","topic":"task-events","traceid":"","traceparent":"","tracestate":"","type":"com.dapr.event.sent"}"#
        );
    }

    #[test]
    fn a_number_that_no_float_holds_stays_as_it_was() {
        for content_type in ["application/json", CLOUD_EVENT] {
            let event = publish(content_type, &[], r#"{"data":4E675}"#).unwrap();
            assert!(event.contains(r#""data":4E675"#), "{event}");
        }
    }

    #[test]
    fn what_is_no_json_becomes_a_text_and_octets_become_base64() {
        let event: Value =
            serde_json::from_str(&publish("application/json", &[], "{oops").unwrap()).unwrap();
        assert_eq!(event["data"], "{oops");
        let event: Value = serde_json::from_str(&publish("", &[], "hello").unwrap()).unwrap();
        assert_eq!(
            (&event["data"], &event["datacontenttype"]),
            (&json!("hello"), &json!("text/plain"))
        );
        let event: Value =
            serde_json::from_str(&publish("application/octet-stream", &[], "hello").unwrap())
                .unwrap();
        assert_eq!(
            (&event["data_base64"], &event["data"]),
            (&json!("aGVsbG8="), &Value::Null)
        );
    }

    #[test]
    fn metadata_override_the_envelope() {
        let event = publish(
            "text/plain",
            &[
                ("cloudevent.type", "t"),
                ("cloudevent.source", "s"),
                ("cloudevent.subject", "u"),
                ("ttlInSeconds", "60"),
            ],
            "x",
        );
        let event: Value = serde_json::from_str(&event.unwrap()).unwrap();
        assert_eq!(
            (&event["type"], &event["source"], &event["subject"]),
            (&json!("t"), &json!("s"), &json!("u"))
        );
        assert_eq!(event["expiration"], "2026-01-14T10:31:00Z");
    }

    #[test]
    fn a_lifetime_is_a_duration_or_seconds() {
        let seconds = |text| lifetime(text).map(|ttl| ttl.num_seconds());
        for (text, expected) in [
            ("60", Some(60)),
            ("1h30m", Some(5_400)),
            ("0", Some(0)),
            ("-1s", Some(0)),
            ("-5", None),
            ("1.5", None),
            ("", None),
            ("9223372037", Some(9_223_372_036)),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cloud_event_passes_with_topic_and_pubsub_set() {
        let event = publish(
            "application/cloudevents+json; charset=utf-8",
            &[("cloudevent.type", "ignored")],
            r#"{"id":"1","topic":"other","type":null,"data":{"x":1.0},"sequence":"0000000000000001"}"#,
        );
        assert_eq!(
            event.unwrap(),
            r#"{"data":{"x":1.0},"id":"1","pubsubname":"pubsub-kafka","sequence":"0000000000000001","source":"Dapr","specversion":"1.0","time":"2026-01-14T10:30:00Z","topic":"task-events","traceid":"","traceparent":"","tracestate":"","type":"com.dapr.event.sent"}"#
        );
    }

    #[test]
    fn a_cloud_event_that_is_no_object_is_refused() {
        for data in ["", "[]", "null", "\"x\"", "{"] {
            assert!(
                publish("application/cloudevents+json", &[], data).is_err(),
                "{data}"
            );
        }
    }
}
