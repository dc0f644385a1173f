//! What a document refers to is in it, and its examples fit its schemas.

use crate::{asyncapi, openapi};
use serde_json::Value;

fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    for document in [openapi(), asyncapi()] {
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(
                document.pointer(pointer).is_some(),
                "{reference} leads nowhere"
            );
        }
    }
}

/// Every member of an example is in its schema, every required one is there, and
/// no null is where none may be.
fn fits(document: &Value, schema: &Value, value: &Value) {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(
            document,
            document.pointer(reference.trim_start_matches('#')).unwrap(),
            value,
        );
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts
            .iter()
            .for_each(|part| fits_open(document, part, value));
    }
    if let Some(items) = value.as_array() {
        return items
            .iter()
            .for_each(|item| fits(document, &schema["items"], item));
    }
    let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    else {
        let types = schema["type"].to_string();
        assert!(
            !value.is_null() || types.contains("null") || schema["oneOf"].is_array(),
            "null in {schema}"
        );
        if let Some(names) = schema["enum"].as_array() {
            assert!(names.contains(value), "{value} is none of {names:?}");
        }
        return;
    };
    for (name, member) in object {
        let property = properties
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in {schema}"));
        fits(document, property, member);
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(
            object.contains_key(name.as_str().unwrap()),
            "{name} is missing in {value}"
        );
    }
}

/// The same for a part of an `allOf`, which need not know every member.
fn fits_open(document: &Value, schema: &Value, value: &Value) {
    if schema["$ref"].is_string() {
        return fits(document, schema, value);
    }
    for (name, property) in schema["properties"].as_object().unwrap() {
        if property["const"].is_string() {
            assert_eq!(property["const"], value[name]);
        } else {
            fits(document, property, &value[name]);
        }
    }
}

#[test]
fn the_examples_of_answers_and_bodies_fit_their_schemas() {
    let document = openapi();
    let mut checked = 0;
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path
            .as_object()
            .unwrap()
            .values()
            .filter(|operation| operation.is_object())
        {
            let bodies = operation["responses"].as_object().unwrap().values();
            for body in bodies.chain([&operation["requestBody"]]) {
                for media in body["content"]
                    .as_object()
                    .into_iter()
                    .flat_map(|content| content.values())
                {
                    if !media["example"].is_null() {
                        fits(&document, &media["schema"], &media["example"]);
                        checked += 1;
                    }
                }
            }
        }
    }
    assert!(checked >= 10, "{checked}");
    for example in document["components"]["examples"]
        .as_object()
        .unwrap()
        .values()
    {
        fits(
            &document,
            &document["components"]["schemas"]["Problem"],
            &example["value"],
        );
    }
}

#[test]
fn the_examples_of_messages_fit_their_schemas() {
    let document = asyncapi();
    let messages = document["components"]["messages"].as_object().unwrap();
    assert_eq!(messages.len(), 16);
    for message in messages.values() {
        fits(
            &document,
            &message["payload"],
            &message["examples"][0]["payload"],
        );
    }
}

#[test]
fn every_message_is_in_the_channel_that_its_operations_name() {
    let document = asyncapi();
    for (name, operation) in document["operations"].as_object().unwrap() {
        let channel = operation["channel"]["$ref"].as_str().unwrap();
        let messages = operation["messages"].as_array().unwrap();
        assert!(!messages.is_empty(), "{name}");
        for message in messages {
            assert!(
                message["$ref"].as_str().unwrap().starts_with(channel),
                "{name}"
            );
        }
    }
}
