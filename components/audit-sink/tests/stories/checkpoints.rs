//! When checkpoints are made, and what they say.

use crate::harness::{EVERY, KEY, OWN, World, lines, start, verify};
use chrono::{DateTime, TimeDelta, Utc};
use duebell_chain::{Checkpoint, Keys, SigningKey};
use serde_json::{Value, json};

fn read(value: &Value) -> Checkpoint {
    Checkpoint::read(value).unwrap()
}

#[test]
fn there_is_one_when_something_happened_and_time_has_passed() {
    let world = World::new();
    world.sweep();
    assert_eq!(world.checkpoints(), [json!(null); 0], "of nothing");
    world.happens("alice");
    world.sweep();
    assert_eq!(world.checkpoints().len(), 1, "the first is due at once");
    world.happens("alice");
    world.clock.advance(EVERY - TimeDelta::milliseconds(1));
    world.sweep();
    assert_eq!(world.checkpoints().len(), 1, "the last is not old enough");
    world.clock.advance(TimeDelta::milliseconds(1));
    world.sweep();
    assert_eq!(world.checkpoints().len(), 2);
    for _ in 0..3 {
        world.checkpoint();
    }
    assert_eq!(
        world.checkpoints().len(),
        2,
        "nothing has happened since; its own event is nothing"
    );
}

#[test]
fn they_are_signed_and_follow_each_other() {
    let world = World::new();
    world.happen(&["alice", "bob"]);
    world.sweep();
    world.happen(&["carol"]);
    world.checkpoint();
    let [second, first] = &world.checkpoints()[..] else {
        panic!("two checkpoints")
    };
    let (first, second) = (read(first), read(second));
    assert_eq!((first.number, first.chains), (1, 2));
    assert_eq!((second.number, second.chains), (2, 3));
    assert_eq!(first.made_at, "2026-01-15T12:00:00.000Z");
    assert_eq!(second.made_at, "2026-01-15T13:00:00.000Z");
    assert_eq!(second.previous_hash, first.hash());
    let keys = Keys::from(SigningKey::parse(KEY).unwrap().public());
    for checkpoint in [first, second] {
        assert_eq!(checkpoint.verify(&keys), Ok(()));
    }
}

#[test]
fn each_is_an_event_in_a_chain_that_is_nobodys() {
    let world = World::new();
    world.happens("alice");
    world.sweep();
    let [checkpoint] = &world.checkpoints()[..] else {
        panic!("one checkpoint")
    };
    let published = world.sidecar.published.borrow().clone();
    let [event] = &published[..] else {
        panic!("one event")
    };
    assert_eq!(event["event_type"], "audit.checkpoint");
    assert_eq!(event["user_id"], OWN);
    assert_eq!(event["actor"], json!(null));
    assert_eq!(event["details"], *checkpoint);
    // It is in the audit before it is delivered.
    let own = world.own();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0]["event"], *event);
    assert_eq!(own[0]["source"], "/duebell/audit-sink");
    assert_eq!(own[0]["sequence"], 1);
}

#[test]
fn its_own_delivery_finds_it_done() {
    let world = World::new();
    for _ in 0..3 {
        world.happens("alice");
        world.checkpoint();
    }
    let published = world.sidecar.published.borrow().clone();
    assert_eq!(published.len(), 3);
    // Out of order, and the last one twice: nobody asks anybody for what is between.
    for (event, sequence) in [(2, 3), (2, 3), (0, 1), (1, 2)] {
        let event = &published[event];
        let envelope = json!({
            "specversion": "1.0", "id": event["correlation_id"], "source": "/duebell/audit-sink",
            "type": "audit.checkpoint", "sequence": format!("{sequence:016}"), "data": event,
        });
        let request = http::Request::post("/events/audit-sink/audit-events")
            .header("dapr-api-token", crate::harness::TOKEN)
            .body(envelope.to_string().into());
        assert_eq!(world.send(request.unwrap()).status, 200);
    }
    assert_eq!(world.own().len(), 3);
}

#[test]
fn an_event_that_the_broker_did_not_take_goes_out_later() {
    let world = World::new();
    world.happens("alice");
    world.sidecar.is_away.set(true);
    world.sweep();
    assert_eq!(world.checkpoints().len(), 1);
    assert_eq!(world.sidecar.published.borrow().len(), 0);
    world.sidecar.is_away.set(false);
    world.sweep();
    assert_eq!(world.sidecar.published.borrow().len(), 1);
}

