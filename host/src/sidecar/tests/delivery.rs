use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Value, json};

use super::{APP_TOKEN, Files, Story, pubsub};

fn subscribed(topic: &str) -> Value {
    json!([{ "pubsubname": "p", "topic": topic, "route": format!("/events/{topic}") }])
}

#[tokio::test]
async fn what_is_published_is_delivered() {
    let story = Story::new(subscribed("t")).await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answer = story
        .post("/v1.0/publish/p/t?metadata.partitionKey=alice&metadata.color=blue")
        .header("traceparent", trace)
        .json(&json!({ "n": 1 }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.headers()["traceparent"], trace);

    let call = story.app.next().await;
    assert_eq!(
        (call.method.clone(), call.path.as_str()),
        (Method::POST, "/events/t")
    );
    assert_eq!(call.header("content-type"), "application/cloudevents+json");
    assert_eq!(call.header("dapr-api-token"), APP_TOKEN);
    assert_eq!(call.header("pubsubname"), "p");
    assert_eq!(call.header("__key"), "alice");
    assert_eq!(call.header("partitionkey"), "alice");
    assert_eq!(call.header("color"), "blue");
    assert_eq!(call.header("__topic"), "t");
    assert_eq!(call.header("__offset"), "0");
    assert!(call.header("__partition").parse::<u32>().unwrap() < 4);
    assert!(call.header("__timestamp").parse::<u64>().unwrap() > 1_600_000_000_000);
    assert_eq!(call.header("traceparent"), trace);
    let event = call.json();
    assert_eq!(event["data"], json!({ "n": 1 }));
    assert_eq!(event["source"], "duebell");
    assert_eq!(event["traceparent"], trace);
}

#[tokio::test]
async fn a_cloud_event_arrives_byte_for_byte_as_it_was_written() {
    let story = Story::new(subscribed("t")).await;
    let event = r#"{"data":{"id":9007199254740993,"x":1.0},"id":"1","pubsubname":"p","source":"/s","specversion":"1.0","time":"2026-01-14T10:30:00Z","topic":"t","traceid":"","tracestate":"","type":"y"}"#;
    let answer = story
        .post("/v1.0/publish/p/t")
        .header("content-type", "application/cloudevents+json")
        .body(event)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(story.app.next().await.body, event.as_bytes());
}

#[tokio::test]
async fn events_of_one_key_arrive_in_order() {
    let story = Story::new(subscribed("t")).await;
    for n in 0..50 {
        for key in ["alice", "bob", "carol"] {
            story
                .publish("t", key, &json!({ "key": key, "n": n }))
                .await;
        }
    }
    let mut next = std::collections::HashMap::new();
    for _ in 0..150 {
        let data = story.app.next().await.json()["data"].clone();
        let expected: &mut i64 = next.entry(data["key"].to_string()).or_default();
        assert_eq!(data["n"], *expected);
        *expected += 1;
    }
}

#[tokio::test]
async fn each_group_gets_every_event_and_one_group_shares_them() {
    let files = Files::from([
        ("p.yaml", pubsub("p", &[])),
        ("q.yaml", pubsub("q", &[])),
        ("r.yaml", pubsub("r", &[("consumerGroup", "q")])),
    ]);
    let subscriptions = json!([
        { "pubsubname": "p", "topic": "t", "route": "/p" },
        { "pubsubname": "q", "topic": "t", "route": "/q" },
        { "pubsubname": "r", "topic": "t", "route": "/r" },
    ]);
    let story = Story::with(files, subscriptions).await;
    for n in 0..40 {
        story.publish("t", &format!("key{n}"), &json!(n)).await;
    }
    let mut routes = std::collections::HashMap::<String, Vec<i64>>::new();
    for _ in 0..80 {
        let call = story.app.next().await;
        routes
            .entry(call.path.clone())
            .or_default()
            .push(call.json()["data"].as_i64().unwrap());
    }
    assert_eq!(routes["/p"].len(), 40);
    let mut shared: Vec<i64> = routes["/q"].iter().chain(&routes["/r"]).copied().collect();
    shared.sort_unstable();
    assert_eq!(shared, (0..40).collect::<Vec<_>>());
    assert!(!routes["/r"].is_empty() && !routes["/q"].is_empty());
}

#[tokio::test]
async fn a_new_group_starts_at_the_end_unless_it_says_oldest() {
    let files = Files::from([
        ("p.yaml", pubsub("p", &[])),
        ("q.yaml", pubsub("q", &[("initialOffset", "newest")])),
    ]);
    let mut story = Story::with(files, Value::Null).await;
    story.publish("t", "k", &json!("before")).await;
    story.sidecar.shutdown().await;
    story.app = super::TestApp::start(json!([
        { "pubsubname": "p", "topic": "t", "route": "/oldest" },
        { "pubsubname": "q", "topic": "t", "route": "/newest" },
    ]))
    .await;
    story.sidecar = Story::start(&story.app, &story.files, story.dir.path()).await;
    story.subscribed().await;
    story.publish("t", "k", &json!("after")).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let call = story.app.next().await;
        seen.push((
            call.path.clone(),
            call.json()["data"].as_str().unwrap().to_owned(),
        ));
    }
    seen.sort();
    let expected = [
        ("/newest", "after"),
        ("/oldest", "after"),
        ("/oldest", "before"),
    ];
    assert_eq!(
        seen,
        expected.map(|(path, data)| (path.to_owned(), data.to_owned()))
    );
}

