//! What waits for what.

use crate::{app::Reply, case::Case, scene::Scene};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::delivered(
            "order",
            "events of one key come in the order of their publishes",
            |scene| async move {
                for number in 0..20 {
                    scene.event("k", &number.to_string()).await;
                }
                scene.done("k").await;
                Scene::data(&scene.deliveries())
            },
        ),
        Case::delivered(
            "held",
            "of a partition one event is under way at a time, and others go on",
            held,
        ),
        Case::delivered(
            "head",
            "an event that fails holds up its partition, and no other",
            head,
        ),
    ]
}

/// Of the keys, `a` and `b` have different partitions.
async fn held(scene: Scene) -> Value {
    let gate = CancellationToken::new();
    let first = Reply::default().held(&gate);
    scene
        .app()
        .answers(&scene.route(), [first, Reply::default()]);
    scene.event("a", "first of a").await;
    scene.app().call(&scene.route()).await;
    scene.event("a", "second of a").await;
    scene.event("b", "first of b").await;
    scene.done("b").await;
    let before = Scene::data(&scene.deliveries());
    gate.cancel();
    scene.done("a").await;
    json!([before, Scene::data(&scene.deliveries())])
}

async fn head(scene: Scene) -> Value {
    let failing = vec![Reply::of(500, ""); 2];
    let gate = CancellationToken::new();
    let mut replies = failing;
    replies.push(Reply::of(500, "").held(&gate));
    replies.push(Reply::default());
    scene.app().answers(&scene.route(), replies);
    scene.event("a", "first of a").await;
    scene.app().calls(&scene.route(), 3).await;
    scene.event("a", "second of a").await;
    scene.event("b", "first of b").await;
    scene.done("b").await;
    gate.cancel();
    scene.done("a").await;
    Scene::data(&scene.deliveries())
}
