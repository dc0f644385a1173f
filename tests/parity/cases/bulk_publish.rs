//! Several events in one publish.

use super::words::without_words;
use crate::{case::Case, observed, scene::Scene, side::Answer, subscription::Subscription};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::delivered(
            "bulk-json",
            "each event of a bulk is wrapped in an envelope",
            |scene| {
                let entries = json!([
                    { "entryId": "a", "event": { "n": 1 }, "contentType": "application/json" },
                    { "entryId": "b", "event": [2], "contentType": "application/json; charset=utf-8" },
                    { "entryId": "c", "event": null, "contentType": "application/json" },
                    { "entryId": "d", "contentType": "application/json" },
                    { "entryId": "e", "event": "five", "contentType": "text/plain" },
                    { "entryId": "f", "event": "<f/>", "contentType": "application/xml" },
                    { "entryId": "g", "event": "AP/+", "contentType": "application/octet-stream" },
                ]);
                delivered(scene, "v1.0", "metadata.partitionKey=k", entries, 7)
            },
        ),
        Case::delivered(
            "bulk-ce",
            "CloudEvents in a bulk pass",
            |scene| {
                let entries = json!([
                    { "entryId": "a", "event": { "id": "1", "data": 1 }, "contentType": "application/cloudevents+json" },
                    { "entryId": "b", "event": { "id": "2", "type": "t", "traceid": "" }, "contentType": "application/cloudevents+json; charset=utf-8" },
                ]);
                delivered(scene, "v1.0", "metadata.partitionKey=k", entries, 2)
            },
        ),
        Case::delivered(
            "bulk-alpha",
            "the older address of a bulk publish is known",
            |scene| {
                let entries = json!([{ "entryId": "a", "event": 1, "contentType": "application/json" }]);
                delivered(scene, "v1.0-alpha1", "metadata.partitionKey=k", entries, 1)
            },
        ),
        Case::delivered(
            "bulk-metadata",
            "an entry's metadata come with those of its bulk",
            |scene| {
                let entries = json!([
                    { "entryId": "a", "event": 1, "contentType": "application/json",
                      "metadata": { "own": "1", "both": "entry", "cloudevent.id": "i", "ttlInSeconds": "60" } },
                    { "entryId": "b", "event": 2, "contentType": "application/json", "metadata": {} },
                    { "entryId": "c", "event": 3, "contentType": "application/json" },
                ]);
                let query = "metadata.partitionKey=k&metadata.both=bulk&metadata.cloudevent.type=t";
                delivered(scene, "v1.0", query, entries, 3)
            },
        ),
        Case::delivered(
            "bulk-keys",
            "each entry may have a key of its own",
            keys,
        ),
        Case::new(
            "bulk-raw",
            "a bulk may be raw",
            |scene| {
                let entries = json!([
                    { "entryId": "a", "event": { "b": 1, "a": "<" }, "contentType": "application/json" },
                    { "entryId": "b", "event": "x", "contentType": "text/plain" },
                ]);
                let query = "metadata.rawPayload=true&metadata.partitionKey=k";
                delivered(scene, "v1.0", query, entries, 2)
            },
        )
        .with(Subscription::to("bulk-raw").raw()),
        Case::delivered(
            "bulk-digits",
            "large numbers in a bulk keep their digits",
            digits,
        ),
        Case::delivered(
            "bulk-trace",
            "the trace of a bulk goes on in each of its events",
            trace,
        ),
        Case::new("bulk-ids", "each entry of a bulk needs an id of its own", ids),
        Case::new("bulk-types", "an entry has to be what its content type says", types),
        Case::new("bulk-body", "a bulk has to be a list of entries", bodies),
        Case::new("bulk-empty", "an empty bulk publishes nothing", |scene| async move {
            bulk(&scene, "v1.0", "", &json!([])).await.seen()
        }),
        Case::new("bulk-errors", "a bulk is refused as a publish is", errors),
        Case::delivered("bulk-part", "a bulk of which an event is refused", part),
        Case::new("bulk-partition", "a bulk for a partition that there is not", partition),
        Case::new("bulk-put", "a bulk may be put", |scene| async move {
            let path = format!("/v1.0/publish/bulk/plain/{}", scene.topic);
            scene.ask("PUT", &path).json(&json!([])).seen().await
        }),
    ]
}

/// Publishes these entries.
async fn bulk(scene: &Scene, version: &str, query: &str, entries: &Value) -> Answer {
    let path = format!("/{version}/publish/bulk/plain/{}?{query}", scene.topic);
    scene.ask("POST", &path).json(entries).send().await
}

/// What is answered to a bulk, and what it is delivered as.
async fn delivered(
    scene: Scene,
    version: &'static str,
    query: &'static str,
    entries: Value,
    count: usize,
) -> Value {
    let answer = bulk(&scene, version, query, &entries).await;
    let deliveries = scene.app().calls(&scene.route(), count).await;
    json!([answer.seen(), observed::requests(&deliveries)])
}

async fn keys(scene: Scene) -> Value {
    let entries: Vec<Value> = ["alice", "bob", "carol", "dave"]
        .iter()
        .map(|key| {
            json!({
                "entryId": key, "event": key, "contentType": "text/plain",
                "metadata": { "partitionKey": key },
            })
        })
        .collect();
    bulk(&scene, "v1.0", "", &json!(entries)).await.expect(204);
    let mut seen: Vec<Value> = scene
        .app()
        .calls(&scene.route(), 4)
        .await
        .iter()
        .map(|call| observed::request(call)["headers"].clone())
        .collect();
    seen.sort_by_key(|headers| headers["__key"].to_string());
    json!(seen)
}

