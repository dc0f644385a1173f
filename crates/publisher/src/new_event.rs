//! An event on its way into the outbox.

use chrono::{DateTime, SecondsFormat, Utc};
use duebell_events::{Event, Malformed};
use duebell_store::outbox::NewEvent;

/// An event as the outbox takes it: it happened at `time`, which is told to the
/// millisecond, in the W3C trace context `traceparent`. `id` and `subject` are those of
/// its CloudEvent.
///
/// # Errors
/// The event holds what no reader would take.
pub fn new_event(
    event: &Event,
    id: String,
    subject: Option<String>,
    time: DateTime<Utc>,
    traceparent: Option<String>,
) -> Result<NewEvent, Malformed> {
    Ok(NewEvent {
        topic: event.topic().as_str().to_owned(),
        user_id: event.user_id().to_owned(),
        event_id: id,
        event_type: event.event_type().to_owned(),
        subject,
        time: time.to_rfc3339_opts(SecondsFormat::Millis, true),
        traceparent,
        data: event.to_json()?,
    })
}
