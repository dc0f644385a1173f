//! `DELETE /api/reminders/{id}`

use crate::{
    app::{App, Caller},
    changes::{Told, tell},
    reminders,
    storage::{
        reminders::find,
        tasks::{self, update},
    },
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_erasures::must_not_be_erased;
use duebell_events::TaskUpdateAction;
use duebell_service::Problem;
use duebell_tasks::next_version;
use http::{Response, StatusCode};

pub(crate) async fn remove<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = caller.reminder_id(id)?;
    let context = caller.context(app)?;
    app.store
        .write(async |tx| {
            must_not_be_erased(tx, &caller.user.id).await?;
            let reminder = find(tx, &caller.user.id, id)
                .await?
                .ok_or_else(Problem::not_found)?;
            let task = tasks::find(tx, &caller.user.id, reminder.task_id)
                .await?
                .ok_or_else(Problem::not_found)?;
            caller.check_version(&task)?;
            let task = next_version(&task, context.now);
            update(tx, &task).await?;
            let reminders = reminders::remove(tx, &context, &task, id).await?;
            let told = Told {
                event: None,
                action: TaskUpdateAction::Updated,
                fields: &[],
            };
            tell(tx, &context, &task, &told, &reminders).await
        })
        .await?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}
