//! `PATCH /api/tasks/{id}`: a JSON Merge Patch (RFC 7396).

use crate::{
    app::{App, Caller},
    changes::{Told, not_valid, tell},
    idempotency::Reply,
    reminders::follow,
    storage::{
        reminders::of_task,
        tasks::{find, update},
    },
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_erasures::must_not_be_erased;
use duebell_events::{TaskEventType, TaskUpdateAction};
use duebell_service::{Problem, body};
use duebell_tasks::{Change, TaskPatch, apply_patch};
use http::{Response, StatusCode};

pub(crate) async fn change<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = caller.task_id(id)?;
    body::expect_merge_patch(caller.request.headers())?;
    let patch: TaskPatch = body::read_object(caller.request.body())?;
    let context = caller.context(app)?;
    let reply = app
        .store
        .write(async |tx| {
            must_not_be_erased(tx, &caller.user.id).await?;
            let task = find(tx, &caller.user.id, id)
                .await?
                .ok_or_else(Problem::not_found)?;
            caller.check_version(&task)?;
            match apply_patch(&task, &patch, context.now).map_err(not_valid)? {
                Change::Unchanged => {
                    let reminders = of_task(tx, id).await?;
                    Reply::task(StatusCode::OK, &task, &reminders, context.now)
                }
                Change::Changed {
                    task: changed,
                    changed_fields,
                } => {
                    update(tx, &changed).await?;
                    let reminders = follow(tx, &context, &task, &changed).await?;
                    let told = Told {
                        event: Some(TaskEventType::Updated),
                        action: TaskUpdateAction::Updated,
                        fields: &changed_fields,
                    };
                    tell(tx, &context, &changed, &told, &reminders).await?;
                    Reply::task(StatusCode::OK, &changed, &reminders.listed, context.now)
                }
            }
        })
        .await?;
    reply.into_response()
}
