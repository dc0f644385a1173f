//! Examples, made by the code that serves.

use anyhow::{Context, anyhow};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use duebell_chain::{GENESIS, Salt};
use duebell_events::{
    AuditEvent, AuditEventType, CloudEvent, Event, EventData, JsonObject, ReminderEventType,
    TaskEventType, TaskUpdateAction, TaskUpdateEvent, TaskUpdateEventType, Timestamp, source,
};
use duebell_ids::{NotificationId, ReminderId, TaskId};
use duebell_tasks::{
    ALL_FIELDS, Completion, Created, NewTask, Reminder, ReminderView, Task, TaskView, changes,
    complete, create, reminder_event, task_event, update_event,
};
use serde_json::{Map, Value, json, value::RawValue};

pub(crate) const USER: &str = "user-456";

const CORRELATION_ID: &str = "550e8400-e29b-41d4-a716-446655440000";
const OTHER_CORRELATION_ID: &str = "660e9500-f30c-52e5-b827-557766551111";
const UPDATE_ID: &str = "7a1d3f5c-0b2e-4c46-9a58-6f1e2d3c4b5a";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The id of the example's dead letter.
const DEAD_LETTER_ID: i64 = 7_311_234_567_890;

/// The id of the example's erasure.
const ERASURE_ID: &str = "8b2f0e6a-4d1c-4f7e-9a53-2c6d8e0f1a2b";

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
        "reminders": [new_reminder()],
    })
}

fn created() -> anyhow::Result<Created> {
    let new: NewTask = serde_json::from_value(new_task())?;
    let now = now()?;
    create(new, USER, TaskId::generate(now, 0x2a7), now)
        .map_err(|problems| anyhow!("the example cannot be taken: {problems:?}"))
}

fn task() -> anyhow::Result<Task> {
    Ok(created()?.task)
}

fn reminders() -> anyhow::Result<Vec<Reminder>> {
    let Created { task, alarms } = created()?;
    let made_at = now()?;
    Ok(alarms
        .into_iter()
        .map(|alarm| Reminder {
            id: ReminderId::generate(made_at, 0x31e),
            task_id: task.id,
            alarm,
            created_at: made_at,
        })
        .collect())
}

/// The task, found.
pub(crate) fn search_hit() -> anyhow::Result<Value> {
    let task = open()?;
    let of = |name: &str| task.get(name).cloned();
    Ok(json!({
        "id": of("id"), "title": of("title"), "completed": false, "priority": of("priority"),
        "tags": of("tags"), "due_date": of("due_date"),
        "highlights": {
            "title": "Buy <mark>groceries</mark>",
            "description": "<mark>Milk</mark>, bread, eggs",
            "tags": of("tags"),
        },
    }))
}

/// The body of a `POST /api/tasks/{id}/reminders`.
pub(crate) fn new_reminder() -> Value {
    json!({ "before": "PT1H" })
}

/// The reminder of the task.
pub(crate) fn reminder() -> anyhow::Result<Value> {
    let reminders = reminders()?;
    let reminder = reminders.first().context("the example has no reminder")?;
    Ok(serde_json::to_value(ReminderView::new(reminder, now()?))?)
}

/// What its ringing leads to.
pub(crate) fn notification() -> anyhow::Result<Value> {
    let task = task()?;
    let reminders = reminders()?;
    let reminder = reminders.first().context("the example has no reminder")?;
    let rings = reminder.alarm.remind_at;
    let made_at = rings + TimeDelta::milliseconds(38);
    Ok(json!({
        "id": NotificationId::generate(made_at, 0x0c4),
        "kind": "reminder",
        "task_id": task.id,
        "reminder_id": reminder.id,
        "title": task.title,
        "due_at": task.due_date.map(Timestamp::from_datetime),
        "remind_at": Timestamp::from_datetime(rings),
        "created_at": made_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "read_at": null,
        "settled_at": null,
    }))
}