#[test]
fn of_two_instances_one_makes_it() {
    let world = World::new();
    let other = world.another(Some(KEY));
    world.happens("alice");
    world.sweep();
    world.sweep_by(&other);
    assert_eq!(world.checkpoints().len(), 1);
    world.happens("alice");
    world.clock.advance(EVERY);
    world.sweep_by(&other);
    world.sweep();
    assert_eq!(world.checkpoints().len(), 2);
}

#[test]
fn a_claim_of_a_clock_that_was_set_back_holds_nobody_up() {
    let world = World::new();
    world.happens("alice");
    let claim_until = |until: DateTime<Utc>| {
        let database = rusqlite::Connection::open(world.database()).unwrap();
        database
            .execute(
                "INSERT OR REPLACE INTO checkpoint_claim (one, tree, expires_at)
                 VALUES (1, 'of one who died', ?1)",
                [until.timestamp_millis()],
            )
            .unwrap();
    };
    claim_until(start() + TimeDelta::minutes(5));
    world.sweep();
    assert_eq!(world.checkpoints().len(), 0);
    claim_until(start() + TimeDelta::hours(1));
    world.sweep();
    assert_eq!(world.checkpoints().len(), 1);
}

#[test]
fn without_a_key_there_are_none() {
    let world = World::with_key(None);
    world.happens("alice");
    world.checkpoint();
    assert_eq!(world.checkpoints(), [json!(null); 0]);
    let export = world.export("alice");
    assert_eq!(export[2], json!({ "checkpoint": null }));
    assert_eq!(
        world.get("alice", "/api/audit/keys").json,
        json!({ "keys": [] })
    );
}

#[test]
fn a_key_that_was_replaced_is_still_shown() {
    let world = World::new();
    world.happens("alice");
    world.sweep();
    // RFC 8032, section 7.1, test 2.
    let rotated = "TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs";
    let other = world.another(Some(rotated));
    world.happens("alice");
    world.clock.advance(EVERY);
    world.sweep_by(&other);
    let jwks = world.get("alice", "/api/audit/keys").json;
    let ids: Vec<&str> = jwks["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 2);
    let listed = world.checkpoints();
    assert_eq!(listed[0]["key_id"], ids[1]);
    assert_eq!(listed[1]["key_id"], ids[0]);
    let keys = Keys::parse(&jwks.to_string()).unwrap();
    for checkpoint in &listed {
        assert_eq!(read(checkpoint).verify(&keys), Ok(()));
    }
}

#[test]
fn they_are_listed_in_pages() {
    let world = World::new();
    for _ in 0..5 {
        world.happens("alice");
        world.checkpoint();
    }
    let (mut numbers, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get("bob", &format!("/api/audit/checkpoints?limit=2{cursor}"));
        let items = page.json["items"].as_array().unwrap().clone();
        numbers.extend(items.iter().map(|item| item["number"].as_i64().unwrap()));
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(numbers, [5, 4, 3, 2, 1]);
    for wrong in ["limit=0", "cursor=made-up", "user_id=alice"] {
        let refused = world.get("bob", &format!("/api/audit/checkpoints?{wrong}"));
        assert_eq!(refused.status, 400, "{wrong}");
    }
}

#[test]
fn a_tree_of_several_parts_covers_every_chain() {
    let world = World::new();
    let users: Vec<String> = (0..2100).map(|number| format!("user {number}")).collect();
    for some in users.chunks(100) {
        let some: Vec<&str> = some.iter().map(String::as_str).collect();
        world.happen(&some);
    }
    world.sweep();
    assert_eq!(world.checkpoints()[0]["chains"], 2100);
    let mut positions = Vec::new();
    for user in users.iter().step_by(30) {
        let export = world.export(user);
        let findings = verify(&export).unwrap();
        assert_eq!(findings.unverified, []);
        positions.push(export[2]["proof"]["position"].as_u64().unwrap());
    }
    assert!(!positions.is_sorted(), "the order tells nothing of users");
    // Old trees go, the latest stays.
    for _ in 0..3 {
        world.happens("user 7");
        world.checkpoint();
    }
    world.sweep();
    verify(&world.export("user 9")).unwrap();
}

#[test]
fn a_proof_tells_nothing_of_other_users() {
    let world = World::new();
    world.happen(&["alice", "bob"]);
    world.sweep();
    let text = world.get("alice", "/api/audit/export").text;
    assert!(!text.contains("bob"), "{text}");
    let chain = |user: &str| world.export(user)[1]["head"]["chain_id"].clone();
    assert_ne!(chain("alice"), chain("bob"));
    assert!(!text.contains(chain("bob").as_str().unwrap()), "{text}");
    assert_eq!(lines(&text).len(), 3);
}
