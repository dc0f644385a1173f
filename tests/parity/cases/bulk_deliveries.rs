//! Several events in one delivery.

use crate::{
    app::Reply,
    case::Case,
    near::near,
    observed,
    scene::{Scene, opened},
    subscription::Subscription,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What is answered to a bulk: the end of a topic, the case's name, a status and a body.
const REPLIES: [(&str, &str, u16, &str); 8] = [
    (
        "bulk-to-empty",
        "an empty answer to a bulk is a failure",
        200,
        "",
    ),
    (
        "bulk-to-object",
        "an answer to a bulk without statuses is a failure",
        200,
        "{}",
    ),
    (
        "bulk-to-none",
        "an answer to a bulk without any status is a failure",
        200,
        r#"{"statuses":[]}"#,
    ),
    (
        "bulk-to-text",
        "what is no JSON is a failure of a bulk",
        200,
        "hello",
    ),
    ("bulk-to-list", "a list is a failure of a bulk", 200, "[]"),
    ("bulk-to-400", "400 is a failure of a bulk", 400, ""),
    ("bulk-to-404", "404 drops a bulk", 404, ""),
    ("bulk-to-500", "500 is a failure of a bulk", 500, ""),
];

/// What is said to each entry of a bulk.
const STATUSES: [(&str, &str, &str); 6] = [
    (
        "bulk-says-success",
        "SUCCESS to an entry is a success",
        "SUCCESS",
    ),
    ("bulk-says-retry", "RETRY to an entry is a failure", "RETRY"),
    ("bulk-says-drop", "DROP to an entry drops it", "DROP"),
    (
        "bulk-says-lower",
        "success to an entry is a failure",
        "success",
    ),
    (
        "bulk-says-other",
        "an unknown status of an entry is a failure",
        "already_processed",
    ),
    ("bulk-says-blank", "an empty status of an entry", ""),
];

pub(super) fn cases() -> Vec<Case> {
    let replies =
        REPLIES.map(|(topic, name, status, body)| answered(topic, name, Reply::of(status, body)));
    let statuses =
        STATUSES.map(|(topic, name, status)| answered(topic, name, Reply::each(move |_| status)));
    let others = [
        Case::new(
            "bulk-form",
            "a bulk delivery has the events and all their metadata",
            form,
        )
        .with(bulk("bulk-form")),
        Case::new(
            "bulk-form-raw",
            "a bulk delivery of raw bytes has them in base64",
            form_raw,
        )
        .with(bulk("bulk-form-raw").raw()),
        Case::new(
            "bulk-text",
            "an event in a bulk delivery is as it was published",
            |scene| async move {
                scene
                    .raw("k", r#"{ "b": "<é>", "a": 1.0, "n": 9007199254740993 }"#)
                    .await;
                let call = scene.app().call(&scene.route()).await;
                let text = call.text();
                json!(
                    text[text.find("\"event\"").unwrap()..]
                        .split(",\"metadata\"")
                        .next()
                )
            },
        )
        .with(bulk("bulk-text")),
        Case::new(
            "bulk-most",
            "a bulk delivery holds at most maxMessagesCount",
            |scene| async move {
                publish(&scene, 3).await;
                scene.done_in_bulk(4).await;
                let calls = scene.app().calls_by_now(&scene.route());
                json!(calls.iter().all(|call| call.entries().len() <= 2))
            },
        )
        .with(Subscription::to("bulk-most").in_bulk(2, 100)),
        Case::new(
            "bulk-lone",
            "after a quiet time a lone event waits for others",
            lone,
        )
        .with(Subscription::to("bulk-lone").in_bulk(3, 2_000)),
        Case::new("bulk-some", "of a bulk delivery an entry fails once", some)
            .with(bulk("bulk-some")),
        Case::new(
            "bulk-some-letters",
            "of a bulk delivery an entry fails for good",
            some_letters,
        )
        .with(bulk("bulk-some-letters").with_letters()),
        Case::new(
            "bulk-mal",
            "a value that is no JSON is no entry of a bulk",
            malformed,
        )
        .with(bulk("bulk-mal").with_letters()),
    ];
    replies.into_iter().chain(statuses).chain(others).collect()
}

/// A bulk waits long enough to hold what is published at once.
fn bulk(topic: &str) -> Subscription {
    Subscription::to(topic).in_bulk(3, 200)
}

/// The answer is given to each delivery of an event that has a dead-letter topic.
fn answered(topic: &'static str, name: &'static str, reply: Reply) -> Case {
    Case::new(topic, name, move |scene| outcome(scene, reply.clone()))
        .with(bulk(topic).with_letters())
}

async fn outcome(scene: Scene, reply: Reply) -> Value {
    scene
        .app()
        .answers(&scene.route(), [reply, Reply::default()]);
    scene.event("k", "one").await;
    scene.app().call(&scene.route()).await;
    scene.event("k", "behind it").await;
    let route = scene.route();
    scene
        .app()
        .until("an event behind it", |calls| {
            let mut calls = calls.iter().filter(|call| call.path() == route);
            calls
                .any(|call| call.text().contains("behind it"))
                .then_some(())
        })
        .await;
    let deliveries = scene.app().calls_by_now(&route);
    let of_one = deliveries
        .iter()
        .filter(|call| call.text().contains("\"one\""));
    json!({ "deliveries": of_one.count(), "letters": scene.letters_by_now("k").await })
}

/// Publishes so many events of one key at once.
async fn publish(scene: &Scene, count: usize) {
    let entries: Vec<Value> = (0..count)
        .map(|number| {
            json!({
                "entryId": number.to_string(),
                "event": { "id": number.to_string(), "data": number },
                "contentType": "application/cloudevents+json",
            })
        })
        .collect();
    let path = format!(
        "/v1.0/publish/bulk/plain/{}?metadata.partitionKey=k",
        scene.topic
    );
    let ask = scene.ask("POST", &path).json(&json!(entries));
    ask.send().await.expect(204);
}

/// All entries that came by now: a batch may be cut anywhere, where Dapr's clock ticks.
fn data(scene: &Scene) -> Vec<Value> {
    let calls = scene.app().calls_by_now(&scene.route());
    let entries = calls.iter().flat_map(|call| call.entries());
    entries
        .map(|entry| entry["event"]["data"].clone())
        .collect()
}

async fn form(scene: Scene) -> Value {
    let query = "metadata.partitionKey=k&metadata.own=1&metadata.ttlInSeconds=60";
    scene
        .publish("application/json", query, "{\"n\":1}")
        .await
        .expect(204);
    observed::request(&*scene.app().call(&scene.route()).await)
}

async fn form_raw(scene: Scene) -> Value {
    scene.raw("k", &b"\x00\xff"[..]).await;
    observed::request(&*scene.app().call(&scene.route()).await)
}

/// Dapr's clock ticks every two seconds.
async fn lone(scene: Scene) -> Value {
    scene.event("k", "first").await;
    let first = scene.app().call(&scene.route()).await.at;
    tokio::time::sleep(first + Duration::from_millis(2_500) - Instant::now()).await;
    let published = Instant::now();
    scene.event("k", "second").await;
    let second = scene.app().calls(&scene.route(), 2).await[1].at;
    json!(near(second - published, Duration::from_millis(1_500)))
}

async fn some(scene: Scene) -> Value {
    let status = |entry: &Value| match entry["event"]["data"] == 1 {
        true => "RETRY",
        false => "SUCCESS",
    };
    scene
        .app()
        .answers(&scene.route(), [Reply::each(status), Reply::default()]);
    publish(&scene, 3).await;
    scene.done_in_bulk(4).await;
    let data = data(&scene);
    json!([0, 1, 2].map(|number| data.iter().filter(|one| **one == json!(number)).count()))
}

async fn some_letters(scene: Scene) -> Value {
    let status = |entry: &Value| match entry["event"]["data"] == 1 {
        true => "RETRY",
        false => "SUCCESS",
    };
    scene.app().answers(&scene.route(), [Reply::each(status)]);
    publish(&scene, 3).await;
    opened(&*scene.app().call(&scene.letter_route()).await)["body"].clone()
}

async fn malformed(scene: Scene) -> Value {
    scene.raw("k", "no JSON").await;
    scene.event("k", "one").await;
    let letter = scene.app().call(&scene.letter_route()).await;
    scene.app().call(&scene.route()).await;
    json!([data(&scene), opened(&letter)])
}
