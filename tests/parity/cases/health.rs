//! Health, tokens and metadata.

use crate::{
    app::HEALTH, case::Case, harness::eventually, observed, scene::Scene, setup::Setup,
    subscription::Subscription,
};
use serde_json::{Value, json};
use std::slice;

/// Addresses, and whether they want the token.
const ROUTES: [(&str, &str); 9] = [
    ("GET", "/v1.0/healthz"),
    ("GET", "/v1.0/healthz/outbound"),
    ("GET", "/v1.0/metadata"),
    ("POST", "/v1.0/publish/plain/t"),
    ("POST", "/v1.0/publish/bulk/plain/t"),
    ("POST", "/v1.0/jobs/x"),
    ("POST", "/v1.0/shutdown"),
    ("GET", "/v1.0/nothing"),
    ("GET", "/"),
];

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "no-token",
            "a request without a token is refused",
            |scene| async move {
                let mut seen = Vec::new();
                for (method, path) in ROUTES {
                    let ask = scene.side.ask_as_anyone(method, path);
                    seen.push(json!([method, path, ask.seen().await]));
                }
                json!(seen)
            },
        ),
        Case::new(
            "wrong-token",
            "a request with a wrong token is refused",
            |scene| async move {
                let mut seen = Vec::new();
                for token in ["wrong", "", "Bearer the-dapr-token-of-the-stories"] {
                    for (method, path) in ROUTES {
                        let ask = scene.side.ask_as_anyone(method, path);
                        let ask = ask.header("dapr-api-token", token);
                        seen.push(json!([token, path, ask.send().await.status]));
                    }
                }
                json!(seen)
            },
        ),
        Case::new(
            "tokens-unset",
            "without DAPR_API_TOKEN no token is wanted",
            |scene| async move {
                let ask = scene.side.ask_as_anyone("POST", "/v1.0/publish/plain/t");
                json!(ask.body("x").send().await.status)
            },
        )
        .alone(Setup {
            tokens: false,
            ..Setup::default()
        }),
        Case::new("health", "a sidecar is ready once its app listens", ready).alone(Setup {
            app: false,
            gets_ready: false,
            ..Setup::default()
        }),
        Case::new(
            "health-id",
            "a health check may name the app",
            |scene| async move {
                let mut seen = Vec::new();
                for query in ["appid=parity", "appid=other", "appid=", "other=x"] {
                    let path = format!("/v1.0/healthz?{query}");
                    seen.push(json!([query, scene.ask("GET", &path).seen().await]));
                }
                json!(seen)
            },
        ),
        Case::new(
            "probe",
            "the app's health check comes without a token",
            |scene| async move { observed::request(&*scene.app().call(HEALTH).await) },
        ),
        Case::new(
            "metadata",
            "metadata name components and subscriptions",
            |scene| async move {
                let metadata = metadata(&scene).await;
                let fields = [
                    "id",
                    "components",
                    "subscriptions",
                    "appConnectionProperties",
                ];
                fields.map(|field| metadata[field].clone()).into()
            },
        )
        .with(Subscription::to("metadata").saying("deadLetterTopic", json!("metadata-dlq")))
        .with(Subscription::to("metadata-bulk").in_bulk(3, 100))
        .alone(Setup::default()),
        Case::new(
            "metadata-more",
            "metadata name what else there is",
            |scene| async move {
                let mut metadata = metadata(&scene).await;
                let fields = metadata.as_object_mut().unwrap();
                fields.retain(|field, _| field != "components" && field != "subscriptions");
                metadata
            },
        ),
        Case::new(
            "ill-first",
            "an app is asked what it subscribes to once it is healthy",
            ill_at_first,
        )
        .alone(Setup {
            app: false,
            gets_ready: false,
            ..Setup::default()
        }),
        Case::new(
            "ill",
            "an app that is not healthy is given nothing, and all of it later",
            ill,
        )
        .with(Subscription::to("ill"))
        .alone(Setup::default()),
    ]
}

async fn ready(scene: Scene) -> Value {
    assert!(scene.side.takes_publishes().await);
    let before = scene.ask("GET", "/v1.0/healthz").seen().await;
    scene.side.make_topics(slice::from_ref(&scene.topic)).await;
    let publish = scene.publish("text/plain", "", "x").await.seen();
    scene.app().comes();
    scene.side.ready().await;
    let after = scene.ask("GET", "/v1.0/healthz").seen().await;
    json!([before, publish, after])
}

/// What does not depend on the place and the maker.
async fn metadata(scene: &Scene) -> Value {
    // A sidecar that has just started does not know yet how the app is asked, and what it
    // subscribes to.
    let all = eventually("all of the metadata", async || {
        let metadata = scene.ask("GET", "/v1.0/metadata").send().await.json();
        let is_all = metadata["appConnectionProperties"]["health"].is_object()
            && metadata["components"].is_array()
            && metadata["subscriptions"].is_array();
        is_all.then_some(metadata)
    });
    let mut metadata = all.await;
    for field in ["components", "subscriptions"] {
        let items = metadata[field].as_array_mut().unwrap();
        items.sort_by_key(ToString::to_string);
    }
    let version = &mut metadata["runtimeVersion"];
    *version = json!(version.is_string());
    let version = &mut metadata["extended"]["daprRuntimeVersion"];
    *version = json!(version.is_string());
    let app = &mut metadata["appConnectionProperties"];
    app["port"] = json!(app["port"] == json!(scene.app().port));
    // How long and how often an app is asked is said by who starts a sidecar.
    let health = app["health"].as_object_mut().unwrap();
    health.retain(|field, _| field == "healthCheckPath" || field == "healthThreshold");
    metadata
}

/// The app is not healthy any more, and the sidecar knows.
async fn falls_ill(scene: &Scene) {
    scene.app().is_healthy(false);
    eventually("the sidecar knows of the app's health", async || {
        let printed = scene.side.process().printed();
        let is_known = printed.contains("un-healthy") || printed.contains("is not healthy");
        is_known.then_some(())
    })
    .await;
}

/// It is not asked what it subscribes to before it is healthy.
async fn ill_at_first(scene: Scene) -> Value {
    scene.app().is_healthy(false);
    scene.app().comes();
    scene.app().calls(HEALTH, 4).await;
    let before = scene.app().calls_by_now("/dapr/subscribe").len();
    scene.app().is_healthy(true);
    scene.side.ready().await;
    json!(before)
}

async fn ill(scene: Scene) -> Value {
    let job = format!("/job/{}", scene.topic);
    falls_ill(&scene).await;
    scene.event("k", "one").await;
    let path = format!("/v1.0/jobs/{}", scene.topic);
    let body = json!({ "dueTime": "0s", "data": 1, "failurePolicy": { "drop": {} } });
    scene
        .ask("POST", &path)
        .json(&body)
        .send()
        .await
        .expect(204);
    let asked = scene.app().calls_by_now(HEALTH).len();
    scene.app().calls(HEALTH, asked + 2).await;
    let before = [
        scene.deliveries().len(),
        scene.app().calls_by_now(&job).len(),
    ];
    scene.app().is_healthy(true);
    scene.app().call(&job).await;
    scene.done("k").await;
    let after = [
        scene.deliveries().len(),
        scene.app().calls_by_now(&job).len(),
    ];
    json!([before, after])
}
