//! `POST /api/tasks/{id}/reminders`

use crate::{
    app::{App, Caller},
    changes::{Told, not_valid, tell},
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
use duebell_events::TaskUpdateAction;
use duebell_service::{FieldError, Problem, body};
use duebell_tasks::{NewReminder, next_version, one_alarm};
use http::Response;

pub(crate) async fn add<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = caller.task_id(id)?;
    body::expect_json(caller.request.headers())?;
    let wanted: NewReminder = body::read_object(caller.request.body())?;
    let context = caller.context(app)?;
    once(app, caller, async |tx| {
        let task = find(tx, &caller.user.id, id)
            .await?
            .ok_or_else(Problem::not_found)?;
        caller.check_version(&task)?;
        if task.completed {
            return Err(completed().into());
        }
        let others = of_task(tx, id).await?;
        let alarm = one_alarm(&wanted, &task, others.len(), context.now).map_err(not_valid)?;
        let known: Vec<_> = others.iter().map(|reminder| reminder.id).collect();
        let task = next_version(&task, context.now);
        update(tx, &task).await?;
        let reminders = reminders::add(tx, &context, &task, others, vec![alarm]).await?;
        let told = Told {
            event: None,
            action: TaskUpdateAction::Updated,
            fields: &[],
        };
        tell(tx, &context, &task, &told, &reminders).await?;
        let added = reminders
            .listed
            .iter()
            .find(|reminder| !known.contains(&reminder.id))
            .ok_or_else(|| Failure::internal("the reminder that was added is not there"))?;
        Reply::new_reminder(added, context.now)
    })
    .await
}

fn completed() -> Problem {
    Problem::validation([FieldError::pointer(
        "",
        "The task is completed, and does not ring any more: reopen it first.",
    )])
}
