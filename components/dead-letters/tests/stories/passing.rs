//! What is replayed by itself.

use crate::harness::{World, dropped, event};
use chrono::TimeDelta;
use serde_json::{Value, json};

#[test]
fn what_failed_for_a_reason_that_passes_is_replayed_later_and_later_until_it_works() {
    let world = World::new();
    *world.subscriber.known.borrow_mut() = Some(dropped("the database is locked", true));
    *world.subscriber.replay.borrow_mut() = json!({ "outcome": "retry", "reason": "still locked" });
    world.bring(&event(1));
    assert_eq!(world.letter()["next_replay_at"], "2026-01-15T12:00:05Z");
    let replays = || world.subscriber.replayed.borrow().len();
    world.sweep();
    assert_eq!(replays(), 0, "not at once");
    for (pause, expected) in [(5, 1), (9, 1), (1, 2), (19, 2), (1, 3)] {
        world.advance(TimeDelta::seconds(pause));
        world.sweep();
        assert_eq!(replays(), expected);
    }
    assert_eq!(world.letter()["reason"], "still locked");
    // Six hours are the longest pause.
    for expected in 4..30 {
        world.advance(TimeDelta::hours(6));
        world.sweep();
        assert_eq!(replays(), expected);
    }
    assert_eq!(world.told(), [], "in vain is not worth an entry each time");
    *world.subscriber.replay.borrow_mut() = json!({ "outcome": "done", "reason": null });
    world.advance(TimeDelta::hours(6));
    world.sweep();
    assert_eq!(world.letter()["status"], "settled");
    let by_itself = (
        "dead_letter.replayed".to_owned(),
        "alice".to_owned(),
        Value::Null,
    );
    assert_eq!(world.told(), [by_itself]);
    world.advance(TimeDelta::hours(6));
    world.sweep();
    assert_eq!(replays(), 30, "it is over");
}

#[test]
fn what_was_refused_waits_for_a_person() {
    let world = World::new();
    world.bring(&event(1));
    world.advance(TimeDelta::days(1));
    world.sweep();
    assert_eq!(world.subscriber.replayed.borrow().len(), 0);
    // So does what is refused when it is replayed.
    *world.subscriber.known.borrow_mut() = Some(dropped("the database is locked", true));
    *world.subscriber.replay.borrow_mut() = json!({ "outcome": "drop", "reason": "no such thing" });
    world.bring(&event(2));
    for _ in 0..3 {
        world.advance(TimeDelta::days(1));
        world.sweep();
    }
    assert_eq!(world.subscriber.replayed.borrow().len(), 1);
    assert_eq!(world.letters()[0]["next_replay_at"], Value::Null);
}

#[test]
fn a_subscriber_that_is_away_is_tried_again() {
    let world = World::new();
    *world.subscriber.known.borrow_mut() = Some(dropped("the database is locked", true));
    world.bring(&event(1));
    world.subscriber.is_away.set(true);
    for _ in 0..3 {
        world.advance(TimeDelta::minutes(10));
        world.sweep();
    }
    assert_eq!(world.letter()["status"], "open");
    world.subscriber.is_away.set(false);
    world.advance(TimeDelta::minutes(10));
    world.sweep();
    assert_eq!(world.letter()["status"], "settled");
}

#[test]
fn what_is_over_is_forgotten_after_thirty_days_and_what_is_open_never() {
    let world = World::new();
    world.bring(&event(1));
    world.bring(&event(2));
    let over = format!("/api/dead-letters/{}", world.letters()[0]["id"]);
    assert_eq!(world.operator("DELETE", &over).0, 204);
    world.advance(TimeDelta::days(29));
    world.sweep();
    assert_eq!(world.letters().len(), 2);
    world.advance(TimeDelta::days(2));
    world.sweep();
    assert_eq!(world.letter()["status"], "open");
}
