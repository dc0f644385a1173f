//! `GET /api/notifications/{id}`

use crate::{app::App, storage::notifications::find};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_ids::NotificationId;
use duebell_service::{Problem, User, body::json_response};
use http::{Response, StatusCode};

pub(crate) async fn show<T: Transport>(
    app: &App<T>,
    user: &User,
    id: &str,
) -> Result<Response<Bytes>, Failure> {
    let id = NotificationId::parse(id).ok_or_else(Problem::not_found)?;
    let notification = app
        .store
        .read(async |db| find(db, &user.id, id).await)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(json_response(StatusCode::OK, &notification)?)
}
