//! A reminder that a user sets, and what comes of it.

use super::stage::{Stage, member};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use duebell_host::clock;
use http::Method;
use miette::{IntoDiagnostic, miette};
use serde_json::{Value, json};

/// How far ahead it rings, in seconds.
const AHEAD: i64 = 2;

pub(super) async fn show(stage: &Stage) -> miette::Result<()> {
    let user = &stage.user;
    let remind_at = clock::now() + TimeDelta::seconds(AHEAD);
    let remind_at = remind_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let new = json!({ "title": "Submit report", "reminders": [{ "remind_at": remind_at }] });
    let task = user.show(Method::POST, "/api/tasks", Some(&new)).await?;
    let task = task.expect(201)?.json;
    let id = member(&task, "id");

    let about = |item: &Value| item.get("task_id") == Some(&id);
    let path = "/api/notifications?unread=true";
    let notified = stage
        .wait_for("the reminder's notification", path, 1, about)
        .await?;
    stage.audited(&id, 3).await?;
    for notification in &notified {
        stage.note(&format!("notification: {notification}"));
        let made = time(&member(notification, "created_at"))?;
        let late = made - time(&json!(remind_at))?;
        if late < TimeDelta::zero() {
            return Err(miette!("it rang before its time"));
        }
        stage.note(&format!(
            "It was there {} ms after its time.",
            late.num_milliseconds()
        ));
    }
    let path = format!("/api/tasks/{id}/complete");
    user.show(Method::POST, &path, None).await?.expect(200)?;
    let settled = |item: &Value| about(item) && item.get("settled_at") != Some(&Value::Null);
    stage
        .wait_for(
            "the notification to be settled by the task's completion",
            "/api/notifications",
            1,
            settled,
        )
        .await?;
    stage.note("Completing the task settled the notification.");
    Ok(())
}

fn time(value: &Value) -> miette::Result<DateTime<Utc>> {
    let text = value.as_str().unwrap_or_default();
    text.parse().into_diagnostic()
}
