//! The edge: Spin's request in, Spin's answer out.

use crate::{App, Parts};
use duebell_callers::spin::access;
use duebell_edge::spin::{
    Slot, database, grip_key, logger, once, serve_streams, sleep, spawn, variable,
};
use duebell_service::{Clock, SystemClock, SystemEntropy};
use spin_sdk::http::{IntoResponse, Request};
use std::rc::Rc;

thread_local! {
    static APP: Slot<App> = const { Slot::new() };
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let app = once(&APP, make()).await;
    serve_streams(
        "update-streams",
        app,
        request,
        App::most_body,
        async |app, request| app.handle(request).await,
    )
    .await
}

async fn make() -> Result<App, String> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let parts = Parts {
        access: access("update-streams").await?,
        app_api_token: variable("app_api_token").await?,
        proxy_key: grip_key().await?,
        most: count("max_streams").await?,
        most_of_a_user: count("max_streams_per_user").await?,
        logger: logger("update-streams", &clock).await?,
        clock,
        entropy: Rc::new(SystemEntropy),
        spawn: spawn(),
        sleep: sleep(),
    };
    App::new(database("updates").await?, parts).map_err(|error| error.to_string())
}

async fn count(name: &str) -> Result<u32, String> {
    let value = variable(name).await?;
    value
        .parse()
        .map_err(|_| format!("the variable {name} is {value:?}; use a number"))
}
