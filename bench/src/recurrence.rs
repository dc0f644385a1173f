//! Recurrence: how many completions a minute get their next occurrence, each one and
//! none twice.

use crate::app::{App, send};
use anyhow::{Context, ensure};
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// How long anything is waited for before the run is given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many users the tasks are of, in turn.
const USERS: usize = 64;

/// How many recurring tasks are completed, one after the other.
const TASKS: usize = 2_000;

/// One run's figures.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    /// Completions a minute, from the first request to the last next occurrence.
    pub(crate) per_minute: f64,
    /// From the last answer to the last next occurrence.
    pub(crate) last_after_ms: f64,
    /// How many next occurrences there are in the end.
    pub(crate) occurrences: usize,
}

/// Completes them all, and waits until each has its next occurrence.
pub(crate) async fn measure(app: App) -> anyhow::Result<Run> {
    let tokens = (0..USERS)
        .map(|user| app.token(&format!("user-{user}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut connection = app.connect().await?;
    let mut paths = Vec::with_capacity(TASKS);
    for number in 0..TASKS {
        let body = json!({
            "title": format!("Water {number}"), "due_date": "2031-01-15T08:00:00Z",
            "recurring_pattern": "daily", "time_zone": "Europe/Berlin",
        });
        let task = send(
            &mut connection,
            "/api/tasks",
            token(&tokens, number)?,
            &body,
        )
        .await?;
        let id = task.get("id").context("no id")?;
        paths.push(format!("/api/tasks/{id}/complete"));
    }
    let start = Instant::now();
    for (number, path) in paths.iter().enumerate() {
        send(&mut connection, path, token(&tokens, number)?, &json!({})).await?;
    }
    let answered = Instant::now();
    loop {
        let occurrences = app.occurrences()?;
        ensure!(occurrences <= TASKS, "{occurrences} of {TASKS}");
        if occurrences == TASKS {
            break;
        }
        ensure!(
            answered.elapsed() < PATIENCE,
            "after {PATIENCE:?} there are {occurrences} of {TASKS}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (lasted, last_after) = (start.elapsed(), answered.elapsed());
    // Whatever came twice would show by now.
    app.internal_post("/sweep-recurrence").await?;
    app.internal_post("/sweep-recurrence").await?;
    Ok(Run {
        per_minute: TASKS as f64 / lasted.as_secs_f64() * 60.0,
        last_after_ms: last_after.as_secs_f64() * 1000.0,
        occurrences: app.occurrences()?,
    })
}

fn token(tokens: &[String], number: usize) -> anyhow::Result<&str> {
    let token = tokens.get(number % tokens.len()).context("no token")?;
    Ok(token)
}
