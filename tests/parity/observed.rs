//! What a case has seen, as JSON.

use crate::app::Call;
use hyper::{HeaderMap, Method};
use serde_json::{Map, Value, json};

/// What belongs to one connection, or to the HTTP client: it says nothing of Dapr.
const OF_THE_CLIENT: [&str; 8] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "transfer-encoding",
    "user-agent",
];

/// A request to the app.
pub(crate) fn request(call: &Call) -> Value {
    json!({
        "request": line(&call.method, &call.target),
        "headers": headers(&call.headers),
        "body": body(&call.text()),
    })
}

/// Several requests.
pub(crate) fn requests<C: AsRef<Call>>(calls: &[C]) -> Value {
    calls.iter().map(|call| request(call.as_ref())).collect()
}

/// An answer of the sidecar.
pub(crate) fn answer(status: u16, answered: &HeaderMap, body: &str) -> Value {
    json!({ "status": status, "headers": headers(answered), "body": self::body(body) })
}

/// A body: what it says if it is JSON, else its text. In which order JSON is written, and
/// how, is looked at by cases of its own.
fn body(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

fn line(method: &Method, target: &str) -> String {
    format!("{method} {target}")
}

/// Names and values, as far as they are Dapr's. Without a key any partition is as good as
/// another.
fn headers(headers: &HeaderMap) -> Value {
    let mut seen = Map::new();
    for name in headers.keys() {
        let name = name.as_str();
        if OF_THE_CLIENT.contains(&name) || name == "date" {
            continue;
        }
        let is_by_chance = matches!(name, "__partition" | "__offset");
        let values: Vec<Value> = headers
            .get_all(name)
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .map(
                |value| match is_by_chance && !headers.contains_key("__key") {
                    true => json!("<any>"),
                    false => json!(value),
                },
            )
            .collect();
        let value = match values.len() {
            1 => values[0].clone(),
            _ => Value::from(values),
        };
        seen.insert(name.to_owned(), value);
    }
    Value::Object(seen)
}
