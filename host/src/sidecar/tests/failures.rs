use std::collections::HashMap;

use serde_json::{Value, json};

use super::app::SILENCE;
use super::{Files, Story, pubsub, retrying, soon};

/// The topic `t` with a dead-letter topic, which is looked at through `watch`.
fn with_dead_letters() -> Value {
    json!([
        { "pubsubname": "p", "topic": "t", "route": "/t", "deadLetterTopic": "t-dlq" },
        { "pubsubname": "watch", "topic": "t-dlq", "route": "/dlq", "metadata": { "rawPayload": "true" } },
    ])
}

fn files(max_retries: i32) -> Files {
    Files::from([
        ("p.yaml", pubsub("p", &[("backOffDuration", "20ms")])),
        ("watch.yaml", pubsub("watch", &[])),
        ("resiliency.yaml", retrying("p", max_retries)),
    ])
}

#[tokio::test]
async fn an_event_that_fails_is_delivered_again_and_holds_up_its_key() {
    let story = Story::with(files(-1), with_dead_letters()).await;
    let mut failures = 5;
    story.app.answers(move |call| {
        if call.json()["data"] == "first" && failures > 0 {
            failures -= 1;
            return (200, r#"{"status":"RETRY"}"#.to_owned());
        }
        (200, String::new())
    });
    story.publish("t", "k", &json!("first")).await;
    story.publish("t", "k", &json!("second")).await;
    let mut seen = Vec::new();
    for _ in 0..7 {
        seen.push(
            story.app.next().await.json()["data"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(
        seen,
        [
            "first", "first", "first", "first", "first", "first", "second"
        ]
    );
}

#[tokio::test]
async fn after_the_last_retry_an_event_goes_to_the_dead_letters() {
    let story = Story::with(files(2), with_dead_letters()).await;
    story.app.answers(|call| {
        if call.path == "/t" {
            (503, String::new())
        } else {
            (200, String::new())
        }
    });
    story.publish("t", "k", &json!("poison")).await;
    let mut attempts = Vec::new();
    let letter = loop {
        let call = story.app.next().await;
        if call.path == "/dlq" {
            break call;
        }
        attempts.push(call);
    };
    assert_eq!(attempts.len(), 3);
    for header in [
        "__key",
        "__offset",
        "__partition",
        "__topic",
        "__timestamp",
        "partitionkey",
    ] {
        assert_eq!(
            letter.header(header),
            attempts[0].header(header),
            "{header}: the letter shows the original's"
        );
    }
    use base64::Engine as _;
    let original = base64::engine::general_purpose::STANDARD
        .decode(letter.json()["data_base64"].as_str().unwrap())
        .unwrap();
    assert_eq!(original, attempts[0].body, "byte for byte");
}

#[tokio::test]
async fn a_dropped_event_and_a_missing_route_go_to_the_dead_letters_at_once() {
    for answer in [(200, r#"{"status":"DROP"}"#), (404, "")] {
        let story = Story::with(files(-1), with_dead_letters()).await;
        story.app.answers(move |call| {
            if call.path == "/t" {
                (answer.0, answer.1.to_owned())
            } else {
                (200, String::new())
            }
        });
        story.publish("t", "k", &json!("x")).await;
        assert_eq!(story.app.next().await.path, "/t");
        assert_eq!(story.app.next().await.path, "/dlq");
    }
}

#[tokio::test]
async fn without_a_dead_letter_topic_a_dropped_event_is_let_go_and_a_failing_one_comes_again() {
    let story = Story::new(json!([{ "pubsubname": "p", "topic": "t", "route": "/t" }])).await;
    let mut failures = 3;
    story
        .app
        .answers(move |call| match call.json()["data"].as_str() {
            Some("drop") => (200, r#"{"status":"DROP"}"#.to_owned()),
            Some("fail") if failures > 0 => {
                failures -= 1;
                (500, String::new())
            }
            _ => (200, String::new()),
        });
    for data in ["drop", "fail", "last"] {
        story.publish("t", "k", &json!(data)).await;
    }
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(
            story.app.next().await.json()["data"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(seen, ["drop", "fail", "fail", "fail", "fail", "last"]);
}

#[tokio::test]
async fn what_is_no_cloud_event_or_has_expired_never_reaches_the_app() {
    let story = Story::with(files(-1), with_dead_letters()).await;
    let bad = [
        "no json",
        "[1,2]",
        r#"{"expiration":"2020-01-01T00:00:00Z"}"#,
        "\"text\"",
    ];
    for value in bad {
        story.publish_raw("t", value).await;
    }
    story.publish("t", "k", &json!("good")).await;
    let mut paths = HashMap::<String, u32>::new();
    for _ in 0..5 {
        *paths.entry(story.app.next().await.path).or_default() += 1;
    }
    assert_eq!(
        paths,
        HashMap::from([("/t".to_owned(), 1), ("/dlq".to_owned(), 4)])
    );
}

#[tokio::test]
async fn a_dead_letter_that_may_not_be_published_holds_the_partition_up() {
    let mut files = files(-1);
    files.insert("p.yaml", pubsub("p", &[("publishingScopes", "duebell=t")]));
    let story = Story::with(files, with_dead_letters()).await;
    story
        .app
        .answers(|call| match call.json()["data"].as_str() {
            Some("drop") => (200, r#"{"status":"DROP"}"#.to_owned()),
            _ => (200, String::new()),
        });
    story.publish("t", "k", &json!("drop")).await;
    assert_eq!(story.app.next().await.json()["data"], "drop");
    story.publish("t", "k", &json!("stuck behind it")).await;
    // Another partition goes on, which shows that the first had its chance. It may have
    // been given the event again, as by Dapr.
    let mut others = 0;
    for n in 0..40 {
        story
            .publish("t", &format!("other{n}"), &json!("other"))
            .await;
    }
    while others < 20 {
        let data = story.app.next().await.json()["data"].clone();
        assert_ne!(data, "stuck behind it");
        others += usize::from(data == "other");
    }
    let rest = story.app.so_far().await;
    assert!(
        rest.iter()
            .all(|call| call.json()["data"] != "stuck behind it")
    );
}

#[tokio::test]
async fn an_app_that_goes_away_loses_nothing_and_nothing_becomes_a_dead_letter() {
    let mut story = Story::with(files(2), with_dead_letters()).await;
    story.publish("t", "k", &json!(0)).await;
    assert_eq!(story.app.next().await.json()["data"], 0);
    story.app.goes_away();
    for n in 1..=60 {
        story.publish("t", &format!("k{n}"), &json!(n)).await;
    }
    soon(async {
        while story.metadata().await["extended"]["appHealthy"] != "false" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    story.app.comes_back().await;
    let mut seen = Vec::new();
    while seen.len() < 60 {
        let call = story.app.next().await;
        assert_eq!(call.path, "/t", "nothing is a dead letter");
        seen.push(call.json()["data"].as_i64().unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=60).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_a_failed_attempt() {
    let mut files = files(0);
    files.insert(
        "resiliency.yaml",
        json!({
            "apiVersion": "dapr.io/v1alpha1", "kind": "Resiliency", "metadata": { "name": "r" },
            "spec": {
                "policies": { "timeouts": { "short": "50ms" } },
                "targets": { "components": { "p": { "inbound": { "timeout": "short" } } } },
            },
        })
        .to_string(),
    );
    let story = Story::with(files, with_dead_letters()).await;
    story.app.answers(|call| {
        if call.path == "/t" {
            (SILENCE, String::new())
        } else {
            (200, String::new())
        }
    });
    story.publish("t", "k", &json!("slow")).await;
    assert_eq!(story.app.next().await.path, "/t");
    assert_eq!(story.app.next().await.path, "/dlq");
}
