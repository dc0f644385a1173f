//! A change of a task and the events that tell of it, for one transaction.

use crate::reminders::Reminders;
use chrono::{DateTime, Utc};
use duebell_edge::Failure;
use duebell_events::{Event, TaskEventType, TaskUpdateAction};
use duebell_service::{Entropy, FieldError, Problem, uuid_v4};
use duebell_store::{
    Tx,
    outbox::{self, NewEvent},
};
use duebell_tasks::{FieldProblem, Task, changes, task_event, update_event};

/// In which context a change is made.
pub(crate) struct Context<'a> {
    /// When.
    pub(crate) now: DateTime<Utc>,
    /// Randomness for correlation ids.
    pub(crate) entropy: &'a dyn Entropy,
    /// The client that makes it, by its `X-Client-Id`.
    pub(crate) source_client: Option<String>,
    /// The W3C trace context of the request.
    pub(crate) traceparent: Option<String>,
}

/// What happened to a task, as both topics tell it.
pub(crate) struct Told<'a> {
    /// For `task-events`; nothing if only reminders changed.
    pub(crate) event: Option<TaskEventType>,
    /// For `task-updates`.
    pub(crate) action: TaskUpdateAction,
    /// The names of the fields that changed.
    pub(crate) fields: &'a [&'a str],
}

impl Context<'_> {}

/// Puts the events of a change into the outbox: `task-events` for services,
/// `reminder-events` for who rings, `task-updates` for the user's other clients.
pub(crate) async fn tell(
    tx: &Tx<'_>,
    context: &Context<'_>,
    task: &Task,
    told: &Told<'_>,
    reminders: &Reminders,
) -> Result<(), Failure> {
    let mut events = Vec::with_capacity(2 + reminders.events.len());
    if let Some(event_type) = told.event {
        let correlation_id = uuid_v4(context.entropy).to_string();
        let event = task_event(task, event_type, context.now, &correlation_id);
        events.push(Event::Task(event));
    }
    events.extend(reminders.events.iter().cloned().map(Event::Reminder));
    // Of a task that is gone there is nothing to show.
    let shown = reminders.changed && told.action != TaskUpdateAction::Deleted;
    let listed = shown.then_some(reminders.listed.as_slice());
    events.push(Event::Update(update_event(
        task,
        told.action,
        changes(task, told.fields, listed, context.now),
        context.source_client.as_deref(),
        context.now,
    )));
    let events = events
        .iter()
        .map(|event| new_event(context, task, event))
        .collect::<Result<Vec<_>, Failure>>()?;
    outbox::append(tx, events).await?;
    Ok(())
}

fn new_event(context: &Context<'_>, task: &Task, event: &Event) -> Result<NewEvent, Failure> {
    let id = match event.correlation_id() {
        Some(correlation_id) => correlation_id.to_owned(),
        None => uuid_v4(context.entropy).to_string(),
    };
    let subject = Some(subject(task, event));
    let traceparent = context.traceparent.clone();
    duebell_publisher::new_event(event, id, subject, context.now, traceparent)
        .map_err(Failure::internal)
}

fn subject(task: &Task, event: &Event) -> String {
    match event {
        Event::Reminder(event) => format!("reminders/{}", event.reminder_id),
        Event::Task(_) | Event::Update(_) | Event::Audit(_) => format!("tasks/{}", task.id),
    }
}

/// The answer to fields that cannot be taken.
pub(crate) fn not_valid(problems: Vec<FieldProblem>) -> Problem {
    Problem::validation(
        problems
            .into_iter()
            .map(|problem| FieldError::pointer(problem.pointer, problem.detail)),
    )
}
