//! `GET /api/reminders/{id}`

use crate::{
    app::{App, Caller},
    storage::reminders::find,
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::{Problem, body::json_response};
use duebell_tasks::ReminderView;
use http::{Response, StatusCode};

pub(crate) async fn show<T: Transport>(
    app: &App<T>,
    caller: &Caller<'_>,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = caller.reminder_id(id)?;
    let reminder = app
        .store
        .read(async |db| find(db, &caller.user.id, id).await)
        .await?
        .ok_or_else(Problem::not_found)?;
    let view = ReminderView::new(&reminder, app.clock.now());
    Ok(json_response(StatusCode::OK, &view)?)
}
