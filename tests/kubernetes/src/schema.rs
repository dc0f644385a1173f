//! Holds a value to a structural schema, as an API server does, but that unknown fields
//! are refused, not dropped.

use crate::json::Json;
use serde_json::Value;

/// What is wrong with a value, each with its path.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    hold(schema, value, "", &mut faults);
    faults
}

fn hold(schema: &Value, value: &Value, path: &str, faults: &mut Vec<String>) {
    let place = if path.is_empty() { "the whole" } else { path };
    if value.is_null() {
        if schema.at("/nullable") != &Value::Bool(true) {
            faults.push(format!("{place} is empty"));
        }
        return;
    }
    let kind = schema.text("/type");
    if schema.at("/x-kubernetes-int-or-string") == &Value::Bool(true) {
        if !value.is_string() && !value.is_i64() {
            faults.push(format!("{place} is neither a number nor a text"));
        }
    } else if !kind.is_empty() && !is(kind, value) {
        faults.push(format!("{place} is no {kind}: {value}"));
        return;
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        let allowed = Value::from(allowed.clone());
        faults.push(format!("{place} is {value}, and may be one of {allowed}"));
    }
    bounds(schema, value, place, faults);
    match value {
        Value::Object(fields) => {
            for name in schema.texts("/required") {
                if !fields.contains_key(name) {
                    faults.push(format!("{path}/{name} lacks"));
                }
            }
            let others = schema.at("/additionalProperties");
            for (name, field) in fields {
                let path = format!("{path}/{name}");
                match schema.at("/properties").get(name) {
                    Some(schema) => hold(schema, field, &path, faults),
                    None if others.is_object() => hold(others, field, &path, faults),
                    None if others == &Value::Bool(true) || is_open(schema) => {}
                    None => faults.push(format!("there is no field {path}")),
                }
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                hold(
                    schema.at("/items"),
                    item,
                    &format!("{path}/{number}"),
                    faults,
                );
            }
        }
        _ => {}
    }
}

/// Whether anything may be in an object: it says so, or says nothing of what is in it.
fn is_open(schema: &Value) -> bool {
    schema.at("/x-kubernetes-preserve-unknown-fields") == &Value::Bool(true)
        || schema.as_object().is_none_or(serde_json::Map::is_empty)
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => false,
    }
}

fn bounds(schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let mut hold = |least: Option<f64>, most: Option<f64>, is: f64, what: &str| {
        if least.is_some_and(|least| is < least) || most.is_some_and(|most| is > most) {
            faults.push(format!("{what} of {place} is out of bounds: {is}"));
        }
    };
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            hold(bound("minimum"), bound("maximum"), number, "the value");
        }
        Value::String(text) => {
            let length = f64::from(u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
            hold(bound("minLength"), bound("maxLength"), length, "the length");
        }
        Value::Array(items) => {
            let length = f64::from(u32::try_from(items.len()).unwrap_or(u32::MAX));
            hold(bound("minItems"), bound("maxItems"), length, "the length");
        }
        _ => {}
    }
}
