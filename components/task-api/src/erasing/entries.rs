//! Erasures, told to the audit.

use crate::storage::erasures::Erasure;
use chrono::{DateTime, Utc};
use duebell_edge::Failure;
use duebell_erasures::pseudonym;
use duebell_events::{AuditEvent, AuditEventType, Event, JsonObject, Timestamp};
use duebell_publisher::new_event;
use duebell_service::{Entropy, uuid_v4};
use duebell_store::{Tx, outbox};
use serde_json::{Map, json};

/// That an operator asked for it: in the operator's own audit.
pub(crate) async fn tell_requested(
    tx: &Tx<'_>,
    erasure: &Erasure,
    now: DateTime<Utc>,
    entropy: &dyn Entropy,
) -> Result<(), Failure> {
    let event_type = AuditEventType::UserErasureRequested;
    append(tx, erasure, event_type, &erasure.requested_by, now, entropy).await
}

/// That nothing is left: the last entry of what was the user's audit.
pub(super) async fn tell_erased(
    tx: &Tx<'_>,
    erasure: &Erasure,
    now: DateTime<Utc>,
    entropy: &dyn Entropy,
) -> Result<(), Failure> {
    let event_type = AuditEventType::UserErased;
    append(
        tx,
        erasure,
        event_type,
        &pseudonym(&erasure.id),
        now,
        entropy,
    )
    .await
}

async fn append(
    tx: &Tx<'_>,
    erasure: &Erasure,
    event_type: AuditEventType,
    user_id: &str,
    now: DateTime<Utc>,
    entropy: &dyn Entropy,
) -> Result<(), Failure> {
    let correlation_id = uuid_v4(entropy).to_string();
    let details = Map::from_iter([("erasure_id".to_owned(), json!(erasure.id))]);
    let event = Event::Audit(AuditEvent {
        event_type,
        user_id: user_id.to_owned(),
        actor: Some(erasure.requested_by.clone()),
        details: JsonObject::from_map(details),
        timestamp: Timestamp::from_datetime(now),
        correlation_id: correlation_id.clone(),
    });
    let subject = Some(format!("erasures/{}", erasure.id));
    let traceparent = erasure.traceparent.clone();
    let new =
        new_event(&event, correlation_id, subject, now, traceparent).map_err(Failure::internal)?;
    outbox::append(tx, vec![new]).await?;
    Ok(())
}