async fn digits(scene: Scene) -> Value {
    let path = format!("/v1.0/publish/bulk/plain/{}", scene.topic);
    let body = r#"[{"entryId":"a","event":{"id":"1","data":[9007199254740993,1.0,1e3]},"contentType":"application/cloudevents+json"}]"#;
    let ask = scene
        .ask("POST", &path)
        .header("content-type", "application/json");
    ask.body(body).send().await.expect(204);
    json!(scene.app().call(&scene.route()).await.text())
}

async fn trace(scene: Scene) -> Value {
    let path = format!(
        "/v1.0/publish/bulk/plain/{}?metadata.partitionKey=k",
        scene.topic
    );
    let entries = json!([
        { "entryId": "a", "event": 1, "contentType": "application/json" },
        { "entryId": "b", "event": { "id": "1" }, "contentType": "application/cloudevents+json" },
    ]);
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let ask = scene.ask("POST", &path).header("traceparent", parent);
    let answer = ask.header("tracestate", "a=b").json(&entries).seen().await;
    let deliveries = scene.app().calls(&scene.route(), 2).await;
    json!([answer, observed::requests(&deliveries)])
}

async fn ids(scene: Scene) -> Value {
    let entry = |id: Value| json!({ "entryId": id, "event": 1, "contentType": "application/json" });
    let mut seen = Vec::new();
    for entries in [
        json!([entry(json!("a")), entry(json!("a"))]),
        json!([entry(json!("a")), entry(json!(""))]),
        json!([{ "event": 1, "contentType": "application/json" }]),
        json!([entry(json!(null))]),
    ] {
        seen.push(bulk(&scene, "v1.0", "", &entries).await.seen());
    }
    json!(seen)
}

async fn types(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for (content_type, event) in [
        ("text/plain", json!(1)),
        ("text/plain", json!({})),
        ("application/octet-stream", json!("no base64!")),
        ("application/octet-stream", json!(1)),
        ("application/cloudevents+json", json!([])),
        ("application/cloudevents+json", json!("x")),
        ("image/png", json!("x")),
        ("image/png", json!(1)),
        ("", json!("x")),
        ("", json!({ "a": 1 })),
    ] {
        let entries = json!([{ "entryId": "a", "event": event, "contentType": content_type }]);
        let answer = bulk(&scene, "v1.0", "", &entries).await;
        seen.push(json!([content_type, event, without_words(&answer)]));
    }
    json!(seen)
}

async fn bodies(scene: Scene) -> Value {
    let path = format!("/v1.0/publish/bulk/plain/{}", scene.topic);
    let mut seen = Vec::new();
    for body in [
        "",
        "{}",
        "null",
        "[",
        "5",
        "[5]",
        "[null]",
        r#"[{"entryId":5}]"#,
        r#"[{"entryId":"a","metadata":{"n":1}}]"#,
        "[] and more",
    ] {
        let answer = scene.ask("POST", &path).body(body).send().await;
        seen.push(json!([body, without_words(&answer)]));
    }
    json!(seen)
}

async fn errors(scene: Scene) -> Value {
    let mut seen = Vec::new();
    let entries = json!([{ "entryId": "a", "event": 1, "contentType": "application/json" }]);
    for path in [
        "/v1.0/publish/bulk/nobody/t?metadata.a=b",
        "/v1.0/publish/bulk/scoped/other",
        "/v1.0/publish/bulk/plain/t?metadata.rawPayload=maybe",
        "/v1.0/publish/bulk/plain",
        "/v1.0/publish/bulk/plain/",
    ] {
        seen.push(json!([
            path,
            scene.ask("POST", path).json(&entries).seen().await
        ]));
    }
    let long = "x".repeat(5 * 1024 * 1024);
    let entries = json!([{ "entryId": "a", "event": long, "contentType": "text/plain" }]);
    seen.push(without_words(&bulk(&scene, "v1.0", "", &entries).await));
    json!(seen)
}

async fn part(scene: Scene) -> Value {
    let long = "x".repeat(1024 * 1024);
    let entry = |id: &str, event: &str| {
        json!({
            "entryId": id, "event": event, "contentType": "text/plain",
            "metadata": { "partitionKey": "k" },
        })
    };
    let entries = json!([entry("a", "one"), entry("b", &long), entry("c", "three")]);
    let answer = bulk(&scene, "v1.0", "", &entries).await;
    let mut seen = answer.seen();
    // The words are the broker's.
    for failed in seen["body"]["failedEntries"].as_array_mut().unwrap() {
        failed["error"] = json!(failed["error"].is_string());
    }
    scene.done("k").await;
    json!([seen, Scene::data(&scene.deliveries())])
}

async fn partition(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for number in ["99", "-1", "one"] {
        let entries = json!([
            { "entryId": "a", "event": 1, "contentType": "application/json" },
            { "entryId": "b", "event": 1, "contentType": "application/json",
              "metadata": { "partitionNumber": number } },
        ]);
        seen.push(bulk(&scene, "v1.0", "", &entries).await.seen());
    }
    json!(seen)
}
