//! The answer of `GET /api/notifications`: `NotificationPage` in notifier.

use super::{next_cursor, reference};
use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "A page of a user's notifications, the newest first.",
        "required": ["items", "next_cursor", "unread_count"],
        "properties": {
            "items": { "type": "array", "maxItems": 200, "items": reference("Notification") },
            "next_cursor": next_cursor(),
            "unread_count": {
                "type": "integer",
                "format": "int64",
                "minimum": 0,
                "description": "How many of all the user's notifications are unread: neither read nor settled.",
            },
        },
    })
}
