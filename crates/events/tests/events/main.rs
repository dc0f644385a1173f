//! The events' JSON and their envelope, seen from outside.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod cloudevents;
mod golden;
mod properties;
mod reading;
mod schema;
mod timestamps;

use std::path::PathBuf;

use duebell_events::source::TASK_API;
use duebell_events::{CloudEvent, Event, EventData, Timestamp, Topic};
use serde_json::value::RawValue;

/// A golden file, by its path in `tests/golden/`.
fn golden(path: &str) -> String {
    std::fs::read_to_string(golden_folder().join(path)).unwrap()
}

fn golden_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// JSON text without the white space between its tokens; key order stays.
fn compact(json: &str) -> String {
    let mut compact = String::new();
    let mut in_string = false;
    let mut escaped = false;
    for character in json.chars() {
        if in_string || !character.is_whitespace() {
            compact.push(character);
        }
        match character {
            '"' if !escaped => in_string = !in_string,
            '\\' if in_string && !escaped => {
                escaped = true;
                continue;
            }
            _ => {}
        }
        escaped = false;
    }
    compact
}

/// The contract's example of a task event, with one text replaced by another.
fn task_event_with(old: &str, new: &str) -> String {
    let example = golden("v1.0.0/task-event.json");
    assert!(example.contains(old), "{old} is not in the example");
    example.replace(old, new)
}

fn parse_task(json: &str) -> duebell_events::TaskEvent {
    match Event::parse(Topic::TaskEvents, json).unwrap() {
        Event::Task(event) => event,
        other => panic!("a task event became {other:?}"),
    }
}

/// An event in the envelope that Duebell publishes it in.
fn published(
    event: &Event,
    id: &str,
    time: Timestamp,
    sequence: u64,
    traceparent: Option<String>,
) -> CloudEvent {
    CloudEvent {
        id: event.correlation_id().unwrap_or(id).to_owned(),
        source: TASK_API.to_owned(),
        ty: event.event_type().to_owned(),
        subject: event.task_id().map(|task_id| format!("tasks/{task_id}")),
        time: Some(time.to_string()),
        datacontenttype: Some("application/json".to_owned()),
        sequence: Some(sequence),
        traceparent,
        topic: None,
        pubsubname: None,
        data: EventData::Json(RawValue::from_string(event.to_json().unwrap()).unwrap()),
    }
}
