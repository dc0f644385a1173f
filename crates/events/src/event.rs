//! One event of any topic.

use crate::{AuditEvent, Malformed, ReminderEvent, TaskEvent, TaskUpdateEvent, Topic, malformed};

/// One event of any topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    /// Of topic `task-events`.
    Task(TaskEvent),
    /// Of topic `reminder-events`.
    Reminder(ReminderEvent),
    /// Of topic `task-updates`.
    Update(TaskUpdateEvent),
    /// Of topic `audit-events`.
    Audit(AuditEvent),
}

impl Event {
    /// Reads the event that `data` holds as JSON text, as the topic has it.
    ///
    /// # Errors
    ///
    /// The text is no JSON, lacks a field that the contract requires, or has one
    /// out of range.
    pub fn parse(topic: Topic, data: &str) -> Result<Self, Malformed> {
        match topic {
            Topic::TaskEvents => malformed::read("task event", data).map(Self::Task),
            Topic::ReminderEvents => malformed::read("reminder event", data).map(Self::Reminder),
            Topic::TaskUpdates => malformed::read("task update", data).map(Self::Update),
            Topic::AuditEvents => malformed::read("audit event", data).map(Self::Audit),
        }
    }

    /// The event's JSON, compact, its fields in the contract's order.
    ///
    /// # Errors
    ///
    /// The event holds what no reader would take: an id out of range, an empty
    /// user, a time outside the years 0 to 9999, changes that are no JSON object.
    pub fn to_json(&self) -> Result<String, Malformed> {
        match self {
            Self::Task(event) => serde_json::to_string(event),
            Self::Reminder(event) => serde_json::to_string(event),
            Self::Update(event) => serde_json::to_string(event),
            Self::Audit(event) => serde_json::to_string(event),
        }
        .map_err(|error| Malformed::new("event", error))
    }

    /// The topic that it belongs to.
    pub fn topic(&self) -> Topic {
        match self {
            Self::Task(_) => Topic::TaskEvents,
            Self::Reminder(_) => Topic::ReminderEvents,
            Self::Update(_) => Topic::TaskUpdates,
            Self::Audit(_) => Topic::AuditEvents,
        }
    }

    /// What happened, as the contract spells it: `task.created`.
    pub fn event_type(&self) -> &'static str {
        match self {
            Self::Task(event) => event.event_type.as_str(),
            Self::Reminder(event) => event.event_type.as_str(),
            Self::Update(event) => event.event_type.as_str(),
            Self::Audit(event) => event.event_type.as_str(),
        }
    }

    /// The task that it is about; what operators do is about none.
    pub fn task_id(&self) -> Option<u64> {
        match self {
            Self::Task(event) => Some(event.task_id),
            Self::Reminder(event) => Some(event.task_id),
            Self::Update(event) => Some(event.task_id),
            Self::Audit(_) => None,
        }
    }

    /// Whose task it is, or in whose audit it belongs.
    pub fn user_id(&self) -> &str {
        match self {
            Self::Task(event) => &event.user_id,
            Self::Reminder(event) => &event.user_id,
            Self::Update(event) => &event.user_id,
            Self::Audit(event) => &event.user_id,
        }
    }

    /// What makes a handler idempotent; task updates have none.
    pub fn correlation_id(&self) -> Option<&str> {
        match self {
            Self::Task(event) => Some(&event.correlation_id),
            Self::Reminder(event) => Some(&event.correlation_id),
            Self::Update(_) => None,
            Self::Audit(event) => Some(&event.correlation_id),
        }
    }
}
