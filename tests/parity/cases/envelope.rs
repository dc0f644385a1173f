//! The envelope that a publish is wrapped in.

use crate::{case::Case, observed, scene::Scene};
use serde_json::{Value, json};

/// What is published: a topic, the case's name, a content type and a body.
const PUBLISHES: [(&str, &str, &str, &[u8]); 15] = [
    (
        "json",
        "a publish of JSON is wrapped in an envelope",
        "application/json",
        br#"{"a":1,"b":[true,null,"x"]}"#,
    ),
    (
        "json-charset",
        "a content type's parameters are kept",
        "application/json; charset=utf-8",
        "{\"a\":\"ü\"}".as_bytes(),
    ),
    (
        "json-upper",
        "a content type may be in capitals",
        "Application/JSON",
        b"[1]",
    ),
    (
        "json-vendor",
        "JSON of another name is text",
        "application/vnd.parity+json",
        br#"{"a":1}"#,
    ),
    (
        "json-invalid",
        "what claims to be JSON and is none becomes text",
        "application/json",
        b"{oops",
    ),
    (
        "json-two",
        "of two JSON values in a body the first is taken",
        "application/json",
        br#"{"a":1} {"b":2}"#,
    ),
    (
        "json-empty",
        "an empty body that claims to be JSON becomes an empty text",
        "application/json",
        b"",
    ),
    ("json-null", "null is data", "application/json", b"null"),
    (
        "json-scalar",
        "a number is data",
        "application/json",
        b"12.50",
    ),
    (
        "json-twice",
        "of a name that is there twice the last one counts",
        "application/json",
        br#"{"a":1,"a":2}"#,
    ),
    (
        "text",
        "text becomes text",
        "text/plain",
        b"hello \"you\"\n",
    ),
    (
        "text-utf8",
        "text that is no UTF-8 is mended",
        "text/plain",
        b"a\xffb",
    ),
    (
        "xml",
        "XML becomes text",
        "application/xml",
        br#"<a b="c"/>"#,
    ),
    (
        "octets",
        "octets become base64",
        "application/octet-stream",
        &[0, 1, 254, 255],
    ),
    (
        "image",
        "what is unknown becomes text",
        "image/png",
        b"no picture",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let publishes = PUBLISHES.map(|(topic, name, content_type, body)| {
        Case::delivered(topic, name, move |scene| wrapped(scene, content_type, body))
    });
    let others = [
        Case::delivered("put", "PUT publishes as POST does", put),
        Case::delivered("no-type", "without a content type it is text", no_type),
        Case::delivered(
            "json-sorted",
            "JSON whose names are sorted is written as it came",
            |scene| text(scene, r#"{"a":[1,{"b":"ü","c":null}],"d":{}}"#),
        ),
        Case::delivered("json-text", "JSON in data is written anew", |scene| {
            text(scene, "{ \"b\": \"<&>\",\n \"a\": \"\\u00e9\" }")
        }),
        Case::delivered(
            "json-digits",
            "numbers in data keep their digits",
            |scene| text(scene, "[9007199254740993,1.0,1e3,0.10]"),
        ),
    ];
    publishes.into_iter().chain(others).collect()
}

/// What is answered to a publish, and what it is delivered as.
async fn wrapped(scene: Scene, content_type: &'static str, body: &'static [u8]) -> Value {
    let answer = scene.publish(content_type, "", body).await;
    let delivery = scene.app().call(&scene.route()).await;
    json!([answer.seen(), observed::request(&delivery)])
}

async fn put(scene: Scene) -> Value {
    let path = scene.publishing("");
    let answer = scene
        .ask("PUT", &path)
        .json(&json!({ "a": 1 }))
        .seen()
        .await;
    let delivery = scene.app().call(&scene.route()).await;
    json!([answer, observed::request(&delivery)])
}

async fn no_type(scene: Scene) -> Value {
    let path = scene.publishing("");
    let answer = scene.ask("POST", &path).body("{\"a\":1}").seen().await;
    let delivery = scene.app().call(&scene.route()).await;
    json!([answer, observed::request(&delivery)])
}

/// The event of a publish of JSON, word for word.
async fn text(scene: Scene, body: &'static str) -> Value {
    scene
        .publish("application/json", "", body)
        .await
        .expect(204);
    json!(scene.app().call(&scene.route()).await.text())
}
