//! Metadata of a publish, which come with its address.

use crate::{case::Case, observed, scene::Scene, subscription::Subscription};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::delivered("override", "metadata override the envelope", |scene| {
            delivered(
                scene,
                "metadata.cloudevent.id=i&metadata.cloudevent.type=t&metadata.cloudevent.source=s&metadata.cloudevent.subject=u",
            )
        }),
        Case::delivered(
            "override-case",
            "metadata that override may be written in any case",
            |scene| delivered(scene, "metadata.CloudEvent.ID=i&metadata.cloudevent.Type=t"),
        ),
        Case::delivered(
            "override-empty",
            "metadata that are empty override nothing",
            |scene| {
                delivered(
                    scene,
                    "metadata.cloudevent.id=&metadata.cloudevent.type=&metadata.cloudevent.source=",
                )
            },
        ),
        Case::delivered(
            "override-fixed",
            "what Dapr sets itself is not overridden",
            |scene| {
                delivered(
                    scene,
                    "metadata.cloudevent.topic=x&metadata.cloudevent.pubsub=x&metadata.cloudevent.pubsubname=x&metadata.cloudevent.data=x&metadata.cloudevent.datacontenttype=x&metadata.cloudevent.specversion=x&metadata.cloudevent.time=x",
                )
            },
        ),
        Case::delivered("override-trace", "metadata override the trace", |scene| {
            delivered(
                scene,
                "metadata.cloudevent.traceid=a&metadata.cloudevent.tracestate=b",
            )
        }),
        Case::delivered(
            "override-parent",
            "a traceparent in the metadata is the traceid as well",
            |scene| {
                delivered(
                    scene,
                    "metadata.cloudevent.traceid=a&metadata.cloudevent.traceparent=c",
                )
            },
        ),
        Case::delivered("ttl", "ttlInSeconds says when an event expires", ttl),
        Case::delivered(
            "ttl-forms",
            "a lifetime is seconds or a duration",
            ttl_forms,
        ),
        Case::delivered(
            "headers",
            "all metadata become headers of the delivery",
            |scene| {
                delivered(
                    scene,
                    "metadata.first=1&metadata.X-Second=two%20words&metadata.third=&other=no",
                )
            },
        ),
        Case::delivered(
            "headers-taken",
            "metadata do not stand for headers that Dapr sets",
            |scene| {
                delivered(
                    scene,
                    "metadata.content-type=text/x&metadata.dapr-api-token=mine&metadata.traceparent=t&metadata.pubsubName=mine&metadata.content-length=3&metadata.host=h&metadata.connection=close",
                )
            },
        ),
        Case::delivered(
            "headers-place",
            "metadata stand for where an event came from",
            |scene| {
                delivered(
                    scene,
                    "metadata.__topic=a&metadata.__partition=b&metadata.__offset=c&metadata.__timestamp=d&metadata.partitionKey=k",
                )
            },
        ),
        Case::delivered(
            "headers-utf8",
            "metadata that no header can hold do no harm",
            |scene| delivered(scene, "metadata.umlaut=%C3%BC&metadata.ok=1"),
        ),
        Case::delivered(
            "metadata-first",
            "of metadata that are there twice the first counts",
            |scene| delivered(scene, "metadata.a=1&metadata.a=2"),
        ),
        Case::delivered(
            "metadata-header",
            "headers of a publish are no metadata",
            no_headers,
        ),
        Case::delivered("key", "partitionKey is the event's key", |scene| {
            delivered(scene, "metadata.partitionKey=user%20%C3%A9")
        }),
        Case::delivered("key-empty", "an empty key is a key", |scene| {
            delivered(scene, "metadata.partitionKey=")
        }),
        Case::delivered("key-other", "__key is the event's key as well", |scene| {
            delivered(scene, "metadata.__key=k")
        }),
        Case::delivered("partitions", "a key has its partition", partitions),
        Case::delivered("partition", "partitionNumber chooses the partition", number),
        Case::new(
            "partition-none",
            "a partition that there is not is refused",
            no_partition,
        ),
        Case::new("raw", "rawPayload publishes the bytes as they are", raw)
            .with(Subscription::to("raw").raw()),
        Case::delivered(
            "raw-forms",
            "rawPayload is true in several spellings",
            raw_forms,
        ),
        Case::new("raw-wrong", "rawPayload is either true or false", raw_wrong),
    ]
}

