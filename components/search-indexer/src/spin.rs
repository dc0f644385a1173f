//! The edge: Spin's request in, Spin's answer out; and the exported WIT handler,
//! which leads to the same function as a delivery.

use crate::{App, Audit, Parts, publishers};
use duebell_callers::spin::access;
use duebell_dapr::SpinTransport;
use duebell_edge::spin::{Slot, database, logger, once, serve, spawn, variable};
use duebell_events::{Event, HandleError, Outcome, TaskEvent};
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
        world: "search-indexer",
        runtime_path: "spin_sdk::wit_bindgen::rt",
        with: { "duebell:events/types@1.0.0": duebell_events::wit::duebell::events::types },
    });
    use super::Search;
    export!(Search);
}
use bindings::exports::duebell::events::task_event_handler;

/// How long a publisher or the audit may take.
const PATIENCE: Duration = Duration::from_secs(4);

thread_local! {
    static APP: Slot<App<SpinTransport>> = const { Slot::new() };
}

struct Search;

impl task_event_handler::Guest for Search {
    async fn handle(event: TaskEvent) -> Result<Outcome, HandleError> {
        let app = once(&APP, make()).await.map_err(HandleError::Retry)?;
        app.handle_event(Event::Task(event)).await
    }
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let app = once(&APP, make()).await;
    serve(
        "search-indexer",
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
    let app_api_token = variable("app_api_token").await?;
    let parts = Parts {
        access: access("search-indexer").await?,
        publishers: publishers(&variable("task_api_url").await?),
        audit: Audit::new(
            &variable("audit_sink_url").await?,
            app_api_token.clone(),
            transport,
        ),
        app_api_token,
        transport,
        logger: logger("search-indexer", &clock).await?,
        clock,
        entropy: Rc::new(SystemEntropy),
        spawn: spawn(),
    };
    App::new(database("search").await?, parts).map_err(|error| error.to_string())
}
