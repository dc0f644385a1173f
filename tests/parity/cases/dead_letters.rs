//! Dead letters: what goes there, and what they are.

use crate::{app::Reply, case::Case, observed, scene::Scene, subscription::Subscription};
use serde_json::{Value, json};

/// Values that the app is not given: the end of a topic, the case's name, a value.
const MALFORMED: [(&str, &str, &str); 9] = [
    (
        "mal-text",
        "a value that is no JSON is a dead letter",
        "hello",
    ),
    ("mal-empty", "an empty value is a dead letter", ""),
    ("mal-list", "a list is a dead letter", "[]"),
    ("mal-string", "a JSON text is a dead letter", "\"x\""),
    ("mal-number", "a number is a dead letter", "5"),
    (
        "mal-cut",
        "a value that is cut off is a dead letter",
        "{\"id\":\"1\"",
    ),
    (
        "mal-more",
        "a value with more behind it is a dead letter",
        "{} x",
    ),
    (
        "expired",
        "an event that has expired is a dead letter",
        r#"{"id":"1","expiration":"2020-01-14T10:30:00Z"}"#,
    ),
    (
        "expired-data",
        "an expired event's dead letter is the event byte for byte",
        "{ \"data\" : \"<\u{e9}>\",  \"expiration\":\"2020-01-14T10:30:00+02:00\" }",
    ),
];

/// Values that the app is given all the same.
const DELIVERED: [(&str, &str, &str); 6] = [
    ("value-null", "null is delivered", "null"),
    ("value-empty", "an object without fields is delivered", "{}"),
    (
        "value-text",
        "a value is delivered byte for byte",
        "{ \"b\": \"\\u003c\",\n  \"a\":1.0, \"a\": 2 } ",
    ),
    (
        "value-lasts",
        "an event that has not expired is delivered",
        r#"{"id":"1","expiration":"2131-01-14T10:30:00Z"}"#,
    ),
    (
        "value-no-end",
        "an expiration that is no time is none",
        r#"{"id":"1","expiration":"yesterday"}"#,
    ),
    (
        "value-no-text",
        "an expiration that is no text is none",
        r#"{"id":1,"expiration":5,"data":{}}"#,
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let malformed = MALFORMED.map(|(topic, name, value)| {
        let case = Case::new(topic, name, move |scene| undelivered(scene, value));
        case.with(Subscription::to(topic).with_letters())
    });
    let delivered = DELIVERED.map(|(topic, name, value)| {
        Case::delivered(topic, name, move |scene| async move {
            scene.raw("k", value).await;
            let call = scene.app().call(&scene.route()).await;
            json!([call.text(), observed::request(&call)["headers"]])
        })
    });
    let others = [
        Case::new(
            "letter",
            "a dead letter is the event byte for byte, with its key and where it came from",
            letter,
        )
        .with(Subscription::to("letter").with_letters()),
        Case::new(
            "letter-wrapped",
            "a dead letter keeps the event's envelope",
            wrapped,
        )
        .with(Subscription::to("letter-wrapped").with_letters()),
        Case::new(
            "letter-keyless",
            "a dead letter of an event without a key has none",
            keyless,
        )
        .with(Subscription::to("letter-keyless").with_letters()),
        Case::new(
            "letter-raw",
            "a dead letter of raw bytes is the bytes",
            raw_letter,
        )
        .with(Subscription::to("letter-raw").raw().with_letters()),
        Case::new(
            "letters-order",
            "events behind a dead letter go on",
            |scene| async move {
                let replies = [Reply::of(500, ""), Reply::default()];
                scene.app().answers(&scene.route(), replies);
                for data in ["one", "two", "three"] {
                    scene.event("k", data).await;
                }
                json!([scene.outcome("k").await, Scene::data(&scene.deliveries())])
            },
        )
        .with(Subscription::to("letters-order").with_letters()),
        Case::new(
            "value-utf8",
            "a value with text that is no UTF-8 is delivered",
            |scene| async move {
                scene.raw("k", &b"{\"data\":\"\xff\"}"[..]).await;
                scene.outcome("k").await
            },
        )
        .with(Subscription::to("value-utf8").with_letters()),
        Case::delivered(
            "expired-without",
            "without a dead-letter topic an event that has expired is let go",
            |scene| async move {
                let value = r#"{"id":"1","expiration":"2020-01-14T10:30:00Z"}"#;
                scene.raw("k", value).await;
                scene.done("k").await;
                json!(scene.deliveries().len())
            },
        ),
        Case::delivered(
            "mal-without",
            "without a dead-letter topic a value that is no JSON holds up its partition, and no other",
            stuck,
        ),
        Case::new(
            "stuck",
            "an event whose dead letter may not be published comes again",
            forbidden,
        )
        .with(
            Subscription::to("stuck")
                .through("stuck")
                .saying("deadLetterTopic", json!("stuck-dlq")),
        ),
    ];
    malformed
        .into_iter()
        .chain(delivered)
        .chain(others)
        .collect()
}

async fn undelivered(scene: Scene, value: &'static str) -> Value {
    scene.raw("k", value).await;
    scene.outcome("k").await
}

async fn letter(scene: Scene) -> Value {
    scene.app().answers(&scene.route(), [Reply::of(500, "")]);
    let value = "{ \"id\": \"1\",  \"topic\":\"other\", \"data\":\"<\u{e9}>\", \"a\":1.0 }";
    let query =
        "metadata.rawPayload=true&metadata.partitionKey=k&metadata.own=1&metadata.two=a%20b";
    scene.publish("text/plain", query, value).await.expect(204);
    scene.outcome("k").await
}

async fn wrapped(scene: Scene) -> Value {
    scene.app().answers(&scene.route(), [Reply::says("DROP")]);
    let query = "metadata.partitionKey=k&metadata.ttlInSeconds=60&metadata.cloudevent.id=1";
    scene
        .publish("application/json", query, "{\"n\":1}")
        .await
        .expect(204);
    scene.outcome("k").await
}

async fn keyless(scene: Scene) -> Value {
    scene.app().answers(&scene.route(), [Reply::of(404, "")]);
    scene.publish("text/plain", "", "x").await.expect(204);
    let letter = scene.app().call(&scene.letter_route()).await;
    observed::request(&letter)["headers"].clone()
}

async fn raw_letter(scene: Scene) -> Value {
    scene.app().answers(&scene.route(), [Reply::of(500, "")]);
    scene.raw("k", &b"\x00\xff <bytes>"[..]).await;
    let letter = scene.app().call(&scene.letter_route()).await;
    observed::request(&letter)
}

/// Of the keys, `a` and `b` have different partitions.
async fn stuck(scene: Scene) -> Value {
    scene.raw("a", "no JSON").await;
    scene.event("a", "behind it").await;
    scene.event("b", "beside it").await;
    scene.done("b").await;
    Scene::data(&scene.deliveries())
}

async fn forbidden(scene: Scene) -> Value {
    let replies = [Reply::says("DROP"), Reply::default()];
    scene.app().answers(&scene.route(), replies);
    scene.event("a", "one").await;
    scene.done("a").await;
    Scene::data(&scene.deliveries())
}
