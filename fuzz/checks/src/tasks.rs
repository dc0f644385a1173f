//! The bodies that tasks and reminders come and change by.

use crate::{lines, now, problem::refused};
use bytes::Bytes;
use chrono::TimeDelta;
use duebell_events::{Event, TaskEventType};
use duebell_service::body::read_object;
use duebell_service::{FieldError, Problem};
use duebell_tasks::{
    Change, Completion, Created, FieldProblem, NewReminder, NewTask, Task, TaskId, TaskPatch,
    TaskView, apply_patch, complete, create, next_occurrence, one_alarm, task_event,
};
use serde_json::{Map, Value};

/// The input as three lines: a new task, a merge patch of it, and one more reminder.
pub fn tasks(input: &[u8]) {
    let [new, patch, reminder] = lines(input).map(Bytes::copy_from_slice);
    let Some(made) = read_object(&new).map_err(refused).ok().and_then(make) else {
        return;
    };
    let task = &made.task;
    assert!((1..=200).contains(&task.title.chars().count()));
    let fields = shown(task);
    let again = serde_json::from_value(Value::Object(fields.clone())).expect("it is a task");
    let again = create(again, "alice", task.id, now()).expect("what is shown can be sent");
    assert_eq!(again.task, *task);
    told(task);
    patched(task, &fields, &patch);
    comes_again(&made);
    if let Ok(wanted) = read_object::<NewReminder>(&reminder).map_err(refused) {
        match one_alarm(&wanted, task, 0, now()) {
            Ok(alarm) if alarm.before.is_none() => assert!(alarm.remind_at >= now()),
            Ok(alarm) => assert!(Some(alarm.remind_at) <= task.due_date),
            Err(fields) => refused(as_problem(fields)),
        }
    }
}

fn make(new: NewTask) -> Option<Created> {
    let id = TaskId::new(123).expect("it is one");
    create(new, "alice", id, now())
        .map_err(|fields| refused(as_problem(fields)))
        .ok()
}

fn as_problem(fields: Vec<FieldProblem>) -> Problem {
    assert!(!fields.is_empty());
    let errors = fields.into_iter();
    Problem::validation(errors.map(|field| FieldError::pointer(field.pointer, field.detail)))
}

/// What a client sees of a task of what it can set.
fn shown(task: &Task) -> Map<String, Value> {
    let view = serde_json::to_value(TaskView::new(task, &[], now())).expect("it can be shown");
    let settable = [
        "title",
        "description",
        "priority",
        "due_date",
        "tags",
        "recurring_pattern",
        "time_zone",
    ];
    settable
        .into_iter()
        .map(|name| (name.to_owned(), view[name].clone()))
        .collect()
}

/// The task's event can be written, and is read again as the same.
fn told(task: &Task) {
    let event = Event::Task(task_event(task, TaskEventType::Created, now(), "id"));
    let json = event.to_json().expect("it can be written");
    assert_eq!(Event::parse(event.topic(), &json), Ok(event));
}

/// A patched task is what a new one of the merged document would be (RFC 7396).
fn patched(task: &Task, fields: &Map<String, Value>, patch: &Bytes) {
    let Ok(read) = read_object::<TaskPatch>(patch).map_err(refused) else {
        return;
    };
    let patch: Map<String, Value> = serde_json::from_slice(patch).expect("it was read");
    let changed = apply_patch(task, &read, now());
    if ["completed", "reminders"]
        .iter()
        .any(|name| patch.contains_key(*name))
    {
        assert!(changed.is_err(), "they cannot be set here");
        return;
    }
    let mut merged = fields.clone();
    for (name, value) in patch {
        if value.is_null() {
            merged.remove(&name);
        } else {
            merged.insert(name, value);
        }
    }
    let expected = serde_json::from_value(Value::Object(merged)).expect("its kinds are right");
    match (create(expected, "alice", task.id, now()), changed) {
        (Ok(expected), Ok(Change::Unchanged)) => assert_eq!(shown(&expected.task), *fields),
        (Ok(expected), Ok(Change::Changed { task: changed, .. })) => {
            // When it comes again may differ: the patched one goes on, the new one begins.
            assert_eq!(shown(&expected.task), shown(&changed));
            assert_eq!(changed.version, task.version + 1);
            told(&changed);
        }
        (Err(expected), Err(found)) => {
            assert_eq!(expected, found);
            refused(as_problem(found));
        }
        (expected, found) => panic!("{expected:?} but {found:?}"),
    }
}

/// What comes of its completion is due after both its due date and that.
fn comes_again(made: &Created) {
    let later = now() + TimeDelta::days(40);
    let Completion::Completed(done) = complete(&made.task, later) else {
        panic!("a new task is open");
    };
    let id = TaskId::new(124).expect("it is one");
    let Some(next) = next_occurrence(&done, &made.alarms, id, later) else {
        return;
    };
    assert!(next.task.due_date > Some(later) && next.task.due_date > made.task.due_date);
    assert!(next.alarms.len() <= made.alarms.len());
    told(&next.task);
}
