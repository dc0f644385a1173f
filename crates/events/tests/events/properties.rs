//! For all events: written and read back is the same. For all bytes: no panic.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use duebell_events::{
    AuditEvent, AuditEventType, CloudEvent, Event, EventData, JsonObject, Priority, ReminderEvent,
    ReminderEventType, TaskEvent, TaskEventData, TaskEventType, TaskUpdateAction, TaskUpdateEvent,
    TaskUpdateEventType, Timestamp, Topic,
};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::{golden, published};

fn id() -> impl Strategy<Value = u64> {
    prop_oneof![
        1..=9_007_199_254_740_991_u64,
        Just(1),
        Just(9_007_199_254_740_991)
    ]
}

fn timestamp() -> impl Strategy<Value = Timestamp> {
    // The years 0 to 9999.
    (-62_167_219_200_000_000..=253_402_300_799_999_999_i64)
        .prop_map(|microseconds| Timestamp { microseconds })
}

fn user_id() -> impl Strategy<Value = String> {
    "[^\\p{Cc}]{1,64}"
}

fn correlation_id() -> impl Strategy<Value = String> {
    "\\PC{1,64}"
}

fn object() -> impl Strategy<Value = JsonObject> {
    prop::collection::btree_map(any::<String>(), any::<Option<i64>>(), 0..4).prop_map(|fields| {
        JsonObject::from_map(
            fields
                .into_iter()
                .map(|(name, value)| (name, value.into()))
                .collect(),
        )
    })
}

fn task_data() -> impl Strategy<Value = TaskEventData> {
    (
        any::<String>(),
        any::<Option<String>>(),
        any::<bool>(),
        select(Priority::ALL),
        option::of(timestamp()),
        any::<Vec<String>>(),
        any::<Option<String>>(),
        option::of(timestamp()),
    )
        .prop_map(
            |(title, description, completed, priority, due_date, tags, recurring_pattern, next)| {
                TaskEventData {
                    title,
                    description,
                    completed,
                    priority,
                    due_date,
                    tags,
                    recurring_pattern,
                    next_occurrence: next,
                }
            },
        )
}

fn task() -> impl Strategy<Value = Event> {
    (
        select(TaskEventType::ALL),
        id(),
        user_id(),
        task_data(),
        timestamp(),
        correlation_id(),
    )
        .prop_map(
            |(event_type, task_id, user_id, task_data, timestamp, correlation_id)| {
                Event::Task(TaskEvent {
                    event_type,
                    task_id,
                    user_id,
                    task_data,
                    timestamp,
                    correlation_id,
                })
            },
        )
}

fn reminder() -> impl Strategy<Value = Event> {
    (
        select(ReminderEventType::ALL),
        (id(), id()),
        user_id(),
        any::<String>(),
        (timestamp(), timestamp()),
        correlation_id(),
    )
        .prop_map(
            |(event_type, (reminder_id, task_id), user_id, title, times, correlation_id)| {
                Event::Reminder(ReminderEvent {
                    event_type,
                    reminder_id,
                    task_id,
                    user_id,
                    title,
                    due_at: times.0,
                    remind_at: times.1,
                    correlation_id,
                })
            },
        )
}

fn update() -> impl Strategy<Value = Event> {
    (
        select(TaskUpdateEventType::ALL),
        id(),
        user_id(),
        select(TaskUpdateAction::ALL),
        object(),
        any::<Option<String>>(),
        timestamp(),
    )
        .prop_map(
            |(event_type, task_id, user_id, action, changes, source_client, timestamp)| {
                Event::Update(TaskUpdateEvent {
                    event_type,
                    task_id,
                    user_id,
                    action,
                    changes,
                    source_client,
                    timestamp,
                })
            },
        )
}

fn audit() -> impl Strategy<Value = Event> {
    (
        select(AuditEventType::ALL),
        user_id(),
        any::<Option<String>>(),
        object(),
        timestamp(),
        correlation_id(),
    )
        .prop_map(
            |(event_type, user_id, actor, details, timestamp, correlation_id)| {
                Event::Audit(AuditEvent {
                    event_type,
                    user_id,
                    actor,
                    details,
                    timestamp,
                    correlation_id,
                })
            },
        )
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![task(), reminder(), update(), audit()]
}

