//! Two JSON values side by side, as far as they differ.

use serde_json::Value;
use std::collections::BTreeSet;

/// The most of a text that is shown.
const SHOWN: usize = 1_500;

/// A line for each place where they differ; none if they are equal.
pub(crate) fn diff(real: &Value, embedded: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    compare("", real, embedded, &mut lines);
    lines
}

fn compare(place: &str, real: &Value, embedded: &Value, lines: &mut Vec<String>) {
    match (real, embedded) {
        _ if real == embedded => {}
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                both(
                    &format!("{place}.{name}"),
                    one.get(name),
                    other.get(name),
                    lines,
                );
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for index in 0..one.len().max(other.len()) {
                let place = format!("{place}[{index}]");
                both(&place, one.get(index), other.get(index), lines);
            }
        }
        _ => both_shown(place, &shown(real), &shown(embedded), lines),
    }
}

fn both(place: &str, real: Option<&Value>, embedded: Option<&Value>, lines: &mut Vec<String>) {
    match (real, embedded) {
        (Some(real), Some(embedded)) => compare(place, real, embedded, lines),
        _ => {
            let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), shown);
            both_shown(place, &text(real), &text(embedded), lines);
        }
    }
}

fn both_shown(place: &str, real: &str, embedded: &str, lines: &mut Vec<String>) {
    let place = if place.is_empty() { "all of it" } else { place };
    lines.push(format!(
        "{place}\n    dapr      {real}\n    embedded  {embedded}"
    ));
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_shown() {
        let real = json!({ "a": 1, "b": [1, 2], "c": { "d": "x" } });
        let embedded = json!({ "a": 1, "b": [1, 3, 4], "c": {} });
        let lines = diff(&real, &embedded);
        let expected = [
            ".b[1]\n    dapr      2\n    embedded  3",
            ".b[2]\n    dapr      nothing\n    embedded  4",
            ".c.d\n    dapr      \"x\"\n    embedded  nothing",
        ];
        assert_eq!(lines, expected);
        assert!(diff(&real, &real).is_empty());
    }
}
