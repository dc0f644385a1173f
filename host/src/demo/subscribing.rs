//! Who subscribes to what, and what a subscriber does with a delivery.

use super::{
    USER,
    stage::{Stage, member},
};
use http::Method;
use miette::miette;
use serde_json::{Value, json};

/// Where the sidecar delivers what the notifier takes.
const ROUTE: &str = "/events/notifier/reminder-events";

pub(super) async fn show(stage: &Stage) -> miette::Result<()> {
    let metadata = stage.publisher.get("/v1.0/metadata").await?;
    let subscriptions = metadata.get("subscriptions").and_then(Value::as_array);
    for subscription in subscriptions.into_iter().flatten() {
        let text = |pointer: &str| {
            let found = subscription.pointer(pointer).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        stage.note(&format!(
            "{} is delivered to {}; what cannot be handled goes to {}",
            text("/topic"),
            text("/rules/0/path"),
            text("/deadLetterTopic"),
        ));
    }

    stage.note("A delivery, as the sidecar makes it, twice:");
    let delivery = json!({
        "specversion": "1.0",
        "id": "660e9500-f30c-52e5-b827-557766551111",
        "source": "backend",
        "type": "com.dapr.event.sent",
        "datacontenttype": "application/json",
        "data": {
            "event_type": "reminder.due",
            "reminder_id": 789,
            "task_id": 124,
            "user_id": USER,
            "title": "Submit project report",
            "due_at": "2026-01-15T14:00:00Z",
            "remind_at": "2026-01-15T13:00:00Z",
            "correlation_id": "660e9500-f30c-52e5-b827-557766551111",
        },
    });
    for outcome in ["done", "already_processed"] {
        let answer = stage
            .sidecar
            .show(Method::POST, ROUTE, Some(&delivery))
            .await?
            .expect(200)?;
        let got = answer.header("duebell-outcome");
        if got != outcome {
            return Err(miette!("the outcome was {got:?} instead of {outcome:?}"));
        }
    }
    let about = |item: &Value| item.get("task_id") == Some(&json!(124));
    let path = "/api/notifications";
    let notified = stage
        .wait_for("the delivery's notification", path, 1, about)
        .await?;
    if notified.len() > 1 {
        return Err(miette!("it took effect {} times", notified.len()));
    }
    for notification in &notified {
        let title = member(notification, "title");
        stage.note(&format!("It took effect once: a notification, {title}."));
    }
    stage.note("Somebody else, who has not the app's token:");
    stage
        .sidecar
        .without_token()
        .show(Method::POST, ROUTE, Some(&delivery))
        .await?
        .expect(401)?;
    Ok(())
}
