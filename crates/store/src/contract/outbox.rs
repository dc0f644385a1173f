//! The outbox.

use super::{Case, Failed, Open, same};
use crate::{
    Error, Store,
    outbox::{self, NewEvent, Standing, failure, lease},
};

fn event(topic: &str, user: &str, id: &str) -> NewEvent {
    NewEvent {
        topic: topic.to_owned(),
        user_id: user.to_owned(),
        event_id: id.to_owned(),
        event_type: "bell.rang".to_owned(),
        subject: Some("bells/1".to_owned()),
        time: "2026-01-14T10:30:00Z".to_owned(),
        traceparent: None,
        data: "{}".to_owned(),
    }
}

async fn append(store: &Store, events: Vec<NewEvent>) -> Result<(), Error> {
    store
        .write(async |tx| outbox::append(tx, events).await)
        .await
}

async fn waiting(store: &Store) -> Result<Vec<(String, i64)>, Error> {
    let events = store
        .read(async |db| outbox::unpublished(db, 100).await)
        .await?;
    Ok(events
        .into_iter()
        .map(|stored| (stored.event.event_id, stored.sequence))
        .collect())
}

fn owned(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
    pairs
        .iter()
        .map(|(id, number)| ((*id).to_owned(), *number))
        .collect()
}

pub(super) async fn numbers_are_gap_free_for_each_topic_and_user(open: Open<'_>) -> Case {
    let (one, other) = (open(), open());
    append(
        &one,
        vec![
            event("a", "ann", "1"),
            event("a", "ann", "2"),
            event("b", "ann", "3"),
        ],
    )
    .await?;
    append(&other, vec![event("a", "bob", "4"), event("a", "ann", "5")]).await?;
    same(
        "numbers",
        waiting(&one).await?,
        owned(&[("1", 1), ("2", 2), ("3", 1), ("4", 1), ("5", 3)]),
    )
}

pub(super) async fn the_head_is_the_latest_number(open: Open<'_>) -> Case {
    let store = open();
    append(&store, vec![event("a", "ann", "1"), event("a", "ann", "2")]).await?;
    let head = async |topic: &str| {
        store
            .read(async |db| outbox::head(db, topic, "ann").await)
            .await
    };
    same("after two", head("a").await?, 2)?;
    same("of nothing", head("b").await?, 0)
}

pub(super) async fn a_change_that_fails_uses_no_number(open: Open<'_>) -> Case {
    let store = open();
    let failed: Result<(), Failed> = store
        .write(async |tx| {
            outbox::append(tx, vec![event("a", "ann", "1")]).await?;
            Err(Failed("on purpose".to_owned()))
        })
        .await;
    same("it failed", failed.is_err(), true)?;
    append(&store, vec![event("a", "ann", "2")]).await?;
    same("numbers", waiting(&store).await?, owned(&[("2", 1)]))
}

pub(super) async fn events_wait_in_commit_order_until_they_are_published(open: Open<'_>) -> Case {
    let store = open();
    append(
        &store,
        vec![
            event("a", "ann", "1"),
            event("a", "bob", "2"),
            event("a", "ann", "3"),
        ],
    )
    .await?;
    let first = store
        .read(async |db| outbox::unpublished(db, 2).await)
        .await?
        .iter()
        .map(|stored| stored.number)
        .collect::<Vec<_>>();
    store
        .write(async |tx| outbox::mark_published(tx, 5, &first).await)
        .await?;
    same("waiting", waiting(&store).await?, owned(&[("3", 2)]))
}

pub(super) async fn one_relay_at_a_time_holds_the_lease(open: Open<'_>) -> Case {
    let (one, other) = (open(), open());
    let acquire = async |store: &Store, holder: &str, now: i64| {
        store
            .write(async |tx| lease::acquire(tx, holder, now, now + 10).await)
            .await
    };
    same("the first", acquire(&one, "one", 0).await?, true)?;
    same("the second", acquire(&other, "other", 5).await?, false)?;
    let look = async |now: i64| {
        other
            .read(async |db| lease::look(db, now, now + 10).await)
            .await
    };
    same("taken", look(5).await?, lease::Look::Taken)?;
    same("extended", acquire(&one, "one", 8).await?, true)?;
    same("still taken", acquire(&other, "other", 12).await?, false)?;
    same("expired", acquire(&other, "other", 18).await?, true)?;
    one.write(async |tx| lease::give_up(tx, "one").await)
        .await?;
    same(
        "not the loser's to give up",
        acquire(&one, "one", 19).await?,
        false,
    )
}

pub(super) async fn the_lease_is_not_given_up_while_events_wait(open: Open<'_>) -> Case {
    let store = open();
    store
        .write(async |tx| lease::acquire(tx, "one", 0, 10).await)
        .await?;
    append(&store, vec![event("a", "ann", "1")]).await?;
    let kept = store
        .write(async |tx| lease::release(tx, "one").await)
        .await?;
    same("with one waiting", kept, lease::Release::MoreToDo)?;
    let numbers: Vec<i64> = store
        .read(async |db| outbox::unpublished(db, 9).await)
        .await?
        .iter()
        .map(|stored| stored.number)
        .collect();
    store
        .write(async |tx| outbox::mark_published(tx, 1, &numbers).await)
        .await?;
    let gone = store
        .write(async |tx| lease::release(tx, "one").await)
        .await?;
    same("with none", gone, lease::Release::Released)?;
    let look = async || store.read(async |db| lease::look(db, 1, 11).await).await;
    same(
        "free, and nothing waits",
        look().await?,
        lease::Look::NothingToDo,
    )?;
    append(&store, vec![event("a", "ann", "2")]).await?;
    same(
        "free, and something waits",
        look().await?,
        lease::Look::Free,
    )
}

