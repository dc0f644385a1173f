//! `GET /api/health`: what is degraded.

use crate::app::App;
use bytes::Bytes;
use chrono::DateTime;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::body::json_response;
use duebell_store::outbox;
use http::{Response, StatusCode};
use serde::Serialize;

/// How long an event may wait in the outbox before that is worth a word, in
/// seconds.
const PATIENCE: i64 = 5;

/// The health of what tasks need.
#[derive(Serialize)]
pub(crate) struct Health {
    /// `ok`, or `degraded` if any part is.
    status: Status,
    /// Tasks can be read and written.
    database: Status,
    /// The sidecar takes events. If it does not, changes are kept and published
    /// later.
    sidecar: Status,
    /// No event waits for long.
    outbox: Status,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Degraded,
}

impl Status {
    fn of(sound: bool) -> Self {
        if sound { Self::Ok } else { Self::Degraded }
    }
}

pub(crate) async fn health<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let oldest = app
        .store
        .read(async |db| outbox::oldest_unpublished(db).await)
        .await;
    let outbox = match &oldest {
        Ok(Some(time)) => DateTime::parse_from_rfc3339(time)
            .is_ok_and(|time| (app.clock.now() - time.to_utc()).num_seconds() < PATIENCE),
        Ok(None) => true,
        Err(_) => false,
    };
    let database = oldest.is_ok();
    let sidecar = app.sidecar.is_healthy().await;
    let body = Health {
        status: Status::of(database && sidecar && outbox),
        database: Status::of(database),
        sidecar: Status::of(sidecar),
        outbox: Status::of(outbox),
    };
    let status = if database {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    Ok(json_response(status, &body)?)
}
