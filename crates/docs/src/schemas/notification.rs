//! A notification: `Notification` in notifier.

use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    let id = |description: &str| {
        json!({
            "type": "integer", "format": "int64", "minimum": 1,
            "maximum": 9_007_199_254_740_991_i64, "description": description,
        })
    };
    let time = |description: &str| json!({ "type": "string", "format": "date-time", "description": description });
    let no_time_yet = |description: &str| json!({ "type": ["string", "null"], "format": "date-time", "description": description });
    json!({
        "type": "object",
        "description": "What a user is told.",
        "required": [
            "id", "kind", "task_id", "reminder_id", "title", "due_at", "remind_at", "created_at",
            "read_at", "settled_at",
        ],
        "properties": {
            "id": id("Its id."),
            "kind": {
                "type": "string",
                "enum": ["reminder"],
                "description": "What it is about: a reminder that rang. There may be more kinds one day.",
            },
            "task_id": id("The task."),
            "reminder_id": id("The reminder."),
            "title": { "type": "string", "description": "What it says." },
            "due_at": time("When the task is to be done by; of a task without a due date, when it was to ring."),
            "remind_at": time("When it was to ring."),
            "created_at": time("When it was made."),
            "read_at": no_time_yet("When the user read it."),
            "settled_at": no_time_yet(
                "Since when it needs no attention any more: its task was completed or deleted, or its reminder cancelled.",
            ),
        },
    })
}
