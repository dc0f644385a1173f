//! `duebell dead-letters`: what subscribers gave up, for operators.

use super::{api::Api, say};
use crate::cli::{DeadLetters, ListStatus, OneDeadLetter, Service};
use http::Method;
use miette::miette;
use serde_json::Value;
use std::fmt::Write;

/// Where they are.
const PATH: &str = "/api/dead-letters";

/// Runs the command.
///
/// # Errors
/// The app gave no answer, or a problem; a replay did not take effect.
pub async fn run(command: DeadLetters) -> miette::Result<()> {
    match command {
        DeadLetters::List {
            status,
            subscriber,
            service,
        } => list(&service, status, subscriber.as_deref()).await,
        DeadLetters::Show(one) => show(one).await,
        DeadLetters::Replay(one) => replay(one).await,
        DeadLetters::Discard(one) => discard(one).await,
    }
}

async fn show(one: OneDeadLetter) -> miette::Result<()> {
    let api = Api::new(&one.service)?;
    let letter = api.send(Method::GET, &format!("{PATH}/{}", one.id)).await?;
    say(&pretty(&letter));
    Ok(())
}

async fn discard(one: OneDeadLetter) -> miette::Result<()> {
    let api = Api::new(&one.service)?;
    api.send(Method::DELETE, &format!("{PATH}/{}", one.id))
        .await?;
    say(&format!("{} is discarded\n", one.id));
    Ok(())
}

async fn list(
    service: &Service,
    status: ListStatus,
    subscriber: Option<&str>,
) -> miette::Result<()> {
    let (api, json) = (Api::new(service)?, service.json);
    let mut filter = String::from("limit=200");
    if let Some(status) = status.as_parameter() {
        let _ = write!(filter, "&status={status}"); // Writing to a String cannot fail.
    }
    if let Some(subscriber) = subscriber {
        let _ = write!(filter, "&subscriber={subscriber}");
    }
    let mut cursor = String::new();
    let mut count = 0;
    loop {
        let page = api
            .send(Method::GET, &format!("{PATH}?{filter}{cursor}"))
            .await?;
        let items = page.get("items").and_then(Value::as_array);
        for letter in items.into_iter().flatten() {
            count += 1;
            say(&if json {
                format!("{letter}\n")
            } else {
                line(letter)
            });
        }
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    if count == 0 && !json {
        say("there are none\n");
    }
    Ok(())
}

async fn replay(one: OneDeadLetter) -> miette::Result<()> {
    let api = Api::new(&one.service)?;
    let (id, json) = (one.id, one.service.json);
    let path = format!("{PATH}/{id}/replay");
    let answer = api.send(Method::POST, &path).await?;
    if json {
        say(&pretty(&answer));
    }
    match text(&answer, "outcome") {
        "done" if !json => say(&format!("{id} took effect\n")),
        "already_done" if !json => say(&format!("{id} had taken effect before\n")),
        "done" | "already_done" => {}
        outcome => {
            return Err(miette!(
                "{id} did not take effect ({outcome}): {}",
                text(&answer, "reason")
            ));
        }
    }
    Ok(())
}

/// A letter in one line.
fn line(letter: &Value) -> String {
    let id = letter.get("id").map(Value::to_string).unwrap_or_default();
    let attempts = match letter.get("attempts").and_then(Value::as_i64) {
        Some(1) => "1 attempt".to_owned(),
        Some(attempts) => format!("{attempts} attempts"),
        None => "-".to_owned(),
    };
    let next = match text(letter, "next_replay_at") {
        "" => String::new(),
        next => format!(" (replayed by itself at {next})"),
    };
    format!(
        "{id}  {}  {}  {}  {}  {attempts}  {}{next}\n",
        text(letter, "arrived_at"),
        text(letter, "status"),
        text(letter, "subscriber"),
        or_dash(text(letter, "event_type")),
        or_dash(text(letter, "reason")),
    )
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

fn text<'a>(letter: &'a Value, name: &str) -> &'a str {
    letter.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::line;
    use serde_json::json;

    #[test]
    fn a_letter_is_a_line() {
        let mut letter = json!({
            "id": 7, "arrived_at": "2026-01-14T10:30:04Z", "status": "open", "subscriber": "notifier",
            "event_type": "reminder.due", "attempts": 3, "reason": "the database is locked",
            "next_replay_at": "2026-01-14T10:30:09Z",
        });
        assert_eq!(
            line(&letter),
            "7  2026-01-14T10:30:04Z  open  notifier  reminder.due  3 attempts  the database is locked \
             (replayed by itself at 2026-01-14T10:30:09Z)\n"
        );
        for name in ["event_type", "attempts", "reason", "next_replay_at"] {
            letter[name] = json!(null);
        }
        assert_eq!(
            line(&letter),
            "7  2026-01-14T10:30:04Z  open  notifier  -  -  -\n"
        );
    }
}
