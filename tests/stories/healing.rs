//! Deliveries that a sidecar takes for done and that never arrived.

use crate::{
    audit::audit,
    harness::{App, eventually},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// In what time a lost delivery is made up for.
const PROMISED: Duration = Duration::from_secs(10);

fn titles(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|item| item["event"]["task_data"]["title"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_lost_in_the_middle_is_filled_in_before_what_follows() {
    let (app, proxy) = App::start_proxied().await;
    let alice = app.user("alice");
    proxy.swallow("/events/audit-sink/", "the lost one");
    alice
        .post("/api/tasks", &json!({ "title": "before" }))
        .await
        .expect(201);
    audit(&alice, 1).await;
    alice
        .post("/api/tasks", &json!({ "title": "the lost one" }))
        .await
        .expect(201);
    eventually("the delivery is swallowed", async || {
        (!proxy.swallowed().is_empty()).then_some(())
    })
    .await;
    let start = Instant::now();
    alice
        .post("/api/tasks", &json!({ "title": "after" }))
        .await
        .expect(201);

    let items = audit(&alice, 3).await;
    assert!(start.elapsed() < PROMISED, "after {:?}", start.elapsed());
    assert_eq!(titles(&items), ["before", "the lost one", "after"]);
    assert_eq!(items.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_lost_at_the_end_is_found_by_the_sweep() {
    let (app, proxy) = App::start_proxied().await;
    let alice = app.user("alice");
    proxy.swallow("/events/audit-sink/", "the lost one");
    alice
        .post("/api/tasks", &json!({ "title": "before" }))
        .await
        .expect(201);
    audit(&alice, 1).await;
    let start = Instant::now();
    alice
        .post("/api/tasks", &json!({ "title": "the lost one" }))
        .await
        .expect(201);

    let items = audit(&alice, 2).await;
    assert!(start.elapsed() < PROMISED, "after {:?}", start.elapsed());
    assert_eq!(proxy.swallowed(), ["the lost one"]);
    assert_eq!(titles(&items), ["before", "the lost one"]);
}
