//! `duebell erase`: a user, everywhere and for good. For operators.

use super::{api::Api, say};
use crate::cli::Erase;
use http::Method;
use miette::miette;
use serde_json::{Value, json};
use std::time::Duration;

/// Where erasures are.
const PATH: &str = "/api/erasures";

/// How long there is between two looks at how far it has come.
const PAUSE: Duration = Duration::from_millis(500);

/// Asks for it, and waits until nothing is left. Whoever stops waiting finds it going on:
/// the same command waits again.
///
/// # Errors
/// The app gave no answer, or a problem.
pub async fn run(command: Erase) -> miette::Result<()> {
    let api = Api::new(&command.service)?;
    let body = json!({ "user_id": command.user });
    let mut erasure = api.post(PATH, &body).await?;
    let id = text(&erasure, "id")
        .ok_or_else(|| miette!("the app's answer is no erasure: {erasure}"))?
        .to_owned();
    let mut told = String::new();
    while erasure.get("completed_at").is_none_or(Value::is_null) {
        let waiting = waiting(&erasure);
        if waiting != told && !command.service.json {
            say(&format!("{id} waits for {waiting}\n"));
            told = waiting;
        }
        tokio::time::sleep(PAUSE).await;
        erasure = api.send(Method::GET, &format!("{PATH}/{id}")).await?;
    }
    if command.service.json {
        say(&format!("{erasure:#}\n"));
    } else {
        let audit = text(&erasure, "audit_user_id").unwrap_or_default();
        say(&format!(
            "{id} is complete: nothing of the user is left; their audit is that of {audit}\n"
        ));
    }
    Ok(())
}

/// The components that have something left, and why.
fn waiting(erasure: &Value) -> String {
    let parts = erasure.get("components").and_then(Value::as_array);
    let left: Vec<String> = parts
        .into_iter()
        .flatten()
        .filter(|part| text(part, "done_at").is_none())
        .map(|part| {
            let component = text(part, "component").unwrap_or_default();
            match text(part, "waiting_for") {
                Some(what) => format!("{component} ({what})"),
                None => component.to_owned(),
            }
        })
        .collect();
    if left.is_empty() {
        "its last step".to_owned()
    } else {
        left.join(", ")
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::waiting;
    use serde_json::json;

    #[test]
    fn what_is_waited_for_is_told_with_why() {
        let mut erasure = json!({ "components": [
            { "component": "audit-sink", "done_at": "2026-01-14T10:30:01Z", "waiting_for": null },
            { "component": "notifier", "done_at": null, "waiting_for": "no answer within 20s" },
            { "component": "task-api", "done_at": null, "waiting_for": null },
        ] });
        assert_eq!(
            waiting(&erasure),
            "notifier (no answer within 20s), task-api"
        );
        erasure["components"] = json!([]);
        assert_eq!(waiting(&erasure), "its last step");
    }
}
