//! What a consumer may rely on, told with a publisher and a handler of the
//! tests' own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod consumer;
mod properties;
mod replays;

use consumer::{Consumer, batch, event};
use duebell_dapr::Answer;
use duebell_store::Error;
use futures::executor::block_on;

fn retry(answer: &Answer) -> bool {
    matches!(answer, Answer::Retry(_))
}

fn drops(answer: &Answer) -> bool {
    matches!(answer, Answer::Drop(_))
}

#[test]
fn an_event_takes_effect_once_however_often_it_comes() {
    let consumer = Consumer::new();
    let one = event("ann", 1);
    assert_eq!(
        block_on(consumer.deliver(&[one.clone(), one.clone()])),
        [Answer::Done, Answer::Done]
    );
    assert_eq!(block_on(consumer.deliver(&[one])), [Answer::AlreadyDone]);
    assert_eq!(block_on(consumer.effects()), ["ann 1"]);
}

#[test]
fn a_malformed_event_is_dropped_at_once_and_spoils_nothing() {
    let consumer = Consumer::new();
    let answers = block_on(consumer.deliver(&[
        event("ann", 1),
        "{}".into(),
        "no json".into(),
        event("ann", 2),
    ]));
    assert_eq!(answers[0], Answer::Done);
    assert!(drops(&answers[1]) && drops(&answers[2]));
    assert_eq!(answers[3], Answer::Done);
    assert_eq!(block_on(consumer.effects()), ["ann 1", "ann 2"]);
    assert_eq!(block_on(consumer.reasons()).len(), 2, "why is kept");
}

#[test]
fn what_follows_a_failed_event_of_the_same_user_waits_for_it() {
    let consumer = Consumer::new();
    consumer.handler.fail("ann 2");
    let events = batch(&[("ann", 1), ("ann", 2), ("bob", 1), ("ann", 3)]);
    let answers = block_on(consumer.deliver(&events));
    assert_eq!(answers[0], Answer::Done);
    assert!(retry(&answers[1]) && retry(&answers[3]));
    assert_eq!(answers[2], Answer::Done, "another user's does not wait");
    consumer.handler.mend();
    block_on(consumer.deliver(&batch(&[("ann", 2), ("ann", 3)])));
    assert_eq!(
        block_on(consumer.effects()),
        ["ann 1", "bob 1", "ann 2", "ann 3"]
    );
}

#[test]
fn the_third_failure_drops_an_event_with_its_reason_and_lets_the_next_pass() {
    let consumer = Consumer::new();
    consumer.handler.fail("ann 1");
    let events = batch(&[("ann", 1), ("ann", 2)]);
    for _ in 0..2 {
        assert!(block_on(consumer.deliver(&events)).iter().all(retry));
    }
    let answers = block_on(consumer.deliver(&events));
    assert!(drops(&answers[0]));
    assert_eq!(answers[1], Answer::Done);
    assert_eq!(block_on(consumer.reasons()), ["on purpose"]);
    assert_eq!(block_on(consumer.effects()), ["ann 2"]);
    assert!(
        drops(&block_on(consumer.deliver(&events[..1]))[0]),
        "it stays dropped"
    );
}

#[test]
fn an_event_that_traps_is_dropped_and_its_batch_is_not() {
    let consumer = Consumer::new();
    consumer.handler.trap("bob 1");
    let events = batch(&[("ann", 1), ("bob", 1), ("cat", 1)]);
    let mut deliveries = 0;
    let answers = loop {
        deliveries += 1;
        assert!(deliveries < 10, "it is never given up");
        if let Some(answers) = consumer.deliver_until_trap(&events) {
            break answers;
        }
    };
    assert_eq!(answers[0], Answer::AlreadyDone);
    assert!(drops(&answers[1]));
    assert_eq!(answers[2], Answer::Done);
    assert_eq!(block_on(consumer.effects()), ["ann 1", "cat 1"]);
}

#[test]
fn a_broken_database_is_no_failure_of_the_events() {
    for error in [Error::Busy, Error::Full, Error::Database("I/O".to_owned())] {
        let consumer = Consumer::new();
        consumer.handler.break_database(error);
        for _ in 0..5 {
            let answers = block_on(consumer.deliver(&[event("ann", 1)]));
            assert!(answers.iter().all(retry));
        }
        consumer.handler.mend();
        let answers = block_on(consumer.deliver(&[event("ann", 1)]));
        assert_eq!(answers, [Answer::Done]);
    }
}

#[test]
fn an_event_that_its_database_refuses_holds_nothing_up_for_ever() {
    for error in [
        Error::Constraint("constraint failed: rings".to_owned()),
        Error::Unexpected("a bell of stone".to_owned()),
    ] {
        let consumer = Consumer::new();
        consumer.handler.break_database(error.clone());
        for _ in 0..2 {
            let answers = block_on(consumer.deliver(&[event("ann", 1)]));
            assert!(answers.iter().all(retry));
        }
        let answers = block_on(consumer.deliver(&[event("ann", 1)]));
        assert!(drops(&answers[0]));
        assert_eq!(block_on(consumer.reasons()), [error.to_string()]);
    }
}

#[test]
fn a_gap_is_filled_before_what_showed_it() {
    let consumer = Consumer::new();
    consumer.publisher.publish("ann", 4);
    block_on(consumer.deliver(&[event("ann", 1)]));
    let answers = block_on(consumer.deliver(&[event("ann", 4)]));
    assert_eq!(answers, [Answer::Done]);
    assert_eq!(
        block_on(consumer.effects()),
        ["ann 1", "ann 2", "ann 3", "ann 4"]
    );
    assert_eq!(
        block_on(consumer.deliver(&[event("ann", 2)])),
        [Answer::AlreadyDone]
    );
}

