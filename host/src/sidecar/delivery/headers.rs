//! The headers of a delivery.

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::sidecar::broker::Record;

/// Metadata may not stand for these.
const RESERVED: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "dapr-api-token",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A single event's: its type, the pubsub component, and all its metadata, as far as
/// a header can hold them.
pub(crate) fn single(record: &Record, pubsub: &str, topic: &str, partition: u32) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in record.metadata(topic, partition) {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
        else {
            continue;
        };
        if !RESERVED.contains(&name.as_str()) {
            headers.insert(name, value);
        }
    }
    if !headers.contains_key("traceparent") {
        headers.remove("tracestate");
    }
    about(&mut headers, "application/cloudevents+json", pubsub);
    headers
}

/// A bulk request's: its metadata are in the body.
pub(crate) fn bulk(pubsub: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    about(&mut headers, "application/json", pubsub);
    headers
}

fn about(headers: &mut HeaderMap, content_type: &'static str, pubsub: &str) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(pubsub) = HeaderValue::try_from(pubsub) {
        headers.insert("pubsubname", pubsub);
    }
}
