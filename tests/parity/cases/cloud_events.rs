//! Events that are CloudEvents already.

use super::words::without_words;
use crate::{case::Case, observed, scene::Scene};
use serde_json::{Value, json};

/// What is published: a topic, the case's name, metadata and an event.
const EVENTS: [(&str, &str, &str, &str); 8] = [
    (
        "ce-whole",
        "a CloudEvent passes, with topic and pubsubname set",
        "",
        r#"{"data":{"x":1},"datacontenttype":"application/json","id":"1","pubsubname":"other","sequence":"0000000000000001","source":"/s","specversion":"1.0","subject":"u","time":"2031-01-14T10:30:00.25Z","topic":"other","traceid":"","traceparent":"","tracestate":"","type":"t"}"#,
    ),
    (
        "ce-empty",
        "what a CloudEvent lacks is filled in, but for its id",
        "",
        "{}",
    ),
    (
        "ce-null",
        "what is null in a CloudEvent is filled in where it has to be there",
        "",
        r#"{"id":null,"source":null,"type":null,"specversion":null,"time":null,"datacontenttype":null,"data":null,"subject":null}"#,
    ),
    (
        "ce-metadata",
        "metadata do not override a CloudEvent",
        "metadata.cloudevent.id=9&metadata.cloudevent.type=x&metadata.cloudevent.source=y&metadata.cloudevent.subject=z",
        r#"{"id":"1","source":"/s","type":"t"}"#,
    ),
    (
        "ce-ttl",
        "a CloudEvent can be given an end",
        "metadata.ttlInSeconds=60",
        r#"{"id":"1"}"#,
    ),
    (
        "ce-strange",
        "a CloudEvent may have fields of any name and kind",
        "",
        r#"{"data":"x","data_base64":"eA==","id":5,"other":{"a":[]},"source":7,"specversion":"0.3","type":false}"#,
    ),
    (
        "ce-twice",
        "of a field that a CloudEvent has twice the last one counts",
        "",
        r#"{"id":"1","id":"2","data":"x","data":"y"}"#,
    ),
    (
        "ce-more",
        "what follows a CloudEvent in its body is left out",
        "",
        r#"{"id":"1"} and more"#,
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let events = EVENTS.map(|(topic, name, query, event)| {
        Case::delivered(topic, name, move |scene| passed(scene, query, event))
    });
    let others = [
        Case::delivered(
            "ce-type",
            "the content type of a CloudEvent may have parameters",
            types,
        ),
        Case::new(
            "ce-malformed",
            "what claims to be a CloudEvent and is none is refused",
            |scene| malformed(scene, &["", "[]", "\"x\"", "{", "5"]),
        ),
        Case::new(
            "ce-nothing",
            "null that claims to be a CloudEvent is refused",
            |scene| malformed(scene, &["null"]),
        ),
        Case::delivered(
            "ce-sorted",
            "a CloudEvent whose names are sorted is written as it came",
            |scene| {
                text(
                    scene,
                    r#"{"data":{"a":"ü"},"id":"1","pubsubname":"plain","source":"/s","specversion":"1.0","time":"2031-01-14T10:30:00Z","topic":"ce-sorted","traceid":"","traceparent":"","tracestate":"","type":"t"}"#,
                )
            },
        ),
        Case::delivered("ce-text", "a CloudEvent is written anew", |scene| {
            text(
                scene,
                "{ \"id\": \"1\", \"data\": { \"b\": \"<&>\",\n \"a\": \"\\u00e9\" } }",
            )
        }),
        Case::delivered(
            "ce-digits",
            "numbers in a CloudEvent keep their digits",
            |scene| text(scene, r#"{"data":[9007199254740993,1.0,1e3],"id":"1"}"#),
        ),
    ];
    events.into_iter().chain(others).collect()
}

/// What is answered to a publish of a CloudEvent, and what it is delivered as.
async fn passed(scene: Scene, query: &'static str, event: &'static str) -> Value {
    let answer = scene
        .publish("application/cloudevents+json", query, event)
        .await;
    if answer.status != 204 {
        return answer.seen();
    }
    let delivery = scene.app().call(&scene.route()).await;
    json!([answer.seen(), observed::request(&delivery)])
}

async fn types(scene: Scene) -> Value {
    for content_type in [
        "application/cloudevents+json; charset=utf-8",
        "application/cloudevents+json;charset=utf-8",
        "APPLICATION/CloudEvents+JSON",
        "application/cloudevents",
        "application/cloudevents-batch+json",
    ] {
        let event = json!({ "id": content_type }).to_string();
        scene
            .publish(content_type, "metadata.partitionKey=k", event)
            .await
            .expect(204);
    }
    observed::requests(&scene.app().calls(&scene.route(), 5).await)
}

async fn malformed(scene: Scene, bodies: &'static [&'static str]) -> Value {
    let mut seen = Vec::new();
    for body in bodies {
        let ask = scene.ask("POST", &scene.publishing(""));
        let ask = ask.header("content-type", "application/cloudevents+json");
        let answer = ask.body(*body).try_send().await;
        let answer = answer.map_or(json!("no answer"), |answer| without_words(&answer));
        seen.push(json!([body, answer]));
    }
    json!(seen)
}

/// The event of a publish of a CloudEvent, word for word.
async fn text(scene: Scene, event: &'static str) -> Value {
    let answer = scene.publish("application/cloudevents+json", "", event);
    answer.await.expect(204);
    json!(scene.app().call(&scene.route()).await.text())
}
