//! `GET /internal/search-indexer/rebuild`: how far the latest rebuild has come.

use crate::{
    app::App,
    storage::rebuild::{Progress, State, latest},
};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::body::json_response;
use http::{Response, StatusCode};
use serde::Serialize;

/// A rebuild, as an operator sees it. Times are RFC 3339 in UTC.
#[derive(Serialize)]
pub(super) struct View {
    state: &'static str,
    /// Which one it is, from 1; 0 if there never was one.
    number: i64,
    started_at: Option<String>,
    finished_at: Option<String>,
    /// How many tasks the audit gave so far.
    tasks: i64,
    /// How many were removed that the audit does not know.
    removed: i64,
}

impl View {
    pub(super) fn of(progress: Option<Progress>) -> Self {
        let Some(progress) = progress else {
            return Self {
                state: "never",
                number: 0,
                started_at: None,
                finished_at: None,
                tasks: 0,
                removed: 0,
            };
        };
        Self {
            state: match progress.state {
                State::Reading | State::Removing => "running",
                State::Done => "done",
            },
            number: progress.number,
            started_at: time(progress.started_at),
            finished_at: progress.finished_at.and_then(time),
            tasks: progress.tasks,
            removed: progress.removed,
        }
    }
}

pub(crate) async fn progress<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let latest = app.store.read(async |db| latest(db).await).await?;
    Ok(json_response(StatusCode::OK, &View::of(latest))?)
}

fn time(milliseconds: i64) -> Option<String> {
    DateTime::from_timestamp_millis(milliseconds)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true))
}
