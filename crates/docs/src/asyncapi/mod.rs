//! `docs/asyncapi.json`.

mod channels;
mod messages;
mod operations;

use crate::schemas;
use serde_json::{Value, json};

const DESCRIPTION: &str = "\
What Duebell publishes and takes, through Dapr and Kafka: CloudEvents 1.0 in their JSON format. \
The Kafka key is the user's id, so that a user's events stay in order. \
An event may come more than once: know it by its topic, its type and its `correlation_id`; where it has none, by the envelope's `id`. \
Read tolerantly: fields may be added.";

pub(crate) fn document() -> anyhow::Result<Value> {
    let messages = messages::all()?;
    Ok(json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Duebell",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "Apache License 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "kafka": {
                "host": "localhost:9092",
                "protocol": "kafka",
                "description": "The brokers of deploy/dapr/pubsub-kafka.yaml. Programs publish and subscribe through a Dapr sidecar.",
            },
        },
        "channels": channels::all(&messages)?,
        "operations": operations::all(&messages),
        "components": {
            "messages": messages::by_name(&messages),
            "schemas": schemas::of_events()?,
        },
    }))
}
