//! How a subscription says its route.

use super::discovery::subscriptions;
use crate::{case::Case, scene::Scene, subscription::Subscription};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    let with = |topic: &'static str, name, fields: Value| {
        let mut item = json!({ "pubsubname": "plain", "topic": topic });
        for (field, value) in fields.as_object().unwrap() {
            item[field] = value.clone();
        }
        Case::new(topic, name, |scene: Scene| async move {
            scene.event("k", "one").await;
            let topic = scene.topic.clone();
            let call = scene.app().until("a delivery", |calls| {
                let mut calls = calls.iter().filter(|call| call.method == "POST");
                let found = calls.find(|call| call.json()["topic"] == json!(topic));
                found.cloned()
            });
            json!(call.await.target)
        })
        .with(Subscription::of(item))
    };
    vec![
        with(
            "route",
            "a route may lack its slash",
            json!({ "route": "on/route" }),
        ),
        with(
            "route-query",
            "a route may have a query",
            json!({ "route": "/on/route-query?a=b" }),
        ),
        with(
            "route-default",
            "a default route counts",
            json!({ "routes": { "default": "/on/route-default" } }),
        ),
        with(
            "route-over",
            "a default route goes over a route",
            json!({ "routes": { "default": "/on/route-over" }, "route": "/on/other" }),
        ),
        Case::new(
            "route-rule",
            "a rule goes over the default route",
            |scene| async move {
                let subscriptions = subscriptions(&scene).await;
                let mut subscriptions = subscriptions.as_array().unwrap().iter();
                json!(subscriptions.find(|one| one["topic"] == json!(scene.topic)))
            },
        )
        .with(Subscription::of(json!({
            "pubsubname": "plain",
            "topic": "route-rule",
            "routes": {
                "rules": [{ "match": "event.type == 'case'", "path": "/on/route-rule-matched" }],
                "default": "/on/route-rule",
            },
        }))),
    ]
}
