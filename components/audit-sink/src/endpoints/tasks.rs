//! `GET /internal/audit-sink/tasks`: the latest event of each task, for who keeps a
//! view of tasks and has to build it anew.

use crate::{
    app::App,
    storage::tasks::{After, latest},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::{Query, body::json_response};
use http::{Response, StatusCode, Uri};
use serde::Serialize;
use serde_json::value::RawValue;

/// How many tasks one answer covers at most.
const MOST_TASKS: u32 = 250;

/// How long the events of an answer are together, in bytes; a single one may be
/// longer.
const MOST_BYTES: i64 = 4 * 1024 * 1024;

/// A part of the tasks, in the order of users and tasks.
#[derive(Serialize)]
struct Tasks {
    events: Vec<Event>,
    /// What the next part comes after; null on the last.
    next: Option<After>,
}

/// The latest event of a task that its publisher sent.
#[derive(Serialize)]
struct Event {
    source: String,
    sequence: Option<i64>,
    /// As it came.
    event: Box<RawValue>,
}

pub(crate) async fn tasks<T: Transport>(
    app: &App<T>,
    uri: &Uri,
) -> Result<Response<Bytes>, Failure> {
    let query = Query::parse(uri.query(), &["after_user_id", "after_task_id"])?;
    let after = After {
        user_id: query.get("after_user_id").unwrap_or_default().to_owned(),
        task_id: query
            .read("after_task_id", "Use the `next` of the answer before.")?
            .unwrap_or(0),
    };
    let part = app
        .store
        .read(async |db| latest(db, &after, MOST_TASKS, MOST_BYTES).await)
        .await?;
    let events = part
        .events
        .into_iter()
        .map(|latest| {
            Ok(Event {
                source: latest.source,
                sequence: latest.sequence,
                event: RawValue::from_string(latest.event)?,
            })
        })
        .collect::<Result<_, serde_json::Error>>()
        .map_err(Failure::internal)?;
    let body = Tasks {
        events,
        next: part.next,
    };
    Ok(json_response(StatusCode::OK, &body)?)
}