#[tokio::test]
async fn a_raw_payload_comes_in_an_envelope() {
    let story = Story::new(json!([
        { "pubsubname": "p", "topic": "t", "route": "/raw", "metadata": { "rawPayload": "true" } },
    ]))
    .await;
    story.publish_raw("t", "no json at all").await;
    let event = story.app.next().await.json();
    assert_eq!(event["data_base64"], STANDARD.encode("no json at all"));
    assert_eq!(event["datacontenttype"], "application/octet-stream");
    assert_eq!(event["topic"], "t");
}

#[tokio::test]
async fn a_file_may_subscribe_for_its_own_app_and_the_app_has_the_last_word() {
    let subscription = |name: &str, topic: &str, route: &str, scope: &str| {
        json!({
            "apiVersion": "dapr.io/v2alpha1", "kind": "Subscription", "metadata": { "name": name },
            "spec": { "pubsubname": "p", "topic": topic, "routes": { "default": route } },
            "scopes": [scope],
        })
        .to_string()
    };
    let files = Files::from([
        ("p.yaml", pubsub("p", &[])),
        ("a.yaml", subscription("a", "a", "/declared/a", "duebell")),
        (
            "b.yaml",
            subscription("b", "b", "/declared/b", "another-app"),
        ),
        ("c.yaml", subscription("c", "c", "/declared/c", "duebell")),
    ]);
    let story = Story::with(
        files,
        json!([
            { "pubsubname": "p", "topic": "c", "route": "/app/c" },
            { "pubsubname": "not-here", "topic": "d", "route": "/app/d" },
        ]),
    )
    .await;
    let metadata = story.metadata().await;
    let routes: Vec<_> = metadata["subscriptions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["rules"][0]["path"].clone())
        .collect();
    // The last one is inactive.
    assert_eq!(routes, ["/declared/a", "/app/c", "/app/d"]);
    for topic in ["a", "b", "c"] {
        story.publish(topic, "k", &json!(topic)).await;
    }
    let mut paths = [story.app.next().await.path, story.app.next().await.path];
    paths.sort();
    assert_eq!(paths, ["/app/c", "/declared/a"]);
}

#[tokio::test]
async fn a_component_may_forbid_a_subscription() {
    let scopes = [("subscriptionScopes", "duebell=;other=t")];
    let files = Files::from([
        ("p.yaml", pubsub("p", &scopes)),
        ("q.yaml", pubsub("q", &[("consumerGroup", "q")])),
    ]);
    let subscriptions = json!([
        { "pubsubname": "p", "topic": "t", "route": "/forbidden" },
        { "pubsubname": "q", "topic": "t", "route": "/allowed" },
    ]);
    let story = Story::with(files, subscriptions).await;
    for _ in 0..5 {
        story.publish("t", "k", &json!(1)).await;
        assert_eq!(story.app.next().await.path, "/allowed");
    }
}
