//! `POST /v1.0/publish/bulk/{pubsub}/{topic}`.

use std::borrow::Cow;
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
use crate::sidecar::envelope::{Publish, is_cloud_event, is_type};
use crate::sidecar::trace::Trace;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(default, borrow)]
    entry_id: Cow<'a, str>,
    #[serde(default, borrow)]
    event: Option<&'a RawValue>,
    #[serde(default, borrow)]
    content_type: Cow<'a, str>,
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
    let Target { pubsub, topic, .. } = target;
    let (entry_ids, records) = match read(state, target, trace, body) {
        Ok(records) => records,
        Err(error) => return error.answer(),
    };
    if records.is_empty() {
        return no_content();
    }
    let Err(error) = state.broker.append(topic, records).await else {
        return no_content();
    };
    tracing::warn!(pubsub, topic, %error, "a bulk publish failed");
    let failed: Vec<_> = entry_ids
        .iter()
        .map(|id| json!({ "entryId": id, "error": error.to_string() }))
        .collect();
    let body = json!({ "failedEntries": failed, "errorCode": "ERR_PUBSUB_PUBLISH_MESSAGE" });
    json(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

fn read<'a>(
    state: &State,
    target: &'a Target,
    trace: &Trace,
    body: Result<Bytes, String>,
) -> Result<(Vec<String>, Vec<NewRecord>), PubsubError<'a>> {
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
    let unreadable = |error: &str| {
        let message = format!(
            "error when unmarshaling the request for topic {topic} pubsub {pubsub}: {error}"
        );
        PubsubError::bulk(
            pubsub,
            app_id,
            "DAPR_PUBSUB_UNMARSHAL_EVENTS",
            message,
            error,
        )
    };
    let body = body.map_err(|error| unreadable(&error))?;
    let entries: Vec<Entry<'_>> =
        serde_json::from_slice(&body).map_err(|error| unreadable(&error.to_string()))?;
    let mut seen = HashSet::new();
    for entry in &entries {
        if entry.entry_id.is_empty() || !seen.insert(&entry.entry_id) {
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
    }
    let now = clock::now();
    let nothing = BTreeMap::new();
    let mut records = Vec::with_capacity(entries.len());
    for entry in &entries {
        let data = data(&body, entry).map_err(|error| {
            let message = format!(
                "error when marshalling cloud event envelope for topic {topic} pubsub {pubsub}: {error}"
            );
            PubsubError::bulk(pubsub, app_id, "DAPR_PUBSUB_MARSHAL_ENVELOPE", message, error)
        })?;
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
                content_type: &entry.content_type,
                metadata: own.as_ref().unwrap_or(&nothing),
                traceparent: &trace.child(),
                tracestate: trace.state(),
                now,
            };
            envelope
                .event(&data)
                .map_err(|error| PubsubError::cloud_event(pubsub, app_id, &error))?
        };
        let headers = merged(entry.metadata.as_ref().unwrap_or(&nothing), metadata);
        records.push(
            record(headers, value).map_err(|error| PubsubError::publish(pubsub, topic, &error))?,
        );
    }
    may_publish(state, target)?;
    let entry_ids = entries
        .into_iter()
        .map(|entry| entry.entry_id.into_owned())
        .collect();
    Ok((entry_ids, records))
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
fn data(body: &Bytes, entry: &Entry<'_>) -> Result<Bytes, &'static str> {
    const MISMATCH: &str = "error: mismatch between contentType and event";
    let content_type = &*entry.content_type;
    let json = entry.event.map_or("null", RawValue::get);
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
        return Ok(match entry.event {
            Some(event) => body.slice_ref(event.get().as_bytes()),
            None => Bytes::from_static(b"null"),
        });
    }
    Err(MISMATCH)
}
