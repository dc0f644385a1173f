//! `POST /api/tasks`

use crate::{
    app::{App, Caller},
    changes::{Told, not_valid, tell},
    idempotency::{Reply, once},
    reminders::add,
    storage::tasks::{Inserted, insert},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_events::{TaskEventType, TaskUpdateAction};
use duebell_service::{Problem, body};
use duebell_tasks::{ALL_FIELDS, NewTask, TaskId, create as new_task};
use http::{Response, StatusCode};

/// How often an id is drawn. One in four thousand is taken where another was
/// drawn in the same millisecond.
const MOST_DRAWS: usize = 8;

pub(crate) async fn create<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
) -> Result<Response<Bytes>, Failure> {
    body::expect_json(caller.request.headers())?;
    let wanted: NewTask = body::read_object(caller.request.body())?;
    let context = caller.context(app)?;
    let draw = || TaskId::generate(context.now, context.random_u16());
    let made = new_task(wanted, &caller.user.id, draw(), context.now).map_err(not_valid)?;
    let (mut task, alarms) = (made.task, made.alarms);
    once(app, caller, async |tx| {
        for _ in 0..MOST_DRAWS {
            if insert(tx, &task).await? == Inserted::IdTaken {
                task.id = draw();
                continue;
            }
            let reminders = add(tx, &context, &task, Vec::new(), alarms).await?;
            let told = Told {
                event: Some(TaskEventType::Created),
                action: TaskUpdateAction::Created,
                fields: ALL_FIELDS,
            };
            tell(tx, &context, &task, &told, &reminders).await?;
            return Reply::task(StatusCode::CREATED, &task, &reminders.listed, context.now);
        }
        Err(Problem::busy(1).into())
    })
    .await
}
