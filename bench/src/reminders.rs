//! Reminders: how late they are, one by one and a thousand at once, and what a
//! hundred thousand that wait cost.

use crate::app::{App, Connection, get};
use crate::latency::ms;
use anyhow::{Context, ensure};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::Request;
use http_body_util::{BodyExt, Full};
use serde::Serialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long anything is waited for before the run is given up.
const PATIENCE: Duration = Duration::from_secs(300);

/// How many users the reminders are of, in turn.
const USERS: usize = 64;

/// How many reminders ring one by one.
const SINGLE: usize = 300;

/// How far apart, in milliseconds.
const APART: i64 = 20;

/// How many ring at one time.
const BURST: usize = 1_000;

/// How many wait.
const ARMED: usize = 100_000;

/// How many of them one request publishes.
const AT_ONCE: usize = 500;

/// How many sweeps are timed.
const SWEEPS: usize = 21;

/// One run's figures.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    /// From `remind_at` to the notification, one by one.
    pub(crate) late_p50_ms: f64,
    pub(crate) late_p99_ms: f64,
    /// From the time of a thousand to the last of their notifications.
    pub(crate) burst_ms: f64,
    /// How many of them there are.
    pub(crate) burst_notified: usize,
    /// A sweep of reminder-trigger while a hundred thousand wait: the median.
    pub(crate) sweep_ms: f64,
    pub(crate) slowest_sweep_ms: f64,
}

/// Runs all three.
pub(crate) async fn measure(app: App) -> anyhow::Result<Run> {
    let tokens = (0..USERS)
        .map(|user| app.token(&format!("user-{user}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut connection = app.connect().await?;

    let begin = now() + TimeDelta::seconds(4);
    let times = (0..SINGLE).map(|number| {
        let step = i64::try_from(number).unwrap_or(0) * APART;
        begin + TimeDelta::milliseconds(step)
    });
    create(&mut connection, &tokens, times).await?;
    let mut late = wait_for_notifications(&mut connection, &tokens, SINGLE).await?;
    late.sort_unstable();

    // Far enough ahead that all are created and armed before.
    let at = now() + TimeDelta::seconds(8);
    create(&mut connection, &tokens, (0..BURST).map(|_| at)).await?;
    ensure!(now() < at, "creating them took longer than they were ahead");
    let all = wait_for_notifications(&mut connection, &tokens, SINGLE + BURST).await?;
    let burst = all.iter().skip(SINGLE).max().copied().unwrap_or_default();

    arm_many(&app).await?;
    let mut sweeps = Vec::with_capacity(SWEEPS);
    for _ in 0..SWEEPS {
        let start = Instant::now();
        app.internal_post("/sweep-reminder-trigger").await?;
        sweeps.push(start.elapsed());
    }
    sweeps.sort_unstable();
    let optional_ms = |duration: Option<&Duration>| duration.copied().map_or(f64::NAN, ms);
    let quantile = |share: usize| late.get((late.len() - 1) * share / 100).copied();
    Ok(Run {
        late_p50_ms: quantile(50).unwrap_or_default() as f64,
        late_p99_ms: quantile(99).unwrap_or_default() as f64,
        burst_ms: burst as f64,
        burst_notified: all.len() - SINGLE,
        sweep_ms: optional_ms(sweeps.get(SWEEPS / 2)),
        slowest_sweep_ms: optional_ms(sweeps.last()),
    })
}

/// One task with one reminder for each of these times.
async fn create(
    connection: &mut Connection,
    tokens: &[String],
    times: impl Iterator<Item = DateTime<Utc>>,
) -> anyhow::Result<()> {
    for (number, time) in times.enumerate() {
        let token = tokens.get(number % tokens.len()).context("no token")?;
        let body = json!({
            "title": format!("Ring {number}"),
            "reminders": [{ "remind_at": time.to_rfc3339_opts(SecondsFormat::Millis, true) }],
        });
        let request = Request::post("/api/tasks")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
            .body(Full::new(Bytes::from(body.to_string())))?;
        let response = connection.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(
            status == 201,
            "{status}: {}",
            String::from_utf8_lossy(&body)
        );
    }
    Ok(())
}

/// How late each notification was made after its time, in milliseconds, in the order
/// of their times, once there are `count`; an error if there are ever more.
async fn wait_for_notifications(
    connection: &mut Connection,
    tokens: &[String],
    count: usize,
) -> anyhow::Result<Vec<i64>> {
    let start = Instant::now();
    loop {
        let mut all: Vec<(DateTime<Utc>, i64)> = Vec::new();
        for token in tokens {
            let (status, body) = get(connection, "/api/notifications?limit=200", token).await?;
            ensure!(status == 200, "the notifications answered {status}");
            let page: Value = serde_json::from_slice(&body)?;
            let items = page.get("items").and_then(Value::as_array);
            for item in items.into_iter().flatten() {
                let (remind_at, created_at) = (time(item, "remind_at")?, time(item, "created_at")?);
                let late = (created_at - remind_at).num_milliseconds();
                ensure!(late >= 0, "it rang before its time: {item}");
                all.push((remind_at, late));
            }
        }
        ensure!(all.len() <= count, "{} notifications of {count}", all.len());
        if all.len() == count {
            all.sort_unstable();
            return Ok(all.into_iter().map(|(_, late)| late).collect());
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "after {PATIENCE:?} there are {} of {count} notifications",
            all.len()
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Publishes reminders that ring in a year, and waits until all of them are armed.
async fn arm_many(app: &App) -> anyhow::Result<()> {
    let remind_at = (now() + TimeDelta::days(365)).to_rfc3339_opts(SecondsFormat::Millis, true);
    for first in (0..ARMED).step_by(AT_ONCE) {
        let entries: Vec<Value> = (first..first + AT_ONCE)
            .map(|number| {
                let user = format!("user-{}", number % USERS);
                json!({
                    "entryId": number.to_string(),
                    "contentType": "application/json",
                    "metadata": { "partitionKey": user },
                    "event": {
                        "event_type": "reminder.scheduled", "reminder_id": number + 1,
                        "task_id": 1, "user_id": user, "title": "Ring", "due_at": remind_at,
                        "remind_at": remind_at, "correlation_id": format!("armed-{number}"),
                    },
                })
            })
            .collect();
        app.publish_bulk("reminder-events", &Value::from(entries))
            .await?;
    }
    let start = Instant::now();
    loop {
        let armed = app.armed()?;
        if armed >= ARMED {
            return Ok(());
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "after {PATIENCE:?} {armed} of {ARMED} reminders are armed"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn time(item: &Value, name: &str) -> anyhow::Result<DateTime<Utc>> {
    let text = item.get(name).and_then(Value::as_str).context("no time")?;
    Ok(text.parse()?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark lives in the machine's own time"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}
