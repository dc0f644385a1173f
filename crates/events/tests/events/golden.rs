//! Yesterday's events, read and written with today's code.

use duebell_events::{CloudEvent, Event, Timestamp, Topic};

use crate::{compact, golden, golden_folder, parse_task, published};

const VERSIONS_AT_LEAST: usize = 1;

/// Every version of the contract that there has been: `golden/v1.0.0` and on.
fn versions() -> Vec<String> {
    let mut versions: Vec<String> = std::fs::read_dir(golden_folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('v'))
        .collect();
    versions.sort();
    assert!(versions.len() >= VERSIONS_AT_LEAST);
    versions
}

#[test]
fn every_example_of_every_version_is_written_as_it_was_read() {
    let files = [
        (Topic::TaskEvents, "task-event.json"),
        (Topic::ReminderEvents, "reminder-event.json"),
        (Topic::TaskUpdates, "task-update-event.json"),
        (Topic::AuditEvents, "audit-event.json"),
        (Topic::AuditEvents, "audit-checkpoint-event.json"),
    ];
    for version in versions() {
        for (topic, file) in files {
            let example = golden(&format!("{version}/{file}"));
            let event = Event::parse(topic, &example).unwrap();
            let written = compact(&event.to_json().unwrap());
            assert_eq!(written, compact(&example), "{version}/{file}");
            assert_eq!(event.topic(), topic);
        }
    }
}

#[test]
fn every_version_of_the_envelope_is_written_as_it_was_read() {
    for version in versions() {
        let example = golden(&format!("{version}/cloudevent.json"));
        let envelope = CloudEvent::parse(example.as_bytes()).unwrap();
        assert_eq!(compact(&envelope.to_json()), compact(&example), "{version}");
    }
}

#[test]
fn an_event_is_published_in_the_golden_envelope() {
    let event = Event::Task(parse_task(&golden("v1.0.0/task-event.json")));
    let time: Timestamp = "2026-01-14T10:30:00.125Z".parse().unwrap();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let envelope = published(&event, "unused", time, 1, Some(trace.to_owned()));
    assert_eq!(
        envelope.to_json(),
        compact(&golden("v1.0.0/cloudevent.json"))
    );
}

#[test]
fn an_event_of_the_contracts_python_models_is_in_utc() {
    let event = parse_task(&golden("foreign/python-without-zone.json"));
    assert_eq!(event.timestamp.to_string(), "2026-01-14T10:30:00Z");
    let due_date = event.task_data.due_date.unwrap();
    assert_eq!(due_date.to_string(), "2026-01-15T14:00:00.123456Z");
}

#[test]
fn an_event_with_more_and_with_fewer_fields_is_read() {
    let event = parse_task(&golden("foreign/extra-fields.json"));
    let written = Event::Task(event).to_json().unwrap();
    assert_eq!(
        written,
        r#"{"event_type":"task.completed","task_id":123,"user_id":"user-456","task_data":{"title":"Buy groceries","description":null,"completed":true,"priority":"medium","due_date":null,"tags":[],"recurring_pattern":null,"next_occurrence":null},"timestamp":"2026-01-14T10:30:00Z","correlation_id":"550e8400-e29b-41d4-a716-446655440000"}"#
    );
}
