//! `GET /api/notifications`

use crate::{
    app::App,
    notification::Notification,
    storage::notifications::{page, unread},
};
use bytes::Bytes;
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_service::{Limit, Query, User, body::json_response};
use http::{Response, StatusCode, Uri};
use serde::Serialize;

const PARAMETERS: &[&str] = &["unread", "limit", "cursor"];

/// A page of a user's notifications, the newest first.
#[derive(Serialize)]
struct NotificationPage {
    items: Vec<Notification>,
    /// The `cursor` of the next page; null on the last.
    next_cursor: Option<String>,
    /// How many of all the user's notifications are unread: neither read nor
    /// settled.
    unread_count: i64,
}

pub(crate) async fn list<T: Transport>(
    app: &App<T>,
    uri: &Uri,
    user: &User,
) -> Result<Response<Bytes>, Failure> {
    let query = Query::parse(uri.query(), PARAMETERS)?;
    let only: Option<bool> = query.read("unread", "Use true or false.")?;
    let limit = Limit::parse(query.get("limit"))?.get();
    let scope = format!("notifications of {:?}: {only:?}", user.id);
    let before = query
        .get("cursor")
        .map(|cursor| app.cursors.decode::<i64>(&scope, cursor))
        .transpose()?
        .unwrap_or(i64::MAX);
    let (mut items, unread_count) = app
        .store
        .read(async |db| {
            // One more than asked for tells whether there is a next page.
            let items = page(db, &user.id, only, before, limit + 1).await?;
            Ok::<_, duebell_store::Error>((items, unread(db, &user.id).await?))
        })
        .await?;
    let next_cursor = app
        .cursors
        .end_page(&scope, &mut items, limit, |last| last.id.get())?;
    let page = NotificationPage {
        items,
        next_cursor,
        unread_count,
    };
    Ok(json_response(StatusCode::OK, &page)?)
}
