//! A task's life, and the events of it.

use super::stage::{Stage, member};
use duebell_chain::Export;
use http::Method;
use miette::miette;
use serde_json::{Value, json};

pub(super) async fn show(stage: &Stage) -> miette::Result<()> {
    let user = &stage.user;
    let new = json!({
        "title": "Buy groceries",
        "description": "Milk, bread, eggs",
        "priority": "high",
        "due_date": "2031-01-15T14:00:00Z",
        "tags": ["shopping", "personal"],
    });
    let created = user.show(Method::POST, "/api/tasks", Some(&new)).await?;
    let created = created.expect(201)?;
    let path = created.header("location").to_owned();
    let change = json!({ "priority": "urgent" });
    user.show(Method::PATCH, &path, Some(&change))
        .await?
        .expect(200)?;
    user.show(Method::POST, &format!("{path}/complete"), None)
        .await?
        .expect(200)?;
    user.show(Method::DELETE, &path, None).await?.expect(204)?;

    let audited = stage.audited(&member(&created.json, "id"), 4).await?;
    let types: Vec<&str> = audited
        .iter()
        .filter_map(|entry| entry.get("event_type").and_then(Value::as_str))
        .collect();
    let life = [
        "task.created",
        "task.updated",
        "task.completed",
        "task.deleted",
    ];
    if types != life {
        return Err(miette!("the audit has {types:?} instead of {life:?}"));
    }
    let export = user.get("/api/audit?limit=200").await?;
    let chain = Export::read([Ok::<_, String>(export)])
        .map_err(|flaw| miette!("the audit does not verify: {flaw}"))?;
    stage.note(&format!(
        "The chain of {} entries verifies; its head is {}.",
        chain.entries(),
        chain.head()
    ));
    Ok(())
}
