//! `POST /api/tasks`

use crate::{
    app::{App, Caller},
    changes::{Told, tell},
    idempotency::{Reply, once},
    storage::tasks::{Inserted, insert},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_events::{TaskEventType, TaskUpdateAction};
use duebell_edge::Failure;
use duebell_service::{Problem, body};
use duebell_tasks::{NewTask, TaskId, create as new_task};
use http::{Response, StatusCode};

/// How often an id is drawn. One in four thousand is taken while another was
/// drawn in the same millisecond.
const MOST_DRAWS: usize = 8;

pub(crate) async fn create<T: Transport>(app: &App<T>, caller: &Caller<'_>) -> Result<Response<Bytes>, Failure> {
    body::expect_json(caller.request.headers())?;
    let wanted: NewTask = body::read_json(caller.request.body())?;
    let draft = wanted.check()?;
    let context = caller.context(app)?;
    once(app, caller, async |tx| {
        for _ in 0..MOST_DRAWS {
            let id = TaskId::draw(context.now, app.random_u16());
            let task = new_task(&draft, &caller.user.id, id, context.now);
            if insert(tx, &task).await? == Inserted::IdTaken {
                continue;
            }
            let told = Told {
                event: TaskEventType::Created,
                action: TaskUpdateAction::Created,
                changes: task.fields(),
            };
            tell(tx, &context, &task, told).await?;
            return Reply::task(StatusCode::CREATED, &task);
        }
        Err(Problem::busy(1).into())
    })
    .await
}
