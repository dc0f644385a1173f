//! The event of a checkpoint.

use crate::{app::App, storage::OWN};
use chrono::{DateTime, Utc};
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_events::{AuditEvent, AuditEventType, Event, JsonObject, Timestamp, event_key, source};
use duebell_publisher::new_event;
use duebell_service::uuid_v4;
use duebell_store::{Tx, outbox};
use duebell_subscriber::Delivered;
use serde_json::{Map, Value};

/// Puts `audit.checkpoint` into the outbox, and into audit-sink's own chain. It is
/// consumer and publisher of the same topic: what it tells itself it need not wait for.
pub(super) async fn tell<T: Transport + 'static>(
    app: &App<T>,
    tx: &Tx<'_>,
    now: DateTime<Utc>,
    number: i64,
    checkpoint: Map<String, Value>,
) -> Result<(), Failure> {
    let id = uuid_v4(&*app.entropy).to_string();
    let event = Event::Audit(AuditEvent {
        event_type: AuditEventType::AuditCheckpoint,
        user_id: OWN.to_owned(),
        actor: None,
        details: JsonObject::from_map(checkpoint),
        timestamp: Timestamp::from_datetime(now),
        correlation_id: id.clone(),
    });
    let (topic, event_type) = (event.topic(), event.event_type());
    let subject = Some(format!("checkpoints/{number}"));
    let new = new_event(&event, id.clone(), subject, now, None).map_err(Failure::internal)?;
    let data = new.data.clone();
    outbox::append(tx, vec![new]).await?;
    let sequence = outbox::head(tx, topic.as_str(), OWN).await?;
    let own = Delivered {
        key: event_key(topic.as_str(), event_type, Some(&id), &id),
        topic,
        event,
        data,
        id,
        source: source::AUDIT_SINK.to_owned(),
        sequence: u64::try_from(sequence).ok(),
        traceparent: None,
    };
    app.subscriber
        .take_own(tx, &own)
        .await
        .map_err(|failure| match failure {
            duebell_subscriber::Failure::Store(error) => error.into(),
            duebell_subscriber::Failure::Retry(why) | duebell_subscriber::Failure::Drop(why) => {
                Failure::internal(why)
            }
        })
}
