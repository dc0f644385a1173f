//! What a search finds, in pages.

use crate::storage::{
    index::{Match, Ranked, Search, Window, best, newest},
    users::{number, range},
};
use duebell_store::{Db, Error};
use serde::{Deserialize, Serialize};

/// The last match of a page: the next page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    window: Window,
    last: Ranked,
}

/// A page, and where the next one begins, if there is one.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) items: Vec<Match>,
    pub(crate) next: Option<Position>,
}

/// A page of what a user's search finds: window by window, the newest first, and
/// within each the best first. Most searches find no more than one window.
///
/// # Errors
/// The database's.
pub(crate) async fn page(
    db: &Db<'_>,
    user_id: &str,
    search: &Search,
    after: Option<Position>,
    limit: usize,
) -> Result<Page, Error> {
    let Some(number) = number(db, user_id).await? else {
        return Ok(Page::default());
    };
    let (low, below) = range(number);
    let mut last = after.map(|position| position.last);
    let mut window = after.map(|position| position.window);
    // Whether there may be matches that are older than the window.
    let mut more = true;
    let mut below = window.map_or(below, |window| window.low);
    // One more than asked for tells whether there is a next page.
    let mut found: Vec<(Window, Match)> = Vec::new();
    while found.len() <= limit {
        let current = match window.take() {
            Some(window) => window,
            None if !more => break,
            None => match newest(db, search, Window { low, below }).await? {
                Some(newest) => {
                    more = newest.more;
                    newest.window
                }
                None => break,
            },
        };
        below = current.low;
        let rest = limit + 1 - found.len();
        let matches = best(db, search, current, last.take(), rest).await?;
        found.extend(matches.into_iter().map(|item| (current, item)));
    }
    let is_last = found.len() <= limit;
    found.truncate(limit);
    let next = found.last().map(|(window, item)| Position {
        window: *window,
        last: item.ranked,
    });
    Ok(Page {
        items: found.into_iter().map(|(_, item)| item).collect(),
        next: next.filter(|_| !is_last),
    })
}