/// What is answered to a publish with these metadata, and what it is delivered as.
async fn delivered(scene: Scene, query: &'static str) -> Value {
    let answer = scene.publish("application/json", query, "1").await;
    let delivery = scene.app().call(&scene.route()).await;
    json!([answer.seen(), observed::request(&delivery)])
}

async fn ttl(scene: Scene) -> Value {
    let seen = delivered(scene.clone(), "metadata.ttlInSeconds=60").await;
    let event = scene.app().call(&scene.route()).await.json();
    let time = |name: &str| {
        let text = event[name].as_str().unwrap();
        chrono::DateTime::parse_from_rfc3339(text).unwrap()
    };
    let lives = (time("expiration") - time("time")).num_seconds();
    // The two are taken one after the other, and cut to seconds.
    json!([seen, (59..=61).contains(&lives)])
}

async fn ttl_forms(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for ttl in ["1h30m", "0", "-5", "1.5", "soon", "", "99999999999"] {
        let query = format!("metadata.ttlInSeconds={ttl}&metadata.partitionKey=k");
        let answer = scene.publish("text/plain", &query, ttl).await;
        seen.push(json!([ttl, answer.seen()]));
    }
    scene.done("k").await;
    for delivery in scene.deliveries() {
        let event = delivery.json();
        seen.push(json!([event["data"], event["expiration"].is_string()]));
    }
    json!(seen)
}

async fn no_headers(scene: Scene) -> Value {
    let path = scene.publishing("metadata.ok=1");
    let ask = scene.ask("POST", &path).json(&json!(1));
    let ask = ask.header("metadata.partitionKey", "k");
    let ask = ask.header("partitionKey", "k").header("ce-id", "i");
    let answer = ask.seen().await;
    let delivery = scene.app().call(&scene.route()).await;
    json!([answer, observed::request(&delivery)])
}

async fn partitions(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for key in [
        "alice",
        "bob",
        "carol",
        "",
        "a longer key than these",
        "é",
        "7",
    ] {
        scene.event(key, &format!("event of {key}")).await;
    }
    for call in scene.app().calls(&scene.route(), 7).await {
        let header =
            |name: &str| String::from_utf8_lossy(call.headers[name].as_bytes()).into_owned();
        seen.push((header("__key"), header("__partition")));
    }
    seen.sort();
    json!(seen)
}

async fn number(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for number in ["0", "1", "0"] {
        let query = format!("metadata.partitionNumber={number}&metadata.partitionKey=k");
        scene
            .publish("text/plain", &query, number)
            .await
            .expect(204);
    }
    for call in scene.app().calls(&scene.route(), 3).await {
        seen.push(observed::request(&call)["headers"].clone());
    }
    seen.sort_by_key(ToString::to_string);
    json!(seen)
}

async fn no_partition(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for number in ["99", "-1", "one", "", "4294967296"] {
        let query = format!("metadata.partitionNumber={number}");
        let answer = scene.publish("text/plain", &query, number).await;
        seen.push(json!([number, answer.seen()]));
    }
    json!(seen)
}

async fn raw(scene: Scene) -> Value {
    let query = "metadata.rawPayload=true&metadata.partitionKey=k&metadata.a=b";
    let answer = scene
        .publish("application/json", query, &b"\x00\xffbytes"[..])
        .await;
    let delivery = scene.app().call(&scene.route()).await;
    json!([answer.seen(), observed::request(&delivery)])
}

async fn raw_forms(scene: Scene) -> Value {
    for form in ["true", "TRUE", "True", "t", "T", "1", "false", "0", "F", ""] {
        let query = format!("metadata.rawPayload={form}&metadata.partitionKey=k");
        let body = json!({ "form": form }).to_string();
        scene
            .publish("application/json", &query, body)
            .await
            .expect(204);
    }
    let calls = scene.app().calls(&scene.route(), 10).await;
    let wrapped = calls.iter().map(|call| call.json().get("data").is_some());
    json!(wrapped.collect::<Vec<_>>())
}

async fn raw_wrong(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for form in ["yes", "tRUE", "2"] {
        let query = format!("metadata.rawPayload={form}&metadata.x=y");
        let answer = scene.publish("application/json", &query, "1").await;
        seen.push(answer.seen());
    }
    json!(seen)
}
