//! The inbox.

use super::{Case, Failed, Open, same};
use crate::{
    Error,
    inbox::{self, Attempted, Fate, Gap, Place, State},
};
use std::collections::{BTreeMap, BTreeSet};

fn keys(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
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
