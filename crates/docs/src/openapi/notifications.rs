//! `/api/notifications` and what is below it

use super::{
    parameters::{id, query, reference as parameter},
    responses::{all, json_body},
};
use crate::{examples, schemas::reference};
use duebell_service::problem::Kind;
use serde_json::{Value, json};

pub(super) fn path() -> anyhow::Result<Value> {
    let example = json!({
        "items": [examples::notification()?], "next_cursor": null, "unread_count": 1,
    });
    Ok(json!({
        "get": {
            "operationId": "listNotifications",
            "tags": ["notifications"],
            "summary": "What the user was told, in pages, the newest first",
            "description": "Unread is what was neither read nor settled. A parameter that is unknown or comes twice is refused.",
            "parameters": [
                query("unread", "Only the unread, or only the others.", json!({ "type": "boolean" })),
                parameter("limit"),
                parameter("cursor"),
            ],
            "responses": all(
                "200",
                json_body("A page of notifications.", &reference("NotificationPage"), &example, &[]),
                &[Kind::InvalidRequest],
            ),
        },
    }))
}

pub(super) fn one() -> anyhow::Result<Value> {
    let notification = examples::notification()?;
    Ok(json!({
        "parameters": [id("The notification's id.", notification.get("id"))],
        "get": {
            "operationId": "getNotification",
            "tags": ["notifications"],
            "summary": "A notification",
            "responses": all(
                "200",
                json_body("The notification.", &reference("Notification"), &notification, &[]),
                &[Kind::NotFound],
            ),
        },
    }))
}

pub(super) fn read() -> anyhow::Result<Value> {
    let mut example = examples::notification()?;
    if let Some(members) = example.as_object_mut() {
        members.insert("read_at".to_owned(), json!("2026-01-15T13:07:41.052Z"));
    }
    Ok(json!({
        "parameters": [id("The notification's id.", example.get("id"))],
        "post": {
            "operationId": "readNotification",
            "tags": ["notifications"],
            "summary": "Mark a notification as read",
            "description": "Reading it again is answered by 200 as well; when it was first read stays. A body is ignored.",
            "responses": all(
                "200",
                json_body("The notification as it is now.", &reference("Notification"), &example, &[]),
                &[Kind::NotFound],
            ),
        },
    }))
}

pub(super) fn read_all() -> anyhow::Result<Value> {
    let through = examples::notification()?.get("id").cloned();
    let body = json!({
        "type": "object",
        "required": ["through"],
        "additionalProperties": false,
        "properties": {
            "through": {
                "type": "integer",
                "format": "int64",
                "minimum": 1,
                "maximum": 9_007_199_254_740_991_i64,
                "description": "The newest that was seen: what has come since stays unread.",
            },
        },
    });
    let answer = json!({
        "type": "object",
        "required": ["unread_count"],
        "properties": { "unread_count": { "type": "integer", "format": "int64", "minimum": 0 } },
    });
    Ok(json!({
        "post": {
            "operationId": "readNotifications",
            "tags": ["notifications"],
            "summary": "Mark all notifications as read that were seen",
            "requestBody": {
                "required": true,
                "content": {
                    "application/json": { "schema": body, "example": { "through": through } },
                },
            },
            "responses": all(
                "200",
                json_body("How many are unread now.", &answer, &json!({ "unread_count": 0 }), &[]),
                &[Kind::MalformedJson, Kind::BodyTooLarge, Kind::UnsupportedMediaType, Kind::ValidationFailed],
            ),
        },
    }))
}
