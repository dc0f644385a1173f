//! The text of event streams.

use bytes::Bytes;
use duebell_updates::log::Lost;
use serde::Serialize;

/// What a stream sends where there is nothing to tell: a comment.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b": heartbeat\n\n");

/// Why a stream ends that could have gone on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum End {
    /// It is old enough: come back.
    Renew,
    /// The token has expired: come back with a new one.
    TokenExpired,
    /// The server stops: come back.
    Stopping,
    /// The log could not be read: come back.
    Trouble,
    /// The user was erased: do not come back.
    UserErased,
}

/// The beginning: where the stream goes on from, and after how many milliseconds a
/// client that lost it should come back.
pub(super) fn ready(position: i64, retry: u32) -> Bytes {
    format!("retry: {retry}\nid: {position}\nevent: ready\ndata: {{\"position\":{position}}}\n\n")
        .into()
}

/// An update; `event` is JSON without a line break.
pub(super) fn update(number: i64, event: &str) -> String {
    format!("id: {number}\nevent: update\ndata: {event}\n\n")
}

/// What came after the client's position is lost: it has to load everything again,
/// and the stream goes on from here.
pub(super) fn reload(position: i64, why: Lost) -> Bytes {
    let reason = why.as_str();
    format!(
        "id: {position}\nevent: reload\ndata: {{\"reason\":\"{reason}\",\"position\":{position}}}\n\n"
    )
    .into()
}

/// The end. It has no id: the client's position stays.
pub(super) fn end(why: End) -> Bytes {
    // A name: it can always be written.
    let reason = serde_json::to_string(&why).unwrap_or_default();
    format!("event: end\ndata: {{\"reason\":{reason}}}\n\n").into()
}
