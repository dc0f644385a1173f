//! Publishes that are refused.

use super::words::without_words;
use crate::{case::Case, scene::Scene, setup::Setup};
use serde_json::{Value, json};

/// What is posted: a topic, the case's name, and addresses.
const POSTS: [(&str, &str, &[&str]); 6] = [
    (
        "no-pubsub",
        "a pubsub that there is not is not found",
        &[
            "/v1.0/publish/nobody/t",
            "/v1.0/publish/nobody/t?metadata.a=b&metadata.rawPayload=maybe",
            "/v1.0/publish/elsewhere/t",
        ],
    ),
    (
        "forbidden",
        "a topic that publishingScopes do not name is forbidden",
        &[
            "/v1.0/publish/scoped/other",
            "/v1.0/publish/scoped/other?metadata.a=b",
        ],
    ),
    (
        "allowed",
        "a topic that allowedTopics do not name is forbidden",
        &["/v1.0/publish/allowing/other"],
    ),
    (
        "protected",
        "a topic of protectedTopics is forbidden to who is not named",
        &[
            "/v1.0/publish/protecting/kept",
            "/v1.0/publish/protecting/kept-as-well",
        ],
    ),
    (
        "permitted",
        "topics that are named may be published to",
        &[
            "/v1.0/publish/scoped/scoped-may",
            "/v1.0/publish/allowing/allowed-may",
            "/v1.0/publish/protecting/protecting-may",
        ],
    ),
    (
        "no-topic",
        "a publish needs a pubsub and a topic",
        &[
            "/v1.0/publish/plain",
            "/v1.0/publish/plain/",
            "/v1.0/publish//t",
            "/v1.0/publish",
        ],
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let posts =
        POSTS.map(|(topic, name, paths)| Case::new(topic, name, move |scene| post(scene, paths)));
    let others = [
        Case::new(
            "unknown-route",
            "a route that there is not is not found",
            unknown_routes,
        ),
        // Kafka's client in daprd would fail at other topics as well, for a while.
        Case::new(
            "topic-names",
            "a topic's name has to be one of Kafka's",
            topic_names,
        )
        .alone(Setup::default()),
        Case::new("large", "a body of five MiB is refused", |scene| {
            long(scene, 5 * 1024 * 1024)
        }),
        Case::new("large-event", "an event of a MiB is refused", |scene| {
            long(scene, 1024 * 1024)
        }),
        Case::new(
            "large-enough",
            "an event of nearly a MiB is taken",
            |scene| long(scene, 1_000_000),
        ),
        Case::new(
            "broker-words",
            "a broker says in its own words why it refuses an event",
            |scene| async move {
                let event = "x".repeat(1024 * 1024);
                scene.publish("text/plain", "", event).await.seen()
            },
        ),
        Case::new(
            "error-order",
            "of several faults of a publish one is named",
            several,
        ),
    ];
    posts.into_iter().chain(others).collect()
}

/// What is answered to a publish at these addresses.
async fn post(scene: Scene, paths: &'static [&'static str]) -> Value {
    let named = ["scoped-may", "allowed-may", "protecting-may"].map(str::to_owned);
    scene.side.make_topics(&named).await;
    let mut seen = Vec::new();
    for path in paths {
        seen.push(json!([
            path,
            scene.ask("POST", path).json(&json!(1)).seen().await
        ]));
    }
    json!(seen)
}

async fn unknown_routes(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/v1.0/publish/plain/t"),
        ("DELETE", "/v1.0/publish/plain/t"),
        ("POST", "/v1.0/nothing"),
        ("POST", "/v2.0/publish/plain/t"),
        ("POST", "/v1.0-alpha1/publish/plain/t"),
        ("GET", "/v1.0/publish/bulk/plain/t"),
        ("POST", "/v1.0/healthz"),
        ("GET", "/v1.0/shutdown"),
        ("PATCH", "/v1.0/metadata"),
    ] {
        seen.push(json!([method, path, scene.ask(method, path).seen().await]));
    }
    json!(seen)
}

async fn topic_names(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for name in ["with%20blank", "a/b", "a%2Fb", "%C3%BC", "x%00"] {
        let path = format!("/v1.0/publish/plain/{name}");
        let answer = scene.ask("POST", &path).json(&json!(1)).send().await;
        seen.push(json!([name, without_words(&answer)]));
    }
    json!(seen)
}

async fn long(scene: Scene, bytes: usize) -> Value {
    let body = "x".repeat(bytes);
    without_words(&scene.publish("text/plain", "", body).await)
}

async fn several(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for (path, content_type) in [
        (
            "/v1.0/publish/nobody/t?metadata.rawPayload=maybe",
            "text/plain",
        ),
        (
            "/v1.0/publish/scoped/other?metadata.rawPayload=maybe",
            "text/plain",
        ),
        ("/v1.0/publish/scoped/other", "application/cloudevents+json"),
        (
            "/v1.0/publish/scoped/other?metadata.partitionNumber=x",
            "text/plain",
        ),
    ] {
        let ask = scene.ask("POST", path).header("content-type", content_type);
        seen.push(without_words(&ask.body("no event").send().await));
    }
    json!(seen)
}
