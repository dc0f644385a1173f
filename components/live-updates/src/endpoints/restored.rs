//! `POST /internal/live-updates/restored`: the database is one from a backup.

use crate::app::App;
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_updates::log;
use http::{Response, StatusCode};

/// Has all who watch load everything again: numbers that they have seen will be given to
/// other updates.
pub(crate) async fn restored<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    app.store.write(async |tx| log::restored(tx).await).await?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
