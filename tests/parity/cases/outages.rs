//! An app that is away for a while, and sidecars that end.

use super::job_runs::{callback, gone, later, make};
use crate::{
    app::Reply, case::Case, harness::eventually, scene::Scene, setup::Setup,
    subscription::Subscription,
};
use serde_json::{Value, json};
use std::time::Duration;

/// How long the app is away: longer than all attempts take, and shorter than Dapr needs
/// to learn of it by its health check.
const AWAY: Duration = Duration::from_secs(2);

/// A job that is lost while the app is away is lost within this time.
const LOST: Duration = Duration::from_secs(8);

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "away",
            "an app that cannot be reached is a failed attempt",
            away,
        )
        .with(Subscription::to("away").through("tried").with_letters())
        .alone(Setup::default()),
        Case::new(
            "away-job",
            "without a health check a job is lost while the app is away",
            away_job,
        )
        .alone(Setup {
            health_check: false,
            ..Setup::default()
        }),
        Case::new("back", "while the app is away events wait", back)
            .with(Subscription::to("back"))
            .alone(Setup::default()),
        Case::new(
            "shutdown",
            "a sidecar can be asked to end",
            |scene| async move {
                let answer = scene.ask("POST", "/v1.0/shutdown").seen().await;
                ended(&scene).await;
                answer
            },
        )
        .alone(Setup::default()),
        Case::new(
            "drain",
            "a sidecar that ends waits for what is under way",
            drain,
        )
        .with(Subscription::to("drain"))
        .alone(Setup::default()),
        Case::new(
            "killed",
            "what was under way when a sidecar was killed comes again",
            killed,
        )
        .with(Subscription::to("killed"))
        .alone(Setup::default()),
    ]
}

async fn goes_away(scene: &Scene) {
    scene.app().goes_away();
    tokio::time::sleep(AWAY).await;
    scene.app().comes();
}

async fn away(scene: Scene) -> Value {
    let event = scene.event("k", "one");
    tokio::join!(event, goes_away(&scene));
    let (route, letters) = (scene.route(), scene.letter_route());
    let first = scene.app().until("the event or its letter", |calls| {
        let mut paths = calls.iter().map(|call| call.path().to_owned());
        paths.find(|path| *path == route || *path == letters)
    });
    json!(first.await)
}

async fn away_job(scene: Scene) -> Value {
    let policy = json!({ "drop": {} });
    scene.app().goes_away();
    make(
        &scene,
        &json!({ "dueTime": "0s", "data": 1, "failurePolicy": policy }),
    )
    .await;
    // A job that is held is not gone, however long it is waited for.
    let lost = tokio::time::timeout(LOST, gone(&scene)).await;
    scene.app().comes();
    later(&scene, "2s").await;
    let calls = scene.app().calls_by_now(&callback(&scene)).len();
    json!([lost.is_ok(), calls])
}

async fn back(scene: Scene) -> Value {
    tokio::join!(scene.event("k", "one"), goes_away(&scene));
    scene.done("k").await;
    Scene::data(&scene.deliveries())
}

async fn ended(scene: &Scene) {
    eventually("the sidecar ends", async || {
        scene.side.process().has_ended().then_some(())
    })
    .await;
}

async fn again(scene: &Scene) {
    scene.side.process().start_again();
    eventually("the sidecar is back", async || {
        let answer = scene.ask("GET", "/v1.0/healthz").try_send().await?;
        (answer.status == 204).then_some(())
    })
    .await;
}

async fn drain(scene: Scene) -> Value {
    let late = Reply::default().late(Duration::from_secs(1));
    scene.app().answers(&scene.route(), [late]);
    scene.event("k", "one").await;
    scene.app().call(&scene.route()).await;
    scene.side.process().terminate();
    ended(&scene).await;
    again(&scene).await;
    scene.done("k").await;
    Scene::data(&scene.deliveries())
}

async fn killed(scene: Scene) -> Value {
    let late = Reply::default().late(Duration::from_secs(3));
    scene
        .app()
        .answers(&scene.route(), [late, Reply::default()]);
    scene.event("k", "one").await;
    scene.app().call(&scene.route()).await;
    scene.side.process().kill();
    again(&scene).await;
    scene.done("k").await;
    Scene::data(&scene.deliveries())
}
