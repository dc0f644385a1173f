//! The edge: Spin's request in, Spin's answer out; and the exported WIT handlers,
//! which lead to the same function as a delivery.

use crate::{App, Parts, publishers};
use duebell_callers::spin::access;
use duebell_dapr::{Sidecar, SpinTransport};
use duebell_edge::spin::{Slot, database, logger, once, serve, sleep, spawn, variable};
use duebell_events::{Event, HandleError, Outcome, ReminderEvent, TaskEvent};
use duebell_service::{Clock, SystemClock, SystemEntropy};
use spin_sdk::http::{IntoResponse, Request};
use std::{rc::Rc, time::Duration};

#[expect(
    unsafe_code,
    reason = "the exports of a component, generated from wit/"
)]
mod bindings {
    spin_sdk::wit_bindgen::generate!({
        path: "../../wit",
        world: "notifier",
        runtime_path: "spin_sdk::wit_bindgen::rt",
        with: { "duebell:events/types@1.0.0": duebell_events::wit::duebell::events::types },
    });
    use super::Notifications;
    export!(Notifications);
}
use bindings::exports::duebell::events::{reminder_event_handler, task_event_handler};

/// How long the sidecar or a publisher may take: the relay counts on it.
const PATIENCE: Duration = Duration::from_secs(4);

thread_local! {
    static APP: Slot<App<SpinTransport>> = const { Slot::new() };
}

struct Notifications;

impl reminder_event_handler::Guest for Notifications {
    async fn handle(event: ReminderEvent) -> Result<Outcome, HandleError> {
        handle_event(Event::Reminder(event)).await
    }
}

impl task_event_handler::Guest for Notifications {
    async fn handle(event: TaskEvent) -> Result<Outcome, HandleError> {
        handle_event(Event::Task(event)).await
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
        "notifier",
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
    let parts = Parts {
        access: access("notifier").await?,
        app_api_token: variable("app_api_token").await?,
        sidecar: Rc::new(sidecar),
        publishers: publishers(
            &variable("task_api_url").await?,
            &variable("reminder_trigger_url").await?,
        ),
        transport,
        logger: logger("notifier", &clock).await?,
        clock,
        entropy: Rc::new(SystemEntropy),
        spawn: spawn(),
        sleep: sleep(),
    };
    App::new(database("notifications").await?, parts).map_err(|error| error.to_string())
}
