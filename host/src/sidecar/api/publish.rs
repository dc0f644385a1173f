//! `POST /v1.0/publish/{pubsub}/{topic}`.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::State;
use super::errors::{Answer, PubsubError, no_content};
use crate::sidecar::broker::{BrokerError, NewRecord};
use crate::sidecar::clock;
use crate::sidecar::envelope::Publish;
use crate::sidecar::trace::Trace;

/// Where to, and with what.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) pubsub: String,
    pub(crate) topic: String,
    /// `metadata.*` of the query.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// One event. 204 when it is on disk.
pub(crate) async fn publish(
    state: &State,
    target: &Target,
    headers: &HeaderMap,
    trace: &Trace,
    body: Result<Bytes, String>,
) -> Answer {
    match try_publish(state, target, headers, trace, body).await {
        Ok(()) => no_content(),
        Err(error) => error.answer(),
    }
}

async fn try_publish<'a>(
    state: &State,
    target: &'a Target,
    headers: &HeaderMap,
    trace: &Trace,
    body: Result<Bytes, String>,
) -> Result<(), PubsubError<'a>> {
    let Target {
        pubsub,
        topic,
        metadata,
    } = target;
    if state.resources.pubsub(pubsub).is_none() {
        return Err(PubsubError::not_found(pubsub, metadata));
    }
    let body = body.map_err(|error| PubsubError::publish(pubsub, topic, &error))?;
    let raw = is_raw_payload(pubsub, metadata)?;
    let value = if raw {
        body
    } else {
        let envelope = Publish {
            app_id: &state.app_id,
            pubsub,
            topic,
            content_type: headers
                .get(CONTENT_TYPE)
                .and_then(|v| v.to_str().ok())
                .unwrap_or(""),
            metadata,
            traceparent: trace.parent(),
            tracestate: trace.state(),
            now: clock::now(),
        };
        envelope
            .event(&body)
            .map_err(|error| PubsubError::cloud_event(pubsub, &state.app_id, &error))?
    };
    may_publish(state, target)?;
    let record = record(metadata.clone(), value)
        .map_err(|error| PubsubError::publish(pubsub, topic, &error))?;
    state
        .broker
        .append(topic, vec![record])
        .await
        .map_err(|error| failed(target, &error))
}

/// Whether the component lets this app publish to the topic.
pub(crate) fn may_publish<'a>(state: &State, target: &'a Target) -> Result<(), PubsubError<'a>> {
    let allowed = state
        .resources
        .pubsub(&target.pubsub)
        .is_some_and(|pubsub| pubsub.topics.may_publish(&target.topic));
    if allowed {
        return Ok(());
    }
    Err(PubsubError::forbidden(
        &target.pubsub,
        &target.topic,
        &state.app_id,
    ))
}

/// Whether `metadata.rawPayload` wants the bytes as they are.
pub(crate) fn is_raw_payload<'a>(
    pubsub: &'a str,
    metadata: &BTreeMap<String, String>,
) -> Result<bool, PubsubError<'a>> {
    match metadata.get("rawPayload").map(String::as_str) {
        None | Some("" | "0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
        Some(other) => {
            let error = format!("rawPayload value must be a valid boolean: actual is '{other}'");
            Err(PubsubError::metadata(pubsub, metadata, &error))
        }
    }
}

/// A record with these metadata: all of them are headers, some are more.
///
/// # Errors
/// `partitionNumber` is no number.
pub(crate) fn record(
    metadata: BTreeMap<String, String>,
    value: Bytes,
) -> Result<NewRecord, String> {
    let key = metadata
        .get("partitionKey")
        .or_else(|| metadata.get("__key"));
    let key = key.map(|key| Bytes::from(key.clone()));
    let partition = metadata
        .get("partitionNumber")
        .map(|number| partition_number(number))
        .transpose()?;
    Ok(NewRecord {
        key,
        partition,
        headers: metadata,
        value,
    })
}

/// What `partitionNumber` says; what is wrong with it, in the words of Go.
fn partition_number(text: &str) -> Result<u32, String> {
    use std::num::IntErrorKind::{NegOverflow, PosOverflow};
    let number: i32 = text.parse().map_err(|error: std::num::ParseIntError| {
        let why = match error.kind() {
            PosOverflow | NegOverflow => "value out of range",
            _ => "invalid syntax",
        };
        format!("invalid partitionNumber metadata value {text:?}: strconv.ParseInt: parsing {text:?}: {why}")
    })?;
    u32::try_from(number).map_err(|_| format!("partitionNumber must be non-negative, got {number}"))
}

/// The error that the log's failure is.
pub(crate) fn failed<'a>(target: &'a Target, error: &BrokerError) -> PubsubError<'a> {
    let error = PubsubError::publish(&target.pubsub, &target.topic, &error.to_string());
    debug_assert_eq!(error.status, StatusCode::INTERNAL_SERVER_ERROR);
    error
}
