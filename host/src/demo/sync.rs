//! What the user's other clients are told.

use super::{
    USER,
    stage::{Stage, member},
};
use http::Method;
use miette::miette;
use serde_json::{Value, json};

pub(super) async fn show(stage: &Stage) -> miette::Result<()> {
    let client = stage.user.with("x-client-id", "web-abc123");
    let new = json!({ "title": "Water the plants" });
    let task = client.show(Method::POST, "/api/tasks", Some(&new)).await?;
    let id = member(&task.expect(201)?.json, "id");
    let path = format!("/api/tasks/{id}");
    let change = json!({ "priority": "urgent", "tags": ["shopping", "urgent"] });
    client
        .show(Method::PATCH, &path, Some(&change))
        .await?
        .expect(200)?;

    stage.note("On topic task-updates, as its publishers keep it for seven days:");
    let mut told = 0;
    for publisher in ["task-api", "notifier"] {
        let history =
            format!("/internal/{publisher}/outbox/events?topic=task-updates&user_id={USER}");
        let history = stage.sidecar.get(&history).await?;
        let events = history.get("events").and_then(Value::as_array);
        for event in events.into_iter().flatten() {
            let data = member(event, "data");
            let is_of_this_task = data.get("task_id") == Some(&id);
            let rang = member(&data, "event_type") == "task.reminder";
            if is_of_this_task || rang {
                stage.note(&format!("{data}"));
                told += 1;
            }
        }
    }
    if told < 3 {
        return Err(miette!(
            "two task.sync and a task.reminder should be there, not {told} events"
        ));
    }
    Ok(())
}
