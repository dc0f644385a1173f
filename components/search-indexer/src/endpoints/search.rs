//! `GET /api/search`

use crate::{
    app::App,
    highlight::{self, snippet},
    pages::{Position, page},
    query::SearchQuery,
    storage::index::{Filter, Match, Search},
};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use duebell_dapr::Transport;
use duebell_edge::{Failure, parameters::required};
use duebell_events::Priority;
use duebell_service::{Limit, Problem, Query, User, body::json_response};
use http::{Response, StatusCode, Uri};
use serde::Serialize;
use serde_json::value::RawValue;

const PARAMETERS: &[&str] = &["q", "tag", "priority", "completed", "limit", "cursor"];

/// A page of what was found, the best first.
#[derive(Serialize)]
struct SearchPage {
    items: Vec<Hit>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

/// A task that was found.
#[derive(Serialize)]
struct Hit {
    /// The task.
    id: i64,
    title: String,
    completed: bool,
    priority: String,
    tags: Box<RawValue>,
    due_date: Option<String>,
    /// Where it was found.
    highlights: Highlights,
}

/// HTML: the task's text escaped, with `<mark>` around what was found.
#[derive(Serialize)]
struct Highlights {
    title: String,
    /// The part of the description where it was found; null if it was not found
    /// there.
    description: Option<String>,
    /// Each tag.
    tags: Vec<String>,
}

pub(crate) async fn search<T: Transport>(
    app: &App<T>,
    uri: &Uri,
    user: &User,
) -> Result<Response<Bytes>, Failure> {
    let query = Query::parse(uri.query(), PARAMETERS)?;
    let words = SearchQuery::parse(required(&query, "q")?)
        .map_err(|refused| Problem::parameter("q", &refused.to_string()))?;
    let filter = Filter {
        tag: query.get("tag").map(str::to_owned),
        priority: query.read::<Priority>("priority", "Use low, medium, high or urgent.")?,
        completed: query.read("completed", "Use true or false.")?,
    };
    let limit = Limit::parse(query.get("limit"))?.get();
    let wanted = Search {
        query: words,
        filter,
    };
    let scope = format!("search of {:?}: {wanted:?}", user.id);
    let after: Option<Position> = query
        .get("cursor")
        .map(|cursor| app.cursors.decode(&scope, cursor))
        .transpose()?;
    let page = app
        .store
        .read(async |db| page(db, &user.id, &wanted, after, limit).await)
        .await?;
    let body = SearchPage {
        items: page
            .items
            .into_iter()
            .map(hit)
            .collect::<Result<_, _>>()
            .map_err(Failure::internal)?,
        next_cursor: page
            .next
            .map(|position| app.cursors.encode(&scope, &position))
            .transpose()?,
    };
    Ok(json_response(StatusCode::OK, &body)?)
}

fn hit(found: Match) -> Result<Hit, serde_json::Error> {
    let description = found
        .description
        .map(|text| highlight::html(&snippet(&text), false));
    Ok(Hit {
        id: found.task_id,
        title: highlight::unmarked(&found.title),
        completed: found.completed,
        priority: found.priority,
        tags: RawValue::from_string(found.tags_json)?,
        due_date: found
            .due_at
            .and_then(DateTime::from_timestamp_micros)
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        highlights: Highlights {
            title: highlight::html(&found.title, false),
            description,
            tags: highlight::tags(&found.tags),
        },
    })
}
