//! Keys that are published, taken back, and out of reach.

use crate::harness::{World, token};
use chrono::TimeDelta;
use duebell_service::Clock;

const MINUTE: i64 = 60;

#[test]
fn a_published_key_lets_its_users_in_and_is_fetched_once() {
    let world = World::new();
    world.issuer.publish(&[1, 2]);
    let instance = world.instance();
    assert_eq!(instance.ask(1).result.unwrap().user.id, "alice");
    assert_eq!(instance.ask(2).status(), 200);
    // Another instance knows it from the database.
    assert_eq!(world.instance().ask(1).status(), 200);
    assert_eq!(world.issuer.asked.get(), 1);
}

#[test]
fn a_new_key_is_taken_at_its_first_use() {
    let world = World::new();
    world.issuer.publish(&[1]);
    let instance = world.instance();
    instance.ask(1).result.unwrap();
    world.issuer.publish(&[1, 2]);
    world.advance(11);
    assert_eq!(instance.ask(2).status(), 200);
    assert_eq!(world.issuer.asked.get(), 2);
    // An instance with the old ones in memory looks into the database first.
    let other = world.instance();
    other.ask(1).result.unwrap();
    world.issuer.publish(&[1, 2, 3]);
    world.advance(11);
    assert_eq!(instance.ask(3).status(), 200);
    assert_eq!(other.ask(3).status(), 200);
    assert_eq!(world.issuer.asked.get(), 3);
}

#[test]
fn made_up_keys_make_no_storm() {
    let world = World::new();
    world.issuer.publish(&[1]);
    let instances = [world.instance(), world.instance()];
    instances[0].ask(1).result.unwrap();
    for second in 0..30 {
        for instance in &instances {
            for number in 100..110 {
                assert_eq!(instance.ask(number).status(), 401, "{second}");
            }
        }
        world.advance(1);
    }
    // Once at the start, and every ten seconds at most.
    assert!((2..=4).contains(&world.issuer.asked.get()));
    assert_eq!(instances[1].ask(1).status(), 200);
}

#[test]
fn a_key_that_was_taken_back_is_taken_for_five_minutes_more() {
    let world = World::new();
    world.issuer.publish(&[1, 2]);
    let instance = world.instance();
    instance.ask(1).result.unwrap();
    world.issuer.publish(&[2]);
    world.advance(5 * MINUTE - 1);
    assert_eq!(instance.ask(1).status(), 200);
    world.advance(2);
    assert_eq!(instance.ask(1).status(), 401);
    assert_eq!(instance.ask(2).status(), 200);
}

#[test]
fn while_keys_cannot_be_had_the_old_ones_do_for_an_hour() {
    let world = World::new();
    world.issuer.publish(&[1]);
    world.instance().ask(1).result.unwrap();
    world.issuer.is_away.set(true);
    world.advance(59 * MINUTE);
    let instance = world.instance();
    assert_eq!(instance.ask(1).status(), 200);
    // And nobody waits for them more often than every ten seconds.
    let asked = world.issuer.asked.get();
    instance.ask(1).result.unwrap();
    assert_eq!(world.issuer.asked.get(), asked);

    world.advance(2 * MINUTE);
    let refused = instance.ask(1);
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.header("retry-after"), "2");
    world.issuer.is_away.set(false);
    world.advance(11);
    assert_eq!(instance.ask(1).status(), 200);
}

#[test]
fn what_is_no_key_set_does_not_replace_one() {
    let world = World::new();
    world.issuer.publish(&[1]);
    let instance = world.instance();
    instance.ask(1).result.unwrap();
    for nonsense in ["<html>maintenance</html>", r#"{"keys":[]}"#, ""] {
        *world.issuer.published.borrow_mut() = nonsense.to_owned();
        world.advance(6 * MINUTE);
        assert_eq!(instance.ask(1).status(), 200, "{nonsense}");
    }
}

#[test]
fn keys_of_another_address_are_nobodys_here() {
    let world = World::new();
    world.issuer.publish(&[1]);
    world.instance().ask(1).result.unwrap();
    world.issuer.publish(&[2]);
    let moved = world.instance_at("https://another.example/keys");
    assert_eq!(moved.ask(1).status(), 401);
    assert_eq!(moved.ask(2).status(), 200);
}

#[test]
fn a_clock_that_is_set_back_does_not_lock_anybody_out() {
    let world = World::new();
    world.issuer.publish(&[1]);
    let instance = world.instance();
    instance.ask(1).result.unwrap();
    world.advance(-3600);
    assert_eq!(instance.ask(1).status(), 200);
    world.issuer.publish(&[2]);
    world.advance(11);
    assert_eq!(instance.ask(2).status(), 200);
}

#[test]
fn a_token_that_expired_is_refused_without_asking_for_keys() {
    let world = World::new();
    world.issuer.publish(&[1]);
    let instance = world.instance();
    instance.ask(1).result.unwrap();
    world.advance(11);
    let expired = token(1, "alice", world.clock.now() - TimeDelta::minutes(1));
    assert_eq!(instance.show(&expired).status(), 401);
    assert_eq!(instance.show("nonsense").status(), 401);
    assert_eq!(world.issuer.asked.get(), 1);
}

#[test]
fn nobody_goes_for_keys_for_what_is_no_token_of_theirs() {
    let world = World::new();
    world.issuer.publish(&[1]);
    let instance = world.instance();
    assert_eq!(instance.show("nonsense").status(), 401);
    // Of a shared secret, which is refused whatever keys are published.
    assert_eq!(instance.of("alice").status(), 401);
    assert_eq!(world.issuer.asked.get(), 0);
}

#[test]
fn users_are_let_in_though_the_database_keeps_no_keys() {
    let world = World::new();
    world.issuer.publish(&[1]);
    let instance = world.instance();
    instance.ask(1).result.unwrap();
    world.lose_keys();
    world.advance(6 * MINUTE);
    assert_eq!(instance.ask(1).status(), 200);
    assert_eq!(world.issuer.asked.get(), 2);
    world.issuer.is_away.set(true);
    world.advance(30 * MINUTE);
    for _ in 0..10 {
        assert_eq!(instance.ask(1).status(), 200);
    }
    assert_eq!(world.issuer.asked.get(), 3);
    world.advance(31 * MINUTE);
    assert_eq!(instance.ask(1).status(), 503);
}
