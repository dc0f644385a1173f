//! Examples, made by the code that serves.

use anyhow::{Context, anyhow};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use duebell_chain::{GENESIS, Salt};
use duebell_events::{
    CloudEvent, Event, EventData, ReminderEvent, ReminderEventType, TaskEventType,
    TaskUpdateAction, TaskUpdateEvent, TaskUpdateEventType, Timestamp, source,
};
use duebell_tasks::{
    ALL_FIELDS, Completion, NewTask, Task, TaskId, TaskView, changes, complete, create, task_event,
    update_event,
};
use serde_json::{Map, Value, json, value::RawValue};

pub(crate) const USER: &str = "user-456";

const CORRELATION_ID: &str = "550e8400-e29b-41d4-a716-446655440000";
const OTHER_CORRELATION_ID: &str = "660e9500-f30c-52e5-b827-557766551111";
const UPDATE_ID: &str = "7a1d3f5c-0b2e-4c46-9a58-6f1e2d3c4b5a";
const REMINDER_ID: u64 = 789;
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The id by which the logs know the example's request.
pub(crate) const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// When it all happens.
pub(crate) fn now() -> anyhow::Result<DateTime<Utc>> {
    Ok("2026-01-14T10:30:00.125Z".parse()?)
}

/// The body of a `POST /api/tasks`.
pub(crate) fn new_task() -> Value {
    json!({
        "title": "Buy groceries",
        "description": "Milk, bread, eggs",
        "priority": "high",
        "due_date": "2026-01-15T14:00:00Z",
        "tags": ["shopping", "personal"],
        "recurring_pattern": "weekly",
        "time_zone": "Europe/Berlin",
    })
}

fn task() -> anyhow::Result<Task> {
    let new: NewTask = serde_json::from_value(new_task())?;
    let now = now()?;
    create(new, USER, TaskId::generate(now, 0x2a7), now)
        .map_err(|problems| anyhow!("the example cannot be taken: {problems:?}"))
}

fn completed_task() -> anyhow::Result<Task> {
    match complete(&task()?, now()? + TimeDelta::hours(1)) {
        Completion::Completed(task) => Ok(task),
        Completion::AlreadyCompleted => Err(anyhow!("the example is completed already")),
    }
}

/// The task that comes of [`new_task`].
pub(crate) fn open() -> anyhow::Result<Value> {
    Ok(serde_json::to_value(TaskView::new(&task()?, now()?))?)
}

/// The same, completed an hour later.
pub(crate) fn completed() -> anyhow::Result<Value> {
    let task = completed_task()?;
    Ok(serde_json::to_value(TaskView::new(&task, task.updated_at))?)
}

/// The same, reopened: like the open one, two changes later.
pub(crate) fn reopened() -> anyhow::Result<Value> {
    let task = completed_task()?;
    match duebell_tasks::reopen(&task, task.updated_at + TimeDelta::hours(1)) {
        duebell_tasks::Reopening::Reopened(task) => {
            Ok(serde_json::to_value(TaskView::new(&task, task.updated_at))?)
        }
        duebell_tasks::Reopening::AlreadyOpen => Err(anyhow!("the example is open already")),
    }
}

/// Where the task is.
pub(crate) fn location() -> anyhow::Result<String> {
    Ok(format!("/api/tasks/{}", task()?.id))
}

/// A task event in the envelope in which task-api publishes it.
pub(crate) fn task_message(event_type: TaskEventType) -> anyhow::Result<Value> {
    let task = match event_type {
        TaskEventType::Completed => completed_task()?,
        _ => task()?,
    };
    let event = task_event(&task, event_type, task.updated_at, CORRELATION_ID);
    message(&Event::Task(event), CORRELATION_ID, Some(1))
}

/// A reminder event in an envelope.
pub(crate) fn reminder_message(event_type: ReminderEventType) -> anyhow::Result<Value> {
    let task = task()?;
    let due = task.due_date.context("the example has no due date")?;
    let event = ReminderEvent {
        event_type,
        reminder_id: REMINDER_ID,
        task_id: task.id.into(),
        user_id: USER.to_owned(),
        title: task.title,
        due_at: Timestamp::from_datetime(due),
        remind_at: Timestamp::from_datetime(due - TimeDelta::hours(1)),
        correlation_id: OTHER_CORRELATION_ID.to_owned(),
    };
    message(&Event::Reminder(event), OTHER_CORRELATION_ID, None)
}

/// A task update in an envelope.
pub(crate) fn update_message(event_type: TaskUpdateEventType) -> anyhow::Result<Value> {
    let task = task()?;
    let (action, fields) = match event_type {
        TaskUpdateEventType::Sync => (TaskUpdateAction::Created, ALL_FIELDS),
        TaskUpdateEventType::Reminder => (TaskUpdateAction::Reminder, &[][..]),
    };
    let event = TaskUpdateEvent {
        event_type,
        ..update_event(
            &task,
            action,
            changes(&task, fields),
            Some("web-abc123"),
            now()?,
        )
    };
    let sequence = (event_type == TaskUpdateEventType::Sync).then_some(1);
    message(&Event::Update(event), UPDATE_ID, sequence)
}

fn message(event: &Event, id: &str, sequence: Option<u64>) -> anyhow::Result<Value> {
    let envelope = CloudEvent {
        id: id.to_owned(),
        source: sequence
            .map_or("/another/publisher", |_| source::TASK_API)
            .to_owned(),
        ty: event.event_type().to_owned(),
        subject: Some(format!("tasks/{}", event.task_id())),
        time: Some(now()?.to_rfc3339_opts(SecondsFormat::Millis, true)),
        datacontenttype: Some("application/json".to_owned()),
        sequence,
        traceparent: Some(TRACEPARENT.to_owned()),
        topic: None,
        pubsubname: None,
        data: EventData::Json(RawValue::from_string(event.to_json()?)?),
    };
    Ok(serde_json::from_str(&envelope.to_json())?)
}

/// The first entry of the user's audit.
pub(crate) fn audit_entry() -> anyhow::Result<Value> {
    let message = task_message(TaskEventType::Created)?;
    let event = message.get("data").cloned().unwrap_or_default();
    let salt = Salt::new([0x5a; 16]);
    let mut entry = Map::new();
    for (name, value) in [
        ("number", json!(1)),
        ("topic", json!("task-events")),
        ("event_type", json!("task.created")),
        ("event_id", json!(CORRELATION_ID)),
        ("source", json!(source::TASK_API)),
        ("sequence", json!(1)),
        ("traceparent", json!(TRACEPARENT)),
        ("recorded_at", json!("2026-01-14T10:30:00.140Z")),
        (
            "commitment",
            json!(duebell_chain::commitment(&salt, &event)?),
        ),
        ("previous_hash", json!(GENESIS)),
    ] {
        entry.insert(name.to_owned(), value);
    }
    let hash = duebell_chain::hash(&entry)?;
    entry.insert("event".to_owned(), event);
    entry.insert("salt".to_owned(), json!(salt.as_str()));
    entry.insert("hash".to_owned(), json!(hash));
    Ok(Value::Object(entry))
}
