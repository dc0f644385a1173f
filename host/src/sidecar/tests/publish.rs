use serde_json::{Value, json};

use super::{Files, Story, pubsub};

#[tokio::test]
async fn the_health_checks_need_no_token_and_everything_else_does() {
    let story = Story::new(json!([])).await;
    for path in ["/v1.0/healthz", "/v1.0/healthz/outbound"] {
        assert_eq!(
            story
                .client
                .get(story.url(path))
                .send()
                .await
                .unwrap()
                .status(),
            204,
            "{path}"
        );
    }
    for path in ["/v1.0/metadata", "/v1.0/publish/p/t", "/v1.0/nothing", "/"] {
        for token in [None, Some(""), Some("wrong"), Some("the-sidecars-tokem")] {
            let mut request = story.client.post(story.url(path)).body("{}");
            if let Some(token) = token {
                request = request.header("dapr-api-token", token);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 401, "{path} {token:?}");
            assert!(answer.headers().contains_key("traceparent"));
            assert_eq!(answer.text().await.unwrap().trim_end(), "invalid api token");
        }
    }
}

#[tokio::test]
async fn an_unknown_route_is_taken_for_a_call_to_no_app() {
    let story = Story::new(json!([])).await;
    for path in [
        "/",
        "/v1.0/jobs",
        "/v1.0/publish/p",
        "/v1.0/publish",
        "/v1.0/state/s",
    ] {
        let answer = story.post(path).body("{}").send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["errorCode"], "ERR_DIRECT_INVOKE", "{path}");
    }
}

#[tokio::test]
async fn an_unknown_pubsub_and_a_forbidden_topic_are_refused() {
    let files = Files::from([(
        "p.yaml",
        pubsub(
            "p",
            &[
                ("publishingScopes", "other=x;duebell=allowed,too"),
                ("protectedTopics", "secret"),
            ],
        ),
    )]);
    let story = Story::with(files, Value::Null).await;
    let cases = [
        (
            "/v1.0/publish/unknown/t",
            404,
            "ERR_PUBSUB_NOT_FOUND",
            "pubsub unknown is not found",
        ),
        (
            "/v1.0/publish/p/x",
            403,
            "ERR_PUBSUB_FORBIDDEN",
            "topic x is not allowed for app id duebell",
        ),
        (
            "/v1.0/publish/bulk/p/x",
            403,
            "ERR_PUBSUB_FORBIDDEN",
            "topic x is not allowed for app id duebell",
        ),
        (
            "/v1.0/publish/p/secret",
            403,
            "ERR_PUBSUB_FORBIDDEN",
            "topic secret is not allowed for app id duebell",
        ),
        (
            "/v1.0/publish/bulk/unknown/t",
            404,
            "ERR_PUBSUB_NOT_FOUND",
            "pubsub unknown is not found",
        ),
    ];
    for (path, status, code, message) in cases {
        let answer = story.post(path).body("[]").send().await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(
            (&body["errorCode"], &body["message"]),
            (&json!(code), &json!(message)),
            "{path}"
        );
        assert!(!body["details"].as_array().unwrap().is_empty());
    }
    assert_eq!(
        story
            .post("/v1.0/publish/p/allowed")
            .json(&1)
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
}

#[tokio::test]
async fn what_kafka_or_dapr_would_not_take_is_refused() {
    let story = Story::new(Value::Null).await;
    let large = "x".repeat(1024 * 1024 + 1);
    let larger = "x".repeat(4 * 1024 * 1024 + 1);
    for (path, content_type, body, status, code) in [
        (
            "/v1.0/publish/p/t",
            "application/cloudevents+json",
            "[]",
            500,
            "ERR_PUBSUB_CLOUD_EVENTS_SER",
        ),
        (
            "/v1.0/publish/p/t?metadata.rawPayload=perhaps",
            "text/plain",
            "x",
            400,
            "ERR_PUBSUB_REQUEST_METADATA",
        ),
        (
            "/v1.0/publish/p/t",
            "text/plain",
            &large,
            500,
            "ERR_PUBSUB_PUBLISH_MESSAGE",
        ),
        (
            "/v1.0/publish/p/t",
            "text/plain",
            &larger,
            500,
            "ERR_PUBSUB_PUBLISH_MESSAGE",
        ),
        (
            "/v1.0/publish/p/no%20topic",
            "text/plain",
            "x",
            500,
            "ERR_PUBSUB_PUBLISH_MESSAGE",
        ),
        (
            "/v1.0/publish/p/t?metadata.partitionNumber=4",
            "text/plain",
            "x",
            500,
            "ERR_PUBSUB_PUBLISH_MESSAGE",
        ),
        (
            "/v1.0/publish/p/t?metadata.partitionNumber=x",
            "text/plain",
            "x",
            500,
            "ERR_PUBSUB_PUBLISH_MESSAGE",
        ),
        (
            "/v1.0/publish/bulk/p/t",
            "application/json",
            "{",
            400,
            "ERR_PUBSUB_EVENTS_SER",
        ),
        (
            "/v1.0/publish/bulk/p/t",
            "application/json",
            r#"[{"event":1,"contentType":"application/json"}]"#,
            400,
            "ERR_PUBSUB_EVENTS_SER",
        ),
        (
            "/v1.0/publish/bulk/p/t",
            "application/json",
            r#"[{"entryId":"1","event":1,"contentType":"application/json"},{"entryId":"1","event":2,"contentType":"application/json"}]"#,
            400,
            "ERR_PUBSUB_EVENTS_SER",
        ),
        (
            "/v1.0/publish/bulk/p/t",
            "application/json",
            r#"[{"entryId":"1","event":1,"contentType":"text/plain"}]"#,
            400,
            "ERR_PUBSUB_EVENTS_SER",
        ),
        (
            "/v1.0/publish/bulk/p/t",
            "application/json",
            r#"[{"entryId":"1","event":1}]"#,
            400,
            "ERR_PUBSUB_EVENTS_SER",
        ),
    ] {
        let answer = story
            .post(path)
            .header("content-type", content_type)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        let what = format!("{path} {}", &body[..body.len().min(60)]);
        assert_eq!(answer.status(), status, "{what}");
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["errorCode"], code, "{what}");
    }
}

