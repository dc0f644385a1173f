//! `GET /api/audit`

use super::whose;
use crate::{
    app::App,
    storage::read::{Filter, Head, entries, head},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::{Failure, parameters::time};
use duebell_events::{AuditEventType, ReminderEventType, TaskEventType};
use duebell_service::{Limit, Problem, Query, User, body::json_response};
use http::{Response, StatusCode, Uri};
use serde::Serialize;
use serde_json::value::RawValue;

const PARAMETERS: &[&str] = &[
    "task_id",
    "event_type",
    "since",
    "until",
    "user_id",
    "limit",
    "cursor",
];

/// A page of a chain, oldest entries first.
#[derive(Serialize)]
struct AuditPage {
    items: Vec<Box<RawValue>>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
    /// The end of the whole chain: note it, and see later that nothing before it
    /// was changed or cut off.
    head: Head,
}

pub(crate) async fn list<T: Transport>(
    app: &App<T>,
    uri: &Uri,
    user: &User,
) -> Result<Response<Bytes>, Failure> {
    let query = Query::parse(uri.query(), PARAMETERS)?;
    let whose = whose(&query, user)?;
    let filter = Filter {
        task_id: query.read("task_id", "Use the id of a task.")?,
        event_type: event_type(&query)?,
        since: time(&query, "since")?,
        until: time(&query, "until")?,
    };
    let limit = Limit::parse(query.get("limit"))?.get();
    let scope = format!("audit of {whose:?}: {filter:?}");
    let after = query
        .get("cursor")
        .map(|cursor| app.cursors.decode::<i64>(&scope, cursor))
        .transpose()?
        .unwrap_or(0);
    let (head, mut items) = app
        .store
        .read(async |db| {
            // The head first, so that it is never ahead of the entries.
            let head = head(db, whose).await?;
            // One more than asked for tells whether there is a next page.
            let items = entries(db, whose, &filter, after, limit + 1).await?;
            Ok::<_, duebell_store::Error>((head, items))
        })
        .await?;
    let next_cursor = app
        .cursors
        .end_page(&scope, &mut items, limit, |last| last.number)?;
    let page = AuditPage {
        items: items.into_iter().map(|entry| entry.json).collect(),
        next_cursor,
        head,
    };
    Ok(json_response(StatusCode::OK, &page)?)
}

fn event_type(query: &Query<'_>) -> Result<Option<String>, Problem> {
    let Some(name) = query.get("event_type") else {
        return Ok(None);
    };
    let is_known = name.parse::<TaskEventType>().is_ok()
        || name.parse::<ReminderEventType>().is_ok()
        || name.parse::<AuditEventType>().is_ok();
    if is_known {
        return Ok(Some(name.to_owned()));
    }
    Err(Problem::parameter(
        "event_type",
        "Use the name of an event, such as task.created or reminder.due.",
    ))
}
