//! `POST /api/notifications/read`

use crate::{
    app::App,
    storage::notifications::{mark_read_through, unread},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_ids::NotificationId;
use duebell_service::{
    FieldError, Problem, User,
    body::{self, json_response},
};
use http::{Request, Response, StatusCode};
use serde::{Deserialize, Serialize};

/// Up to which notification: the newest that the user has seen, so that one which
/// has come since stays unread.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Through {
    through: i64,
}

#[derive(Serialize)]
struct Unread {
    unread_count: i64,
}

pub(crate) async fn read_all<T: Transport>(
    app: &App<T>,
    request: &Request<Bytes>,
    user: &User,
) -> Result<Response<Bytes>, Failure> {
    body::expect_json(request.headers())?;
    let Through { through } = body::read_object(request.body())?;
    if NotificationId::new(through).is_none() {
        return Err(Problem::validation([FieldError::pointer(
            "/through",
            "Use the id of a notification: the newest that was seen.",
        )])
        .into());
    }
    let now = app.clock.now();
    let unread_count = app
        .store
        .write(async |tx| {
            mark_read_through(tx, &user.id, through, now).await?;
            unread(tx, &user.id).await
        })
        .await?;
    Ok(json_response(StatusCode::OK, &Unread { unread_count })?)
}
