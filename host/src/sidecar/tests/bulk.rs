use serde_json::{Value, json};

use super::app::{Call, bulk, success};
use super::{Files, Story, pubsub, retrying};

fn in_bulk(most: u32) -> Value {
    json!([
        {
            "pubsubname": "p", "topic": "t", "route": "/t", "deadLetterTopic": "t-dlq",
            "bulkSubscribe": { "enabled": true, "maxMessagesCount": most, "maxAwaitDurationMs": 20 },
        },
        { "pubsubname": "watch", "topic": "t-dlq", "route": "/dlq" },
    ])
}

fn files(max_retries: i32) -> Files {
    Files::from([
        ("p.yaml", pubsub("p", &[("backOffDuration", "20ms")])),
        ("watch.yaml", pubsub("watch", &[])),
        ("resiliency.yaml", retrying("p", max_retries)),
    ])
}

/// Publishes these numbers in one bulk, all with one key.
async fn publish(story: &Story, numbers: impl Iterator<Item = i64>) {
    let entries: Vec<Value> = numbers
        .map(|n| {
            json!({
                "entryId": n.to_string(),
                "event": { "id": n.to_string(), "source": "/s", "type": "n", "data": n },
                "contentType": "application/cloudevents+json",
                "metadata": { "partitionKey": "k" },
            })
        })
        .collect();
    let answer = story
        .post("/v1.0/publish/bulk/p/t")
        .json(&entries)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
}

fn numbers(call: &Call) -> Vec<i64> {
    call.entries()
        .iter()
        .map(|entry| entry["event"]["data"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_bulk_request_looks_as_daprs() {
    let story = Story::with(files(-1), in_bulk(100)).await;
    publish(&story, 7..8).await;
    let call = story.app.next().await;
    assert_eq!(call.header("content-type"), "application/json");
    assert_eq!(call.header("pubsubname"), "p");
    assert_eq!(call.header("dapr-api-token"), super::APP_TOKEN);
    let body = call.json();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["entries", "id", "metadata", "pubsubname", "topic", "type"]
    );
    assert_eq!(body["metadata"], json!({ "pubsubName": "p" }));
    assert_eq!(
        (&body["pubsubname"], &body["topic"]),
        (&json!("p"), &json!("t"))
    );
    assert_eq!(body["type"], "com.dapr.event.sent.bulk");
    let entry = &body["entries"][0];
    assert_eq!(entry["entryId"], "0");
    assert_eq!(entry["contentType"], "application/cloudevents+json");
    assert_eq!(entry["event"]["data"], 7);
    assert_eq!(entry["metadata"]["__key"], "k");
    assert_eq!(entry["metadata"]["__offset"], "0");
    assert_eq!(entry["metadata"]["partitionKey"], "k");
}

#[tokio::test]
async fn events_come_in_batches_in_order() {
    let story = Story::with(files(-1), in_bulk(30)).await;
    publish(&story, 0..100).await;
    let mut seen = Vec::new();
    while seen.len() < 100 {
        let batch = numbers(&story.app.next().await);
        assert!(batch.len() <= 30);
        seen.extend(batch);
    }
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn only_what_failed_is_delivered_again_and_what_was_dropped_is_a_dead_letter() {
    let story = Story::with(files(-1), in_bulk(10)).await;
    let mut first = true;
    story.app.answers(move |call| {
        if call.path == "/dlq" || !std::mem::take(&mut first) {
            return success(call);
        }
        bulk(call, |entry| match entry["event"]["data"].as_i64() {
            Some(1) => "DROP",
            Some(2) => "RETRY",
            Some(3) => "already_processed",
            _ => "SUCCESS",
        })
    });
    publish(&story, 0..5).await;
    assert_eq!(numbers(&story.app.next().await), [0, 1, 2, 3, 4]);
    let (mut again, mut letter) = (None, None);
    for _ in 0..2 {
        let call = story.app.next().await;
        if call.path == "/dlq" {
            letter = Some(call.json()["data"].clone());
        } else {
            let ids: Vec<_> = call
                .entries()
                .iter()
                .map(|entry| entry["entryId"].clone())
                .collect();
            assert_eq!(ids, ["2", "3"], "they keep their ids");
            again = Some(numbers(&call));
        }
    }
    assert_eq!((again, letter), (Some(vec![2, 3]), Some(json!(1))));
}

#[tokio::test]
async fn an_answer_that_says_nothing_is_a_failure_until_the_dead_letters() {
    for answer in ["", "{}", "nonsense"] {
        let story = Story::with(files(1), in_bulk(10)).await;
        story.app.answers(move |call| {
            if call.path == "/t" {
                (200, answer.to_owned())
            } else {
                (200, String::new())
            }
        });
        publish(&story, 0..2).await;
        let mut paths = Vec::new();
        for _ in 0..4 {
            paths.push(story.app.next().await.path);
        }
        assert_eq!(paths, ["/t", "/t", "/dlq", "/dlq"], "{answer:?}");
    }
}

#[tokio::test]
async fn one_bad_event_does_not_spoil_a_batch() {
    let story = Story::with(files(-1), in_bulk(100)).await;
    let entries = json!([
        { "entryId": "1", "event": { "data": 1 }, "contentType": "application/cloudevents+json", "metadata": { "partitionKey": "k" } },
        { "entryId": "2", "event": "no object", "contentType": "application/json", "metadata": { "partitionKey": "k" } },
        { "entryId": "3", "event": { "data": 3 }, "contentType": "application/json", "metadata": { "partitionKey": "k" } },
    ]);
    // As raw payloads the values are written as they are, the second being no object.
    let answer = story
        .post("/v1.0/publish/bulk/p/t?metadata.rawPayload=true")
        .json(&entries)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let call = story.app.next().await;
        if call.path == "/t" {
            seen.extend(numbers(&call));
        }
    }
    assert_eq!(seen, [1, 3]);
}
