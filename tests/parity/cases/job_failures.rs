//! What the app's answer to a job's tick does to the job.

use super::job_runs::{callback, gone, make};
use crate::{app::Reply, case::Case, near::near, scene::Scene};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What the app answers to a job's only tick, and it is the end of it: the end of a
/// topic, the case's name, a status and a body.
const ENDS: [(&str, &str, u16, &str); 4] = [
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
];

/// What is a failure of it: the end of a topic, the case's name, and a status; none if
/// the connection breaks.
const FAILURES: [(&str, &str, Option<u16>); 4] = [
    ("run-302", "302 is a failure of a job's tick", Some(302)),
    ("run-400", "400 is a failure of a job's tick", Some(400)),
    ("run-500", "500 is a failure of a job's tick", Some(500)),
    (
        "run-break",
        "a connection that breaks is a failure of a job's tick",
        None,
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let ends = ENDS.map(|(topic, name, status, body)| {
        Case::new(topic, name, move |scene| {
            ended(scene, Reply::of(status, body), Some(tried_again(2)))
        })
    });
    let failures = FAILURES.map(|(topic, name, status)| {
        let reply = status.map_or(Reply::Break, |status| Reply::of(status, ""));
        Case::new(topic, name, move |scene| failed(scene, reply.clone()))
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
    ends.into_iter().chain(failures).chain(others).collect()
}

/// A policy that has a failed tick tried again soon, at most so many times.
fn tried_again(most: u32) -> Value {
    json!({ "constant": { "interval": "0.2s", "maxRetries": most } })
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

/// Whether the answer to the only tick made the policy try it again, and that came to an
/// end. How often is another case's: here an attempt may fail before it reaches the app.
async fn failed(scene: Scene, reply: Reply) -> Value {
    let count = ended(scene, reply, Some(tried_again(4))).await;
    json!(count.as_u64() > Some(1))
}

/// The times are those since the job was made: where attempts are counted from the tick,
/// one that is late has the next one sooner after it.
async fn defaults(scene: Scene) -> Value {
    let begin = Instant::now();
    let count = ended(scene.clone(), Reply::of(500, ""), None).await;
    let calls = scene.app().calls_by_now(&callback(&scene));
    let times = calls.iter().map(|call| call.at - begin);
    let times = times.zip(0_u64..).skip(1);
    let times = times.map(|(time, seconds)| near(time, Duration::from_secs(seconds)));
    json!([count, times.collect::<Vec<_>>()])
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
    scene.app().calls(&callback(&scene), 6).await;
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

/// The tick fails when the interval after it has passed: an attempt that counts from the
/// tick comes at once, and one that counts from the failure does not.
async fn slow(scene: Scene) -> Value {
    let interval = Duration::from_secs(5);
    let answer = CancellationToken::new();
    let failure = Reply::of(500, "").held(&answer);
    let replies = [failure, Reply::default()];
    scene.app().answers(&callback(&scene), replies);
    let policy = json!({ "constant": { "interval": "5s", "maxRetries": 1 } });
    let body = json!({ "dueTime": "0s", "data": 1, "failurePolicy": policy });
    make(&scene, &body).await;
    scene.app().call(&callback(&scene)).await;
    tokio::time::sleep(interval).await;
    let failed = Instant::now();
    answer.cancel();
    let calls = scene.app().calls(&callback(&scene), 2).await;
    json!(calls[1].at - failed > interval.mul_f64(0.9))
}
