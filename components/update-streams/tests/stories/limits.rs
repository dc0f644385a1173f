//! How many there may be.

use crate::harness::World;
use chrono::TimeDelta;

#[test]
fn a_user_has_a_limit_and_what_was_lost_makes_room_in_seconds() {
    let world = World::new();
    let readers: Vec<_> = (0..40).map(|_| world.stream("alice", "")).collect();
    let (status, answer) = world.get("alice", "/api/updates", TimeDelta::hours(1));
    assert_eq!(status, 429, "{}", answer.text());
    world.stream("bob", "");
    assert_eq!(world.connections(), 41);

    // The instance is killed: nobody says any more that its streams are there.
    drop(readers);
    let another = world.another_instance(2);
    another.time.pass(TimeDelta::seconds(14));
    let (status, _) = another.get("alice", "/api/updates", TimeDelta::hours(1));
    assert_eq!(status, 429);
    another.time.pass(TimeDelta::seconds(2));
    another.stream("alice", "");
    assert_eq!(another.connections(), 1);
}

#[test]
fn streams_that_last_are_counted_as_long_as_they_do() {
    let world = World::new();
    let _reader = world.stream("alice", "");
    let another = world.another_instance(2);
    for _ in 0..8 {
        world.time.pass(TimeDelta::minutes(1));
        another.time.pass(TimeDelta::minutes(1));
        // Whoever opens a stream forgets those that are stale.
        let other = another.stream("bob", "");
        other.leave();
        another.time.pass(TimeDelta::seconds(10));
        world.time.pass(TimeDelta::seconds(10));
        assert_eq!(world.connections(), 1);
    }
}

#[test]
fn there_is_an_end_to_how_many_there_are_in_all() {
    let world = World::new();
    for number in 0..300 {
        world.stream(&format!("user-{}", number % 10), "");
    }
    let (status, _) = world.get("eve", "/api/updates", TimeDelta::hours(1));
    assert_eq!(status, 503);
    // A page holds nothing open.
    let request = http::Request::get("/api/updates?since=0")
        .header("authorization", world.token("eve", TimeDelta::hours(1)))
        .header("accept", "application/json");
    assert_eq!(
        world.send(request.body(bytes::Bytes::new()).unwrap()).0,
        200
    );
}

#[test]
fn there_is_an_end_to_how_many_instances_are_held() {
    let world = World::new();
    let now = crate::harness::start().timestamp_millis() + 10_000;
    world
        .time
        .run(world.store.write(async |tx| {
            for number in 0..250 {
                tx.execute(
                    "INSERT INTO connections VALUES (?1, 'x', ?1, ?2, ?2)",
                    [number.to_string().into(), now.into()],
                )
                .await?;
            }
            Ok::<_, duebell_store::Error>(())
        }))
        .unwrap();
    let (status, _) = world.get("alice", "/api/updates", TimeDelta::hours(1));
    assert_eq!(status, 503, "one instance more would be held");
}

#[test]
fn what_an_instance_holds_is_counted_whatever_others_took_it_for_and_nothing_else() {
    let world = World::new();
    let _reader = world.stream("alice", "");
    // Others took it for lost, and it has one on its account that is none.
    world
        .time
        .run(world.store.write(async |tx| {
            tx.execute("UPDATE connections SET id = 'leaked', user_id = 'bob'", [])
                .await
        }))
        .unwrap();
    world.time.pass(TimeDelta::seconds(6));
    let users =
        async |db: &duebell_store::Db<'_>| db.query("SELECT user_id FROM connections", []).await;
    let users = world.time.run(world.store.read(users)).unwrap();
    let users: Vec<&str> = users.iter().map(|row| row.text(0).unwrap()).collect();
    assert_eq!(users, ["alice"]);
}
