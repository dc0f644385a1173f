//! Outbox and inbox.

use super::{Case, Failed, same};
use crate::{
    Error, Store,
    inbox::{self, Attempted, Fate, Gap, Place, State},
    outbox::{self, NewEvent, lease},
};
use std::collections::{BTreeMap, BTreeSet};

type Open<'a> = &'a dyn Fn() -> Store;

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

fn keys(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
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
    same(
        "taken",
        other.read(async |db| lease::is_taken(db, 5).await).await?,
        true,
    )?;
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
    same(
        "taken",
        store.read(async |db| lease::is_taken(db, 1).await).await?,
        false,
    )
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
    let heads = async |before: i64| {
        let page = store
            .read(async |db| outbox::heads(db, "a", 0, before, 100).await)
            .await?;
        Ok::<_, Error>((page.heads, page.more))
    };
    same("nothing published", heads(100).await?, (vec![], false))?;
    let early = numbers.get(..2).unwrap_or_default().to_vec();
    store
        .write(async |tx| outbox::mark_published(tx, 50, &early).await)
        .await?;
    same("too fresh", heads(50).await?, (vec![], false))?;
    same(
        "two published",
        heads(51).await?,
        (owned(&[("ann", 1), ("bob", 1)]), false),
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

pub(super) async fn attempts_are_counted_until_the_event_is_done(open: Open<'_>) -> Case {
    let store = open();
    let attempt = async |now: i64| {
        let mut attempts = store
            .write(async |tx| inbox::attempt(tx, now, &keys(&["one", "two"])).await)
            .await?;
        attempts.sort_by(|a, b| a.key.cmp(&b.key));
        Ok::<_, Error>(
            attempts
                .into_iter()
                .map(|a| (a.number, a.state))
                .collect::<Vec<_>>(),
        )
    };
    same(
        "the first",
        attempt(1).await?,
        vec![(1, State::Open), (1, State::Open)],
    )?;
    same(
        "the second",
        attempt(2).await?,
        vec![(2, State::Open), (2, State::Open)],
    )?;
    store
        .write(async |tx| inbox::claim(tx, 3, &keys(&["one"])).await)
        .await?;
    store
        .write(async |tx| inbox::not_attempted(tx, &keys(&["two"])).await)
        .await?;
    same(
        "one is done",
        attempt(4).await?,
        vec![(2, State::Done), (2, State::Open)],
    )
}

pub(super) async fn an_event_is_claimed_once(open: Open<'_>) -> Case {
    let (store, other) = (open(), open());
    store
        .write(async |tx| inbox::attempt(tx, 1, &keys(&["one", "two"])).await)
        .await?;
    let first = store
        .write(async |tx| inbox::claim(tx, 2, &keys(&["one"])).await)
        .await?;
    same("the first claim", first, keys(&["one"]))?;
    let second = other
        .write(async |tx| inbox::claim(tx, 3, &keys(&["one", "two"])).await)
        .await?;
    same("the second claim", second, keys(&["two"]))?;
    let undone: Result<(), Failed> = store
        .write(async |tx| {
            inbox::attempt(tx, 4, &keys(&["three"])).await?;
            inbox::claim(tx, 4, &keys(&["three"])).await?;
            Err(Failed("on purpose".to_owned()))
        })
        .await;
    same("it failed", undone.is_err(), true)?;
    store
        .write(async |tx| inbox::attempt(tx, 5, &keys(&["three"])).await)
        .await?;
    let again = store
        .write(async |tx| inbox::claim(tx, 5, &keys(&["three"])).await)
        .await?;
    same("a claim whose effect failed", again, keys(&["three"]))
}

pub(super) async fn a_reason_is_kept_and_a_dropped_event_can_still_be_done(open: Open<'_>) -> Case {
    let store = open();
    store
        .write(async |tx| inbox::attempt(tx, 1, &keys(&["one"])).await)
        .await?;
    store
        .write(async |tx| inbox::failed(tx, 2, "one", "it was too quiet", Fate::GivenUp).await)
        .await?;
    let known = async || store.read(async |db| inbox::find(db, "one").await).await;
    let expected = |attempts, state, reason: Option<&str>, passing| {
        Some(Attempted {
            attempts,
            state,
            reason: reason.map(str::to_owned),
            passing,
        })
    };
    let given_up = expected(1, State::Dropped, Some("it was too quiet"), true);
    same("given up", known().await?, given_up)?;
    store
        .write(async |tx| inbox::reopen(tx, 2, "one").await)
        .await?;
    same(
        "reopened",
        known().await?,
        expected(0, State::Open, None, false),
    )?;
    store
        .write(async |tx| inbox::failed(tx, 2, "one", "it is no bell", Fate::Refused).await)
        .await?;
    let refused = expected(0, State::Dropped, Some("it is no bell"), false);
    same("refused", known().await?, refused)?;
    let claimed = store
        .write(async |tx| inbox::claim(tx, 3, &keys(&["one"])).await)
        .await?;
    same("replayed", claimed, keys(&["one"]))?;
    store
        .write(async |tx| inbox::failed(tx, 4, "one", "late", Fate::Again).await)
        .await?;
    store
        .write(async |tx| inbox::reopen(tx, 4, "one").await)
        .await?;
    let after = store
        .write(async |tx| inbox::attempt(tx, 5, &keys(&["one"])).await)
        .await?;
    same(
        "done stays done",
        after.first().map(|a| a.state),
        Some(State::Done),
    )?;
    let pruned = store
        .write(async |tx| inbox::prune(tx, 3, 10).await)
        .await?;
    same("too young to forget", pruned, 0)?;
    let pruned = store
        .write(async |tx| inbox::prune(tx, 4, 10).await)
        .await?;
    same("old enough", pruned, 1)
}

fn place(user: &str) -> Place {
    Place {
        source: "/tower".to_owned(),
        topic: "bells".to_owned(),
        user_id: user.to_owned(),
    }
}

pub(super) async fn positions_only_move_on(open: Open<'_>) -> Case {
    let store = open();
    let places = BTreeSet::from([place("ann"), place("bob")]);
    let to = |ann: i64| BTreeMap::from([(place("ann"), ann)]);
    store
        .write(async |tx| inbox::advance(tx, &to(5)).await)
        .await?;
    store
        .write(async |tx| inbox::advance(tx, &to(3)).await)
        .await?;
    let found = store
        .read(async |db| inbox::positions(db, &places).await)
        .await?;
    same(
        "positions",
        found,
        BTreeMap::from([(place("ann"), 5), (place("bob"), 0)]),
    )?;
    same(
        "reached",
        store
            .read(async |db| inbox::reached(db, "/tower", "bells").await)
            .await?,
        0,
    )?;
    store
        .write(async |tx| inbox::set_reached(tx, "/tower", "bells", 7).await)
        .await?;
    store
        .write(async |tx| inbox::set_reached(tx, "/tower", "bells", 6).await)
        .await?;
    same(
        "reached",
        store
            .read(async |db| inbox::reached(db, "/tower", "bells").await)
            .await?,
        7,
    )
}

pub(super) async fn a_gap_is_closed_piece_by_piece(open: Open<'_>) -> Case {
    let store = open();
    let gap = |first: i64| Gap {
        place: place("ann"),
        first,
        last: 9,
    };
    store
        .write(async |tx| inbox::record_gap(tx, &gap(4)).await)
        .await?;
    store
        .write(async |tx| inbox::close_gap(tx, &gap(4), 6).await)
        .await?;
    let open_gaps = async || {
        store
            .read(async |db| inbox::gaps(db, "/tower", 10).await)
            .await
    };
    same("the rest", open_gaps().await?, vec![gap(7)])?;
    store
        .write(async |tx| inbox::close_gap(tx, &gap(7), 9).await)
        .await?;
    same("nothing", open_gaps().await?, vec![])
}
