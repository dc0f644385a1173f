use serde_json::{Value, json};

use super::{Files, Story, TestApp, pubsub};

#[tokio::test]
async fn a_restart_keeps_events_and_positions() {
    let story = Story::new(json!([{ "pubsubname": "p", "topic": "t", "route": "/t" }])).await;
    for n in 0..20 {
        story.publish("t", "k", &json!(n)).await;
    }
    for n in 0..20 {
        assert_eq!(story.app.next().await.json()["data"], n);
    }
    let story = story.restart().await;
    story.publish("t", "k", &json!("after")).await;
    let call = story.app.next().await;
    assert_eq!(call.json()["data"], "after", "nothing comes a second time");
    assert_eq!(call.header("__offset"), "20");
}

#[tokio::test]
async fn what_no_app_was_there_for_is_delivered_later_and_in_order() {
    let files = Files::from([("p.yaml", pubsub("p", &[]))]);
    let mut story = Story::with(files, Value::Null).await;
    let entries: Vec<Value> = (0..500)
        .map(|n| json!({ "entryId": n.to_string(), "event": n, "contentType": "application/json", "metadata": { "partitionKey": "k" } }))
        .collect();
    for batch in entries.chunks(100) {
        let answer = story
            .post("/v1.0/publish/bulk/p/t")
            .json(&batch)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 204);
    }
    story.sidecar.shutdown().await;
    story.app = TestApp::start(json!([{ "pubsubname": "p", "topic": "t", "route": "/t" }])).await;
    story.sidecar = Story::start(&story.app, &story.files, story.dir.path()).await;
    for n in 0..500 {
        assert_eq!(story.app.next().await.json()["data"], n);
    }
}

#[tokio::test]
async fn a_folder_is_for_one_sidecar() {
    let story = Story::new(Value::Null).await;
    let config = super::config(&story.app, &story.files, story.dir.path());
    let error = super::super::start(config).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("another sidecar is using this folder"),
        "{error}"
    );
}

#[tokio::test]
async fn a_sidecar_without_a_token_does_not_start() {
    let story = Story::new(Value::Null).await;
    let mut config = super::config(&story.app, &story.files, story.dir.path());
    config.data_dir = story.dir.path().join("other");
    config.dapr_api_token.clear();
    let debug = format!("{config:?}");
    assert!(
        !debug.contains(super::APP_TOKEN),
        "a token is never shown: {debug}"
    );
    assert!(super::super::start(config).await.is_err());
}
