//! What the app's answer to a job's tick does to the job.

use super::job_runs::{callback, gone, make};
use crate::{app::Reply, case::Case, near::near, scene::Scene};
use serde_json::{Value, json};
use std::time::Duration;

/// What the app answers to a job's only tick: the end of a topic, the case's name, a
/// status and a body.
const REPLIES: [(&str, &str, u16, &str); 7] = [
    (
        "run-empty",
        "an empty 200 is the end of a job's tick",
        200,
        "",
    ),
    (
        "run-retry",
        "RETRY with 200 is the end of a job's tick",
        200,
        r#"{"status":"RETRY"}"#,
    ),
    ("run-204", "204 is the end of a job's tick", 204, ""),
    ("run-404", "404 is the end of a job's tick", 404, ""),
    ("run-302", "302 is a failure of a job's tick", 302, ""),
    ("run-400", "400 is a failure of a job's tick", 400, ""),
    ("run-500", "500 is a failure of a job's tick", 500, ""),
];

pub(super) fn cases() -> Vec<Case> {
    let replies = REPLIES.map(|(topic, name, status, body)| {
        Case::new(topic, name, move |scene| {
            let policy = json!({ "constant": { "interval": "0.2s", "maxRetries": 2 } });
            ended(scene, Reply::of(status, body), Some(policy))
        })
    });
    let others = [
        Case::new("run-done", "a job that has run is gone", |scene| {
            ended(scene, Reply::default(), None)
        }),
        Case::new(
            "run-default",
            "without a policy a tick is tried three times again",
            defaults,
        ),
        Case::new(
            "run-slow",
            "a tick is tried again an interval after its failure",
            slow,
        ),
        Case::new("run-drop", "a job that fails can be dropped", |scene| {
            ended(scene, Reply::of(500, ""), Some(json!({ "drop": {} })))
        }),
        Case::new(
            "run-none",
            "a policy may say that nothing is tried again",
            |scene| {
                let policy = json!({ "constant": { "maxRetries": 0 } });
                ended(scene, Reply::of(500, ""), Some(policy))
            },
        ),
        Case::new(
            "run-break",
            "a connection that breaks is a failure of a job's tick",
            |scene| {
                let policy = json!({ "constant": { "interval": "0.2s", "maxRetries": 2 } });
                ended(scene, Reply::Break, Some(policy))
            },
        ),
        Case::new(
            "run-ever",
            "without maxRetries a tick is tried until it succeeds",
            ever,
        ),
        Case::new(
            "run-fails",
            "a tick that fails for good does not end the job",
            fails,
        ),
    ];
    replies.into_iter().chain(others).collect()
}

/// How often a job ran whose only tick is answered like this, when it is over.
async fn ended(scene: Scene, reply: Reply, policy: Option<Value>) -> Value {
    scene.app().answers(&callback(&scene), [reply]);
    let body = json!({ "dueTime": "0s", "data": 1, "failurePolicy": policy });
    make(&scene, &body).await;
    scene.app().call(&callback(&scene)).await;
    gone(&scene).await;
    json!(scene.app().calls_by_now(&callback(&scene)).len())
}

async fn defaults(scene: Scene) -> Value {
    let count = ended(scene.clone(), Reply::of(500, ""), None).await;
    let calls = scene.app().calls_by_now(&callback(&scene));
    let waits = calls.windows(2).map(|two| two[1].at - two[0].at);
    let waits = waits.map(|wait| near(wait, Duration::from_secs(1)));
    json!([count, waits.collect::<Vec<_>>()])
}

async fn ever(scene: Scene) -> Value {
    let mut replies = vec![Reply::of(500, ""); 5];
    replies.push(Reply::default());
    scene.app().answers(&callback(&scene), replies);
    let policy = json!({ "constant": { "interval": "0.1s" } });
    make(
        &scene,
        &json!({ "dueTime": "0s", "data": 1, "failurePolicy": policy }),
    )
    .await;
    scene.app().call(&callback(&scene)).await;
    gone(&scene).await;
    json!(scene.app().calls_by_now(&callback(&scene)).len())
}

async fn fails(scene: Scene) -> Value {
    let replies = [Reply::of(500, ""), Reply::default()];
    scene.app().answers(&callback(&scene), replies);
    let body = json!({
        "schedule": "@every 1s", "repeats": 2, "data": 1, "failurePolicy": { "drop": {} },
    });
    make(&scene, &body).await;
    gone(&scene).await;
    json!(scene.app().calls_by_now(&callback(&scene)).len())
}

async fn slow(scene: Scene) -> Value {
    let failure = Reply::of(500, "").late(Duration::from_secs(3));
    scene
        .app()
        .answers(&callback(&scene), [failure, Reply::default()]);
    make(&scene, &json!({ "dueTime": "0s", "data": 1 })).await;
    let calls = scene.app().calls(&callback(&scene), 2).await;
    json!(near(calls[1].at - calls[0].at, Duration::from_secs(4)))
}
