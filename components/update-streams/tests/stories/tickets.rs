//! Tickets in time.

use crate::harness::World;
use bytes::Bytes;
use chrono::TimeDelta;
use http::Request;

fn ticket(world: &World) -> String {
    let request = Request::post("/api/updates/ticket")
        .header("authorization", world.token("alice", TimeDelta::minutes(5)));
    let (status, answer) = world.send(request.body(Bytes::new()).unwrap());
    assert_eq!(status, 201);
    let text = answer.text();
    text.split('"').nth(3).unwrap().to_owned()
}

fn redeem(world: &World, ticket: &str) -> (u16, crate::harness::Reader) {
    let request = Request::get(format!("/api/updates?ticket={ticket}"));
    world.send(request.body(Bytes::new()).unwrap())
}

#[test]
fn a_ticket_is_good_for_thirty_seconds() {
    let world = World::new();
    let (first, second) = (ticket(&world), ticket(&world));
    assert_ne!(first, second);
    world.time.pass(TimeDelta::seconds(29));
    assert_eq!(redeem(&world, &first).0, 200);
    world.time.pass(TimeDelta::seconds(1));
    assert_eq!(redeem(&world, &second).0, 401);
}

#[test]
fn a_ticket_lasts_no_longer_than_the_token_that_bought_it() {
    let world = World::new();
    let ticket = ticket(&world);
    let (_, reader) = redeem(&world, &ticket);
    world.time.pass(TimeDelta::minutes(5));
    assert!(!reader.has_ended());
    world.time.pass(TimeDelta::seconds(6));
    assert!(
        reader
            .text()
            .ends_with("{\"reason\":\"token-expired\"}\n\n")
    );
}

#[test]
fn nobody_can_hoard_tickets_and_none_is_kept_in_plain() {
    let world = World::new();
    let last = (0..100).map(|_| ticket(&world)).last().unwrap();
    let request = || {
        Request::post("/api/updates/ticket")
            .header("authorization", world.token("alice", TimeDelta::minutes(5)))
            .body(Bytes::new())
            .unwrap()
    };
    assert_eq!(world.send(request()).0, 429);
    let kept = async |db: &duebell_store::Db<'_>| db.query("SELECT hash FROM tickets", []).await;
    for row in world.time.run(world.store.read(kept)).unwrap() {
        assert_ne!(row.blob(0).unwrap(), last.as_bytes());
    }
    world.time.pass(TimeDelta::seconds(31));
    assert_eq!(world.send(request()).0, 201);
}

#[test]
fn a_ticket_is_void_when_the_token_that_bought_it_is() {
    let world = World::new();
    let request = Request::post("/api/updates/ticket")
        .header("authorization", world.token("alice", TimeDelta::seconds(5)));
    let (_, answer) = world.send(request.body(Bytes::new()).unwrap());
    let ticket = answer.text().split('"').nth(3).unwrap().to_owned();
    world.time.pass(TimeDelta::seconds(11));
    assert_eq!(redeem(&world, &ticket).0, 401);
}
