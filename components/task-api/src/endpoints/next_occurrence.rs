//! `POST /internal/task-api/tasks/{id}/next-occurrence`: for recurrence.
//!
//! It names only an id: whose task that is and what comes of it is known here. It is
//! safe to repeat, at any time and side by side: an occurrence is known by its series
//! and its number.

use crate::{
    adding::{Added, add_task, draw},
    app::App,
    changes::Context,
    storage::{reminders::of_closed, tasks::find_of_anybody},
};
use bytes::Bytes;
use chrono::SubsecRound;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::{Problem, TraceContext, body::json_response};
use duebell_store::Tx;
use duebell_tasks::{TaskId, next_occurrence as next};
use http::{Response, StatusCode};
use serde::Serialize;

/// What came of a task.
#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Outcome {
    /// Its next occurrence, made right now.
    Created { id: TaskId },
    /// Nothing new: its next occurrence had been made.
    Exists,
    /// Nothing: it is open, comes only once, or was the last.
    None,
}

pub(crate) async fn next_occurrence<T: Transport + 'static>(
    app: &App<T>,
    trace: TraceContext,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = TaskId::parse(id).ok_or_else(Problem::not_found)?;
    let context = Context {
        now: app.clock.now().trunc_subsecs(3),
        entropy: &*app.entropy,
        source_client: None,
        traceparent: Some(trace.to_string()),
    };
    let outcome = app
        .store
        .write(async |tx| make(tx, &context, id).await)
        .await?;
    if let Outcome::Created { .. } = outcome {
        app.publish();
    }
    Ok(json_response(StatusCode::OK, &outcome)?)
}

async fn make(tx: &Tx<'_>, context: &Context<'_>, id: TaskId) -> Result<Outcome, Failure> {
    let task = find_of_anybody(tx, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let alarms = of_closed(tx, id).await?;
    let Some(new) = next(&task, &alarms, draw(context), context.now) else {
        return Ok(Outcome::None);
    };
    let remake = |id| {
        next(&task, &alarms, id, context.now)
            .ok_or_else(|| Failure::internal("an occurrence that comes and does not"))
    };
    Ok(match add_task(tx, context, new, remake).await? {
        Added::Kept(task, _) => Outcome::Created { id: task.id },
        Added::OccurrenceTaken => Outcome::Exists,
    })
}
