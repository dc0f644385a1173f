//! When a failed delivery comes again.

use crate::{
    app::Reply, case::Case, near::near, observed, scene::Scene, subscription::Subscription,
};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::delivered(
            "again",
            "without a policy an event comes again after Kafka's backOffDuration",
            again,
        ),
        Case::new(
            "tries",
            "maxRetries are the deliveries after the first, then it is a dead letter",
            |scene| async move {
                scene.app().answers(&scene.route(), [Reply::of(500, "")]);
                scene.event("k", "one").await;
                scene.outcome("k").await
            },
        )
        .with(Subscription::to("tries").through("tried").with_letters()),
        Case::new(
            "tries-break",
            "a connection that breaks counts as an attempt",
            |scene| async move {
                scene.app().answers(&scene.route(), [Reply::Break]);
                scene.event("k", "one").await;
                scene.outcome("k").await
            },
        )
        .with(
            Subscription::to("tries-break")
                .through("tried")
                .with_letters(),
        ),
        Case::new(
            "tries-drop",
            "DROP is not tried again",
            |scene| async move {
                scene.app().answers(&scene.route(), [Reply::says("DROP")]);
                scene.event("k", "one").await;
                scene.outcome("k").await
            },
        )
        .with(
            Subscription::to("tries-drop")
                .through("tried")
                .with_letters(),
        ),
        Case::new("tries-404", "404 is not tried again", |scene| async move {
            scene.app().answers(&scene.route(), [Reply::of(404, "")]);
            scene.event("k", "one").await;
            scene.outcome("k").await
        })
        .with(
            Subscription::to("tries-404")
                .through("tried")
                .with_letters(),
        ),
        Case::new(
            "tries-late",
            "an event that is taken in the end is no dead letter",
            |scene| async move {
                let failure = || Reply::says("RETRY");
                scene
                    .app()
                    .answers(&scene.route(), [failure(), failure(), Reply::default()]);
                scene.event("k", "one").await;
                scene.outcome("k").await
            },
        )
        .with(
            Subscription::to("tries-late")
                .through("tried")
                .with_letters(),
        ),
        Case::new(
            "tries-ever",
            "without a dead-letter topic maxRetries begin anew",
            anew,
        )
        .with(Subscription::to("tries-ever").through("tried")),
        Case::new(
            "tries-wait",
            "a policy's duration is between the deliveries",
            waits,
        )
        .with(Subscription::to("tries-wait").through("tried")),
        Case::new("late", "an answer that comes too late is a failure", late)
            .with(Subscription::to("late").through("timed").with_letters()),
        Case::delivered("same", "an event comes again as it was", same),
    ]
}

async fn again(scene: Scene) -> Value {
    let failure = || Reply::of(500, "");
    let replies = [failure(), failure(), Reply::default()];
    scene.app().answers(&scene.route(), replies);
    scene.event("k", "one").await;
    let calls = scene.app().calls(&scene.route(), 3).await;
    let waits = calls.windows(2).map(|two| two[1].at - two[0].at);
    let waits = waits.map(|wait| near(wait, Duration::from_millis(300)));
    json!(waits.collect::<Vec<_>>())
}

async fn anew(scene: Scene) -> Value {
    let mut replies = vec![Reply::of(500, ""); 7];
    replies.push(Reply::default());
    scene.app().answers(&scene.route(), replies);
    scene.event("k", "one").await;
    scene.done("k").await;
    json!(scene.deliveries().len())
}

async fn waits(scene: Scene) -> Value {
    let failure = || Reply::says("RETRY");
    let replies = [failure(), failure(), Reply::default()];
    scene.app().answers(&scene.route(), replies);
    scene.event("k", "one").await;
    let calls = scene.app().calls(&scene.route(), 3).await;
    let waits = calls.windows(2).map(|two| two[1].at - two[0].at);
    let waits = waits.map(|wait| near(wait, Duration::from_millis(300)));
    json!(waits.collect::<Vec<_>>())
}

/// The app is not told that nobody waits: deliveries of one event overlap.
async fn late(scene: Scene) -> Value {
    let late = Reply::default().late(Duration::from_secs(2));
    scene.app().answers(&scene.route(), [late]);
    scene.event("k", "one").await;
    let calls = scene.app().calls(&scene.route(), 2).await;
    let wait = near(calls[1].at - calls[0].at, Duration::from_millis(800));
    json!([scene.outcome("k").await, wait])
}

async fn same(scene: Scene) -> Value {
    let failure = Reply::of(503, "");
    scene
        .app()
        .answers(&scene.route(), [failure, Reply::default()]);
    scene
        .publish("text/plain", "metadata.partitionKey=k&metadata.a=b", "x")
        .await
        .expect(204);
    observed::requests(&scene.app().calls(&scene.route(), 2).await)
}
