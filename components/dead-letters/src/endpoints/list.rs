//! `GET /api/dead-letters`

use crate::{
    app::{App, Operator},
    letter::{Letter, Status},
    storage::letters::{Filter, page},
    telling::tell_listed,
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::{Limit, Query, body::json_response};
use http::{Response, StatusCode, Uri};
use serde::Serialize;
use serde_json::{Map, json};

const PARAMETERS: &[&str] = &["status", "subscriber", "limit", "cursor"];

/// A page of dead letters, the newest first.
#[derive(Serialize)]
struct DeadLetterPage {
    items: Vec<Letter>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

pub(crate) async fn list<T: Transport + 'static>(
    app: &App<T>,
    uri: &Uri,
    operator: &Operator,
) -> Result<Response<Bytes>, Failure> {
    let query = Query::parse(uri.query(), PARAMETERS)?;
    let filter = Filter {
        status: query.read::<Status>("status", "Use open, settled or discarded.")?,
        subscriber: query.get("subscriber").map(str::to_owned),
    };
    let limit = Limit::parse(query.get("limit"))?.get();
    let scope = format!("dead letters: {filter:?}");
    let before = query
        .get("cursor")
        .map(|cursor| app.cursors.decode::<i64>(&scope, cursor))
        .transpose()?
        .unwrap_or(i64::MAX);
    let asked = Map::from_iter([
        ("status".to_owned(), json!(filter.status)),
        ("subscriber".to_owned(), json!(filter.subscriber)),
        ("limit".to_owned(), json!(limit)),
    ]);
    let context = app.context(operator);
    let mut items = app
        .store
        .write(async |tx| {
            tell_listed(tx, &context, &operator.id, asked).await?;
            // One more than asked for tells whether there is a next page.
            Ok::<_, Failure>(page(tx, &filter, before, limit + 1).await?)
        })
        .await?;
    app.publish();
    let next_cursor = app
        .cursors
        .end_page(&scope, &mut items, limit, |last| last.id.get())?;
    Ok(json_response(
        StatusCode::OK,
        &DeadLetterPage { items, next_cursor },
    )?)
}
