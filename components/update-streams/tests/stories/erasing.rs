//! A user is erased.

use crate::harness::World;
use bytes::Bytes;
use chrono::TimeDelta;
use duebell_fakes::files_with;
use http::Request;

#[test]
fn open_streams_of_an_erased_user_end_and_others_go_on() {
    let world = World::new();
    let (alice, bob) = (world.stream("alice", ""), world.stream("bob", ""));
    world.time.pass(TimeDelta::seconds(1));
    world.erase("alice");
    world.time.pass(TimeDelta::seconds(1));
    assert!(alice.has_ended());
    assert!(alice.text().contains(r#"{"reason":"user-erased"}"#));
    assert!(!bob.has_ended());
    // The instance says that its streams are there, and does not name alice.
    world.time.pass(TimeDelta::seconds(10));
    assert_eq!(world.connections(), 1);
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
    world.log("bob", 1);
    world.time.pass(TimeDelta::seconds(1));
    assert_eq!(bob.ids(), [1]);
}

#[test]
fn a_client_that_does_not_read_is_not_counted_again() {
    let world = World::new();
    let alice = world.stream("alice", "");
    alice.stop_reading();
    world.log("alice", 3);
    world.time.pass(TimeDelta::seconds(1));
    world.erase("alice");
    world.time.pass(TimeDelta::seconds(11));
    assert_eq!(world.connections(), 0);
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
}

#[test]
fn an_erased_user_gets_no_stream_no_page_and_no_ticket() {
    let world = World::new();
    world.erase("alice");
    let hour = TimeDelta::hours(1);
    let (status, answer) = world.get("alice", "/api/updates", hour);
    assert_eq!(status, 403);
    assert!(answer.text().contains("/problems/user-erased"));
    let token = world.token("alice", hour);
    for request in [
        Request::get("/api/updates?since=0").header("accept", "application/json"),
        Request::post("/api/updates/ticket"),
    ] {
        let request = request.header("authorization", &token);
        let (status, answer) = world.send(request.body(Bytes::new()).unwrap());
        assert_eq!(status, 403, "{}", answer.text());
    }
    assert_eq!(world.get("bob", "/api/updates", hour).0, 200);
    assert_eq!(files_with(world.folder.path(), "alice"), [""; 0]);
}
