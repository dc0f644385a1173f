//! The envelope.

use duebell_events::{CloudEvent, Event, EventData, Topic, event_key};

use crate::{golden, published};

const MINIMAL: &str = r#"{"specversion":"1.0","id":"1","source":"s","type":"t"}"#;

fn minimal_with(more: &str) -> CloudEvent {
    let json = MINIMAL.replace('}', &format!(",{more}}}"));
    CloudEvent::parse(json.as_bytes()).unwrap()
}

#[test]
fn duebells_own_envelope_is_read() {
    let envelope = CloudEvent::parse(golden("v1.0.0/cloudevent.json").as_bytes()).unwrap();
    assert_eq!(envelope.id, "550e8400-e29b-41d4-a716-446655440000");
    assert_eq!(envelope.source, "/duebell/task-api");
    assert_eq!(envelope.ty, "task.created");
    assert_eq!(envelope.subject.as_deref(), Some("tasks/123"));
    assert_eq!(envelope.sequence, Some(1));
    let event = Event::parse(Topic::TaskEvents, &envelope.data_json().unwrap()).unwrap();
    assert_eq!(event.event_type(), "task.created");
}

#[test]
fn what_dapr_puts_around_foreign_json_is_read() {
    let envelope = CloudEvent::parse(golden("foreign/dapr-wrapped-json.json").as_bytes()).unwrap();
    assert_eq!(envelope.topic.as_deref(), Some("reminder-events"));
    assert_eq!(envelope.pubsubname.as_deref(), Some("pubsub-kafka"));
    assert_eq!(envelope.ty, "com.dapr.event.sent");
    assert_eq!(envelope.sequence, None);
    assert_eq!(envelope.traceparent, None);
    assert!(matches!(envelope.data, EventData::Json(_)));
    let event = Event::parse(Topic::ReminderEvents, &envelope.data_json().unwrap()).unwrap();
    assert_eq!(event.user_id(), "user-456");
}

#[test]
fn an_event_that_was_published_as_text_is_the_same_event() {
    let as_json = CloudEvent::parse(golden("foreign/dapr-wrapped-json.json").as_bytes()).unwrap();
    let as_text = CloudEvent::parse(golden("foreign/dapr-wrapped-text.json").as_bytes()).unwrap();
    assert!(matches!(as_text.data, EventData::Text(_)));
    assert_eq!(as_text.data_json().unwrap(), as_json.data_json().unwrap());
    assert!(as_text.traceparent.is_some());
}

#[test]
fn an_event_that_was_published_as_bytes_is_decoded() {
    let envelope = minimal_with(r#""data_base64":"eyJhIjoxfQ==""#);
    assert_eq!(envelope.data_json().unwrap(), "{\"a\":1}");
    let refused = minimal_with(r#""data_base64":"/w==""#)
        .data_json()
        .unwrap_err();
    assert_eq!(refused.pointer(), "/data_base64");
}

#[test]
fn data_is_kept_byte_for_byte() {
    let envelope = minimal_with(r#""data" : {"z": 1.0, "a":"\u0041",  "z":2} "#);
    assert_eq!(
        envelope.data_json().unwrap(),
        r#"{"z": 1.0, "a":"\u0041",  "z":2}"#
    );
}

#[test]
fn an_envelope_may_be_empty() {
    for more in [r#""data":null"#, r#""datacontenttype":null"#] {
        let envelope = minimal_with(more);
        assert!(matches!(envelope.data, EventData::None));
        let refused = envelope.data_json().unwrap_err().to_string();
        assert_eq!(refused, "malformed CloudEvent at /data: there is no data");
        assert_eq!(envelope.to_json(), MINIMAL);
    }
}

#[test]
fn a_sequence_is_a_count_however_it_is_written() {
    let cases = [
        (r#""0000000000000042""#, Some(42)),
        (r#""42""#, Some(42)),
        ("42", Some(42)),
        (r#""18446744073709551615""#, Some(u64::MAX)),
        (r#""18446744073709551616""#, None),
        (r#""+42""#, None),
        (r#""forty-two""#, None),
        (r#""""#, None),
        ("-1", None),
        ("4.2", None),
        ("{}", None),
        ("null", None),
    ];
    for (sequence, read) in cases {
        let envelope = minimal_with(&format!(r#""sequence":{sequence}"#));
        assert_eq!(envelope.sequence, read, "{sequence}");
    }
}

#[test]
fn trace_attributes_that_are_no_text_are_absent() {
    assert_eq!(
        minimal_with(r#""traceparent":7,"traceid":{}"#).traceparent,
        None
    );
}

#[test]
fn what_is_no_cloudevent_is_refused_and_told_why() {
    let long = "x".repeat(1025);
    let cases = [
        (String::new(), ""),
        ("[]".to_owned(), ""),
        (MINIMAL.replace("1.0", "0.3"), "/specversion"),
        (MINIMAL.replace("\"id\":\"1\",", ""), ""),
        (MINIMAL.replace("\"1\"", "\"\""), "/id"),
        (MINIMAL.replace("\"1\"", "1"), "/id"),
        (MINIMAL.replace("\"1\"", &format!("\"{long}\"")), "/id"),
        (MINIMAL.replace("\"s\"", "\"\""), "/source"),
        (MINIMAL.replace("\"t\"", "\"\""), "/type"),
        (MINIMAL.replace("}", ",\"subject\":7}"), "/subject"),
        (
            MINIMAL.replace("}", ",\"data\":1,\"data_base64\":\"\"}"),
            "",
        ),
    ];
    for (json, pointer) in cases {
        let refused = CloudEvent::parse(json.as_bytes()).unwrap_err();
        assert_eq!(refused.pointer(), pointer, "{refused}");
    }
    assert!(CloudEvent::parse(b"\xff").is_err());
}

#[test]
fn an_update_is_known_by_the_id_it_is_published_with() {
    let update =
        Event::parse(Topic::TaskUpdates, &golden("v1.0.0/task-update-event.json")).unwrap();
    let time = "2026-01-14T10:35:00Z".parse().unwrap();
    let published = published(&update, "ce-9", time, 12, None).to_json();
    let envelope = CloudEvent::parse(published.as_bytes()).unwrap();
    let key = event_key(
        "task-updates",
        update.event_type(),
        update.correlation_id(),
        &envelope.id,
    );
    assert_eq!(key, "task-updates/ce/ce-9");
    assert_eq!(envelope.sequence, Some(12));
}