pub(super) async fn a_lease_of_a_clock_that_was_set_back_ends_as_soon_as_any(
    open: Open<'_>,
) -> Case {
    let store = open();
    let acquire = async |holder: &str, now: i64| {
        store
            .write(async |tx| lease::acquire(tx, holder, now, now + 10).await)
            .await
    };
    let is_taken = async |now: i64| {
        let look = store
            .read(async |db| lease::look(db, now, now + 10).await)
            .await;
        look.map(|look| look == lease::Look::Taken)
    };
    same("before", acquire("one", 1_000).await?, true)?;
    same("nobody waits for it", is_taken(100).await?, false)?;
    same("cut short", acquire("other", 100).await?, false)?;
    same("for its whole length", acquire("other", 109).await?, false)?;
    same("taken until then", is_taken(109).await?, true)?;
    same("over", acquire("other", 110).await?, true)
}

pub(super) async fn history_ends_before_what_is_under_way(open: Open<'_>) -> Case {
    let store = open();
    append(
        &store,
        vec![
            event("a", "ann", "1"),
            event("a", "bob", "2"),
            event("a", "ann", "3"),
        ],
    )
    .await?;
    let stored = store
        .read(async |db| outbox::unpublished(db, 9).await)
        .await?;
    let numbers: Vec<i64> = stored.iter().map(|stored| stored.number).collect();
    let heads = async |from: i64| {
        let under_way = from..=from + 9;
        let page = store
            .read(async |db| outbox::heads(db, "a", 0, under_way.clone(), 100).await)
            .await?;
        Ok::<_, Error>((page.heads, page.more))
    };
    same("nothing published", heads(100).await?, (vec![], false))?;
    let early = numbers.get(..2).unwrap_or_default().to_vec();
    store
        .write(async |tx| outbox::mark_published(tx, 50, &early).await)
        .await?;
    same("too fresh", heads(50).await?, (vec![], false))?;
    let two = owned(&[("ann", 1), ("bob", 1)]);
    same("two published", heads(51).await?, (two.clone(), false))?;
    same(
        "by a clock that was set back",
        heads(40).await?,
        (two, false),
    )?;
    store
        .write(async |tx| outbox::mark_published(tx, 50, &numbers).await)
        .await?;
    same(
        "all published",
        heads(51).await?,
        (owned(&[("ann", 2), ("bob", 1)]), false),
    )
}

pub(super) async fn history_is_kept_until_it_is_pruned(open: Open<'_>) -> Case {
    let store = open();
    append(
        &store,
        (1..=5)
            .map(|at| event("a", "ann", &at.to_string()))
            .collect(),
    )
    .await?;
    let numbers: Vec<i64> = store
        .read(async |db| outbox::unpublished(db, 9).await)
        .await?
        .iter()
        .map(|stored| stored.number)
        .collect();
    let ids = async |first: i64, last: i64| {
        let events = store
            .read(async |db| outbox::range(db, "a", "ann", first, last, 100).await)
            .await?;
        Ok::<_, Error>(
            events
                .into_iter()
                .map(|stored| stored.event.event_id)
                .collect::<Vec<_>>(),
        )
    };
    store
        .write(async |tx| outbox::mark_published(tx, 50, &numbers).await)
        .await?;
    same(
        "a part",
        ids(2, 4).await?,
        vec!["2".to_owned(), "3".to_owned(), "4".to_owned()],
    )?;
    let pruned = store
        .write(async |tx| outbox::prune(tx, 50, 100).await)
        .await?;
    same("too young", pruned, 0)?;
    let pruned = store
        .write(async |tx| outbox::prune(tx, 51, 3).await)
        .await?;
    same("the oldest three", pruned, 3)?;
    same(
        "what is left",
        ids(1, 9).await?,
        vec!["4".to_owned(), "5".to_owned()],
    )?;
    append(&store, vec![event("a", "ann", "6")]).await?;
    same("numbers go on", waiting(&store).await?, owned(&[("6", 6)]))
}

pub(super) async fn a_failure_is_known_from_its_beginning_until_all_has_gone_out(
    open: Open<'_>,
) -> Case {
    let (one, other) = (open(), open());
    append(&one, vec![event("a", "ann", "1")]).await?;
    for now in [1_000, 2_000] {
        one.write(async |tx| failure::note(tx, now).await).await?;
    }
    append(&other, vec![event("a", "ann", "2")]).await?;
    let standing = async || other.read(async |db| outbox::standing(db).await).await;
    let is_over = async || other.read(async |db| failure::is_over(db).await).await;
    same(
        "the standing",
        standing().await?,
        Standing {
            waiting: 2,
            oldest: Some("2026-01-14T10:30:00Z".to_owned()),
            committed: standing().await?.committed,
            failing_since: Some(1_000),
        },
    )?;
    same("over while the first waits", is_over().await?, false)?;
    let first = one
        .read(async |db| outbox::unpublished(db, 1).await)
        .await?;
    let numbers: Vec<i64> = first.iter().map(|stored| stored.number).collect();
    one.write(async |tx| outbox::mark_published(tx, 3_000, &numbers).await)
        .await?;
    same("over when only a later one waits", is_over().await?, true)?;
    one.write(async |tx| failure::forget(tx).await).await?;
    same("failing", standing().await?.failing_since, None)?;
    same("over when there was none", is_over().await?, false)
}
