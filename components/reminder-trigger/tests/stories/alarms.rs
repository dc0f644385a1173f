//! Each reminder rings once, at or after its time, whatever the scheduler does.

use crate::harness::{World, cancelled, scheduled, start};
use chrono::TimeDelta;
use serde_json::json;

fn in_minutes(minutes: i64) -> chrono::DateTime<chrono::Utc> {
    start() + TimeDelta::minutes(minutes)
}

#[test]
fn a_job_rings_its_reminder_once_and_not_before_its_time() {
    let world = World::new();
    world.hear(&scheduled(1, in_minutes(5)));
    let [job] = &world.jobs()[..] else {
        panic!("one job")
    };
    assert_eq!(world.fire(job), (425, "early".to_owned()));
    world.sweep();
    assert_eq!(world.rang(), [0; 0], "not before its time");

    world.advance(TimeDelta::minutes(5));
    let data = world.sidecar.jobs.borrow()[job]["data"].clone();
    assert_eq!(world.fire(job), (200, "done".to_owned()));
    world.settle();
    let again = world.post(&format!("/job/{job}"), &data);
    assert_eq!(again, (200, "already_processed".to_owned()));
    world.sweep();
    assert_eq!(world.rang(), [1]);
    let event = world.sidecar.published.borrow()[0].clone();
    assert_eq!(event["title"], "Submit report");
    assert_eq!(event["remind_at"], "2026-01-15T12:05:00Z");
    assert_eq!(event["due_at"], "2026-01-15T13:05:00Z");
}

#[test]
fn jobs_that_are_lost_are_made_up_for_by_the_sweep() {
    let world = World::new();
    for reminder in 1..=3 {
        world.hear(&scheduled(
            reminder,
            in_minutes(i64::try_from(reminder).unwrap()),
        ));
    }
    assert_eq!(world.jobs().len(), 3);
    world.sidecar.jobs.borrow_mut().clear();

    // The clock moves over several at once.
    world.advance(TimeDelta::minutes(2));
    world.sweep();
    assert_eq!(world.rang(), [1, 2], "in the order of their times");
    world.advance(TimeDelta::minutes(2));
    world.sweep();
    world.sweep();
    assert_eq!(world.rang(), [1, 2, 3]);
}

#[test]
fn one_job_rings_all_that_is_due() {
    let world = World::new();
    for reminder in 1..=3 {
        world.hear(&scheduled(reminder, in_minutes(1)));
    }
    world.advance(TimeDelta::minutes(1));
    for job in world.jobs() {
        assert_eq!(world.fire(&job).0, 200);
    }
    world.settle();
    assert_eq!(world.rang().len(), 3);
}

#[test]
fn a_kill_between_ringing_and_publishing_loses_nothing_and_doubles_nothing() {
    let world = World::new();
    world.hear(&scheduled(1, in_minutes(1)));
    world.advance(TimeDelta::minutes(1));
    let job = world.jobs()[0].clone();
    assert_eq!(world.fire(&job), (200, "done".to_owned()));
    let world = world.killed();
    assert_eq!(world.rang(), [0; 0], "it was killed before it published");
    world.sweep();
    world.sweep();
    assert_eq!(world.rang(), [1]);
}

#[test]
fn a_sidecar_that_is_away_delays_and_loses_nothing() {
    let world = World::new();
    world.sidecar.is_away.set(true);
    world.hear(&scheduled(1, in_minutes(1)));
    world.hear(&scheduled(2, in_minutes(60)));
    world.advance(TimeDelta::minutes(1));
    world.sweep();
    assert_eq!(world.rang(), [0; 0]);
    world.sidecar.is_away.set(false);
    world.sweep();
    assert_eq!(world.rang(), [1]);
    assert_eq!(world.jobs().len(), 1, "what has still to ring is armed");
}

#[test]
fn what_is_overdue_when_it_is_heard_of_rings_at_once_and_needs_no_job() {
    let world = World::new();
    world.hear(&scheduled(1, start() - TimeDelta::hours(2)));
    assert_eq!(world.rang(), [1]);
    assert_eq!(world.jobs(), [""; 0]);
}

#[test]
fn what_is_cancelled_does_not_ring() {
    let world = World::new();
    world.hear(&scheduled(1, in_minutes(1)));
    let job = world.jobs()[0].clone();
    let data = world.sidecar.jobs.borrow()[&job]["data"].clone();
    world.hear(&cancelled(1, in_minutes(1)));
    assert_eq!(world.jobs(), [""; 0], "its job is gone as well");
    world.advance(TimeDelta::minutes(1));
    // A job that the scheduler would not let go of.
    let late = world.post(&format!("/job/{job}"), &data);
    assert_eq!(late, (200, "cancelled".to_owned()));
    world.sweep();
    assert_eq!(world.rang(), [0; 0]);
}

#[test]
fn the_clock_set_back_makes_nothing_ring_twice() {
    let world = World::new();
    world.hear(&scheduled(1, in_minutes(1)));
    world.advance(TimeDelta::minutes(1));
    world.sweep();
    world.advance(TimeDelta::minutes(-10));
    world.sweep();
    world.advance(TimeDelta::minutes(20));
    world.sweep();
    assert_eq!(world.rang(), [1]);
}

#[test]
fn many_at_one_time_all_ring_each_once() {
    let world = World::new();
    for reminder in 1..=700 {
        let event = scheduled(reminder, in_minutes(1));
        assert_eq!(world.deliver(&world.by_task_api(&event)).0, 200);
    }
    world.settle();
    world.advance(TimeDelta::minutes(1));
    world.sweep();
    let mut rang = world.rang();
    rang.sort_unstable();
    assert_eq!(rang, (1..=700).collect::<Vec<_>>());
}

#[test]
fn what_is_armed_late_and_rung_is_measured() {
    const NAMES: [&str; 5] = [
        "duebell_reminders_armed",
        "duebell_reminders_overdue",
        "duebell_reminders_overdue_seconds",
        "duebell_reminders_lateness_seconds_count",
        "duebell_reminders_lateness_seconds_sum",
    ];
    let world = World::new();
    world.hear(&scheduled(1, start() + TimeDelta::seconds(1)));
    world.hear(&scheduled(2, start() + TimeDelta::hours(1)));
    assert_eq!(world.measured(&NAMES), ["2", "0", "0", "0", "0"]);
    world.advance(TimeDelta::milliseconds(3_500));
    assert_eq!(world.measured(&NAMES), ["2", "1", "2.5", "0", "0"]);
    world.sweep();
    assert_eq!(world.measured(&NAMES), ["1", "0", "0", "1", "2.5"]);
    // What is heard of too late rings at once, and is not late here.
    world.hear(&scheduled(3, start()));
    assert_eq!(world.measured(&NAMES), ["1", "0", "0", "2", "2.5"]);
}

#[test]
fn the_component_tells_how_it_is_with_each_sweep() {
    let world = World::new();
    world.sweep();
    let told = || world.sidecar.health.borrow()["reminder-trigger"].clone();
    assert_eq!(told(), json!({}));
}
