//! What is sent over a WebSocket: JSON objects, one in each message.

/// An update: `{"id": 42, "event": "update", "data": {…}}`. `event` is its JSON.
#[must_use]
pub fn update(number: i64, event: &str) -> String {
    format!(r#"{{"id":{number},"event":"update","data":{event}}}"#)
}
