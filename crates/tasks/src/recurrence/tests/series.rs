//! One occurrence after the other, as tasks.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::reminder::MOST_REMINDERS;
use crate::{
    Alarm, Change, Completion, Created, Reopening, Series, Task, TaskId, apply_patch, complete,
    create, next_occurrence, reopen,
};

fn now() -> DateTime<Utc> {
    "2031-03-20T12:00:00Z".parse().unwrap()
}

fn id(number: i64) -> TaskId {
    TaskId::new(number).unwrap()
}

/// A daily task that is due on 28 March at nine in Berlin, two days before the clocks
/// go forward there.
fn water(reminders: &Value) -> Created {
    let body = json!({
        "title": "Water", "due_date": "2031-03-28T09:00:00+01:00", "recurring_pattern": "daily",
        "time_zone": "Europe/Berlin", "reminders": reminders,
    });
    create(serde_json::from_value(body).unwrap(), "alice", id(1), now()).unwrap()
}

fn completed(task: &Task, at: DateTime<Utc>) -> Task {
    match complete(task, at) {
        Completion::Completed(task) => task,
        Completion::AlreadyCompleted => panic!("it was completed"),
    }
}

fn reopened(task: &Task) -> Task {
    match reopen(task, now()) {
        Reopening::Reopened(task) => task,
        Reopening::AlreadyOpen => panic!("it was open"),
    }
}

fn patched(task: &Task, body: Value) -> Task {
    match apply_patch(task, &serde_json::from_value(body).unwrap(), now()).unwrap() {
        Change::Changed { task, .. } => task,
        Change::Unchanged => panic!("unchanged"),
    }
}

fn next(task: &Task, alarms: &[Alarm]) -> Option<Created> {
    next_occurrence(task, alarms, id(2), now())
}

fn next_task(task: &Task) -> Task {
    next(task, &[]).unwrap().task
}

/// Which occurrence of which series a task is.
fn place(task: &Task) -> (String, i64) {
    let series = task.series.as_ref().unwrap();
    (series.id().to_string(), series.to_stored().number)
}

#[test]
fn each_is_the_next_of_the_same_series() {
    let first = water(&json!([])).task;
    assert_eq!(place(&first), ("1.1".to_owned(), 1));
    assert_eq!(next(&first, &[]), None, "it is open");
    let second = next_task(&completed(&first, now()));
    assert_eq!(place(&second), ("1.1".to_owned(), 2));
    assert_eq!(
        (second.id, second.version, second.completed),
        (id(2), 1, false)
    );
    assert_eq!((&second.title, second.completed_at), (&first.title, None));
    assert_eq!(
        second.due_date,
        Some(first.due_date.unwrap() + TimeDelta::days(1))
    );
    let third = next_task(&completed(&second, now()));
    assert_eq!(place(&third), ("1.1".to_owned(), 3));
    // The clocks went forward.
    assert_eq!(
        third.due_date.unwrap().to_rfc3339(),
        "2031-03-30T07:00:00+00:00"
    );
}

#[test]
fn reopening_takes_nothing_back_and_makes_nothing_twice() {
    let first = water(&json!([])).task;
    let once = completed(&first, now());
    let again = completed(&reopened(&once), now());
    assert_eq!(place(&next_task(&once)), place(&next_task(&again)));
    assert_eq!(next(&reopened(&once), &[]), None);
}

#[test]
fn who_changes_when_an_open_task_comes_begins_anew() {
    let task = water(&json!([])).task;
    for change in [
        json!({ "due_date": "2031-03-28T10:00:00+01:00" }),
        json!({ "recurring_pattern": "weekly" }),
        json!({ "time_zone": "UTC" }),
    ] {
        assert_eq!(place(&patched(&task, change)), ("1.2".to_owned(), 1));
    }
    let retitled = patched(&task, json!({ "title": "Water more" }));
    assert_eq!(place(&retitled), place(&task));
    let once = patched(&task, json!({ "recurring_pattern": null }));
    assert_eq!(
        (once.series.clone(), next(&completed(&once, now()), &[])),
        (None, None)
    );
}

#[test]
fn a_completed_task_keeps_its_place_whatever_changes() {
    let done = completed(&water(&json!([])).task, now());
    let moved = patched(&done, json!({ "due_date": "2031-03-28T10:00:00+01:00" }));
    let next = next_task(&moved);
    assert_eq!(place(&next), ("1.1".to_owned(), 2));
    assert_eq!(
        next.due_date.unwrap().to_rfc3339(),
        "2031-03-29T09:00:00+00:00"
    );
}

#[test]
fn reminders_come_along() {
    let made = water(&json!([
        { "before": "PT1H" }, { "before": "P1D" }, { "remind_at": "2031-03-27T21:00:00+01:00" },
    ]));
    let due = |task: &Created| task.task.due_date.unwrap();
    let done = completed(&made.task, due(&made) + TimeDelta::days(1));
    let next = next(&done, &made.alarms).unwrap();
    // Due on 30 March: that night is an hour shorter.
    let times: Vec<String> = next
        .alarms
        .iter()
        .map(|alarm| alarm.remind_at.to_rfc3339())
        .collect();
    assert_eq!(
        times,
        [
            "2031-03-29T08:00:00+00:00",
            "2031-03-29T20:00:00+00:00",
            "2031-03-30T06:00:00+00:00",
        ]
    );
    let many = vec![made.alarms[0].clone(); MOST_REMINDERS + 3];
    let next = next_occurrence(&done, &many, id(3), now()).unwrap();
    assert_eq!(next.alarms.len(), MOST_REMINDERS);
}

#[test]
fn a_series_survives_its_database() {
    let task = next_task(&completed(&water(&json!([])).task, now()));
    let series = task.series.clone().unwrap();
    assert_eq!(Series::from_stored(series.to_stored()), Some(series));
    let mut odd = task.series.clone().unwrap().to_stored();
    odd.start = "yesterday".to_owned();
    assert_eq!(Series::from_stored(odd), None);
    // One that was kept before there were series begins with itself.
    assert_eq!(Series::of(&task).unwrap().to_stored().id, "2.1");
}
