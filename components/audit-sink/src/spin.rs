//! The edge: Spin's request in, Spin's answer out; and the exported WIT handlers,
//! which lead to the same function as a delivery.

use crate::{App, Parts, publishers};
use duebell_callers::spin::access;
use duebell_dapr::SpinTransport;
use duebell_edge::spin::{Slot, logger, once, serve, variable};
use duebell_events::{AuditEvent, Event, HandleError, Outcome, ReminderEvent, TaskEvent};
use duebell_service::{Clock, SystemClock, SystemEntropy};
use duebell_store::spin::SpinSqlite;
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

/// How long a publisher may take to give what is missing.
const HISTORY: Duration = Duration::from_secs(4);

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
    serve(
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
    let parts = Parts {
        access: access("audit-sink").await?,
        app_api_token: variable("app_api_token").await?,
        publishers: publishers(
            &variable("task_api_url").await?,
            &variable("reminder_trigger_url").await?,
            &variable("dead_letters_url").await?,
        ),
        transport: SpinTransport { timeout: HISTORY },
        logger: logger("audit-sink", &clock).await?,
        clock,
        entropy: Rc::new(SystemEntropy),
    };
    App::new(SpinSqlite::new("audit"), parts).map_err(|error| error.to_string())
}
