//! What the app's answer to a delivery does to the event.

use crate::{app::Reply, case::Case, scene::Scene, subscription::Subscription};
use serde_json::{Value, json};

/// What is answered: the end of a topic, the case's name, a status and a body.
const REPLIES: [(&str, &str, u16, &str); 27] = [
    ("empty", "an empty 200 is a success", 200, ""),
    (
        "object",
        "an object without a status is a success",
        200,
        "{}",
    ),
    (
        "null",
        "a status of null is a success",
        200,
        r#"{"status":null}"#,
    ),
    (
        "blank",
        "an empty status is a success",
        200,
        r#"{"status":""}"#,
    ),
    (
        "success",
        "SUCCESS is a success",
        200,
        r#"{"status":"SUCCESS"}"#,
    ),
    ("created", "201 is a success", 201, "made"),
    ("no-content", "204 is a success", 204, ""),
    ("text", "what is no JSON is a success", 200, "hello"),
    ("list", "a list is a success", 200, "[1]"),
    (
        "number",
        "a status that is a number is a success",
        200,
        r#"{"status":5}"#,
    ),
    (
        "other",
        "an object of another kind is a success",
        200,
        r#"{"done":true}"#,
    ),
    ("retry", "RETRY is a failure", 200, r#"{"status":"RETRY"}"#),
    (
        "lower",
        "success in lower case is a failure",
        200,
        r#"{"status":"success"}"#,
    ),
    (
        "already",
        "an unknown status is a failure",
        200,
        r#"{"status":"already_processed"}"#,
    ),
    (
        "name",
        "a status is found by its name in any case",
        200,
        r#"{"Status":"RETRY"}"#,
    ),
    (
        "retry-201",
        "RETRY with 201 is a failure",
        201,
        r#"{"status":"RETRY"}"#,
    ),
    ("drop", "DROP drops an event", 200, r#"{"status":"DROP"}"#),
    (
        "drop-lower",
        "drop in lower case is a failure",
        200,
        r#"{"status":"drop"}"#,
    ),
    ("found", "302 is a failure", 302, ""),
    ("unmodified", "304 is a failure", 304, ""),
    ("bad", "400 is a failure", 400, ""),
    ("unauthorized", "401 is a failure", 401, ""),
    ("forbid", "403 is a failure", 403, r#"{"status":"SUCCESS"}"#),
    ("absent", "404 drops an event", 404, r#"{"status":"RETRY"}"#),
    ("busy", "429 is a failure", 429, ""),
    ("error", "500 is a failure", 500, r#"{"status":"DROP"}"#),
    ("away", "503 is a failure", 503, "upstream"),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = REPLIES
        .into_iter()
        .map(|(topic, name, status, body)| {
            let reply = Reply::of(status, body);
            answered(topic, name, reply)
        })
        .collect();
    cases.push(answered(
        "break",
        "a connection that breaks is a failure",
        Reply::Break,
    ));
    cases
}

/// The answer is given to an event twice: to one that has no dead-letter topic, once,
/// then a success; and to one that has.
fn answered(topic: &'static str, name: &'static str, reply: Reply) -> Case {
    let case = Case::new(topic, name, move |scene| outcomes(scene, reply.clone()));
    let subscription = |end: &str| Subscription::to(&format!("{topic}-{end}"));
    case.with(subscription("without"))
        .with(subscription("with").with_letters())
}

async fn outcomes(scene: Scene, reply: Reply) -> Value {
    let (without, with) = (scene.of("without"), scene.of("with"));
    let app = scene.app();
    app.answers(&without.route(), [reply.clone(), Reply::says("SUCCESS")]);
    app.answers(&with.route(), [reply]);
    without.event("k", "one").await;
    with.event("k", "one").await;
    without.done("k").await;
    json!({
        "without a dead-letter topic": without.deliveries().len(),
        "with one": with.outcome("k").await,
    })
}
