//! `GET /api/tasks`

use crate::{
    app::{App, Caller},
    storage::{
        list::{Filter, Key, Order, Position, page},
        reminders::of_tasks,
    },
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::{Failure, parameters::time};
use duebell_events::Priority;
use duebell_service::{Limit, Problem, Query, body::json_response};
use duebell_tasks::{Task, TaskId, TaskView};
use http::{Response, StatusCode};
use serde::Serialize;

/// A page of tasks.
#[derive(Serialize)]
struct TaskPage<'a> {
    items: Vec<TaskView<'a>>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

const PARAMETERS: &[&str] = &[
    "completed",
    "priority",
    "tag",
    "due_before",
    "due_after",
    "sort",
    "limit",
    "cursor",
];

pub(crate) async fn list<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
) -> Result<Response<Bytes>, Failure> {
    let query = Query::parse(caller.request.uri().query(), PARAMETERS)?;
    let filter = Filter {
        completed: query.read("completed", "Use true or false.")?,
        priority: query.read::<Priority>("priority", "Use low, medium, high or urgent.")?,
        tag: query.get("tag").map(str::to_owned),
        due_before: time(&query, "due_before")?,
        due_after: time(&query, "due_after")?,
    };
    let order = order(query.get("sort").unwrap_or("created_at"))?;
    let limit = Limit::parse(query.get("limit"))?;
    // A cursor goes on with the list that it came from: any other is another
    // user's, or has other filters or another order.
    let scope = format!("tasks of {:?}: {filter:?} {order:?}", caller.user.id);
    let after: Option<Position> = query
        .get("cursor")
        .map(|cursor| app.cursors.decode(&scope, cursor))
        .transpose()?;
    let (page, reminders) = app
        .store
        .read(async |db| {
            let page = page(db, &caller.user.id, &filter, order, after, limit.get()).await?;
            let ids: Vec<TaskId> = page.tasks.iter().map(|task| task.id).collect();
            let reminders = of_tasks(db, &ids).await?;
            Ok::<_, Failure>((page, reminders))
        })
        .await?;
    let of = |task: &Task| reminders.get(&task.id).map_or(&[][..], Vec::as_slice);
    let now = app.clock.now();
    let body = TaskPage {
        items: page
            .tasks
            .iter()
            .map(|task| TaskView::new(task, of(task), now))
            .collect(),
        next_cursor: page
            .next
            .map(|position| app.cursors.encode(&scope, &position))
            .transpose()?,
    };
    Ok(json_response(StatusCode::OK, &body)?)
}

fn order(sort: &str) -> Result<Order, Problem> {
    let (name, descending) = match sort.strip_prefix('-') {
        Some(name) => (name, true),
        None => (sort, false),
    };
    let key = match name {
        "created_at" => Key::CreatedAt,
        "updated_at" => Key::UpdatedAt,
        "due_date" => Key::DueDate,
        "priority" => Key::Priority,
        _ => {
            return Err(Problem::parameter(
                "sort",
                "Use created_at, updated_at, due_date or priority, with a - in front for descending.",
            ));
        }
    };
    Ok(Order { key, descending })
}