#[tokio::test]
async fn a_bulk_that_fails_names_its_entries() {
    let story = Story::new(Value::Null).await;
    let entries = json!([
        { "entryId": "a", "event": "x", "contentType": "text/plain" },
        { "entryId": "b", "event": "x".repeat(1_100_000), "contentType": "text/plain" },
    ]);
    let answer = story
        .post("/v1.0/publish/bulk/p/t")
        .json(&entries)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 500);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["errorCode"], "ERR_PUBSUB_PUBLISH_MESSAGE");
    assert_eq!(body["failedEntries"][0]["entryId"], "a");
    assert_eq!(body["failedEntries"][1]["entryId"], "b");
}

#[tokio::test]
async fn metadata_say_what_runs() {
    let subscriptions =
        json!([{ "pubsubname": "p", "topic": "t", "route": "/r", "deadLetterTopic": "d" }]);
    let story = Story::new(subscriptions).await;
    let body = story.metadata().await;
    assert_eq!(body["id"], "duebell");
    assert_eq!(body["components"][0]["name"], "p");
    assert_eq!(
        body["subscriptions"],
        json!([{ "pubsubname": "p", "topic": "t", "rules": [{ "path": "/r" }], "deadLetterTopic": "d", "type": "PROGRAMMATIC" }])
    );
    assert_eq!(body["appConnectionProperties"]["protocol"], "http");
}

#[tokio::test]
async fn a_shutdown_can_be_asked_for() {
    let story = Story::new(Value::Null).await;
    assert_eq!(
        story.post("/v1.0/shutdown").send().await.unwrap().status(),
        204
    );
    super::soon(story.sidecar.shutdown_requested()).await;
    story.sidecar.shutdown().await;
}
