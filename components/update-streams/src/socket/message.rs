//! Messages of a WebSocket: JSON objects. Updates are in `duebell_updates`, for they
//! are broadcast as well.

use crate::endpoints::updates::number;
use duebell_updates::log::Lost;
use serde_json::{Value, json};

/// The longest message that a client may send, in bytes.
const MOST: usize = 1_024;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// `{"since": 41}`: it has seen all up to this update, and wants what came after.
    Since(i64),
    /// `{"ping": …}`: it wants to hear that somebody is there.
    Ping(Value),
}

/// What is wrong with a client's message, by the code to close with (RFC 6455,
/// section 7.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
}

/// Reads a text message.
pub(crate) fn parse(message: &[u8]) -> Result<Said, Refused> {
    if message.len() > MOST {
        return Err(Refused {
            code: 1009,
            reason: "Send messages of at most 1024 bytes.",
        });
    }
    let refused = Refused {
        code: 1007,
        reason: "Send {\"since\": <id of the last update>} or {\"ping\": <anything>}.",
    };
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(message) else {
        return Err(refused);
    };
    let said = match (fields.remove("since"), fields.remove("ping")) {
        (Some(Value::Number(since)), None) => number(&since.to_string()).map(Said::Since),
        (None, Some(ping)) => Some(Said::Ping(ping)),
        _ => None,
    };
    said.filter(|_| fields.is_empty()).ok_or(refused)
}

/// Where the updates that follow go on from.
pub(crate) fn ready(position: i64) -> String {
    json!({ "id": position, "event": "ready", "data": { "position": position } }).to_string()
}

/// The latest update's number: whoever has not seen it has missed something.
pub(crate) fn heartbeat(position: i64) -> String {
    json!({ "event": "heartbeat", "data": { "position": position } }).to_string()
}

/// What came after the client's position is lost.
pub(super) fn reload(position: i64, why: Lost) -> String {
    let data = json!({ "reason": why.as_str(), "position": position });
    json!({ "id": position, "event": "reload", "data": data }).to_string()
}

/// There is more after this update: ask again.
pub(super) fn more(position: i64) -> String {
    json!({ "event": "more", "data": { "position": position } }).to_string()
}

/// The answer to a ping.
pub(crate) fn pong(ping: &Value) -> String {
    json!({ "event": "pong", "data": ping }).to_string()
}

/// The connection ends.
pub(crate) fn end(reason: &str) -> String {
    json!({ "event": "end", "data": { "reason": reason } }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_say_where_it_is_and_ping() {
        assert_eq!(parse(br#"{"since": 41}"#), Ok(Said::Since(41)));
        let ping = Said::Ping(json!([1]));
        assert_eq!(parse(br#"{"ping": [1]}"#), Ok(ping));
    }

    #[test]
    fn nothing_else_is_taken() {
        for message in [
            "",
            "41",
            "{}",
            "[]",
            r#"{"since": "41"}"#,
            r#"{"since": -1}"#,
            r#"{"since": 1.5}"#,
            r#"{"since": 1, "ping": 1}"#,
            r#"{"since": 1, "more": 1}"#,
        ] {
            assert_eq!(
                parse(message.as_bytes()).unwrap_err().code,
                1007,
                "{message}"
            );
        }
        assert_eq!(parse(&[0xff]).unwrap_err().code, 1007);
        assert_eq!(parse(&[b' '; MOST + 1]).unwrap_err().code, 1009);
    }
}