fn completed_task() -> anyhow::Result<Task> {
    match complete(&task()?, now()? + TimeDelta::hours(1)) {
        Completion::Completed(task) => Ok(task),
        Completion::AlreadyCompleted => Err(anyhow!("the example is completed already")),
    }
}

/// The task that comes of [`new_task`].
pub(crate) fn open() -> anyhow::Result<Value> {
    Ok(serde_json::to_value(TaskView::new(
        &task()?,
        &reminders()?,
        now()?,
    ))?)
}

/// The same, completed an hour later.
pub(crate) fn completed() -> anyhow::Result<Value> {
    let task = completed_task()?;
    // Its reminder was cancelled with that.
    let view = TaskView::new(&task, &[], task.updated_at);
    Ok(serde_json::to_value(view)?)
}

/// The same, reopened: like the open one, two changes later.
pub(crate) fn reopened() -> anyhow::Result<Value> {
    let task = completed_task()?;
    match duebell_tasks::reopen(&task, task.updated_at + TimeDelta::hours(1)) {
        duebell_tasks::Reopening::Reopened(task) => {
            let reminders = reminders()?;
            let view = TaskView::new(&task, &reminders, task.updated_at);
            Ok(serde_json::to_value(view)?)
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
    message(&Event::Task(event), CORRELATION_ID, source::TASK_API)
}

/// A reminder event in an envelope.
pub(crate) fn reminder_message(event_type: ReminderEventType) -> anyhow::Result<Value> {
    let task = task()?;
    let reminders = reminders()?;
    let reminder = reminders.first().context("the example has no reminder")?;
    let event = reminder_event(&task, reminder, event_type, OTHER_CORRELATION_ID);
    let by = match event_type {
        ReminderEventType::Due => source::REMINDER_TRIGGER,
        ReminderEventType::Scheduled | ReminderEventType::Cancelled => source::TASK_API,
    };
    message(&Event::Reminder(event), OTHER_CORRELATION_ID, by)
}

/// A task update in an envelope.
pub(crate) fn update_message(event_type: TaskUpdateEventType) -> anyhow::Result<Value> {
    let task = task()?;
    let changed = changes(&task, ALL_FIELDS, Some(&reminders()?), now()?);
    let sync = update_event(
        &task,
        TaskUpdateAction::Created,
        changed,
        Some("web-abc123"),
        now()?,
    );
    let (event, by) = match event_type {
        TaskUpdateEventType::Sync => (sync, source::TASK_API),
        TaskUpdateEventType::Reminder => (reminder_update(sync)?, source::NOTIFIER),
    };
    message(&Event::Update(event), UPDATE_ID, by)
}

/// What an operator did, or Duebell by itself, in an envelope.
pub(crate) fn audit_message(event_type: AuditEventType) -> anyhow::Result<Value> {
    let mut actor = Some("root".to_owned());
    let mut by = source::DEAD_LETTERS;
    let mut details = json!({
        "dead_letter_id": DEAD_LETTER_ID, "subscriber": "notifier", "topic": "task-events",
        "event_type": "task.completed", "event_id": CORRELATION_ID,
    });
    let mut user_id = task()?.user_id;
    match event_type {
        AuditEventType::DeadLetterListed => {
            details = json!({ "status": "open", "subscriber": null, "limit": 50 });
            "root".clone_into(&mut user_id);
        }
        AuditEventType::DeadLetterReplayed => {
            if let Some(details) = details.as_object_mut() {
                details.insert("outcome".to_owned(), json!("done"));
                details.insert("reason".to_owned(), Value::Null);
            }
        }
        AuditEventType::DeadLetterShown | AuditEventType::DeadLetterDiscarded => {}
        AuditEventType::AuditCheckpoint => {
            details = crate::evidence::checkpoint()?;
            "duebell:audit-sink".clone_into(&mut user_id);
            (actor, by) = (None, source::AUDIT_SINK);
        }
        AuditEventType::UserErasureRequested | AuditEventType::UserErased => {
            details = json!({ "erasure_id": ERASURE_ID });
            by = source::TASK_API;
            user_id = match event_type {
                AuditEventType::UserErased => format!("erased:{ERASURE_ID}"),
                _ => "root".to_owned(),
            };
        }
    }
    let event = AuditEvent {
        event_type,
        user_id,
        actor,
        details: JsonObject {
            text: details.to_string(),
        },
        timestamp: Timestamp::from_datetime(now()?),
        correlation_id: OTHER_CORRELATION_ID.to_owned(),
    };
    message(&Event::Audit(event), OTHER_CORRELATION_ID, by)
}

/// An erasure that waits for one component.
pub(crate) fn erasure() -> Value {
    let done = |component: &str| json!({ "component": component, "done_at": "2026-01-14T10:30:01.000Z", "waiting_for": null });
    let mut components: Vec<Value> = [
        "audit-sink",
        "dead-letters",
        "live-updates",
        "notifier",
        "recurrence",
    ]
    .map(done)
    .into();
    components.push(json!({
        "component": "reminder-trigger", "done_at": null,
        "waiting_for": "the scheduler has still jobs to remove",
    }));
    components.push(done("search-indexer"));
    components.push(json!({
        "component": "task-api", "done_at": null, "waiting_for": "the other components",
    }));
    json!({
        "id": ERASURE_ID,
        "requested_by": "root",
        "requested_at": "2026-01-14T10:30:00.000Z",
        "completed_at": null,
        "audit_user_id": format!("erased:{ERASURE_ID}"),
        "components": components,
    })
}

/// A dead letter of the example's task.
pub(crate) fn dead_letter() -> anyhow::Result<Value> {
    Ok(json!({
        "id": DEAD_LETTER_ID,
        "subscriber": "notifier",
        "topic": "task-events",
        "event_type": "task.created",
        "event_id": CORRELATION_ID,
        "user_id": task()?.user_id,
        "status": "open",
        "reason": "the database is locked",
        "attempts": 3,
        "passing": true,
        "replays": 1,
        "next_replay_at": "2026-01-14T10:30:15.412Z",
        "arrived_at": "2026-01-14T10:30:04.412Z",
        "changed_at": "2026-01-14T10:30:05.412Z",
    }))
}

/// The update that notifier sends when the reminder rings.
fn reminder_update(sync: TaskUpdateEvent) -> anyhow::Result<TaskUpdateEvent> {
    let notification = notification()?;
    let member = |name: &str| notification.get(name).cloned().unwrap_or_default();
    let changes = json!({
        "notification_id": member("id"),
        "reminder_id": member("reminder_id"),
        "title": member("title"),
        "due_at": member("due_at"),
        "remind_at": member("remind_at"),
    });
    let made_at: DateTime<Utc> = serde_json::from_value(member("created_at"))?;
    Ok(TaskUpdateEvent {
        event_type: TaskUpdateEventType::Reminder,
        action: TaskUpdateAction::Reminder,
        changes: JsonObject {
            text: changes.to_string(),
        },
        source_client: None,
        timestamp: Timestamp::from_datetime(made_at),
        ..sync
    })
}

fn message(event: &Event, id: &str, source: &str) -> anyhow::Result<Value> {
    let subject = match event {
        Event::Reminder(event) => format!("reminders/{}", event.reminder_id),
        Event::Task(event) => format!("tasks/{}", event.task_id),
        Event::Update(event) => format!("tasks/{}", event.task_id),
        Event::Audit(_) => format!("dead-letters/{DEAD_LETTER_ID}"),
    };
    let envelope = CloudEvent {
        id: id.to_owned(),
        source: source.to_owned(),
        ty: event.event_type().to_owned(),
        subject: Some(subject),
        time: Some(now()?.to_rfc3339_opts(SecondsFormat::Millis, true)),
        datacontenttype: Some("application/json".to_owned()),
        sequence: Some(1),
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
