//! `/api/updates` and what is below it.

use super::{
    parameters::{query, reference as parameter},
    responses::{all, json_body},
};
use crate::{examples, schemas::reference};
use duebell_events::TaskUpdateEventType;
use duebell_service::problem::Kind;
use serde_json::{Value, json};

const DESCRIPTION: &str = "\
As a stream of server-sent events, or with `Accept: application/json` a page at a time: both tell the same updates, by the same numbers. \
A stream's events are `ready`, `update` (`id` is its number, `data` an update event), `reload` (what came after the position is lost: load everything again; the updates after this `id` follow) and `end` (come back: `data.reason` is `renew`, `token-expired`, `stopping` or `trouble`; or `user-erased`: do not); a comment comes at least every ten seconds. A stream ends after ten minutes, and when its token expires. \
The updates of seven days are kept, and 10,000 of a user; 410 is what `reload` is to a stream.";

/// Where a client is.
fn since() -> Value {
    query(
        "since",
        "The `id` of the last update that was seen. Without it a stream begins with what comes next, and a page says where the log is.",
        json!({ "type": "integer", "format": "int64", "minimum": 0 }),
    )
}

fn ticket() -> Value {
    query(
        "ticket",
        "A ticket in place of a token, for what cannot set headers. It is used up.",
        json!({ "type": "string" }),
    )
}

pub(super) fn path() -> anyhow::Result<Value> {
    let page = json!({
        "items": [{ "id": 42, "data": examples::update_message(TaskUpdateEventType::Sync)?.get("data") }],
        "position": 42,
        "more": false,
    });
    let mut good = json_body(
        "What changed, as a stream or a page.",
        &reference("UpdatePage"),
        &page,
        &[],
    );
    if let Some(content) = good.pointer_mut("/content").and_then(Value::as_object_mut) {
        content.insert(
            "text/event-stream".to_owned(),
            json!({ "schema": { "type": "string" } }),
        );
    }
    Ok(json!({
        "get": {
            "operationId": "getUpdates",
            "tags": ["updates"],
            "summary": "What changes, as it changes",
            "description": DESCRIPTION,
            "parameters": [
                since(),
                parameter("limit"),
                ticket(),
                {
                    "name": "Last-Event-ID",
                    "in": "header",
                    "description": "The same as `since`, and counts more: what event sources send when they come back.",
                    "schema": { "type": "integer", "format": "int64", "minimum": 0 },
                },
            ],
            "responses": all(
                "200",
                good,
                &[Kind::InvalidRequest, Kind::NotAcceptable, Kind::Gone, Kind::TooMany],
            ),
        },
    }))
}

pub(super) fn buy_ticket() -> Value {
    let example = json!({
        "ticket": "XOPJSRzuVdRhvEpFy6nprLb0pegogsStTVdd6TcHdJg",
        "expires_at": "2026-01-15T14:00:30.000Z",
    });
    let schema = json!({
        "type": "object",
        "required": ["ticket", "expires_at"],
        "properties": {
            "ticket": { "type": "string", "description": "What to send as `ticket`." },
            "expires_at": { "type": "string", "format": "date-time", "description": "Until when it is good." },
        },
    });
    json!({
        "post": {
            "operationId": "buyTicket",
            "tags": ["updates"],
            "summary": "A ticket for a stream or a WebSocket: good once, and for thirty seconds",
            "responses": all(
                "201",
                json_body("The ticket.", &schema, &example, &[]),
                &[Kind::InvalidRequest, Kind::MalformedJson, Kind::BodyTooLarge, Kind::TooMany],
            ),
        },
    })
}

pub(super) fn websocket() -> Value {
    json!({
        "get": {
            "operationId": "watchUpdates",
            "tags": ["updates"],
            "summary": "A WebSocket",
            "description": "Through the GRIP proxy in front of the service, or the development host; past it, this is a 400. Messages are JSON: `{\"id\", \"event\", \"data\"}` with the events of a stream, and `more`, `heartbeat` and `pong`. A client may send `{\"since\": id}` and `{\"ping\": anything}`. See docs/live-updates.md.",
            "parameters": [since(), ticket()],
            "responses": all(
                "101",
                json!({ "description": "It is a WebSocket from now on." }),
                &[Kind::InvalidRequest, Kind::TooMany],
            ),
        },
        "post": {
            "operationId": "tellOfWebSocket",
            "tags": ["updates"],
            "summary": "For the GRIP proxy alone: what happens on a WebSocket",
            "description": "WebSocket-over-HTTP. `Grip-Sig` has to be signed with `grip_key`; `Authorization` or `ticket` are the client's own.",
            "parameters": [since(), ticket()],
            "requestBody": {
                "required": true,
                "content": { "application/websocket-events": { "schema": { "type": "string" } } },
            },
            "responses": all(
                "200",
                json!({
                    "description": "What to do.",
                    "content": { "application/websocket-events": { "schema": { "type": "string" } } },
                }),
                &[
                    Kind::InvalidRequest,
                    Kind::MalformedJson,
                    Kind::Forbidden,
                    Kind::BodyTooLarge,
                    Kind::UnsupportedMediaType,
                    Kind::TooMany,
                ],
            ),
        },
    })
}
