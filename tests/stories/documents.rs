//! The documents that describe the app, held against the running system.

use crate::harness::{App, eventually, project};
use serde_json::{Value, json};

fn kept(file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(project().join("docs").join(file)).unwrap())
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_are_served_as_they_are_kept() {
    let app = App::start().await;
    for file in ["openapi.json", "asyncapi.json"] {
        let answer = app.anyone().get(&format!("/{file}")).await.expect(200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.json, kept(file));
    }
}

/// The schema that a `$ref` names, or the schema itself.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Every member of an object is in its schema, and every required one is there.
fn fits(document: &Value, schema: &Value, value: &Value) {
    let schema = resolve(document, schema);
    let properties = schema["properties"]
        .as_object()
        .unwrap_or_else(|| panic!("no properties in {schema}"));
    for name in value.as_object().unwrap().keys() {
        assert!(
            properties.contains_key(name),
            "{name} is not in the document: {schema}"
        );
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(
            value.get(name.as_str().unwrap()).is_some(),
            "{name} is missing in {value}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_is_what_the_document_says() {
    let document = kept("openapi.json");
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let app = App::start().await;
    let alice = app.user("alice");
    let schema = |path: &str, method: &str, status: &str| {
        let responses = &document["paths"][path][method]["responses"];
        let content = &responses[status]["content"];
        let media = content
            .as_object()
            .unwrap_or_else(|| panic!("{method} {path} has no {status}"))
            .values()
            .next();
        media.unwrap()["schema"].clone()
    };
    let task = alice
        .post("/api/tasks", &json!({ "title": "x" }))
        .await
        .expect(201);
    fits(&document, &schema("/api/tasks", "post", "201"), &task.json);
    let list = alice.get("/api/tasks").await.expect(200);
    fits(&document, &schema("/api/tasks", "get", "200"), &list.json);
    let one = alice.get(task.header("location")).await.expect(200);
    fits(
        &document,
        &schema("/api/tasks/{id}", "get", "200"),
        &one.json,
    );
    let refused = alice
        .post("/api/tasks", &json!({ "title": "" }))
        .await
        .expect(422);
    fits(
        &document,
        &schema("/api/tasks", "post", "422"),
        &refused.json,
    );
    let audit = alice.get("/api/audit").await.expect(200);
    fits(&document, &schema("/api/audit", "get", "200"), &audit.json);
    for path in ["/api/audit/checkpoints", "/api/audit/keys"] {
        let answer = alice.get(path).await.expect(200);
        fits(&document, &schema(path, "get", "200"), &answer.json);
    }
    let lines = alice.get("/api/audit/export").await.expect(200).text;
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let named = |name: &str| &document["components"]["schemas"][name];
        let parts = [
            ("AuditHead", &line["head"]),
            ("Checkpoint", &line["checkpoint"]),
            ("Inclusion", &line["proof"]),
        ];
        if line["number"].is_number() {
            fits(&document, named("AuditEntry"), &line);
        }
        for (name, part) in parts.into_iter().filter(|(_, part)| part.is_object()) {
            fits(&document, named(name), part);
        }
    }
    let found = eventually("the task is found", async || {
        let page = alice.get("/api/search?q=x").await.expect(200).json;
        (page["items"] != json!([])).then_some(page)
    })
    .await;
    fits(&document, &schema("/api/search", "get", "200"), &found);
    fits(
        &document,
        &document["components"]["schemas"]["SearchHit"],
        &found["items"][0],
    );
    let updates = alice.with("accept", "application/json");
    let page = updates.get("/api/updates?since=0").await.expect(200).json;
    fits(
        &document,
        &document["components"]["schemas"]["UpdatePage"],
        &page,
    );
    let ticket = alice
        .raw("POST", "/api/updates/ticket", "application/json", "")
        .await
        .expect(201);
    let schema_of_it = schema("/api/updates/ticket", "post", "201");
    fits(&document, &schema_of_it, &ticket.json);
    let health = app.anyone().get("/api/health").await.expect(200);
    fits(
        &document,
        &schema("/api/health", "get", "200"),
        &health.json,
    );
}

#[test]
fn the_async_document_has_every_topic_and_event() {
    let document = kept("asyncapi.json");
    assert!(document["asyncapi"].as_str().unwrap().starts_with("3.0"));
    let text = document.to_string();
    for name in [
        "task-events",
        "reminder-events",
        "task-updates",
        "task.created",
        "task.updated",
        "task.completed",
        "task.deleted",
        "reminder.scheduled",
        "reminder.due",
        "reminder.cancelled",
        "task.sync",
        "task.reminder",
    ] {
        assert!(text.contains(name), "{name} is not in asyncapi.json");
    }
}
