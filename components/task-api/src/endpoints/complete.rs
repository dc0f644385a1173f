//! `POST /api/tasks/{id}/complete`

use crate::{
    app::{App, Caller},
    changes::{Told, tell},
    idempotency::{Reply, once},
    reminders,
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
use duebell_tasks::{Completion, complete as completed};
use http::{Response, StatusCode};

pub(crate) async fn complete<T: Transport>(
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
        match completed(&task, context.now) {
            Completion::AlreadyCompleted => {
                let reminders = of_task(tx, id).await?;
                Reply::task(StatusCode::OK, &task, &reminders, context.now)
            }
            Completion::Completed(task) => {
                update(tx, &task).await?;
                let reminders = reminders::complete(tx, &context, &task).await?;
                let told = Told {
                    event: Some(TaskEventType::Completed),
                    action: TaskUpdateAction::Completed,
                    fields: &["completed"],
                };
                tell(tx, &context, &task, &told, &reminders).await?;
                Reply::task(StatusCode::OK, &task, &reminders.listed, context.now)
            }
        }
    })
    .await
}
