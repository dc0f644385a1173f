//! `GET /api/erasures/{id}`: how far an erasure has come.

use super::response;
use crate::{app::App, storage::erasures::find};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::Problem;
use http::Response;

pub(crate) async fn show<T: Transport>(app: &App<T>, id: &str) -> Result<Response<Bytes>, Failure> {
    let found = app.store.read(async |db| find(db, id).await).await?;
    let (erasure, parts) = found.ok_or_else(Problem::not_found)?;
    response(&erasure, &parts)
}
