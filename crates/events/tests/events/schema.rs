//! The schemas, against the contract's examples.

use duebell_events::schema::components;
use serde_json::{Value, json};

use crate::golden;

fn schemas() -> Value {
    Value::Object(
        components()
            .into_iter()
            .map(|(name, schema)| (name, serde_json::to_value(schema).unwrap()))
            .collect(),
    )
}

#[test]
fn every_type_of_an_event_has_its_schema() {
    let schemas = schemas();
    let names: Vec<&String> = schemas.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "AuditEvent",
            "AuditEventType",
            "JsonObject",
            "Priority",
            "ReminderEvent",
            "ReminderEventType",
            "TaskEvent",
            "TaskEventData",
            "TaskEventType",
            "TaskUpdateAction",
            "TaskUpdateEvent",
            "TaskUpdateEventType",
            "Timestamp",
        ]
    );
}

#[test]
fn every_field_of_the_examples_is_in_its_schema_and_no_other() {
    let schemas = schemas();
    for (file, name) in [
        ("task-event", "TaskEvent"),
        ("reminder-event", "ReminderEvent"),
        ("task-update-event", "TaskUpdateEvent"),
        ("audit-event", "AuditEvent"),
    ] {
        let example: Value = serde_json::from_str(&golden(&format!("v1.0.0/{file}.json"))).unwrap();
        let in_example: Vec<&String> = example.as_object().unwrap().keys().collect();
        let properties = schemas[name]["properties"].as_object().unwrap();
        let in_schema: Vec<&String> = properties.keys().collect();
        assert_eq!(in_example, in_schema, "{name}");
    }
}

#[test]
fn the_schemas_say_what_the_reader_checks() {
    let schemas = schemas();
    let task = &schemas["TaskEvent"]["properties"];
    assert_eq!(task["task_id"]["minimum"], 1);
    assert_eq!(task["task_id"]["maximum"], 9_007_199_254_740_991_i64);
    assert_eq!(task["user_id"]["maxLength"], 256);
    assert_eq!(schemas["TaskEventData"]["required"], json!(["title"]));
    assert_eq!(
        schemas["Priority"]["enum"],
        json!(["low", "medium", "high", "urgent"])
    );
    assert_eq!(schemas["Timestamp"]["format"], "date-time");
}
