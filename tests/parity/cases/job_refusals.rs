//! The interface of jobs: what is refused.

use super::jobs::{LATER, job, post};
use super::words::without_words;
use crate::{case::Case, scene::Scene};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "job-when",
            "a job needs a schedule or a due time",
            |scene| {
                refused(
                    scene,
                    vec![
                        json!({}),
                        json!({ "data": 1 }),
                        json!({ "schedule": null, "dueTime": null, "data": 1 }),
                        json!({ "repeats": 3, "ttl": "1h", "data": 1 }),
                    ],
                )
            },
        ),
        Case::new("job-body", "a job has to be a JSON object", bodies),
        Case::new("job-due", "due times that are none", |scene| {
            refused(
                scene,
                [
                    "soon",
                    "2031-01-14",
                    "2031-01-14T10:30:00",
                    "10:30",
                    "5",
                    "-5s",
                    "P1X",
                    "",
                ]
                .map(|text| json!({ "dueTime": text, "data": 1 }))
                .into(),
            )
        }),
        Case::new("job-schedule", "schedules that are none", |scene| {
            refused(
                scene,
                [
                    "often",
                    "@every",
                    "@every x",
                    "@sometimes",
                    "* * * * *",
                    "61 * * * * *",
                    "* * 24 * * *",
                    "* * * 0 * *",
                    "* * * * 13 *",
                    "* * * * * 7",
                    "a * * * * *",
                    "*/0 * * * * *",
                    "5-1 * * * * *",
                    "* * * * * * *",
                ]
                .map(|text| json!({ "schedule": text, "data": 1 }))
                .into(),
            )
        }),
        Case::new("job-zone", "a schedule may name a time zone", |scene| {
            refused(
                scene,
                ["TZ=Asia/Tokyo 0 0 9 * * *", "CRON_TZ=UTC 0 0 9 * * *"]
                    .map(|text| json!({ "schedule": text, "data": 1 }))
                    .into(),
            )
        }),
        Case::new("job-never", "a schedule that never comes", |scene| {
            refused(
                scene,
                vec![json!({ "schedule": "0 0 0 30 2 *", "data": 1 })],
            )
        }),
        Case::new(
            "job-limits",
            "repeats and lifetimes that are none",
            |scene| {
                refused(
                    scene,
                    vec![
                        json!({ "schedule": "@every 1h", "repeats": -1, "data": 1 }),
                        json!({ "schedule": "@every 1h", "repeats": 1.5, "data": 1 }),
                        json!({ "schedule": "@every 1h", "repeats": "x", "data": 1 }),
                        json!({ "schedule": "@every 1h", "ttl": "x", "data": 1 }),
                        json!({ "schedule": "@every 1h", "ttl": "2020-01-14T10:30:00Z", "data": 1 }),
                        json!({ "dueTime": "2h", "ttl": "1h", "data": 1 }),
                    ],
                )
            },
        ),
        Case::new("job-types", "fields of another type", |scene| {
            refused(
                scene,
                vec![
                    json!({ "dueTime": 5, "data": 1 }),
                    json!({ "schedule": {}, "data": 1 }),
                    json!({ "dueTime": LATER, "overwrite": "yes", "data": 1 }),
                    json!({ "dueTime": LATER, "failurePolicy": "drop", "data": 1 }),
                    json!({ "dueTime": LATER, "failurePolicy": { "constant": { "interval": "x" } }, "data": 1 }),
                    json!({ "dueTime": LATER, "failurePolicy": { "constant": { "maxRetries": -1 } }, "data": 1 }),
                    json!({ "dueTime": LATER, "failurePolicy": { "other": {} }, "data": 1 }),
                    json!({ "dueTime": LATER, "failurePolicy": { "drop": {}, "constant": {} }, "data": 1 }),
                    json!({ "dueTime": LATER, "other": 1, "data": 1 }),
                    json!({ "dueTime": LATER, "name": "another", "data": 1 }),
                ],
            )
        }),
        Case::new(
            "job-words",
            "a body that is no job is refused in the words of who reads it",
            |scene| async move {
                let body = json!({ "dueTime": 5 });
                post(&scene, &job(&scene.topic), &body).await.seen()
            },
        ),
        Case::new("job-names", "names of jobs", names),
    ]
}

/// What is answered to each of these.
async fn refused(scene: Scene, bodies: Vec<Value>) -> Value {
    let path = job(&scene.topic);
    let mut seen = Vec::new();
    for body in bodies {
        let answer = post(&scene, &path, &body).await;
        if answer.status == 204 {
            scene.ask("DELETE", &path).send().await.expect(204);
        }
        seen.push(json!([body, without_words(&answer)]));
    }
    json!(seen)
}

async fn bodies(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for body in ["", "{", "[]", "null", "5", "{} more"] {
        let ask = scene.ask("POST", &job(&scene.topic)).body(body);
        let answer = ask.send().await;
        seen.push(json!([body, without_words(&answer)]));
    }
    json!(seen)
}

async fn names(scene: Scene) -> Value {
    let mut seen = Vec::new();
    let (long, longer) = ("x".repeat(300), "x".repeat(600));
    for name in [
        "a", "a1", "a-b", "A", "a_b", "a.b", "a%20b", "a%7Cb", "a%2Fb", "a%40b", "-a", "a-",
        "%C3%BC", "%20", "a%5Cb", "a%23b", "a%3Fb", "a%0Ab", "a%7C%7Cb", &long, &longer,
    ] {
        let path = job(name);
        let body = json!({ "dueTime": LATER, "data": 1, "overwrite": true });
        seen.push(json!([
            name,
            post(&scene, &path, &body).await.seen(),
            scene.ask("GET", &path).seen().await,
            scene.ask("DELETE", &path).seen().await,
        ]));
    }
    json!(seen)
}
