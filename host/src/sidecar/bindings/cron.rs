//! Ticks of `bindings.cron`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Method, StatusCode};
use tokio_util::sync::CancellationToken;

use super::schedule::Schedule;
use crate::sidecar::app::{App, CALL_TIMEOUT, Failure, json_headers};
use crate::sidecar::clock;
use crate::sidecar::resources::CronBinding;
use crate::sidecar::trace::Trace;

/// Posts an empty body to the app at each tick, until stopped.
///
/// A tick that comes while the one before it is still being answered, or while the
/// app is not healthy, is left out: one call is under way at a time.
pub(crate) async fn run(binding: CronBinding, app: Arc<App>, stop: CancellationToken) {
    let work = async {
        app.until_healthy().await;
        if !binding.is_input && !is_wanted(&binding, &app).await {
            tracing::info!(
                binding = binding.name,
                "the app has no route for this binding: it will not tick"
            );
            return;
        }
        while next_tick(&binding.schedule).await.is_some() {
            if *app.health().borrow() {
                tick(&binding, &app).await;
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

/// How long nobody looks at the wall clock, which may be set meanwhile.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Sleeps until the next tick, if there is one.
async fn next_tick(schedule: &Schedule) -> Option<()> {
    let mut next = schedule.next(clock::now())?;
    loop {
        let now = clock::now();
        next = upcoming(schedule, next, now);
        match (next - now).to_std() {
            Ok(left) if !left.is_zero() => tokio::time::sleep(left.min(LOOK_AGAIN)).await,
            _ => return Some(()),
        }
    }
}

/// When to tick, where it was to be at `next`. Whoever sets the clock back has no tick
/// wait for longer than it would from now on: Go's timers, and so daprd's, go on.
fn upcoming(schedule: &Schedule, next: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    schedule.next(now).map_or(next, |again| again.min(next))
}

async fn is_wanted(binding: &CronBinding, app: &App) -> bool {
    loop {
        let asked = app.call(
            Method::OPTIONS,
            &binding.path,
            json_headers(),
            Bytes::new(),
            CALL_TIMEOUT,
        );
        match asked.await {
            Ok(answer) => {
                return answer.status.is_success()
                    || answer.status == StatusCode::METHOD_NOT_ALLOWED;
            }
            Err(Failure::Unreachable(_)) => app.until_healthy().await,
            Err(Failure::Broken(why)) => {
                tracing::warn!(
                    binding = binding.name,
                    why,
                    "the app did not say whether it wants this binding"
                );
                return false;
            }
        }
    }
}

async fn tick(binding: &CronBinding, app: &App) {
    let mut headers = json_headers();
    headers.insert("timezone", HeaderValue::from_static("UTC"));
    // As Go writes a time.
    let now = clock::now().format("%Y-%m-%d %H:%M:%S%.9f +0000 UTC");
    if let Ok(now) = HeaderValue::try_from(now.to_string()) {
        headers.insert("readtimeutc", now);
    }
    Trace::default().insert_into(&mut headers);
    match app
        .call(
            Method::POST,
            &binding.path,
            headers,
            Bytes::new(),
            CALL_TIMEOUT,
        )
        .await
    {
        Ok(answer) if answer.status.is_success() => {}
        Ok(answer) => {
            tracing::warn!(binding = binding.name, status = %answer.status, "the app failed at a tick");
        }
        Err(Failure::Unreachable(why) | Failure::Broken(why)) => {
            tracing::warn!(binding = binding.name, why, "a tick did not reach the app");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_clock_that_is_set_puts_no_tick_off() {
        let now: DateTime<Utc> = "2026-01-15T12:00:01Z".parse().unwrap();
        for (schedule, period) in [("@every 2s", 2), ("* * * * *", 60)] {
            let schedule = Schedule::parse(schedule).unwrap();
            let next = schedule.next(now).unwrap();
            for seconds in [0, 1, 90, 3600] {
                let later = now + TimeDelta::seconds(seconds);
                assert_eq!(upcoming(&schedule, next, later), next);
                let back = now - TimeDelta::seconds(seconds);
                let upcoming = upcoming(&schedule, next, back);
                assert!(upcoming <= back + TimeDelta::seconds(period), "{seconds}");
            }
        }
    }
}
