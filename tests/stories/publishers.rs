//! Other programs that publish: the contract's own, and broken ones.

use crate::{
    audit::{audit, whole_audit},
    harness::{App, eventually, project},
};
use serde_json::{Value, json};

const TOPIC: &str = "/v1.0/publish/pubsub-kafka/task-events";

/// The contract's example of a task event.
fn example() -> Value {
    let file = project().join("crates/events/tests/golden/v1.0.0/task-event.json");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contracts_publisher_is_audited_once_however_often_it_sends() {
    let app = App::start().await;
    let publisher = app.publisher();
    let event = example();
    publisher.publish(TOPIC, &event).await;
    publisher.publish(TOPIC, &event).await;
    let mut last = event.clone();
    last["correlation_id"] = json!("the-last-one");
    publisher.publish(TOPIC, &last).await;

    let user = app.user("user-456");
    let items = audit(&user, 2).await;
    assert_eq!(items.len(), 2, "what was sent twice is there once");
    // Without a partition key, the two may change places.
    let audited = |wanted: &Value| items.iter().any(|item| item["event"] == *wanted);
    assert!(audited(&event) && audited(&last), "as they were sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_events_do_not_hold_up_what_comes_after_them() {
    let app = App::start().await;
    let publisher = app.publisher();
    let keyed = format!("{TOPIC}?metadata.partitionKey=user-456");
    for malformed in [
        json!("no event"),
        json!({ "event_type": "task.exploded" }),
        json!({ "event_type": "task.created", "task_id": "123" }),
        json!([1, 2, 3]),
        {
            let mut event = example();
            event["task_id"] = json!(9_007_199_254_740_992_u64);
            event
        },
    ] {
        publisher.publish(&keyed, &malformed).await;
    }
    publisher.publish(&keyed, &example()).await;

    let items = audit(&app.user("user-456"), 1).await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["event"], example());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_python_model_that_writes_no_zone_and_more_fields_is_read() {
    let app = App::start().await;
    let mut event = example();
    event["timestamp"] = json!("2026-01-14T10:30:00.123456");
    event["task_data"]["due_date"] = json!("2026-01-15T14:00:00");
    event["task_data"]["colour"] = json!("green");
    app.publisher().publish(TOPIC, &event).await;
    let items = audit(&app.user("user-456"), 1).await;
    assert_eq!(items[0]["event"], event, "as it came, nothing filled in");
}

#[tokio::test(flavor = "multi_thread")]
async fn reminder_events_are_audited_too() {
    let app = App::start().await;
    let event: Value = serde_json::from_str(
        &std::fs::read_to_string(
            project().join("crates/events/tests/golden/v1.0.0/reminder-event.json"),
        )
        .unwrap(),
    )
    .unwrap();
    app.publisher()
        .publish("/v1.0/publish/pubsub-kafka/reminder-events", &event)
        .await;
    let items = audit(&app.user("user-456"), 1).await;
    assert_eq!(items[0]["event"], event);
    assert_eq!(items[0]["topic"], "reminder-events");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_without_the_sidecars_token_is_refused() {
    let app = App::start().await;
    let sidecar = crate::harness::Client::new(app.sidecar_origin());
    sidecar.post(TOPIC, &example()).await.expect(401);
    sidecar
        .with("dapr-api-token", "guessed")
        .post(TOPIC, &example())
        .await
        .expect(401);
    let mut told = example();
    told["correlation_id"] = json!("the-one-with-a-token");
    app.publisher().publish(TOPIC, &told).await;
    let user = app.user("user-456");
    eventually("the event that was let in", async || {
        let items = whole_audit(&user).await;
        (!items.is_empty()).then(|| assert_eq!(items[0]["event"], told))
    })
    .await;
    assert_eq!(whole_audit(&user).await.len(), 1);
}
