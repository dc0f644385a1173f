//! From a component's outbox to the broker.
//!
//! - [`new_event`] is how an event goes into the outbox.
//! - [`Relay`] publishes what the outbox holds, in commit order for each topic
//!   and user, one relay at a time. It is woken after each commit and by a cron
//!   binding, and it does not matter which of them is lost.
//! - [`History`] answers consumers that saw a gap: which numbers there are, and
//!   the events with given numbers, exactly as they were published.
//! - [`Relay::measure`] and [`Relay::trouble`] say how the outbox stands.
//!
//! This crate never knows what the events mean.

mod background;
mod history;
mod new_event;
mod relay;
mod rounds;
mod standing;

pub use background::{publish_in_background, sweep};
pub use history::History;
pub use new_event::new_event;
pub use relay::{Relay, Relayed};
pub use standing::trouble;

use duebell_events::cloudevents::{CloudEvent, EventData};
use duebell_store::outbox::StoredEvent;

/// The pubsub component that everything is published to.
pub const PUBSUB: &str = "pubsub-kafka";

/// The CloudEvent of an outbox row: as it is published, and as the history
/// gives it again.
fn cloud_event(source: &str, stored: &StoredEvent) -> Result<String, serde_json::Error> {
    let event = &stored.event;
    let cloud_event = CloudEvent {
        id: event.event_id.clone(),
        source: source.to_owned(),
        ty: event.event_type.clone(),
        subject: event.subject.clone(),
        time: Some(event.time.clone()),
        datacontenttype: Some("application/json".to_owned()),
        sequence: u64::try_from(stored.sequence).ok(),
        traceparent: event.traceparent.clone(),
        topic: None,
        pubsubname: None,
        data: EventData::Json(serde_json::value::RawValue::from_string(
            event.data.clone(),
        )?),
    };
    Ok(cloud_event.to_json())
}
