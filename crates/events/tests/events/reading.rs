//! What is read, what is not, and what is said then.

use duebell_events::{
    AuditEventType, Event, JsonObject, Priority, ReminderEventType, TaskEventType,
    TaskUpdateAction, TaskUpdateEventType, Topic, event_key,
};

use crate::{golden, parse_task, task_event_with};

fn refusal(topic: Topic, json: &str) -> String {
    Event::parse(topic, json).unwrap_err().to_string()
}

#[test]
fn what_the_example_says_is_what_is_read() {
    let event = parse_task(&golden("v1.0.0/task-event.json"));
    assert_eq!(event.event_type, TaskEventType::Created);
    assert_eq!(event.task_id, 123);
    assert_eq!(event.user_id, "user-456");
    assert_eq!(
        event.task_data.description.as_deref(),
        Some("Milk, bread, eggs")
    );
    assert_eq!(event.task_data.priority, Priority::High);
    assert_eq!(event.task_data.tags, ["shopping", "personal"]);
    assert_eq!(event.task_data.recurring_pattern, None);
}

#[test]
fn every_name_is_the_contracts_and_is_read_back() {
    let names: Vec<&str> = TaskEventType::ALL
        .iter()
        .map(|case| case.as_str())
        .chain(ReminderEventType::ALL.iter().map(|case| case.as_str()))
        .chain(TaskUpdateEventType::ALL.iter().map(|case| case.as_str()))
        .chain(AuditEventType::ALL.iter().map(|case| case.as_str()))
        .chain(TaskUpdateAction::ALL.iter().map(|case| case.as_str()))
        .chain(Priority::ALL.iter().map(|case| case.as_str()))
        .chain(Topic::ALL.iter().map(|case| case.as_str()))
        .collect();
    assert_eq!(
        names.join(" "),
        "task.created task.updated task.completed task.deleted \
         reminder.scheduled reminder.due reminder.cancelled task.sync task.reminder \
         dead_letter.listed dead_letter.shown dead_letter.replayed dead_letter.discarded audit.checkpoint \
         user.erasure_requested user.erased \
         created updated completed deleted reminder low medium high urgent \
         task-events reminder-events task-updates audit-events"
    );
    for topic in Topic::ALL {
        assert_eq!(topic.as_str().parse(), Ok(*topic));
    }
    for case in TaskEventType::ALL {
        assert_eq!(case.to_string().parse(), Ok(*case));
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_known_ones() {
    let refused = refusal(Topic::TaskEvents, &task_event_with("\"high\"", "\"High\""));
    assert!(
        refused.starts_with(
            "malformed task event at /task_data/priority: unknown priority \"High\"; \
             expected one of low, medium, high, urgent"
        ),
        "{refused}"
    );
    let error = "task-event".parse::<Topic>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown topic \"task-event\"; expected one of task-events, reminder-events, task-updates, audit-events"
    );
}

#[test]
fn null_for_what_may_be_left_out_is_the_same_as_leaving_it_out() {
    let json = task_event_with("[\"shopping\", \"personal\"]", "null")
        .replace("\"high\"", "null")
        .replace("\"completed\": false", "\"completed\": null");
    let event = parse_task(&json);
    assert!(event.task_data.tags.is_empty());
    assert_eq!(event.task_data.priority, Priority::Medium);
    assert!(!event.task_data.completed);
}

#[test]
fn what_the_contract_requires_must_be_there() {
    let json = task_event_with("\"timestamp\"", "\"time_stamp\"");
    let refused = refusal(Topic::TaskEvents, &json);
    assert!(refused.contains("missing field `timestamp`"), "{refused}");
    for field in [
        "reminder_id",
        "task_id",
        "user_id",
        "title",
        "due_at",
        "remind_at",
        "correlation_id",
    ] {
        let json = golden("v1.0.0/reminder-event.json").replace(field, "elsewhere");
        let refused = refusal(Topic::ReminderEvents, &json);
        assert!(
            refused.contains(&format!("missing field `{field}`")),
            "{refused}"
        );
    }
}

#[test]
fn an_id_is_exact_in_every_json_reader() {
    let largest = task_event_with("123,", "9007199254740991,");
    assert_eq!(parse_task(&largest).task_id, 9_007_199_254_740_991);
    for id in [
        "0,",
        "9007199254740992,",
        "-1,",
        "1.5,",
        "1e3,",
        "\"123\",",
        "null,",
    ] {
        let refused = refusal(Topic::TaskEvents, &task_event_with("123,", id));
        assert!(
            refused.starts_with("malformed task event at /task_id: "),
            "{id} {refused}"
        );
    }
}

#[test]
fn a_user_id_is_printable_and_not_too_long() {
    let longest = "é".repeat(128);
    assert_eq!(
        parse_task(&task_event_with("user-456", &longest)).user_id,
        longest
    );
    for user in ["", "a\\u0000b", "a\\nb", "\\u0085", &"é".repeat(129)] {
        let refused = refusal(Topic::TaskEvents, &task_event_with("user-456", user));
        assert!(
            refused.starts_with("malformed task event at /user_id: "),
            "{refused}"
        );
    }
}

#[test]
fn a_correlation_id_is_any_text_that_is_not_too_long() {
    let example = "550e8400-e29b-41d4-a716-446655440000";
    let event = parse_task(&task_event_with(example, "any / text \\u0000"));
    assert_eq!(event.correlation_id, "any / text \0");
    for id in ["", &"x".repeat(257)] {
        let refused = refusal(Topic::TaskEvents, &task_event_with(example, id));
        assert!(
            refused.starts_with("malformed task event at /correlation_id: "),
            "{refused}"
        );
    }
}

#[test]
fn changes_are_an_object_kept_as_it_came() {
    let example = golden("v1.0.0/task-update-event.json");
    let changes = "{\"b\": 1.50,  \"a\": [true], \"a\": 1e400}";
    let start = example.find("{\n    \"priority\"").unwrap();
    let end = example.find("},").unwrap() + 1;
    let with = |changes: &str| {
        let mut json = example.clone();
        json.replace_range(start..end, changes);
        json
    };
    let event = Event::parse(Topic::TaskUpdates, &with(changes)).unwrap();
    assert!(event.to_json().unwrap().contains(changes));
    assert_eq!(event.correlation_id(), None);
    for changes in ["null", "[]", "\"{}\"", "7"] {
        let refused = refusal(Topic::TaskUpdates, &with(changes));
        assert!(refused.contains("expected a JSON object"), "{refused}");
    }
}

#[test]
fn what_no_reader_would_take_is_not_written() {
    let event = parse_task(&golden("v1.0.0/task-event.json"));
    let spoiled = [
        duebell_events::TaskEvent {
            task_id: 0,
            ..event.clone()
        },
        duebell_events::TaskEvent {
            task_id: 1 << 53,
            ..event.clone()
        },
        duebell_events::TaskEvent {
            user_id: String::new(),
            ..event.clone()
        },
        duebell_events::TaskEvent {
            correlation_id: "x".repeat(257),
            ..event.clone()
        },
        duebell_events::TaskEvent {
            timestamp: duebell_events::Timestamp {
                microseconds: i64::MAX,
            },
            ..event
        },
    ];
    for event in spoiled {
        assert!(Event::Task(event).to_json().is_err());
    }
    let no_object = JsonObject {
        text: "{} {}".to_owned(),
    };
    assert!(serde_json::to_string(&no_object).is_err());
}

#[test]
fn an_object_goes_to_fields_and_back() {
    let object = JsonObject::parse(" {\"priority\": \"urgent\"}\n").unwrap();
    assert_eq!(object.text, "{\"priority\": \"urgent\"}");
    let fields = object.to_map().unwrap();
    assert_eq!(
        JsonObject::from_map(fields).text,
        "{\"priority\":\"urgent\"}"
    );
    assert!(JsonObject::parse("[1]").is_err());
    assert!(JsonObject::parse("{\"a\": }").is_err());
}

#[test]
fn text_after_the_event_is_refused() {
    let json = golden("v1.0.0/task-event.json") + "{}";
    assert!(refusal(Topic::TaskEvents, &json).contains("trailing characters"));
}

#[test]
fn an_explanation_is_short_however_long_the_mistake() {
    let json = task_event_with("\"task.created\"", &format!("[\"{}\"]", "é".repeat(9_000)));
    assert!(refusal(Topic::TaskEvents, &json).len() < 700);
    let json = task_event_with("false", &format!("\"{}\"", "é".repeat(9_000)));
    assert!(refusal(Topic::TaskEvents, &json).len() < 700);
}

#[test]
fn an_event_is_known_by_its_correlation_id_or_else_by_its_envelope() {
    let created = event_key("task-events", "task.created", Some("7"), "ce-1");
    assert_eq!(created, "task-events/task.created/7");
    let update = event_key("task-updates", "task.sync", None, "ce-1");
    assert_eq!(update, "task-updates/ce/ce-1");
}

#[test]
fn a_list_of_the_fields_values_is_no_event() {
    let data = r#"["Buy groceries", null, false, "high", null, [], null, null]"#;
    let example = golden("v1.0.0/task-event.json");
    let start = example.find("{\n    \"title\"").unwrap();
    let end = example.find("},").unwrap() + 1;
    let mut json = example.clone();
    json.replace_range(start..end, data);
    let refused = refusal(Topic::TaskEvents, &json);
    assert!(
        refused.starts_with("malformed task event at /task_data: invalid type: sequence"),
        "{refused}"
    );
    let list = format!(r#"["task.created", 123, "a", {data}, "2026-01-14T10:30:00Z", "7"]"#);
    assert!(refusal(Topic::TaskEvents, &list).contains("expected a JSON object"));
    assert!(serde_json::from_str::<duebell_events::TaskEvent>(&list).is_err());
}
