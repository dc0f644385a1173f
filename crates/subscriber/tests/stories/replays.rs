//! What dead-letters asks: why an event was given up, and to take it once more.

use crate::consumer::{Consumer, batch, event};
use futures::executor::block_on;
use serde_json::json;

const KEY: &str = "task-events/task.created/ann-1";

fn give_up(consumer: &Consumer) {
    for _ in 0..3 {
        block_on(consumer.deliver(&[event("ann", 1)]));
    }
}

#[test]
fn the_inbox_says_how_often_and_why() {
    let consumer = Consumer::new();
    assert_eq!(consumer.inbox(KEY), Err(404));
    assert_eq!(consumer.inbox(""), Err(400));
    consumer.handler.fail("ann 1");
    block_on(consumer.deliver(&[event("ann", 1)]));
    let known = |attempts: i64, state: &str| {
        Ok(json!({ "attempts": attempts, "state": state, "reason": "on purpose", "passing": true }))
    };
    assert_eq!(consumer.inbox(KEY), known(1, "open"));
    give_up(&consumer);
    consumer.handler.mend();
    give_up(&consumer);
    assert_eq!(
        consumer.inbox(KEY),
        known(3, "dropped"),
        "given up is given up"
    );
    consumer.replay(&event("ann", 1));
    let done = json!({ "attempts": 1, "state": "done", "reason": null, "passing": true });
    let known = consumer.inbox(KEY).unwrap();
    assert_eq!(
        (&known["state"], &known["reason"]),
        (&done["state"], &done["reason"])
    );
}

#[test]
fn what_is_malformed_does_not_pass() {
    let consumer = Consumer::new();
    let odd = event("ann", 1).replace("\"user_id\":\"ann\"", "\"user_id\":\"\"");
    block_on(consumer.deliver(std::slice::from_ref(&odd)));
    let known = consumer.inbox("task-events/ce/ann-1").unwrap();
    assert_eq!(known["passing"], false);
    assert_eq!(known["state"], "dropped");
    assert_eq!(consumer.replay(&odd).unwrap()["outcome"], "drop");
}

#[test]
fn an_event_that_was_given_up_takes_effect_once_when_it_is_replayed() {
    let consumer = Consumer::new();
    consumer.handler.fail("ann 1");
    give_up(&consumer);
    block_on(consumer.deliver(&batch(&[("ann", 2)])));
    let failed = json!({ "outcome": "retry", "reason": "on purpose" });
    // As often as it is asked for: the attempts of before do not count.
    for _ in 0..5 {
        assert_eq!(consumer.replay(&event("ann", 1)), Some(failed.clone()));
    }
    consumer.handler.mend();
    let outcome = |name: &str| Some(json!({ "outcome": name, "reason": null }));
    assert_eq!(consumer.replay(&event("ann", 1)), outcome("done"));
    assert_eq!(consumer.replay(&event("ann", 1)), outcome("already_done"));
    assert_eq!(block_on(consumer.effects()), ["ann 2", "ann 1"]);
}

#[test]
fn a_replay_that_traps_can_be_asked_for_again() {
    let consumer = Consumer::new();
    consumer.handler.trap("ann 1");
    assert_eq!(consumer.replay(&event("ann", 1)), None);
    consumer.handler.mend();
    let done = json!({ "outcome": "done", "reason": null });
    assert_eq!(consumer.replay(&event("ann", 1)), Some(done));
    assert_eq!(block_on(consumer.effects()), ["ann 1"]);
}
