use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Files, Story, pubsub, retrying};

/// Eight publishers at once, an app that fails now and then, and singles and bulks
/// in the same topic: everything arrives, each key in order.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_disordered_while_many_publish_and_some_fail() {
    let files = Files::from([
        ("p.yaml", pubsub("p", &[])),
        ("q.yaml", pubsub("q", &[])),
        ("resiliency.yaml", retrying("p", -1)),
        ("q-resiliency.yaml", retrying("q", -1)),
    ]);
    let story = Story::with(files, json!([
        { "pubsubname": "p", "topic": "t", "route": "/bulk", "bulkSubscribe": { "enabled": true, "maxMessagesCount": 20 } },
        { "pubsubname": "q", "topic": "t", "route": "/single" },
    ]))
    .await;
    let mut calls = 0_u32;
    story.app.answers(move |call| {
        calls += 1;
        match call.path.as_str() {
            "/bulk" => super::app::bulk(call, |entry| {
                let n = entry["event"]["data"]["n"].as_u64().unwrap_or(0);
                if u64::from(calls) % 7 == n % 7 {
                    "RETRY"
                } else {
                    "SUCCESS"
                }
            }),
            _ if calls.is_multiple_of(11) => (503, String::new()),
            _ => (200, String::new()),
        }
    });
    let story = Arc::new(story);
    let publishers: Vec<_> = (0..8)
        .map(|publisher| {
            let story = story.clone();
            tokio::spawn(async move {
                for n in (0..60).step_by(3) {
                    let key = format!("user-{publisher}");
                    story.publish("t", &key, &json!({ "key": key, "n": n })).await;
                    let entries: Vec<Value> = (n + 1..n + 3)
                        .map(|n| json!({
                            "entryId": n.to_string(), "event": { "key": key, "n": n }, "contentType": "application/json",
                            "metadata": { "partitionKey": key },
                        }))
                        .collect();
                    let answer = story.post("/v1.0/publish/bulk/p/t").json(&entries).send().await.unwrap();
                    assert_eq!(answer.status(), 204);
                }
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.unwrap();
    }
    let mut singles: HashMap<String, Vec<u64>> = HashMap::new();
    let mut in_bulk: HashSet<(String, u64)> = HashSet::new();
    let whole = |singles: &HashMap<String, Vec<u64>>| {
        singles
            .values()
            .map(|seen| seen.iter().collect::<HashSet<_>>().len())
            .sum::<usize>()
            == 480
    };
    while in_bulk.len() < 480 || !whole(&singles) {
        let call = story.app.next().await;
        if call.path == "/single" {
            let data = call.json()["data"].clone();
            singles
                .entry(data["key"].to_string())
                .or_default()
                .push(data["n"].as_u64().unwrap());
        } else {
            for entry in call.entries() {
                let data = &entry["event"]["data"];
                in_bulk.insert((data["key"].to_string(), data["n"].as_u64().unwrap()));
            }
        }
    }
    for (key, mut seen) in singles {
        seen.dedup(); // A repetition comes right after the failure.
        assert_eq!(seen, (0..60).collect::<Vec<_>>(), "{key}");
    }
}