#[test]
fn a_gap_whose_publisher_is_away_holds_nothing_up_and_is_healed_later() {
    let consumer = Consumer::new();
    consumer.publisher.publish("ann", 3);
    consumer.publisher.away(true);
    assert_eq!(
        block_on(consumer.deliver(&batch(&[("ann", 1), ("ann", 3)]))),
        [Answer::Done, Answer::Done]
    );
    assert_eq!(block_on(consumer.effects()), ["ann 1", "ann 3"]);
    assert_eq!(block_on(consumer.sweep()).unavailable.len(), 1);
    consumer.publisher.away(false);
    assert_eq!(block_on(consumer.sweep()).healed, 1);
    assert_eq!(block_on(consumer.effects()), ["ann 1", "ann 3", "ann 2"]);
    assert_eq!(block_on(consumer.sweep()).healed, 0, "once");
}

#[test]
fn a_loss_that_nothing_came_after_is_found_by_the_sweep() {
    let consumer = Consumer::new();
    consumer.publisher.publish("ann", 3);
    consumer.publisher.publish("bob", 250);
    block_on(consumer.deliver(&[event("ann", 1)]));
    let mut healed = 0;
    for _ in 0..3 {
        healed += block_on(consumer.sweep()).healed;
    }
    assert_eq!(healed, 252);
    let effects = block_on(consumer.effects());
    let bobs: Vec<String> = effects
        .into_iter()
        .filter(|effect| effect.starts_with("bob"))
        .collect();
    let in_order: Vec<String> = (1..=250).map(|number| format!("bob {number}")).collect();
    assert_eq!(bobs, in_order);
}

#[test]
fn what_its_publisher_has_forgotten_is_not_waited_for() {
    let consumer = Consumer::new();
    consumer.publisher.publish("ann", 500);
    consumer.publisher.forget(499);
    assert_eq!(
        block_on(consumer.deliver(&[event("ann", 500)])),
        [Answer::Done]
    );
    assert_eq!(block_on(consumer.effects()), ["ann 500"]);
    block_on(consumer.sweep());
    assert_eq!(block_on(consumer.sweep()).healed, 0);
    assert_eq!(block_on(consumer.effects()), ["ann 500"]);
}

#[test]
fn a_publisher_that_counts_nothing_is_taken_as_it_comes() {
    let consumer = Consumer::new();
    let foreign = event("ann", 7)
        .replace(&format!("{:016}", 7), "")
        .replace("/duebell/task-api", "elsewhere");
    assert_eq!(block_on(consumer.deliver(&[foreign])), [Answer::Done]);
    assert_eq!(block_on(consumer.effects()), ["ann 7"]);
}

#[test]
fn what_does_not_concern_the_handler_leaves_only_its_position() {
    let consumer = Consumer::new();
    consumer.handler.ignore("ann");
    let events = batch(&[("ann", 1), ("bob", 1), ("ann", 2)]);
    let done = [Answer::Done, Answer::Done, Answer::Done];
    assert_eq!(block_on(consumer.deliver(&events)), done);
    assert_eq!(block_on(consumer.effects()), ["bob 1"]);
    assert_eq!(
        block_on(consumer.known()),
        ["task-events/task.created/bob-1"]
    );
    // Its place in the sequence is known: there is no gap.
    consumer.handler.ignore("nobody");
    consumer.publisher.away(true);
    block_on(consumer.deliver(&batch(&[("ann", 3)])));
    consumer.publisher.away(false);
    consumer.publisher.publish("ann", 3);
    assert_eq!(block_on(consumer.sweep()).healed, 0);
    assert_eq!(block_on(consumer.effects()), ["bob 1", "ann 3"]);
}

#[test]
fn what_does_not_concern_the_handler_waits_for_what_came_before_it() {
    let consumer = Consumer::new();
    consumer.handler.ignore("ann 2");
    consumer.handler.fail("ann 1");
    let events = batch(&[("ann", 1), ("ann", 2), ("bob", 1)]);
    let answers = block_on(consumer.deliver(&events));
    assert!(retry(&answers[0]) && retry(&answers[1]), "{answers:?}");
    assert_eq!(answers[2], Answer::Done);
    consumer.handler.mend();
    let answers = block_on(consumer.deliver(&events));
    assert_eq!(answers, [Answer::Done, Answer::Done, Answer::AlreadyDone]);
    assert_eq!(block_on(consumer.effects()), ["bob 1", "ann 1"]);
}

#[test]
fn events_are_counted_by_what_came_of_them_and_nobody_is_named() {
    let consumer = Consumer::new();
    consumer.handler.fail("ann 2");
    block_on(consumer.deliver(&batch(&[("ann", 1), ("bob", 1)])));
    block_on(consumer.deliver(&batch(&[("ann", 1)])));
    for _ in 0..3 {
        block_on(consumer.deliver(&batch(&[("ann", 2)])));
    }
    block_on(consumer.deliver(&["no json".into()]));
    let text = consumer.measured();
    let events: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("duebell_events_total{"))
        .map(|line| line.split_once("outcome=").unwrap().1)
        .collect();
    let expected = [
        "\"already_done\"} 1",
        "\"done\"} 2",
        "\"drop\"} 2",
        "\"retry\"} 2",
    ];
    assert_eq!(events, expected);
    assert!(!text.contains("ann") && !text.contains("bob"), "{text}");
}
