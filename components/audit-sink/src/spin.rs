//! The edge: Spin's request in, Spin's answer out; and the exported WIT handlers,
//! which lead to the same function as a delivery.

use crate::{App, Checkpoints, Parts, publishers};
use chrono::TimeDelta;
use duebell_callers::spin::access;
use duebell_chain::SigningKey;
use duebell_dapr::{Sidecar, SpinTransport};
use duebell_edge::spin::{Slot, database, logger, once, serve_streams, sleep, spawn, variable};
use duebell_events::{AuditEvent, Event, HandleError, Outcome, ReminderEvent, TaskEvent};
use duebell_service::{Clock, Logger, SystemClock, SystemEntropy};
use spin_sdk::http::{IntoResponse, Request};
use std::{rc::Rc, time::Duration};

#[expect(
    unsafe_code,
    reason = "the exports of a component, generated from wit/"
)]
mod bindings {
    spin_sdk::wit_bindgen::generate!({
        path: "../../wit",
        world: "audit-sink",
        runtime_path: "spin_sdk::wit_bindgen::rt",
        with: { "duebell:events/types@1.0.0": duebell_events::wit::duebell::events::types },
    });
    use super::AuditSink;
    export!(AuditSink);
}
use bindings::exports::duebell::events::{
    audit_event_handler, reminder_event_handler, task_event_handler,
};

/// How long the sidecar or a publisher may take: the relay counts on it.
const PATIENCE: Duration = Duration::from_secs(4);

thread_local! {
    static APP: Slot<App<SpinTransport>> = const { Slot::new() };
}

struct AuditSink;

impl task_event_handler::Guest for AuditSink {
    async fn handle(event: TaskEvent) -> Result<Outcome, HandleError> {
        handle_event(Event::Task(event)).await
    }
}

impl reminder_event_handler::Guest for AuditSink {
    async fn handle(event: ReminderEvent) -> Result<Outcome, HandleError> {
        handle_event(Event::Reminder(event)).await
    }
}

impl audit_event_handler::Guest for AuditSink {
    async fn handle(event: AuditEvent) -> Result<Outcome, HandleError> {
        handle_event(Event::Audit(event)).await
    }
}

async fn handle_event(event: Event) -> Result<Outcome, HandleError> {
    let app = once(&APP, make()).await.map_err(HandleError::Retry)?;
    app.handle_event(event).await
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let app = once(&APP, make()).await;
    serve_streams(
        "audit-sink",
        app,
        request,
        App::most_body,
        async |app, request| app.handle(request).await,
    )
    .await
}

async fn make() -> Result<App<SpinTransport>, String> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let transport = SpinTransport { timeout: PATIENCE };
    let token = variable("dapr_api_token").await?;
    let sidecar = Sidecar::new(&variable("dapr_url").await?, Some(token), transport);
    let logger = logger("audit-sink", &clock).await?;
    let parts = Parts {
        access: access("audit-sink").await?,
        app_api_token: variable("app_api_token").await?,
        sidecar: Rc::new(sidecar),
        checkpoints: checkpoints(&logger).await?,
        publishers: publishers(
            &variable("task_api_url").await?,
            &variable("reminder_trigger_url").await?,
            &variable("dead_letters_url").await?,
        ),
        transport,
        logger,
        clock,
        entropy: Rc::new(SystemEntropy),
        spawn: spawn(),
        sleep: sleep(),
    };
    App::new(database("audit").await?, parts).map_err(|error| error.to_string())
}

/// When checkpoints are made and with which key, by the variables `checkpoint_every`
/// (seconds) and `audit_key`.
async fn checkpoints(logger: &Logger) -> Result<Option<Checkpoints>, String> {
    let every = variable("checkpoint_every").await?;
    let every: u32 = every.parse().map_err(|_| {
        format!(
            "the variable checkpoint_every is {every:?}; use a number of seconds, or 0 for never"
        )
    })?;
    let key = variable("audit_key").await?;
    if every == 0 {
        return Ok(None);
    }
    if key.is_empty() {
        let why = "the variable audit_key is not set";
        logger.warn("no checkpoints are made", &[("why", why.into())]);
        return Ok(None);
    }
    let key = SigningKey::parse(&key).map_err(|why| {
        format!("the variable audit_key cannot be used: {why}; `openssl rand 32 | basenc --base64url | tr -d =` makes one")
    })?;
    Ok(Some(Checkpoints::new(
        key,
        TimeDelta::seconds(every.into()),
    )))
}