/// What an envelope may hold: JSON, text, bytes, nothing.
fn data() -> impl Strategy<Value = EventData> {
    let json = object()
        .prop_map(|object| EventData::Json(serde_json::value::to_raw_value(&object).unwrap()));
    prop_oneof![
        json,
        any::<String>().prop_map(EventData::Text),
        any::<Vec<u8>>().prop_map(|bytes| EventData::Base64(STANDARD.encode(bytes))),
        Just(EventData::None),
    ]
}

fn envelope() -> impl Strategy<Value = CloudEvent> {
    let name = || "\\PC{1,40}";
    (
        (name(), name(), name()),
        any::<[Option<String>; 3]>(),
        (option::of(any::<u64>()), option::of("[0-9a-f-]{1,55}")),
        (option::of(name()), option::of(name())),
        data(),
    )
        .prop_map(
            |(names, texts, (sequence, traceparent), (topic, pubsubname), data)| {
                let ((id, source, ty), [subject, time, datacontenttype]) = (names, texts);
                CloudEvent {
                    id,
                    source,
                    ty,
                    subject,
                    time,
                    datacontenttype,
                    sequence,
                    traceparent,
                    topic,
                    pubsubname,
                    data,
                }
            },
        )
}

proptest! {
    #[test]
    fn an_event_that_was_written_is_read_back(event in event()) {
        let json = event.to_json().unwrap();
        prop_assert_eq!(Event::parse(event.topic(), &json).unwrap(), event);
    }

    #[test]
    fn an_event_comes_out_of_its_envelope_as_it_went_in(
        event in event(),
        time in timestamp(),
        sequence in any::<u64>(),
        trace in option::of("[0-9a-f-]{1,55}"),
    ) {
        let published = published(&event, "id", time, sequence, trace.clone());
        let envelope = CloudEvent::parse(published.to_json().as_bytes()).unwrap();
        prop_assert_eq!(envelope.data_json().unwrap(), event.to_json().unwrap());
        prop_assert_eq!(envelope.sequence, Some(sequence));
        prop_assert_eq!(&envelope.traceparent, &trace);
        prop_assert_eq!(envelope.to_json(), published.to_json());
    }

    #[test]
    fn whatever_a_publisher_puts_in_an_envelope_comes_out_as_it_was(envelope in envelope()) {
        let read = CloudEvent::parse(envelope.to_json().as_bytes()).unwrap();
        prop_assert_eq!(read.data_bytes().ok(), envelope.data_bytes().ok());
        prop_assert_eq!(read.to_json(), envelope.to_json());
        prop_assert_eq!((read.id, read.source, read.ty), (envelope.id, envelope.source, envelope.ty));
        prop_assert_eq!((read.subject, read.time), (envelope.subject, envelope.time));
        prop_assert_eq!((read.topic, read.pubsubname), (envelope.topic, envelope.pubsubname));
    }

    #[test]
    fn what_can_be_written_can_be_read(
        task_id in prop_oneof![any::<u64>(), 0..3_u64],
        user_id in any::<String>(),
        correlation_id in any::<String>(),
        microseconds in any::<i64>(),
        task_data in task_data(),
    ) {
        let event = Event::Task(TaskEvent {
            event_type: TaskEventType::Updated,
            task_id,
            user_id,
            task_data,
            timestamp: Timestamp { microseconds },
            correlation_id,
        });
        if let Ok(json) = event.to_json() {
            prop_assert_eq!(Event::parse(Topic::TaskEvents, &json).unwrap(), event);
        }
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in any::<Vec<u8>>(), topic in select(Topic::ALL)) {
        let _ = CloudEvent::parse(&bytes).map(|envelope| envelope.data_json().map(drop));
        let _ = Event::parse(topic, &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_text_makes_the_time_stamps_reader_panic(text in "\\PC*") {
        let _ = text.parse::<Timestamp>();
    }

    #[test]
    fn no_damage_makes_the_readers_panic(
        file in select(&["v1.0.0/cloudevent.json", "v1.0.0/task-update-event.json"][..]),
        at in any::<Index>(),
        byte in any::<u8>(),
        keep in any::<Index>(),
    ) {
        let mut bytes = golden(file).into_bytes();
        let at = at.index(bytes.len());
        bytes.splice(at..=at, [byte]);
        bytes.truncate(keep.index(bytes.len()).max(at + 1));
        let _ = CloudEvent::parse(&bytes).map(|envelope| envelope.to_json());
        for topic in Topic::ALL {
            let _ = Event::parse(*topic, &String::from_utf8_lossy(&bytes));
        }
    }
}
