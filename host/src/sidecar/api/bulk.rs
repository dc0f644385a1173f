//! `POST /v1.0/publish/bulk/{pubsub}/{topic}`.

use std::collections::{BTreeMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::State;
use super::errors::{Answer, PubsubError, json, no_content};
use super::publish::{Target, is_raw_payload, may_publish, record};
use crate::sidecar::broker::NewRecord;
use crate::sidecar::clock;
use crate::sidecar::envelope::{Publish, first, is_cloud_event, is_type};
use crate::sidecar::trace::Trace;

/// An event of a bulk. As in Dapr, what is null is as if it were not there.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(default)]
    entry_id: Option<String>,
    #[serde(default, borrow)]
    event: Option<&'a RawValue>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    metadata: Option<BTreeMap<String, String>>,
}

/// Several events, all or none. 204 when they are on disk.
pub(crate) async fn publish(
    state: &State,
    target: &Target,
    trace: &Trace,
    body: Result<Bytes, String>,
) -> Answer {
    let events = match read(state, target, trace, body) {
        Ok(events) => events,
        Err(error) => return error.answer(),
    };
    if events.is_empty() {
        return no_content();
    }
    let (entry_ids, events): (Vec<_>, Vec<_>) = events
        .into_iter()
        .map(|event| (event.entry_id, (event.headers, event.value)))
        .unzip();
    let records: Result<Vec<NewRecord>, String> = events
        .into_iter()
        .map(|(headers, value)| record(headers, value))
        .collect();
    let outcome = match records {
        Ok(records) => {
            let appended = state.broker.append(&target.topic, records).await;
            appended.map_err(|error| error.to_string())
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => no_content(),
        Err(error) => failed(target, &entry_ids, &error),
    }
}

/// The answer when the log takes none of the events.
fn failed(target: &Target, entry_ids: &[String], error: &str) -> Answer {
    let Target { pubsub, topic, .. } = target;
    tracing::warn!(pubsub, topic, error, "a bulk publish failed");
    let failed: Vec<_> = entry_ids
        .iter()
        .map(|id| json!({ "entryId": id, "error": error }))
        .collect();
    let body = json!({ "failedEntries": failed, "errorCode": "ERR_PUBSUB_PUBLISH_MESSAGE" });
    json(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

/// An event that may be published.
pub(in crate::sidecar) struct Ready {
    entry_id: String,
    headers: BTreeMap<String, String>,
    pub(in crate::sidecar) value: Bytes,
}

fn read<'a>(
    state: &State,
    target: &'a Target,
    trace: &Trace,
    body: Result<Bytes, String>,
) -> Result<Vec<Ready>, PubsubError<'a>> {
    let Target {
        pubsub,
        topic,
        metadata,
    } = target;
    let app_id = state.app_id.as_str();
    if state.resources.pubsub(pubsub).is_none() {
        return Err(PubsubError::not_found(pubsub, metadata));
    }
    let raw = is_raw_payload(pubsub, metadata)?;
    let body = body.map_err(|error| PubsubError::unreadable_bulk(pubsub, topic, app_id, &error))?;
    let events = events(app_id, target, trace, raw, &body)?;
    may_publish(state, target)?;
    Ok(events)
}

/// The events of a body: each as it is, or in an envelope.
pub(in crate::sidecar) fn events<'a>(
    app_id: &str,
    target: &'a Target,
    trace: &Trace,
    raw: bool,
    body: &Bytes,
) -> Result<Vec<Ready>, PubsubError<'a>> {
    let Target {
        pubsub,
        topic,
        metadata,
    } = target;
    let entries: Option<Vec<Option<Entry<'_>>>> = first(body)
        .map_err(|error| PubsubError::unreadable_bulk(pubsub, topic, app_id, &error.to_string()))?;
    let now = clock::now();
    let nothing = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut events = Vec::new();
    for entry in entries.unwrap_or_default() {
        let entry = entry.unwrap_or_default();
        let content_type = entry.content_type.as_deref().unwrap_or_default();
        let data = data(body, content_type, entry.event).map_err(|error| {
            let message = format!(
                "error when marshalling cloud event envelope for topic {topic} pubsub {pubsub}: {error}"
            );
            PubsubError::bulk(pubsub, app_id, "DAPR_PUBSUB_MARSHAL_ENVELOPE", message, error)
        })?;
        let entry_id = entry.entry_id.unwrap_or_default();
        if entry_id.is_empty() || !seen.insert(entry_id.clone()) {
            let error = "entryId is duplicated or not present for entry";
            let message = format!(
                "error marshaling events to bytes for topic {topic} pubsub {pubsub}. error: {error}"
            );
            return Err(PubsubError::bulk(
                pubsub,
                app_id,
                "DAPR_PUBSUB_MARSHAL_EVENTS",
                message,
                error,
            ));
        }
        // As in Dapr: the envelope takes the entry's metadata over the request's, and
        // none of either where the entry has none; the record takes the request's over
        // the entry's.
        let own = entry.metadata.as_ref().map(|own| merged(metadata, own));
        let value = if raw {
            data
        } else {
            let envelope = Publish {
                app_id,
                pubsub,
                topic,
                content_type,
                metadata: own.as_ref().unwrap_or(&nothing),
                traceparent: trace.parent(),
                tracestate: trace.state(),
                now,
            };
            envelope
                .event(&data)
                .map_err(|error| PubsubError::cloud_event(pubsub, app_id, &error))?
        };
        events.push(Ready {
            entry_id,
            headers: merged(entry.metadata.as_ref().unwrap_or(&nothing), metadata),
            value,
        });
    }
    Ok(events)
}

fn merged(
    base: &BTreeMap<String, String>,
    over: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut merged = base.clone();
    merged.extend(over.iter().map(|(k, v)| (k.clone(), v.clone())));
    merged
}

/// The bytes that an entry's event stands for, by its content type.
fn data(body: &Bytes, content_type: &str, event: Option<&RawValue>) -> Result<Bytes, &'static str> {
    const MISMATCH: &str = "error: mismatch between contentType and event";
    let json = event.map_or("null", RawValue::get);
    let text = || serde_json::from_str::<String>(json).map_err(|_| MISMATCH);
    if is_type(content_type, "application/octet-stream") {
        let text = text()?;
        let decoded = STANDARD.decode(text);
        return decoded
            .map(Bytes::from)
            .map_err(|_| "error: unable to decode base64 application/octect-stream data");
    }
    let is_text = content_type
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("text/"));
    if is_text || is_type(content_type, "application/xml") {
        return Ok(Bytes::from(text()?));
    }
    if is_type(content_type, "application/json") || is_cloud_event(content_type) {
        return Ok(match event {
            Some(event) => body.slice_ref(event.get().as_bytes()),
            None => Bytes::from_static(b"null"),
        });
    }
    Err(MISMATCH)
}
