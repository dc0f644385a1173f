//! Cron bindings.

use crate::{
    app::{Call, Reply},
    case::Case,
    observed,
    scene::Scene,
    setup::Setup,
};
use serde_json::{Value, json};

/// A binding that ticks without asking.
const INPUT: &str = include_str!("../files/input.yaml");

/// A binding that asks first whether the app wants it.
const ASKS: &str = include_str!("../files/asks.yaml");

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "tick",
            "a cron binding posts nothing at each tick",
            |scene| async move {
                let calls = scene.app().calls("/input", 2).await;
                json!([tick(&calls[0]), asked(&scene, "/input")])
            },
        )
        .alone(with(INPUT)),
        Case::new(
            "tick-zone",
            "a tick says its time zone",
            |scene| async move {
                let call = scene.app().call("/input").await;
                tick(&call)["headers"].clone()
            },
        )
        .alone(Setup {
            time_zone: Some("Asia/Tokyo"),
            ..with(INPUT)
        }),
        Case::new(
            "tick-fails",
            "a tick that fails does not end the others",
            |scene| async move {
                scene.app().answers("/input", [Reply::of(500, "")]);
                let path = scene.app().calls("/input", 3).await[2].path().to_owned();
                json!(path)
            },
        )
        .alone(with(INPUT)),
        Case::new(
            "tick-asks",
            "without a direction the app is asked first",
            |scene| async move {
                let calls = scene.app().calls("/ticks/asks", 3).await;
                json!([observed::request(&calls[0]), tick(&calls[1])])
            },
        )
        .alone(with(ASKS)),
        Case::new(
            "tick-no",
            "an app that says 404 to the question gets no ticks",
            |scene| refusing(scene, 404),
        )
        .alone(refused()),
        Case::new(
            "tick-405",
            "an app that says 405 to the question gets ticks",
            |scene| async move {
                scene.app().answers("/ticks/asks", [Reply::of(405, "")]);
                scene.app().comes();
                let calls = scene.app().calls("/ticks/asks", 2).await;
                json!(
                    calls
                        .iter()
                        .map(|call| call.method.as_str())
                        .collect::<Vec<_>>()
                )
            },
        )
        .alone(refused()),
    ]
}

fn with(binding: &'static str) -> Setup {
    Setup {
        files: vec![("binding.yaml", binding)],
        time_zone: Some("UTC"),
        ..Setup::default()
    }
}

/// The app comes when it knows what to answer.
fn refused() -> Setup {
    Setup {
        app: false,
        gets_ready: false,
        ..with(ASKS)
    }
}

/// A tick, with the form of its time alone.
fn tick(call: &Call) -> Value {
    let mut seen = observed::request(call);
    let time = &mut seen["headers"]["readtimeutc"];
    let form = "%Y-%m-%d %H:%M:%S%.f %z UTC";
    let text = time.as_str().unwrap_or_default();
    *time = json!(chrono::DateTime::parse_from_str(text, form).is_ok());
    seen
}

/// Whether the app was asked.
fn asked(scene: &Scene, path: &str) -> bool {
    let calls = scene.app().calls_by_now(path);
    calls.iter().any(|call| call.method == "OPTIONS")
}

async fn refusing(scene: Scene, status: u16) -> Value {
    scene.app().answers("/ticks/asks", [Reply::of(status, "")]);
    scene.app().comes();
    scene.side.ready().await;
    scene.app().call("/ticks/asks").await;
    // Nothing says that no tick comes: a job comes later.
    let path = format!("/v1.0/jobs/{}", scene.topic);
    let body = json!({ "dueTime": "3s", "data": 1 });
    scene
        .ask("POST", &path)
        .json(&body)
        .send()
        .await
        .expect(204);
    scene.app().call(&format!("/job/{}", scene.topic)).await;
    let calls = scene.app().calls_by_now("/ticks/asks");
    json!(
        calls
            .iter()
            .map(|call| call.method.as_str())
            .collect::<Vec<_>>()
    )
}
