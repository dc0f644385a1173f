//! `POST /api/tasks/{id}/reopen`

use crate::{
    app::{App, Caller},
    changes::{Told, tell},
    idempotency::{Reply, once},
    reminders::restore,
    storage::{
        reminders::of_task,
        tasks::{find, update},
    },
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_events::{TaskEventType, TaskUpdateAction};
use duebell_service::Problem;
use duebell_tasks::{Reopening, reopen as reopened};
use http::{Response, StatusCode};

pub(crate) async fn reopen<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = caller.task_id(id)?;
    let context = caller.context(app)?;
    once(app, caller, async |tx| {
        let task = find(tx, &caller.user.id, id)
            .await?
            .ok_or_else(Problem::not_found)?;
        caller.check_version(&task)?;
        match reopened(&task, context.now) {
            Reopening::AlreadyOpen => {
                let reminders = of_task(tx, id).await?;
                Reply::task(StatusCode::OK, &task, &reminders, context.now)
            }
            Reopening::Reopened(task) => {
                update(tx, &task).await?;
                let reminders = restore(tx, &context, &task).await?;
                let told = Told {
                    event: Some(TaskEventType::Updated),
                    action: TaskUpdateAction::Updated,
                    fields: &["completed"],
                };
                tell(tx, &context, &task, &told, &reminders).await?;
                Reply::task(StatusCode::OK, &task, &reminders.listed, context.now)
            }
        }
    })
    .await
}
