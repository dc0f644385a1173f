//! Traces: from a request to its event, and on to the delivery.

use crate::{
    case::Case, harness::eventually, observed, scene::Scene, setup::Setup,
    subscription::Subscription,
};
use serde_json::{Value, json};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

pub(super) fn cases() -> Vec<Case> {
    vec![
        Case::delivered(
            "trace",
            "the trace of a publish goes on in its event",
            |scene| traced(scene, PARENT, "a=b,c=d", "application/json", "1"),
        ),
        Case::delivered(
            "trace-unsampled",
            "a trace that is not sampled goes on as well",
            |scene| {
                let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
                traced(scene, parent, "", "application/json", "1")
            },
        ),
        Case::delivered(
            "trace-none",
            "a traceparent that is none is left out",
            |scene| traced(scene, "00-xyz-1-01", "a=b", "application/json", "1"),
        ),
        Case::delivered(
            "trace-ce",
            "the trace of a publish goes on in a CloudEvent without one",
            |scene| {
                traced(
                    scene,
                    PARENT,
                    "a=b",
                    "application/cloudevents+json",
                    r#"{"id":"1"}"#,
                )
            },
        ),
        Case::delivered(
            "trace-ce-parent",
            "a CloudEvent's traceparent alone gives way to that of the publish",
            |scene| {
                let event = r#"{"id":"1","traceparent":"00-11111111111111111111111111111111-2222222222222222-01"}"#;
                traced(scene, PARENT, "", "application/cloudevents+json", event)
            },
        ),
        Case::delivered(
            "trace-ce-own",
            "a CloudEvent keeps a trace of its own",
            |scene| {
                let event = r#"{"id":"1","traceid":"00-11111111111111111111111111111111-2222222222222222-01","tracestate":"x=y"}"#;
                traced(scene, PARENT, "a=b", "application/cloudevents+json", event)
            },
        ),
        Case::delivered(
            "trace-ce-both",
            "a delivery goes on with the event's traceparent",
            |scene| {
                let event = r#"{"id":"1","traceid":"00-11111111111111111111111111111111-2222222222222222-01","traceparent":"00-33333333333333333333333333333333-4444444444444444-01"}"#;
                traced(scene, PARENT, "", "application/cloudevents+json", event)
            },
        ),
        Case::new(
            "trace-number",
            "an event whose traceid is no text is delivered",
            number,
        )
        .with(Subscription::to("trace-number"))
        .alone(Setup::default()),
        Case::new("trace-errors", "every answer has a traceparent", answers),
    ]
}

/// What is answered to a publish with this trace, and what it is delivered as.
async fn traced(
    scene: Scene,
    parent: &'static str,
    state: &'static str,
    content_type: &'static str,
    body: &'static str,
) -> Value {
    let path = scene.publishing("metadata.partitionKey=k");
    let ask = scene.ask("POST", &path).header("traceparent", parent);
    let ask = ask.header("tracestate", state).header("baggage", "who=me");
    let answer = ask
        .header("content-type", content_type)
        .body(body)
        .seen()
        .await;
    let delivery = scene.app().call(&scene.route()).await;
    json!([answer, observed::request(&delivery)])
}

async fn answers(scene: Scene) -> Value {
    let mut seen = Vec::new();
    for (method, path) in [
        ("POST", "/v1.0/publish/nobody/t"),
        ("GET", "/v1.0/jobs/none"),
        ("GET", "/v1.0/healthz"),
        ("GET", "/v1.0/metadata"),
        ("GET", "/nowhere"),
    ] {
        let answer = scene
            .ask(method, path)
            .header("traceparent", PARENT)
            .send()
            .await;
        seen.push(answer.seen()["headers"].clone());
    }
    let anyone = scene.side.ask_as_anyone("GET", "/v1.0/metadata");
    let anyone = anyone.header("traceparent", PARENT).send().await;
    seen.push(anyone.seen()["headers"].clone());
    json!(seen)
}

async fn number(scene: Scene) -> Value {
    scene.raw("k", r#"{"id":"1","traceid":5}"#).await;
    eventually("a delivery, or the end", async || {
        if scene.side.process().has_ended() {
            return Some(json!("the sidecar ended"));
        }
        let calls = scene.app().calls_by_now(&scene.route());
        calls.first().map(|call| json!(call.text()))
    })
    .await
}
