//! `POST /job/{name}`: a job whose time has come.

use crate::{
    app::App,
    job::Call,
    ringing::ring_due,
    storage::reminders::{Key, State, state},
};
use bytes::Bytes;
use duebell_dapr::{OUTCOME, Transport};
use duebell_edge::Failure;
use duebell_events::Timestamp;
use duebell_service::{Problem, body};
use http::{HeaderValue, Response, StatusCode};

/// Lets the job's reminder ring, and whatever else is due. Our own table and our
/// own clock say whether it is.
///
/// The sidecar takes a 2xx and a 404 for done, and tries again after anything
/// else: so one that comes early comes back until its time has come.
pub(crate) async fn job<T: Transport + 'static>(
    app: &App<T>,
    body: &Bytes,
) -> Result<Response<Bytes>, Failure> {
    let call: Call = body::read_object(body)?;
    let key = Key {
        user_id: call.user_id,
        reminder_id: call.reminder_id,
    };
    let now = app.clock.now();
    let time = Timestamp::from_datetime(now);
    let outcome = match app.store.read(async |db| state(db, &key).await).await? {
        None => return Err(Problem::not_found().into()),
        Some(State::Rung) => "already_processed",
        Some(State::Cancelled) => "cancelled",
        Some(State::Armed(at)) if at.microseconds > time.microseconds => return Ok(too_early()),
        Some(State::Armed(_)) => {
            app.store.write(async |tx| ring_due(tx, now).await).await?;
            app.publish();
            "done"
        }
    };
    Ok(answer(StatusCode::OK, outcome))
}

/// It does not ring early. The sidecar calls again, and where it gives up before
/// the time has come, the sweep has an eye on it.
fn too_early() -> Response<Bytes> {
    answer(StatusCode::TOO_EARLY, "early")
}

/// An empty answer: what is to be said is in its header.
fn answer(status: StatusCode, outcome: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(OUTCOME, HeaderValue::from_static(outcome));
    response
}
