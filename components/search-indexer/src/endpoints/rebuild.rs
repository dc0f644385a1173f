//! `POST /internal/search-indexer/rebuild`: the index is built anew from the audit.

use super::progress::View;
use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::body::json_response;
use http::{Response, StatusCode};

/// Answers at once; the work is done in the background. While one is under way,
/// another request joins it.
pub(crate) async fn rebuild<T: Transport + 'static>(
    app: &App<T>,
) -> Result<Response<Bytes>, Failure> {
    let progress = app.rebuild.begin().await?;
    app.go_on_rebuilding();
    Ok(json_response(StatusCode::ACCEPTED, &View::of(progress))?)
}
