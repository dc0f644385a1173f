//! What is heard of reminders: twice, too late, in another order, from others.

use crate::harness::{World, cancelled, scheduled, start};
use chrono::TimeDelta;
use duebell_fakes::wrapped_by_dapr;
use serde_json::json;

fn soon() -> chrono::DateTime<chrono::Utc> {
    start() + TimeDelta::minutes(1)
}

#[test]
fn an_event_that_comes_twice_takes_effect_once() {
    let world = World::new();
    let event = world.by_task_api(&scheduled(1, soon()));
    assert_eq!(world.deliver(&event), (200, "done".to_owned()));
    assert_eq!(world.deliver(&event), (200, "already_processed".to_owned()));
    world.settle();
    assert_eq!(world.jobs().len(), 1);
}

#[test]
fn the_latest_news_counts() {
    let world = World::new();
    world.hear(&scheduled(1, soon()));
    let mut retold = scheduled(1, soon());
    retold["title"] = json!("Submit the report");
    retold["correlation_id"] = json!("retold");
    world.hear(&retold);
    world.advance(TimeDelta::minutes(1));
    world.sweep();
    assert_eq!(world.rang(), [1]);
    assert_eq!(
        world.sidecar.published.borrow()[0]["title"],
        "Submit the report"
    );
}

#[test]
fn older_news_that_come_late_change_nothing() {
    let world = World::new();
    let older = world.by_task_api(&scheduled(1, soon()));
    let mut moved = scheduled(1, soon() + TimeDelta::hours(1));
    moved["correlation_id"] = json!("moved");
    world.hear(&moved);
    assert_eq!(world.deliver(&older).0, 200);
    world.advance(TimeDelta::minutes(1));
    world.sweep();
    assert_eq!(world.rang(), [0; 0]);
    world.advance(TimeDelta::hours(1));
    world.sweep();
    assert_eq!(world.rang(), [1]);
}

#[test]
fn what_was_cancelled_is_not_armed_by_what_comes_late() {
    let world = World::new();
    world.hear(&cancelled(1, soon()));
    world.hear(&scheduled(1, soon()));
    world.advance(TimeDelta::minutes(2));
    world.sweep();
    assert_eq!(world.rang(), [0; 0]);
    assert_eq!(world.jobs(), [""; 0]);
}

#[test]
fn cancelling_what_rang_changes_nothing() {
    let world = World::new();
    world.hear(&scheduled(1, soon()));
    world.advance(TimeDelta::minutes(1));
    world.sweep();
    world.hear(&cancelled(1, soon()));
    world.sweep();
    assert_eq!(world.rang(), [1]);
}

#[test]
fn another_publishers_reminder_rings_at_each_time_that_it_names() {
    let world = World::new();
    let again = soon() + TimeDelta::minutes(1);
    for time in [soon(), again] {
        let event = wrapped_by_dapr(&scheduled(789, time));
        assert_eq!(world.deliver(&event), (200, "done".to_owned()));
        world.settle();
        world.advance(TimeDelta::minutes(1));
        world.sweep();
    }
    assert_eq!(world.rang(), [789, 789]);
    let published = world.sidecar.published.borrow();
    assert_ne!(
        published[0]["correlation_id"], published[1]["correlation_id"],
        "two events, not one twice"
    );
}

#[test]
fn two_users_may_count_alike() {
    let world = World::new();
    let mut bobs = scheduled(1, soon());
    bobs["user_id"] = json!("bob");
    bobs["correlation_id"] = json!("bob's");
    world.hear(&scheduled(1, soon()));
    assert_eq!(world.deliver(&wrapped_by_dapr(&bobs)).0, 200);
    let mut cancels = cancelled(1, soon());
    cancels["user_id"] = json!("bob");
    cancels["correlation_id"] = json!("bob cancels");
    assert_eq!(world.deliver(&wrapped_by_dapr(&cancels)).0, 200);
    world.settle();
    world.advance(TimeDelta::minutes(1));
    world.sweep();
    let published = world.sidecar.published.borrow();
    let users: Vec<_> = published.iter().map(|event| &event["user_id"]).collect();
    assert_eq!(users, ["alice"], "one's cancelling is not the other's");
}

#[test]
fn somebody_elses_ringing_is_taken_and_does_nothing() {
    let world = World::new();
    world.hear(&scheduled(1, soon()));
    let mut due = scheduled(1, soon());
    due["event_type"] = json!("reminder.due");
    due["correlation_id"] = json!("foreign");
    assert_eq!(
        world.deliver(&wrapped_by_dapr(&due)),
        (200, "done".to_owned())
    );
    world.advance(TimeDelta::minutes(1));
    world.sweep();
    assert_eq!(world.rang(), [1], "it still rings by itself");
}
