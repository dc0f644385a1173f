//! What the app subscribes to, and how it is asked.

use crate::{
    app::{Call, Reply},
    case::Case,
    harness::eventually,
    near::near,
    observed,
    scene::Scene,
    setup::Setup,
    subscription::Subscription,
};
use serde_json::{Value, json};
use std::{slice, sync::Arc, time::Duration};

/// A Subscription resource, of the newer form.
const DECLARED: &str = include_str!("../files/declared.yaml");

/// Subscription resources of another app, in a file of several documents.
const SCOPED: &str = include_str!("../files/scoped.yaml");

/// The same topic as the app subscribes to, with another route.
const BOTH: &str = include_str!("../files/both.yaml");

/// A Resiliency behind another resource.
const BEHIND: &str = include_str!("../files/behind.yaml");

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "asked",
            "the app is asked by GET, once, for all it subscribes to",
            asked,
        )
        .with(Subscription::to("asked"))
        .alone(Setup::default()),
        Case::new("none", "404 is no subscription", |scene| async move {
            scene.publish("text/plain", "", "x").await.expect(204);
            requests(&scene)
        })
        .alone(Setup::default()),
        Case::new(
            "fault",
            "what is no list of subscriptions is none",
            |scene| async move {
                scene.publish("text/plain", "", "x").await.expect(204);
                json!(scene.app().calls_by_now("/dapr/subscribe").len())
            },
        )
        .alone(Setup {
            discovery: (200, "no list".to_owned()),
            ..Setup::default()
        }),
        Case::new(
            "late-app",
            "an app that fails at first is asked again",
            |scene| async move {
                let failure = Reply::of(500, "");
                let list = Subscription::to("late-app").items();
                let list = Reply::of(200, Value::from(list).to_string());
                scene.app().answers("/dapr/subscribe", [failure, list]);
                scene.app().comes();
                scene.app().call("/dapr/subscribe").await;
                // Nothing says that it is not asked again: a job comes later.
                let path = format!("/v1.0/jobs/{}", scene.topic);
                let job = json!({ "dueTime": "2s", "data": 1 });
                scene.ask("POST", &path).json(&job).send().await.expect(204);
                scene.app().call(&format!("/job/{}", scene.topic)).await;
                json!(scene.app().calls_by_now("/dapr/subscribe").len())
            },
        )
        .alone(Setup {
            app: false,
            gets_ready: false,
            ..Setup::default()
        }),
        Case::new(
            "declared",
            "a resource subscribes as the app does",
            |scene| async move {
                scene.event("k", "one").await;
                let call = scene.app().call(&scene.route()).await;
                json!([observed::request(&call), subscriptions(&scene).await])
            },
        )
        .alone(Setup {
            files: vec![("declared.yaml", DECLARED)],
            ..Setup::default()
        }),
        Case::new(
            "scoped-sub",
            "a resource with scopes is for the apps that it names",
            |scene| async move { json!(subscriptions(&scene).await) },
        )
        .alone(Setup {
            files: vec![("scoped.yaml", SCOPED)],
            ..Setup::default()
        }),
        Case::new(
            "both",
            "an app's subscription goes over a resource's",
            |scene| async move {
                scene.event("k", "one").await;
                let call = scene.app().until("a delivery", delivered).await;
                json!([call.target, subscriptions(&scene).await])
            },
        )
        .with(Subscription::to("both"))
        .alone(Setup {
            files: vec![("both.yaml", BOTH)],
            ..Setup::default()
        }),
        Case::new(
            "twice",
            "of two subscriptions of one topic the last counts",
            |scene| async move {
                scene.event("k", "one").await;
                let call = scene.app().until("a delivery", delivered).await;
                json!([call.target, subscriptions(&scene).await])
            },
        )
        .with(Subscription::to("twice"))
        .with(Subscription::to("twice").saying("route", json!("/on/twice-again")))
        .alone(Setup::default()),
        Case::new(
            "behind",
            "a Resiliency behind another resource is ignored",
            behind,
        )
        .with(Subscription::to("behind"))
        .alone(Setup {
            app: false,
            gets_ready: false,
            files: vec![("behind.yaml", BEHIND)],
            ..Setup::default()
        }),
        Case::new(
            "unknown",
            "a subscription to an unknown pubsub does not hinder others",
            |scene| async move {
                scene.event("k", "one").await;
                scene.app().call(&scene.route()).await;
                subscriptions(&scene).await
            },
        )
        .with(Subscription::to("unknown-other").through("nobody"))
        .with(Subscription::to("unknown-scoped").through("scoped"))
        .with(Subscription::to("unknown"))
        .alone(Setup::default()),
        Case::new(
            "newest",
            "a new group begins at a topic's end, unless it says oldest",
            newest,
        )
        .with(Subscription::to("newest").through("newest"))
        .with(Subscription::to("newest-oldest"))
        .alone(Setup {
            app: false,
            gets_ready: false,
            ..Setup::default()
        }),
    ]
}

fn delivered(calls: &[Arc<Call>]) -> Option<Arc<Call>> {
    let mut calls = calls.iter().filter(|call| call.path().starts_with("/on/"));
    calls.next().cloned()
}

/// Everything that the app was asked, but for its health.
fn requests(scene: &Scene) -> Value {
    let mut calls = scene.app().everything();
    calls.retain(|call| call.path() != crate::app::HEALTH);
    observed::requests(&calls)
}

/// The subscriptions that the sidecar has.
pub(super) async fn subscriptions(scene: &Scene) -> Value {
    let metadata = scene.ask("GET", "/v1.0/metadata").send().await.json();
    let mut subscriptions = metadata["subscriptions"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    subscriptions.sort_by_key(ToString::to_string);
    json!(subscriptions)
}

async fn asked(scene: Scene) -> Value {
    scene.event("k", "one").await;
    scene.app().call(&scene.route()).await;
    requests(&scene)
}

async fn behind(scene: Scene) -> Value {
    if !scene.side.takes_publishes().await {
        return json!("it does not start");
    }
    scene.side.make_topics(slice::from_ref(&scene.topic)).await;
    scene.app().comes();
    scene
        .app()
        .answers(&scene.route(), [Reply::of(500, ""), Reply::default()]);
    scene.event("k", "one").await;
    let calls = scene.app().calls(&scene.route(), 2).await;
    json!(near(calls[1].at - calls[0].at, Duration::from_millis(300)))
}

async fn newest(scene: Scene) -> Value {
    let oldest = scene.of("oldest");
    assert!(scene.side.takes_publishes().await);
    let topics = [scene.topic.clone(), oldest.topic.clone()];
    scene.side.make_topics(&topics).await;
    scene.event("k", "before").await;
    oldest.event("k", "before").await;
    scene.app().comes();
    scene.app().call(&oldest.route()).await;
    // It is not known when the other group has taken its place.
    let first = eventually("a delivery", async || {
        scene.event("k", "after").await;
        scene.app().calls_by_now(&scene.route()).first().cloned()
    });
    let first = first.await;
    json!([
        Scene::data(&scene.app().calls_by_now(&oldest.route())),
        first.json()["data"],
    ])
}
