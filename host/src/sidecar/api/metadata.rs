//! `GET /v1.0/metadata`.

use http::{StatusCode, Uri};
use serde_json::{Value, json};

use super::State;
use super::errors::{Answer, json};
use crate::sidecar::app::{PROBE_EVERY, PROBE_THRESHOLD};
use crate::sidecar::subscriptions::{Origin, Subscription};

/// What runs here.
pub(crate) fn metadata(state: &State) -> Answer {
    let version = concat!("duebell-", env!("CARGO_PKG_VERSION"));
    let pubsubs = state
        .resources
        .pubsubs
        .iter()
        .map(|pubsub| component(&pubsub.name, "pubsub.kafka", &["BULK_PUBSUB"]));
    let crons = state
        .resources
        .crons
        .iter()
        .map(|cron| component(&cron.name, "bindings.cron", &["INPUT_BINDING"]));
    let subscriptions: Vec<Value> = state.subscriptions().iter().map(subscription).collect();
    let app: Uri = state.app.origin().parse().unwrap_or_default();
    let body = json!({
        "id": state.app_id,
        "runtimeVersion": version,
        "components": pubsubs.chain(crons).collect::<Vec<_>>(),
        "extended": {
            "daprRuntimeVersion": version,
            "appHealthy": state.app.health().borrow().to_string(),
        },
        "subscriptions": subscriptions,
        "appConnectionProperties": {
            "port": app.port_u16().unwrap_or(80),
            "protocol": "http",
            "channelAddress": app.host().unwrap_or_default(),
            "health": {
                "healthCheckPath": state.app.health_path(),
                "healthProbeInterval": format!("{PROBE_EVERY:?}"),
                "healthThreshold": PROBE_THRESHOLD,
            },
        },
        "actorRuntime": { "runtimeStatus": "DISABLED", "hostReady": false },
    });
    json(StatusCode::OK, &body)
}

fn component(name: &str, kind: &str, capabilities: &[&str]) -> Value {
    json!({ "name": name, "type": kind, "version": "v1", "capabilities": capabilities })
}

fn subscription(subscription: &Subscription) -> Value {
    json!({
        "pubsubname": subscription.pubsub,
        "topic": subscription.topic,
        "rules": [{ "path": subscription.route }],
        "deadLetterTopic": subscription.dead_letter_topic.as_deref().unwrap_or_default(),
        "type": match subscription.origin {
            Origin::Declarative => "DECLARATIVE",
            Origin::Programmatic => "PROGRAMMATIC",
        },
    })
}
