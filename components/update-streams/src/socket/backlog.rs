//! What came after a client's position.

use super::message::{more, reload};
use duebell_store::{Db, Error};
use duebell_updates::{
    log::{After, after},
    message,
};

/// How many updates are sent at once.
const MOST: usize = 100;

/// How many bytes they have together. (Pushpin takes answers of up to 1,000,000.)
const MOST_BYTES: usize = 400_000;

/// The messages that tell it. A client that is further behind is told to ask again.
pub(crate) async fn backlog(
    db: &Db<'_>,
    user_id: &str,
    position: i64,
) -> Result<Vec<String>, Error> {
    let entries = match after(db, user_id, position, MOST).await? {
        After::Updates(entries) => entries,
        After::Lost { head, why } => return Ok(vec![reload(head, why)]),
    };
    let mut length = 0;
    let mut last = position;
    let mut messages = Vec::with_capacity(entries.len());
    let mut is_whole = entries.len() < MOST;
    for entry in &entries {
        let text = message::update(entry.number, &entry.event);
        length += text.len();
        if length > MOST_BYTES && !messages.is_empty() {
            is_whole = false;
            break;
        }
        messages.push(text);
        last = entry.number;
    }
    if !is_whole {
        messages.push(more(last));
    }
    Ok(messages)
}
