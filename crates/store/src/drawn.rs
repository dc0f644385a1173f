//! Rows whose ids are drawn.

use crate::Error;
use std::collections::BTreeSet;

/// How often ids are drawn.
const MOST_DRAWS: usize = 8;

/// How many ids are drawn for one that is like no other of the same time.
const DRAWS_EACH: usize = 16;

/// Keeps each item under an id of its own, and gives them back with their ids.
///
/// `insert` is to insert what it is given but for rows whose ids are taken
/// (`ON CONFLICT DO NOTHING RETURNING id`), and to say which ids were free.
/// Those of the others are drawn again.
///
/// # Errors
/// `insert`'s; [`Error::Busy`] if no free ids were found.
pub async fn insert_drawn<I: Copy + Ord + Into<i64>, T>(
    items: Vec<T>,
    draw: impl Fn() -> I,
    insert: impl AsyncFn(&[(I, T)]) -> Result<BTreeSet<i64>, Error>,
) -> Result<Vec<(I, T)>, Error> {
    let mut kept = Vec::with_capacity(items.len());
    let mut waiting = items;
    for _ in 0..MOST_DRAWS {
        if waiting.is_empty() {
            return Ok(kept);
        }
        let ids = distinct(waiting.len(), &draw);
        let later = waiting.split_off(ids.len());
        let drawn: Vec<(I, T)> = ids.into_iter().zip(waiting).collect();
        let free = insert(&drawn).await?;
        let (inserted, taken): (Vec<_>, Vec<_>) = drawn
            .into_iter()
            .partition(|(id, _)| free.contains(&(*id).into()));
        kept.extend(inserted);
        waiting = taken.into_iter().map(|(_, item)| item).collect();
        waiting.extend(later);
    }
    if waiting.is_empty() {
        return Ok(kept);
    }
    Err(Error::Busy)
}

/// Ids of which none is like another: so many, or fewer if they cannot be found.
fn distinct<I: Copy + Ord>(count: usize, draw: &impl Fn() -> I) -> Vec<I> {
    let mut seen = BTreeSet::new();
    std::iter::repeat_with(draw)
        .take(count.saturating_mul(DRAWS_EACH))
        .filter(|id| seen.insert(*id))
        .take(count)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use std::cell::{Cell, RefCell};

    fn counter() -> impl Fn() -> i64 {
        let next = Cell::new(0);
        move || next.replace(next.get() + 1) / 2
    }

    #[test]
    fn ids_that_are_taken_are_drawn_again_and_none_is_used_twice() {
        let taken = RefCell::new(BTreeSet::from([1]));
        let insert = async |drawn: &[(i64, &str)]| {
            let mut taken = taken.borrow_mut();
            let ids = drawn.iter().map(|(id, _)| *id);
            Ok(ids.filter(|id| taken.insert(*id)).collect())
        };
        let kept = block_on(insert_drawn(vec!["a", "b", "c"], counter(), insert)).unwrap();
        assert_eq!(kept, [(0, "a"), (2, "c"), (3, "b")]);
    }

    #[test]
    fn it_does_not_draw_for_ever() {
        let insert = async |_: &[(i64, ())]| Ok(BTreeSet::new());
        let kept = block_on(insert_drawn(vec![()], counter(), insert));
        assert_eq!(kept, Err(Error::Busy));
    }
}
