//! The edge: Spin's request in, Spin's answer out; and the exported WIT handlers,
//! which lead to the same function as a delivery.

use crate::{App, Parts, publishers};
use duebell_dapr::SpinTransport;
use duebell_edge::spin::{answer, logger, read, variable, verifier};
use duebell_events::{Event, HandleError, Outcome, ReminderEvent, TaskEvent};
use duebell_service::{Clock, Problem, SystemClock, SystemEntropy};
use duebell_store::spin::SpinSqlite;
use spin_sdk::http::{IntoResponse, Request};
use std::{cell::OnceCell, rc::Rc, time::Duration};

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
use bindings::exports::duebell::events::{reminder_event_handler, task_event_handler};

/// How long a publisher may take to give what is missing.
const HISTORY: Duration = Duration::from_secs(4);

/// How long a batch of deliveries may be, in bytes: a hundred of the longest
/// events.
const MOST_DELIVERED: usize = 32 * 1024 * 1024;

thread_local! {
    /// One for each instance; it holds no user's state.
    static APP: OnceCell<Rc<App<SpinTransport>>> = const { OnceCell::new() };
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

async fn handle_event(event: Event) -> Result<Outcome, HandleError> {
    app()
        .await
        .map_err(HandleError::Retry)?
        .handle_event(event)
        .await
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let app = match app().await {
        Ok(app) => app,
        Err(cause) => {
            // There is no logger yet.
            eprintln!("audit-sink cannot start: {cause}");
            return answer(Problem::internal().into_response());
        }
    };
    match read(request, MOST_DELIVERED).await {
        Ok(request) => answer(app.handle(request).await),
        Err(refusal) => answer(refusal),
    }
}

async fn app() -> Result<Rc<App<SpinTransport>>, String> {
    if let Some(app) = APP.with(|app| app.get().cloned()) {
        return Ok(app);
    }
    let made = Rc::new(make().await?);
    // Another request may have been quicker.
    Ok(APP.with(|app| Rc::clone(app.get_or_init(|| made))))
}

async fn make() -> Result<App<SpinTransport>, String> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let parts = Parts {
        verifier: verifier().await?,
        app_api_token: variable("app_api_token").await?,
        publishers: publishers(&variable("task_api_url").await?),
        transport: SpinTransport { timeout: HISTORY },
        logger: logger("audit-sink", &clock).await?,
        clock,
        entropy: Rc::new(SystemEntropy),
    };
    App::new(SpinSqlite::new("audit"), parts).map_err(|error| error.to_string())
}
