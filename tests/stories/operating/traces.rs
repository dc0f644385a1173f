//! One trace from a request to the last line that it led to.

use crate::{
    audit::whole_audit,
    harness::{App, Options, eventually},
    reminders::{from_now, notifications, text},
};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The lines that components wrote about a trace.
fn lines_of(app: &App, trace: &str) -> Vec<Value> {
    let logs = app.component_logs().into_iter();
    let texts = logs.filter_map(|file| std::fs::read_to_string(file).ok());
    texts
        .flat_map(|text| {
            let lines = text.lines().map(str::to_owned);
            lines.collect::<Vec<_>>()
        })
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
        .filter(|line| line["trace_id"] == trace)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_found_by_its_trace_in_every_consumers_log_and_in_the_audit() {
    let app = App::start_with(Options {
        variables: vec![("log_level".to_owned(), "debug".to_owned())],
        ..Options::default()
    })
    .await;
    let alice = app.user("alice");
    let traced = alice.with("traceparent", PARENT);
    let soon = text(from_now(TimeDelta::seconds(2)));
    let task = json!({
        "title": "Nobody's business", "due_date": "2031-01-15T00:00:00Z",
        "recurring_pattern": "daily", "reminders": [{ "remind_at": soon }],
    });
    let answer = traced.post("/api/tasks", &task).await.expect(201);
    let response = answer.header("traceresponse").to_owned();
    assert!(response.starts_with(&format!("00-{TRACE}-")), "{response}");
    assert_ne!(response, PARENT, "our own place in it");
    let task = answer.json;
    notifications(&alice, 1).await;
    traced
        .post(&format!("/api/tasks/{}/complete", task["id"]), &json!({}))
        .await
        .expect(200);

    // Created, scheduled, rung, completed, and the next one created: all in one trace.
    let types = eventually("the audit has the next occurrence", async || {
        let items = whole_audit(&alice).await;
        let traced = items.iter().filter(|item| {
            let parent = item["traceparent"].as_str().unwrap_or_default();
            parent.contains(TRACE)
        });
        let types: Vec<String> = traced
            .map(|item| item["event"]["event_type"].as_str().unwrap().to_owned())
            .collect();
        let created = types.iter().filter(|kind| *kind == "task.created");
        (created.count() == 2 && types.len() == items.len()).then_some(types)
    })
    .await;
    for kind in ["reminder.scheduled", "reminder.due", "task.completed"] {
        assert!(types.iter().any(|found| found == kind), "{kind}: {types:?}");
    }
    let consumers = [
        "audit-sink",
        "live-updates",
        "notifier",
        "recurrence",
        "reminder-trigger",
        "search-indexer",
    ];
    let lines = eventually("every consumer has a line of the trace", async || {
        let lines = lines_of(&app, TRACE);
        let handled = lines.iter().filter(|line| line["outcome"] == "done");
        let found: BTreeSet<&str> = handled
            .map(|line| line["component"].as_str().unwrap())
            .collect();
        consumers
            .iter()
            .all(|id| found.contains(id))
            .then_some(lines.clone())
    })
    .await;
    let due = |line: &&Value| line["event_type"] == "reminder.due";
    assert!(lines.iter().find(due).is_some());
    for line in &lines {
        let text = line.to_string();
        for private in ["alice", "Nobody", &task["id"].to_string()] {
            assert!(!text.contains(private), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_says_its_trace_whether_it_is_a_problem_or_a_stream() {
    let app = App::start().await;
    let alice = app.user("alice");
    let refused = alice.post("/api/tasks", &json!({})).await.expect(422);
    let trace = refused.json["trace_id"].as_str().unwrap();
    let response = refused.header("traceresponse");
    assert_eq!(response.split('-').nth(1), Some(trace));
    let other = alice.get("/api/tasks").await.expect(200);
    assert_ne!(other.header("traceresponse").split('-').nth(1), Some(trace));
    let wrong = alice.with("traceparent", "00-0-0-00");
    let answer = wrong.get("/api/search?q=a").await.expect(200);
    assert_eq!(answer.header("traceresponse").len(), PARENT.len());
    let streamed = alice
        .at(app.updates_origin())
        .with("traceparent", PARENT)
        .stream("/api/updates", &[("accept", "text/event-stream")])
        .await;
    let response = streamed.headers()["traceresponse"].to_str().unwrap();
    assert!(response.contains(TRACE), "{response}");
}
