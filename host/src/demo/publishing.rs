//! Another program publishes, as the contract shows it.

use super::{USER, stage::Stage};
use http::Method;
use serde_json::{Value, json};

/// Where to.
const TOPIC: &str = "/v1.0/publish/pubsub-kafka/task-events";

pub(super) async fn show(stage: &Stage) -> miette::Result<()> {
    let event = json!({
        "event_type": "task.created",
        "task_id": 123,
        "user_id": USER,
        "task_data": {
            "title": "Buy groceries",
            "description": "Milk, bread, eggs",
            "completed": false,
            "priority": "high",
            "due_date": "2026-01-15T14:00:00Z",
            "tags": ["shopping", "personal"],
            "recurring_pattern": null,
            "next_occurrence": null,
        },
        "timestamp": "2026-01-14T10:30:00Z",
        "correlation_id": "550e8400-e29b-41d4-a716-446655440000",
    });
    let publisher = &stage.publisher;
    for _ in 0..2 {
        publisher
            .show(Method::POST, TOPIC, Some(&event))
            .await?
            .expect(204)?;
    }
    let audited = stage.audited(&json!(123), 1).await?;
    let as_sent = audited
        .iter()
        .any(|entry| entry.get("event") == Some(&event));
    if !as_sent {
        return Err(miette::miette!("the audit does not have it as it was sent"));
    }
    stage.note("It was sent twice, and is there once, as it was sent.");
    stage.note("Without the sidecar's token:");
    publisher
        .without_token()
        .show(Method::POST, TOPIC, Some(&Value::Null))
        .await?
        .expect(401)?;
    Ok(())
}
