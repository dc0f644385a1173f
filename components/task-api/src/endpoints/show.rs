//! `GET /api/tasks/{id}`

use crate::{
    app::{App, Caller},
    idempotency::Reply,
    storage::{reminders::of_task, tasks::find},
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
    let (task, reminders) = app
        .store
        .read(async |db| {
            let task = find(db, &caller.user.id, id)
                .await?
                .ok_or_else(Problem::not_found)?;
            let reminders = of_task(db, id).await?;
            Ok::<_, Failure>((task, reminders))
        })
        .await?;
    Reply::task(StatusCode::OK, &task, &reminders, app.clock.now())?.into_response()
}
