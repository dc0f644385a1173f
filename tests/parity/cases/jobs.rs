//! The interface of jobs: what is taken and shown.

use super::words::without_words;
use crate::{case::Case, scene::Scene, side::Answer};
use serde_json::{Value, json};

/// Far away: the job does not run meanwhile.
pub(super) const LATER: &str = "24h";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "job",
            "a job is made, shown and deleted",
            |scene| async move {
                let path = job(&scene.topic);
                let body = json!({ "dueTime": LATER, "data": { "n": 1 } });
                json!([
                    post(&scene, &path, &body).await.seen(),
                    scene.ask("GET", &path).seen().await,
                    scene.ask("DELETE", &path).seen().await,
                    scene.ask("GET", &path).seen().await,
                ])
            },
        ),
        Case::new(
            "job-absent",
            "a job that there is not",
            |scene| async move {
                let path = job(&scene.topic);
                json!([
                    scene.ask("GET", &path).seen().await,
                    scene.ask("DELETE", &path).seen().await,
                ])
            },
        ),
        Case::new(
            "job-exists",
            "a job is overwritten only by who says so",
            exists,
        ),
        Case::new(
            "job-alpha",
            "the older address of jobs is known",
            |scene| async move {
                let path = format!("/v1.0-alpha1/jobs/{}", scene.topic);
                let body = json!({ "dueTime": LATER, "data": 1 });
                json!([
                    post(&scene, &path, &body).await.seen(),
                    scene.ask("GET", &path).seen().await,
                    scene.ask("DELETE", &path).seen().await,
                ])
            },
        ),
        Case::new("job-routes", "what else jobs have no routes for", routes),
        Case::new(
            "job-times",
            "times are shown as they were written",
            |scene| {
                shown(
                    scene,
                    vec![
                        json!({ "dueTime": "2131-01-14T10:30:00Z" }),
                        json!({ "dueTime": "2131-01-14T10:30:00.250+02:00" }),
                        json!({ "dueTime": "1h30m" }),
                        json!({ "dueTime": "PT1H30M" }),
                        json!({ "dueTime": "P1W" }),
                        json!({ "dueTime": "1h", "ttl": "2h" }),
                        json!({ "dueTime": "1h", "ttl": "2131-01-14T10:30:00Z" }),
                        json!({ "schedule": "@every 1h" }),
                        json!({ "schedule": "@every 1h30m", "dueTime": "2h", "repeats": 5 }),
                        json!({ "schedule": "@daily", "repeats": 0 }),
                        json!({ "schedule": "@hourly" }),
                        json!({ "schedule": "0 30 10 * * mon-fri" }),
                        json!({ "schedule": "*/15 0 0 1,15 jan *" }),
                        json!({ "due_time": "1h" }),
                        json!({ "schedule": "@every 1h", "repeats": "3" }),
                    ],
                )
            },
        ),
        Case::new(
            "job-policies",
            "failure policies are shown as they are used",
            |scene| {
                shown(
                    scene,
                    vec![
                        json!({ "dueTime": LATER }),
                        json!({ "dueTime": LATER, "failurePolicy": null }),
                        json!({ "dueTime": LATER, "failurePolicy": {} }),
                        json!({ "dueTime": LATER, "failurePolicy": { "drop": {} } }),
                        json!({ "dueTime": LATER, "failurePolicy": { "constant": {} } }),
                        json!({ "dueTime": LATER, "failurePolicy": { "constant": { "interval": "2s", "maxRetries": 5 } } }),
                        json!({ "dueTime": LATER, "failurePolicy": { "constant": { "interval": "0.5s" } } }),
                        json!({ "dueTime": LATER, "failurePolicy": { "constant": { "maxRetries": 0 } } }),
                    ],
                )
            },
        ),
        Case::new("job-data", "a job's data are shown inside an Any", data),
        Case::new(
            "job-data-none",
            "a job without data is taken, and cannot be shown",
            |scene| async move {
                let path = job(&scene.topic);
                json!([
                    post(&scene, &path, &json!({ "dueTime": LATER }))
                        .await
                        .seen(),
                    without_words(&scene.ask("GET", &path).send().await),
                    scene.ask("DELETE", &path).seen().await,
                ])
            },
        ),
    ]
}

pub(super) fn job(name: &str) -> String {
    format!("/v1.0/jobs/{name}")
}

pub(super) async fn post(scene: &Scene, path: &str, body: &Value) -> Answer {
    scene.ask("POST", path).json(body).send().await
}

async fn exists(scene: Scene) -> Value {
    let path = job(&scene.topic);
    let mut seen = Vec::new();
    for body in [
        json!({ "dueTime": LATER, "data": 1 }),
        json!({ "dueTime": "1h", "data": 2 }),
        json!({ "dueTime": "1h", "data": 3, "overwrite": false }),
        json!({ "dueTime": "2h", "data": 4, "overwrite": true }),
    ] {
        let answer = post(&scene, &path, &body).await.seen();
        seen.push(json!([answer, scene.ask("GET", &path).seen().await]));
    }
    json!(seen)
}

async fn routes(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for (method, path) in [
        ("PUT", "/v1.0/jobs/x"),
        ("PATCH", "/v1.0/jobs/x"),
        ("GET", "/v1.0/jobs"),
        ("GET", "/v1.0/jobs/"),
        ("POST", "/v1.0/jobs"),
        ("DELETE", "/v1.0/jobs"),
        ("POST", "/v1.0/jobs/x/y"),
        ("POST", "/v1.0-beta1/jobs/x"),
    ] {
        let ask = scene.ask(method, path).json(&json!({ "dueTime": LATER }));
        seen.push(json!([method, path, ask.seen().await]));
    }
    json!(seen)
}

/// How each of these is shown.
async fn shown(scene: Scene, bodies: Vec<Value>) -> Value {
    let path = job(&scene.topic);
    let mut seen = Vec::new();
    for mut body in bodies {
        body["data"] = json!(1);
        body["overwrite"] = json!(true);
        let answer = post(&scene, &path, &body).await.seen();
        seen.push(json!([body, answer, scene.ask("GET", &path).seen().await]));
    }
    json!(seen)
}

async fn data(scene: Scene) -> Value {
    let path = job(&scene.topic);
    let mut seen = Vec::new();
    for data in [
        "{}",
        "[]",
        "null",
        "true",
        "\"text \u{e9}\"",
        "\"\"",
        "12.5",
        "9007199254740993",
        "1e400",
        r#"{"b":1,"a":[{"c":null}],"@type":"x"}"#,
        r#"{"@type":"type.googleapis.com/google.protobuf.StringValue","value":"x"}"#,
    ] {
        let body = format!(r#"{{"dueTime":"24h","overwrite":true,"data":{data}}}"#);
        let ask = scene.ask("POST", &path).body(body);
        let answer = ask.header("content-type", "application/json").send().await;
        let status = answer.status;
        seen.push(json!([
            data,
            status,
            scene.ask("GET", &path).send().await.json()
        ]));
    }
    json!(seen)
}
