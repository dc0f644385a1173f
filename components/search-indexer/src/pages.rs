//! What a search finds, in pages.

use crate::storage::{
    index::{Expression, Ranked, Shown, Window, newest, ranked, shown},
    users::{number, range},
};
use duebell_store::{Db, Error};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The last match of a page: the next page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    window: Window,
    last: Ranked,
}

/// A page, and where the next one begins, if there is one.
#[derive(Default)]
pub(crate) struct Page {
    pub(crate) items: Vec<Shown>,
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
    expression: &Expression,
    after: Option<Position>,
    limit: usize,
) -> Result<Page, Error> {
    let Some(number) = number(db, user_id).await? else {
        return Ok(Page::default());
    };
    let (low, below) = range(number);
    let mut last = after.map(|position| position.last);
    let mut window = match after {
        Some(position) => Some(position.window),
        None => newest(db, expression, Window { low, below }).await?,
    };
    // One more than asked for tells whether there is a next page.
    let wanted = limit + 1;
    let mut found: Vec<Position> = Vec::with_capacity(wanted);
    while let Some(current) = window {
        let rest = wanted - found.len();
        let matches = ranked(db, expression, current, last.take(), rest).await?;
        found.extend(matches.into_iter().map(|last| Position {
            window: current,
            last,
        }));
        if found.len() >= wanted {
            break;
        }
        let older = Window {
            low,
            below: current.low,
        };
        window = newest(db, expression, older).await?;
    }
    let more = found.len() > limit;
    found.truncate(limit);
    Ok(Page {
        next: found.last().copied().filter(|_| more),
        items: items(db, expression, &found).await?,
    })
}

/// The matches at these positions, in their order. One that has gone in between is
/// left out.
async fn items(
    db: &Db<'_>,
    expression: &Expression,
    found: &[Position],
) -> Result<Vec<Shown>, Error> {
    let (Some(first), Some(last)) = (found.first(), found.last()) else {
        return Ok(Vec::new());
    };
    let all = Window {
        low: last.window.low,
        below: first.window.below,
    };
    let ids: Vec<i64> = found.iter().map(|position| position.last.id).collect();
    let shown = shown(db, expression, all, &ids).await?;
    let mut by_id: BTreeMap<i64, Shown> = shown.into_iter().map(|item| (item.id, item)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}
