//! `GET /api/tasks/{id}`

use crate::{
    app::{App, Caller},
    idempotency::Reply,
    storage::tasks::find,
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::Problem;
use http::{Response, StatusCode};

pub(crate) async fn show<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = caller.task_id(id)?;
    let task = app
        .store
        .read(async |db| find(db, &caller.user.id, id).await)
        .await?
        .ok_or_else(Problem::not_found)?;
    Reply::task(StatusCode::OK, &task, app.clock.now())?.into_response()
}
