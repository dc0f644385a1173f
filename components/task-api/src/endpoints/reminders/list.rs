//! `GET /api/tasks/{id}/reminders`

use crate::{
    app::{App, Caller},
    storage::{reminders::of_task, tasks::find},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::{Limit, Problem, Query, body::json_response};
use duebell_tasks::{Reminder, ReminderView};
use http::{Response, StatusCode};
use serde::Serialize;

/// A page of a task's reminders, those first that ring first.
#[derive(Serialize)]
struct ReminderPage<'a> {
    items: Vec<ReminderView<'a>>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

/// When the last one of a page rings, and its id.
type Position = (i64, i64);

fn position(reminder: &Reminder) -> Position {
    (
        reminder.alarm.remind_at.timestamp_millis(),
        reminder.id.get(),
    )
}

pub(crate) async fn list<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = caller.task_id(id)?;
    let query = Query::parse(caller.request.uri().query(), &["limit", "cursor"])?;
    let limit = Limit::parse(query.get("limit"))?.get();
    let scope = format!("reminders of task {id} of {:?}", caller.user.id);
    let after: Option<Position> = query
        .get("cursor")
        .map(|cursor| app.cursors.decode(&scope, cursor))
        .transpose()?;
    let reminders = app
        .store
        .read(async |db| {
            find(db, &caller.user.id, id)
                .await?
                .ok_or_else(Problem::not_found)?;
            Ok::<_, Failure>(of_task(db, id).await?)
        })
        .await?;
    let now = app.clock.now();
    let mut rest = reminders
        .iter()
        .filter(|reminder| after.is_none_or(|after| position(reminder) > after));
    let page: Vec<&Reminder> = rest.by_ref().take(limit).collect();
    let last = page.last().filter(|_| rest.next().is_some());
    let body = ReminderPage {
        next_cursor: last
            .map(|last| app.cursors.encode(&scope, &position(last)))
            .transpose()?,
        items: page
            .into_iter()
            .map(|reminder| ReminderView::new(reminder, now))
            .collect(),
    };
    Ok(json_response(StatusCode::OK, &body)?)
}
