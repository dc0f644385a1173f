//! How a stream goes on in time.

use crate::harness::World;
use chrono::TimeDelta;

#[test]
fn a_silent_stream_says_something_at_least_every_ten_seconds() {
    let world = World::new();
    let reader = world.stream("alice", "");
    for count in 1..=5 {
        world.time.pass(TimeDelta::seconds(10));
        let heartbeats = reader.text().matches(": heartbeat\n\n").count();
        assert!(
            heartbeats >= count,
            "{heartbeats} after {count} times ten seconds"
        );
    }
}

#[test]
fn a_stream_ends_after_ten_minutes_and_is_resumed_where_it_was() {
    let world = World::new();
    let reader = world.stream("alice", "");
    world.log("alice", 3);
    world.time.pass(TimeDelta::minutes(9));
    assert!(!reader.has_ended());
    world.time.pass(TimeDelta::minutes(1));
    assert!(reader.has_ended());
    let text = reader.text();
    assert!(
        text.ends_with("event: end\ndata: {\"reason\":\"renew\"}\n\n"),
        "{text}"
    );
    assert_eq!(world.connections(), 0);

    world.log("alice", 2);
    assert_eq!(world.stream("alice", "?since=3").ids(), [4, 5]);
}

#[test]
fn a_stream_ends_soon_after_its_token_has_expired() {
    let world = World::new();
    let (_, reader) = world.get("alice", "/api/updates", TimeDelta::minutes(2));
    world.time.pass(TimeDelta::minutes(2));
    assert!(!reader.has_ended(), "clocks may be five seconds apart");
    world.time.pass(TimeDelta::seconds(10));
    assert!(reader.has_ended());
    let text = reader.text();
    assert!(
        text.ends_with("{\"reason\":\"token-expired\"}\n\n"),
        "{text}"
    );
}

#[test]
fn one_poller_serves_all_streams_of_an_instance_and_ends_with_the_last() {
    let world = World::new();
    let before = world.time.spawned();
    let readers: Vec<_> = (0..30)
        .map(|number| world.stream(["alice", "bob"][number % 2], ""))
        .collect();
    assert_eq!(world.time.spawned(), before + 1);
    world.time.pass(TimeDelta::seconds(1));
    world.log("alice", 2);
    world.log("bob", 1);
    world.time.pass(TimeDelta::milliseconds(100));
    for (number, reader) in readers.iter().enumerate() {
        assert_eq!(reader.ids().len(), 2 - number % 2);
        reader.leave();
    }
    // They are found to be gone when something is written.
    world.time.pass(TimeDelta::seconds(10));
    assert!(readers.iter().all(crate::harness::Reader::has_ended));
    assert_eq!(world.connections(), 0);
    // The poller has ended: the next stream starts one.
    world.stream("alice", "");
    assert_eq!(world.time.spawned(), before + 2);
}

#[test]
fn a_change_is_told_within_milliseconds_while_there_are_some() {
    let world = World::new();
    let reader = world.stream("alice", "");
    for number in 1..=20 {
        world.time.pass(TimeDelta::milliseconds(300));
        world.log("alice", 1);
        world.time.pass(TimeDelta::milliseconds(5));
        assert_eq!(reader.ids().len(), number);
    }
    // After a quiet time it takes a little longer.
    world.time.pass(TimeDelta::minutes(1));
    world.log("alice", 1);
    world.time.pass(TimeDelta::milliseconds(25));
    assert_eq!(reader.ids().len(), 21);
}

#[test]
fn one_who_reads_slowly_misses_nothing_and_one_who_never_reads_is_let_go() {
    let world = World::new();
    let (slow, never, swift) = (
        world.stream("alice", ""),
        world.stream("alice", ""),
        world.stream("alice", ""),
    );
    slow.stop_reading();
    never.stop_reading();
    // More than waits for a stream: it has to read the log again.
    for _ in 0..10 {
        world.log("alice", 100);
        world.time.pass(TimeDelta::seconds(1));
    }
    let all: Vec<i64> = (1..=1_000).collect();
    assert_eq!(swift.ids(), all);
    slow.read_on();
    world.time.pass(TimeDelta::seconds(1));
    assert_eq!(slow.ids(), all);
    assert!(!never.has_ended());
    world.time.pass(TimeDelta::seconds(20));
    assert!(never.has_ended());
    assert_eq!(world.connections(), 2);
}

#[test]
fn a_stream_that_joins_while_changes_come_has_each_once() {
    let world = World::new();
    let mut readers = Vec::new();
    for round in 0..200 {
        world.log("alice", 1);
        if round % 10 == 0 {
            let since = round / 2;
            readers.push((since, world.stream("alice", &format!("?since={since}"))));
        }
        if round % 7 == 0 {
            world.time.pass(TimeDelta::milliseconds(3));
        }
    }
    world.time.pass(TimeDelta::milliseconds(100));
    for (since, reader) in readers {
        let expected: Vec<i64> = (since + 1..=200).collect();
        assert_eq!(reader.ids(), expected, "since {since}");
    }
}

#[test]
fn a_stream_whose_log_cannot_be_read_ends_and_says_so() {
    let world = World::new();
    let reader = world.stream("alice", "");
    world
        .time
        .run(world.store.write(async |tx| {
            tx.execute("ALTER TABLE heads RENAME TO lost", []).await?;
            tx.execute("ALTER TABLE updates RENAME TO lost_updates", [])
                .await
        }))
        .unwrap();
    let (_, second) = world.get("alice", "/api/updates?since=0", TimeDelta::hours(1));
    world.time.pass(TimeDelta::seconds(2));
    let text = second.text();
    assert!(text.ends_with("{\"reason\":\"trouble\"}\n\n"), "{text}");
    assert!(!reader.has_ended(), "nobody had anything to tell it");
}
