//! Jobs that run.

use crate::{case::Case, harness::eventually, near::near, observed, scene::Scene};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Ends of jobs' names, as they are in a path.
const NAMES: &[&str] = &[
    "a.b", "A_b", "a%20b", "a%7Cb", "a@b", "%C3%BC", "a:b", "$&,;=", "!'()*",
];

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "run",
            "a job's data come as the body of a POST",
            |scene| async move {
                let data = json!({ "n": 1, "text": "\u{e9}" });
                make(&scene, &json!({ "dueTime": "0s", "data": data })).await;
                observed::request(&*scene.app().call(&callback(&scene)).await)
            },
        ),
        Case::new(
            "run-past",
            "a due time that is past is now",
            |scene| async move {
                let body = json!({ "dueTime": "2020-01-14T10:30:00Z", "data": 1 });
                make(&scene, &body).await;
                observed::request(&*scene.app().call(&callback(&scene)).await)
            },
        ),
        Case::new(
            "run-repeats",
            "a job runs as often as repeats says",
            repeats,
        ),
        Case::new(
            "run-schedule",
            "a schedule begins an interval from now",
            |scene| async move {
                let begin = Instant::now();
                make(
                    &scene,
                    &json!({ "schedule": "@every 2s", "repeats": 1, "data": 1 }),
                )
                .await;
                let call = scene.app().call(&callback(&scene)).await;
                json!(near(call.at - begin, Duration::from_secs(2)))
            },
        ),
        Case::new(
            "run-due",
            "with a due time a schedule begins there",
            |scene| async move {
                let begin = Instant::now();
                let body =
                    json!({ "schedule": "@every 1s", "dueTime": "3s", "repeats": 2, "data": 1 });
                make(&scene, &body).await;
                let calls = scene.app().calls(&callback(&scene), 2).await;
                json!([
                    near(calls[0].at - begin, Duration::from_secs(3)),
                    near(calls[1].at - begin, Duration::from_secs(4)),
                ])
            },
        ),
        Case::new("run-ttl", "a job ends with its ttl", |scene| async move {
            let body = json!({ "schedule": "@every 1s", "ttl": "2500ms", "data": 1 });
            make(&scene, &body).await;
            gone(&scene).await;
            json!(scene.app().calls_by_now(&callback(&scene)).len())
        }),
        Case::new("run-deleted", "a job that is deleted does not run", deleted),
        Case::new(
            "run-moved",
            "a job that is overwritten runs as it says now",
            |scene| async move {
                make(&scene, &json!({ "dueTime": "24h", "data": "old" })).await;
                let body = json!({ "dueTime": "0s", "data": "new", "overwrite": true });
                make(&scene, &body).await;
                let call = scene.app().call(&callback(&scene)).await;
                gone(&scene).await;
                json!(call.json())
            },
        ),
        Case::new("run-data", "data of every kind", data),
        Case::new(
            "run-no-data",
            "a job without data does not reach the app",
            no_data,
        ),
        Case::new(
            "run-name",
            "a job's name comes as it was written",
            |scene| names(scene, NAMES),
        ),
        Case::new("run-plus", "a plus in a job's name", |scene| {
            names(scene, &["a+b"])
        }),
    ]
}

pub(super) fn callback(scene: &Scene) -> String {
    format!("/job/{}", scene.topic)
}

/// Makes the case's job.
pub(super) async fn make(scene: &Scene, body: &Value) {
    let path = format!("/v1.0/jobs/{}", scene.topic);
    scene.ask("POST", &path).json(body).send().await.expect(204);
}

/// Waits until the job is over: there is none any more. A scheduler that cannot say
/// answers with another error.
pub(super) async fn gone(scene: &Scene) {
    let path = format!("/v1.0/jobs/{}", scene.topic);
    eventually("a job is over", async || {
        let answer = scene.ask("GET", &path).send().await;
        let is_gone = answer.status == 500 && answer.text.contains("job not found");
        is_gone.then_some(())
    })
    .await;
}

async fn repeats(scene: Scene) -> Value {
    let begin = Instant::now();
    let body = json!({ "schedule": "@every 1s", "repeats": 3, "data": 1 });
    make(&scene, &body).await;
    gone(&scene).await;
    let calls = scene.app().calls_by_now(&callback(&scene));
    json!([
        calls.len(),
        near(calls[2].at - begin, Duration::from_secs(3))
    ])
}

/// A job that is due later has run.
pub(super) async fn later(scene: &Scene, due: &str) {
    let later = scene.of("later");
    make(&later, &json!({ "dueTime": due, "data": 1 })).await;
    scene.app().call(&callback(&later)).await;
}

/// There is time to delete it before it is due.
async fn deleted(scene: Scene) -> Value {
    make(&scene, &json!({ "dueTime": "6s", "data": 1 })).await;
    let path = format!("/v1.0/jobs/{}", scene.topic);
    scene.ask("DELETE", &path).send().await.expect(204);
    later(&scene, "7s").await;
    json!(scene.app().calls_by_now(&callback(&scene)).len())
}

async fn no_data(scene: Scene) -> Value {
    make(&scene, &json!({ "dueTime": "0s" })).await;
    later(&scene, "2s").await;
    json!(scene.app().calls_by_now(&callback(&scene)).len())
}

async fn data(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for (number, data) in [
        "{}",
        "null",
        "false",
        "\"text <\u{e9}>\"",
        "12.50",
        "9007199254740993",
        "1e21",
        r#"{"b":1,"a":[{"c":null}]}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let one = scene.of(&number.to_string());
        let path = format!("/v1.0/jobs/{}", one.topic);
        let body = format!(r#"{{"dueTime":"0s","data":{data}}}"#);
        let ask = scene.ask("POST", &path).body(body);
        ask.send().await.expect(204);
        let call = scene.app().call(&callback(&one)).await;
        // How Go spaces a JSON text is left to chance by its makers.
        let text = call.text();
        let value: Value = serde_json::from_str(&text).unwrap();
        seen.push(json!([
            data,
            value,
            call.headers["content-type"].to_str().unwrap()
        ]));
    }
    json!(seen)
}

async fn names(scene: Scene, ends: &'static [&'static str]) -> Value {
    let mut seen = Vec::new();
    for end in ends {
        let one = scene.of(end);
        let path = format!("/v1.0/jobs/{}", one.topic);
        let answer = scene
            .ask("POST", &path)
            .json(&json!({ "dueTime": "0s", "data": 1 }));
        let status = answer.send().await.status;
        let what = format!("the job {end}");
        let target = scene.app().until(&what, |calls| {
            let job = format!("/job/{}-", scene.topic);
            let mut calls = calls.iter().filter(|call| call.path().starts_with(&job));
            calls.nth(seen.len()).map(|call| call.target.clone())
        });
        let target = target.await;
        seen.push(json!([end, status, target]));
    }
    json!(seen)
}
