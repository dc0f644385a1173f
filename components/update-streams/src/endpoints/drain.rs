//! `POST /internal/update-streams/drain`: the host is about to stop.

use crate::{app::App, storage::drains};
use bytes::Bytes;
use duebell_edge::Failure;
use http::{Response, StatusCode};

/// Ends all streams that are open, whichever instance holds them. Each is told so, and
/// its client comes back where it was.
pub(crate) async fn drain(app: &App) -> Result<Response<Bytes>, Failure> {
    app.store.write(async |tx| drains::ask(tx).await).await?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
