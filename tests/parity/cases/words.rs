//! Errors whose words are not Dapr's, but those of the broker behind it or of who reads
//! JSON for it.

use crate::side::Answer;
use serde_json::{Value, json};

/// What stands before such words in a message, where nothing else holds them.
const BEFORE: [&str; 3] = [
    "error when unmarshaling the request for topic ",
    "failed deserializing HTTP body: ",
    "failed to encode response as JSON: ",
];

/// An error without these words.
pub(super) fn without_words(answer: &Answer) -> Value {
    let body = answer.json();
    let words = match body["details"][1]["metadata"]["error"].as_str() {
        Some(error) => error,
        None => last_words(body["message"].as_str().unwrap_or_default()),
    };
    remove(words, &answer.seen())
}

/// The end of such a message.
fn last_words(message: &str) -> &str {
    if !BEFORE.iter().any(|before| message.starts_with(before)) {
        return "";
    }
    message.split_once(": ").map_or("", |(_, words)| words)
}

fn remove(words: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if !words.is_empty() => json!(text.replace(words, "<words>")),
        Value::Array(items) => items.iter().map(|item| remove(words, item)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            let removed = fields.map(|(name, value)| (name.clone(), remove(words, value)));
            Value::Object(removed.collect())
        }
        other => other.clone(),
    }
}
