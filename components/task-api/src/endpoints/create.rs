//! `POST /api/tasks`

use crate::{
    adding::{Added, add_task, draw},
    app::{App, Caller},
    changes::not_valid,
    idempotency::{Reply, once},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::body;
use duebell_tasks::{Created, NewTask, TaskId, create as new_task};
use http::{Response, StatusCode};

pub(crate) async fn create<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
) -> Result<Response<Bytes>, Failure> {
    body::expect_json(caller.request.headers())?;
    let wanted: NewTask = body::read_object(caller.request.body())?;
    let context = caller.context(app)?;
    let make = |id: TaskId| -> Result<Created, Failure> {
        let made = new_task(wanted.clone(), &caller.user.id, id, context.now);
        Ok(made.map_err(not_valid)?)
    };
    let new = make(draw(&context));
    // With a key it may be a repeat: what was valid then may be past now.
    let new = match new {
        Err(invalid) if !caller.has_key()? => return Err(invalid),
        new => new,
    };
    once(app, caller, async |tx| {
        match add_task(tx, &context, new?, make).await? {
            Added::Kept(task, reminders) => {
                Reply::task(StatusCode::CREATED, &task, &reminders.listed, context.now)
            }
            Added::OccurrenceTaken => Err(Failure::internal("a new series is no new one")),
        }
    })
    .await
}
