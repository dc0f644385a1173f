//! The envelope: `CloudEvent` in duebell-events, as it is published.

use serde_json::{Value, json};

pub(super) fn schema() -> Value {
    json!({
        "type": "object",
        "description": "The envelope: CloudEvents 1.0 in its JSON format. Sidecars add attributes of their own, such as `topic` and `pubsubname`: ignore what you do not know.",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": { "type": "string", "const": "1.0" },
            "id": { "type": "string", "minLength": 1, "maxLength": 1024, "description": "The event's correlation_id; where it has none, a UUID." },
            "source": { "type": "string", "minLength": 1, "maxLength": 1024, "description": "Who published it: `/duebell/task-api` for task-api." },
            "type": { "type": "string", "description": "The same as the data's `event_type`; `com.dapr.event.sent` where the sidecar made the envelope." },
            "subject": { "type": "string", "description": "What it is about: `tasks/123`." },
            "time": { "type": "string", "format": "date-time", "description": "When it was made." },
            "datacontenttype": { "type": "string", "description": "`application/json`." },
            "sequence": { "type": "string", "pattern": "^[0-9]{16,}$", "description": "The extension `sequence`: a decimal number of at least 16 digits that counts the events of one source, topic and user, from 1 and without gaps. Publishers that do not count leave it out." },
            "traceparent": { "type": "string", "description": "The trace (W3C Trace Context) of the request that made the event." },
            "traceid": { "type": "string", "description": "The same as `traceparent`, under Dapr's name." },
            "data": { "type": "object", "description": "The event itself." },
        },
    })
}
