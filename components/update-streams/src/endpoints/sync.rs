//! `GET /api/updates` with `Accept: application/json`: the same updates, a page at a
//! time.

use crate::{app::App, session::Session};
use bytes::Bytes;
use duebell_edge::Failure;
use duebell_erasures::reader_must_not_be_erased;
use duebell_service::{Problem, body::json_response};
use duebell_updates::log::{After, Entry, Lost, after, head};
use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;

/// What changed since a position.
#[derive(Serialize)]
struct Page {
    /// The updates, in order.
    items: Vec<Item>,
    /// What to send as `since` next.
    position: i64,
    /// Whether there is more already.
    more: bool,
}

/// One update.
#[derive(Serialize)]
struct Item {
    /// Its number: one more than that of the one before it.
    id: i64,
    /// The event.
    data: Box<RawValue>,
}

/// Without a position it says where the log is now.
pub(crate) async fn sync(
    app: &App,
    session: &Session,
    since: Option<i64>,
    limit: usize,
) -> Result<Response<Bytes>, Failure> {
    let user_id = &session.user_id;
    reader_must_not_be_erased(&app.store, user_id).await?;
    let Some(since) = since else {
        let position = app.store.read(async |db| head(db, user_id).await).await?;
        let page = Page {
            items: Vec::new(),
            position,
            more: false,
        };
        return Ok(json_response(StatusCode::OK, &page)?);
    };
    // One more than asked for tells whether there is more.
    let read = app
        .store
        .read(async |db| after(db, user_id, since, limit + 1).await)
        .await?;
    let mut entries = match read {
        After::Updates(entries) => entries,
        After::Lost { why, .. } => return Err(gone(why).into()),
    };
    let more = entries.len() > limit;
    entries.truncate(limit);
    let page = Page {
        position: entries.last().map_or(since, |entry| entry.number),
        items: entries
            .into_iter()
            .map(item)
            .collect::<Result<Vec<_>, _>>()
            .map_err(Failure::internal)?,
        more,
    };
    Ok(json_response(StatusCode::OK, &page)?)
}

fn item(entry: Entry) -> Result<Item, serde_json::Error> {
    Ok(Item {
        id: entry.number,
        data: RawValue::from_string(entry.event)?,
    })
}

fn gone(why: Lost) -> Problem {
    Problem::gone(match why {
        Lost::Forgotten => {
            "What came after this position is no longer kept (seven days, 10,000 updates): load everything again, and go on from the position that GET /api/updates has without `since`."
        }
        Lost::Ahead => {
            "There is no such position yet: load everything again, and go on from the position that GET /api/updates has without `since`."
        }
    })
}
