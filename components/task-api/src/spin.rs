//! The edge: Spin's request in, Spin's answer out.

use crate::{App, Parts};
use duebell_dapr::{Sidecar, SpinTransport};
use duebell_edge::spin::{answer, logger, read, sleep, spawn, variable, verifier};
use duebell_service::{Clock, Problem, SystemClock, SystemEntropy, body::MAX_BODY};
use duebell_store::spin::SpinSqlite;
use spin_sdk::http::{IntoResponse, Request};
use std::{cell::OnceCell, rc::Rc, time::Duration};

/// How long the sidecar may take: the relay counts on it.
const SIDECAR: Duration = Duration::from_secs(4);

thread_local! {
    /// One for each instance; it holds no user's state.
    static APP: OnceCell<Rc<App<SpinTransport>>> = const { OnceCell::new() };
}

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let app = match app().await {
        Ok(app) => app,
        Err(cause) => {
            // There is no logger yet.
            eprintln!("task-api cannot start: {cause}");
            return answer(Problem::internal().into_response());
        }
    };
    match read(request, MAX_BODY).await {
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
    let token = Some(variable("dapr_api_token").await?).filter(|token| !token.is_empty());
    let sidecar = Sidecar::new(
        &variable("dapr_url").await?,
        token,
        SpinTransport { timeout: SIDECAR },
    );
    let parts = Parts {
        verifier: verifier().await?,
        app_api_token: variable("app_api_token").await?,
        sidecar: Rc::new(sidecar),
        logger: logger("task-api", &clock).await?,
        clock,
        entropy: Rc::new(SystemEntropy),
        spawn: spawn(),
        sleep: sleep(),
    };
    App::new(SpinSqlite::new("tasks"), parts).map_err(|error| error.to_string())
}
