//! `PUT /internal/task-api/health/{component}`: a component's, how it is.

use crate::{app::App, storage::health};
use bytes::Bytes;
use duebell_edge::Failure;
use duebell_service::{Problem, body::read_object};
use duebell_telemetry::Report;
use http::{Response, StatusCode};

/// The longest name of a component, in bytes, and the longest detail.
const MOST_NAME: usize = 64;
const MOST_DETAIL: usize = 2_000;

/// Keeps what a component says. Safe to repeat, and costs no write while it says the
/// same.
pub(crate) async fn tell_health<T>(
    app: &App<T>,
    component: &str,
    body: &Bytes,
) -> Result<Response<Bytes>, Failure> {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=MOST_NAME).contains(&component.len()) || !component.bytes().all(letters) {
        return Err(Problem::not_found().into());
    }
    let mut report: Report = read_object(body)?;
    if let Some(detail) = &mut report.detail {
        *detail = detail.chars().take(MOST_DETAIL).collect();
    }
    keep(app, component, &report).await?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// Keeps a report, if it is worth a write.
///
/// # Errors
/// The database's.
pub(crate) async fn keep<T>(app: &App<T>, component: &str, report: &Report) -> Result<(), Failure> {
    let now = app.clock.now().timestamp_millis();
    let is_news = app
        .store
        .read(async |db| health::is_news(db, now, component, report).await)
        .await?;
    if is_news {
        app.store
            .write(async |tx| health::keep(tx, now, component, report).await)
            .await?;
    }
    Ok(())
}
