//! `GET /api/audit/checkpoints`

use crate::{app::App, storage::checkpoints::before};
use bytes::Bytes;
use duebell_edge::Failure;
use duebell_service::{Limit, Query, body::json_response};
use http::{Response, StatusCode, Uri};
use serde::Serialize;
use serde_json::value::RawValue;

/// What a cursor is for.
const SCOPE: &str = "checkpoints";

/// A page of checkpoints, the latest first.
#[derive(Serialize)]
struct CheckpointPage {
    items: Vec<Box<RawValue>>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
}

/// For every user, since a checkpoint says something only to whoever can see that all
/// are told the same.
pub(crate) async fn checkpoints<T>(app: &App<T>, uri: &Uri) -> Result<Response<Bytes>, Failure> {
    let query = Query::parse(uri.query(), &["limit", "cursor"])?;
    let limit = Limit::parse(query.get("limit"))?.get();
    let number = query
        .get("cursor")
        .map(|cursor| app.cursors.decode::<i64>(SCOPE, cursor))
        .transpose()?
        .unwrap_or(i64::MAX);
    // One more than asked for tells whether there is a next page.
    let mut items = app
        .store
        .read(async |db| before(db, number, limit + 1).await)
        .await?;
    let next_cursor = app
        .cursors
        .end_page(SCOPE, &mut items, limit, |last| last.number)?;
    let items = items
        .into_iter()
        .map(|kept| RawValue::from_string(kept.signed))
        .collect::<Result<_, _>>()
        .map_err(Failure::internal)?;
    Ok(json_response(
        StatusCode::OK,
        &CheckpointPage { items, next_cursor },
    )?)
}
