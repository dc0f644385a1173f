//! The events that Duebell's components exchange: their types, their JSON, and
//! the CloudEvents 1.0 envelope around them.
//!
//! The types come from `wit/`, the one source; this crate gives them their JSON
//! as the contract has it, field by field. It must never know I/O, a clock, a
//! database or HTTP: bytes in, values out, and back.
//!
//! - [`Event::parse`] reads the event of a [`Topic`].
//! - [`CloudEvent`] is the envelope: what Dapr delivers, and what Duebell publishes.
//! - [`event_key`] is by what a consumer knows an event again.
//!
//! Readers are tolerant (unknown fields, time stamps without a zone, missing
//! optional fields), writers are strict: whatever can be written can be read
//! back as the same event.
//!
//! ```
//! use duebell_events::{CloudEvent, Event, Topic, event_key};
//!
//! # fn main() -> Result<(), duebell_events::Malformed> {
//! let delivered = br#"{
//!     "specversion": "1.0", "id": "7", "source": "backend", "type": "com.dapr.event.sent",
//!     "data": {
//!         "event_type": "task.deleted", "task_id": 123, "user_id": "user-456",
//!         "task_data": { "title": "Buy groceries" },
//!         "timestamp": "2026-01-14T10:30:00.5", "correlation_id": "550e8400"
//!     }
//! }"#;
//! let envelope = CloudEvent::parse(delivered)?;
//! let event = Event::parse(Topic::TaskEvents, &envelope.data_json()?)?;
//! assert_eq!(event.user_id(), "user-456");
//! let key = event_key("task-events", event.event_type(), event.correlation_id(), &envelope.id);
//! assert_eq!(key, "task-events/task.deleted/550e8400");
//! # Ok(())
//! # }
//! ```
//!
//! To add an event: add its record and its type's names to `wit/types.wit`, a
//! mirror in `json/`, a case to [`Topic`] and [`Event`], and a golden file to
//! `tests/golden/`.

pub mod cloudevents;
mod event;
mod json;
mod key;
mod malformed;
#[cfg(feature = "schema")]
pub mod schema;
pub mod source;
mod topic;
pub mod wit;

pub use crate::cloudevents::{CloudEvent, EventData};
pub use crate::event::Event;
pub use crate::json::NotATimestamp;
pub use crate::json::UnknownName;
pub use crate::key::event_key;
pub use crate::malformed::Malformed;
pub use crate::topic::Topic;
pub use crate::wit::duebell::events::types::{
    AuditEvent, AuditEventType, HandleError, JsonObject, Outcome, Priority, ReminderEvent,
    ReminderEventType, TaskEvent, TaskEventData, TaskEventType, TaskUpdateAction, TaskUpdateEvent,
    TaskUpdateEventType, Timestamp,
};
