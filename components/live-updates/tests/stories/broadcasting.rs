//! What the proxy of the WebSockets is given.

use crate::harness::World;
use chrono::TimeDelta;
use duebell_updates::channel;

fn of(user: &str, numbers: std::ops::RangeInclusive<i64>) -> Vec<(String, i64)> {
    numbers.map(|number| (channel(user), number)).collect()
}

#[test]
fn nothing_is_broadcast_while_nobody_is_connected() {
    let world = World::new();
    for _ in 0..5 {
        world.change("alice");
        world.settle();
    }
    world.sweep();
    assert_eq!(world.told(), []);
    // Whoever connects is told of that by update-streams; from now on, by broadcast.
    world.connect("alice");
    world.sweep();
    assert_eq!(world.told(), []);
    world.change("alice");
    world.settle();
    assert_eq!(world.told(), of("alice", 6..=6));
}

#[test]
fn only_those_who_are_connected_are_told_and_each_in_order() {
    let world = World::new();
    world.connect("alice");
    for _ in 0..300 {
        world.change("alice");
        world.change("bob");
    }
    world.settle();
    assert_eq!(world.told(), of("alice", 1..=300));
    world.connect("bob");
    world.change("bob");
    world.change("alice");
    world.settle();
    let told = world.told();
    assert_eq!(
        told[300..],
        [of("bob", 301..=301), of("alice", 301..=301)].concat()
    );
}

#[test]
fn a_proxy_that_is_away_misses_nothing() {
    let world = World::new();
    world.connect("alice");
    world.proxy.is_away.set(true);
    for _ in 0..3 {
        world.change("alice");
        world.settle();
    }
    world.sweep();
    world.proxy.is_away.set(false);
    world.proxy.refuses.set(Some(503));
    world.sweep();
    assert_eq!(world.told(), []);
    world.proxy.refuses.set(None);
    world.sweep();
    assert_eq!(world.told(), of("alice", 1..=3));
}

#[test]
fn what_is_long_goes_in_several_requests() {
    let world = World::new();
    world.connect("alice");
    for _ in 0..60 {
        world.change_much("alice", 20_000);
    }
    world.settle();
    assert_eq!(world.told(), of("alice", 1..=60));
    assert!(world.proxy.published.borrow().len() > 1);
}

#[test]
fn of_two_instances_one_broadcasts_at_a_time_and_a_killed_one_is_followed() {
    let world = World::new();
    let another = world.another_instance();
    world.connect("alice");
    for _ in 0..10 {
        world.change("alice");
        another.change("alice");
    }
    world.settle();
    another.settle();
    assert_eq!(world.told(), of("alice", 1..=20));
    // What is in the background goes with its instance.
    another.change("alice");
    drop(another);
    world.sweep();
    assert_eq!(world.told(), of("alice", 1..=21));
}

#[test]
fn one_whose_websocket_was_not_heard_of_for_long_is_told_no_more() {
    let world = World::new();
    world.connect("alice");
    world.pass(TimeDelta::seconds(69));
    world.change("alice");
    world.settle();
    assert_eq!(world.told(), of("alice", 1..=1));
    world.pass(TimeDelta::seconds(2));
    world.change("alice");
    world.settle();
    assert_eq!(world.told(), of("alice", 1..=1));
}
