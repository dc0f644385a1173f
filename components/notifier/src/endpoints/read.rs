//! `POST /api/notifications/{id}/read`

use crate::{
    app::App,
    storage::notifications::{find, mark_read},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_ids::NotificationId;
use duebell_service::{Problem, User, body::json_response};
use http::{Response, StatusCode};

/// Reading it twice is 200 as well; when it was first read stays.
pub(crate) async fn read<T: Transport>(
    app: &App<T>,
    user: &User,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = NotificationId::parse(id).ok_or_else(Problem::not_found)?;
    let now = app.clock.now();
    let notification = app
        .store
        .write(async |tx| {
            mark_read(tx, &user.id, id, now).await?;
            let notification = find(tx, &user.id, id).await?;
            notification.ok_or_else(|| Failure::from(Problem::not_found()))
        })
        .await?;
    Ok(json_response(StatusCode::OK, &notification)?)
}
