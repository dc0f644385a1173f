//! `DELETE /api/tasks/{id}`

use crate::{
    app::{App, Caller},
    changes::{Told, tell},
    reminders,
    storage::tasks::{delete as bury, find},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_erasures::must_not_be_erased;
use duebell_events::{TaskEventType, TaskUpdateAction};
use duebell_service::Problem;
use http::{Response, StatusCode};

pub(crate) async fn delete<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = caller.task_id(id)?;
    let context = caller.context(app)?;
    app.store
        .write(async |tx| {
            must_not_be_erased(tx, &caller.user.id).await?;
            let task = find(tx, &caller.user.id, id)
                .await?
                .ok_or_else(Problem::not_found)?;
            caller.check_version(&task)?;
            bury(tx, &task, context.now).await?;
            let reminders = reminders::delete(tx, &context, &task).await?;
            let told = Told {
                event: Some(TaskEventType::Deleted),
                action: TaskUpdateAction::Deleted,
                fields: &[],
            };
            tell(tx, &context, &task, &told, &reminders).await
        })
        .await?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
