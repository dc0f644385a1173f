use chrono::TimeDelta;
use duebell_events::ReminderEventType;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Change, Created, FieldProblem, Task, apply_patch, create, reminder_event};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn now() -> DateTime<Utc> {
    at("2026-03-20T10:00:00Z")
}

fn make(body: Value) -> Result<Created, Vec<FieldProblem>> {
    let new = serde_json::from_value(body).unwrap();
    create(new, "alice", TaskId::new(123).unwrap(), now())
}

/// A task in Berlin, due at noon on the day after the clocks go forward.
fn report() -> Task {
    make(json!({
        "title": "Submit report", "due_date": "2026-03-29T12:00:00+02:00",
        "time_zone": "Europe/Berlin",
    }))
    .unwrap()
    .task
}

fn ask(body: Value, task: &Task) -> Result<Alarm, Vec<FieldProblem>> {
    one_alarm(&serde_json::from_value(body).unwrap(), task, 0, now())
}

fn reminder(task: &Task, body: Value) -> Reminder {
    Reminder {
        id: ReminderId::new(789).unwrap(),
        task_id: task.id,
        alarm: ask(body, task).unwrap(),
        created_at: now(),
    }
}

fn changed(task: &Task, patch: Value) -> Task {
    match apply_patch(task, &serde_json::from_value(patch).unwrap(), now()).unwrap() {
        Change::Changed { task, .. } => task,
        Change::Unchanged => panic!("unchanged"),
    }
}

fn pointers(refused: Result<impl std::fmt::Debug, Vec<FieldProblem>>) -> Vec<String> {
    let problems = refused.unwrap_err();
    problems
        .into_iter()
        .map(|problem| problem.pointer)
        .collect()
}

#[test]
fn a_day_is_the_zones_and_24_hours_are_24_hours() {
    let task = report();
    let rings = |before: &str| {
        ask(json!({ "before": before }), &task)
            .unwrap()
            .remind_at
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    };
    // The 29th has 23 hours in Berlin.
    assert_eq!(rings("P1D"), "2026-03-28T11:00:00Z");
    assert_eq!(rings("PT24H"), "2026-03-28T10:00:00Z");
    assert_eq!(rings("P1DT1H"), "2026-03-28T10:00:00Z");
    assert_eq!(rings("P1W"), "2026-03-22T11:00:00Z");
    assert_eq!(rings("PT0S"), "2026-03-29T10:00:00Z");
}

#[test]
fn a_span_is_shown_as_it_is_kept() {
    for (given, kept) in [
        ("PT1H", "PT1H"),
        ("P1DT2H", "P1DT2H"),
        ("PT90M", "PT90M"),
        ("P2W", "P2W"),
    ] {
        assert_eq!(given.parse::<Before>().unwrap().as_str(), kept);
    }
    for wrong in [
        "",
        "1h",
        "P",
        "PT",
        "-PT1H",
        "P1M",
        "P1Y",
        "PT0.5S",
        "P3661D",
        "PT1H ",
        "1 hour",
        "P11Y",
        "PT99999999999999999999S",
    ] {
        assert!(wrong.parse::<Before>().is_err(), "{wrong}");
    }
}

#[test]
fn each_reminder_that_is_wrong_is_named() {
    let made = make(json!({
        "title": "Submit report", "due_date": "2026-03-29T12:00:00Z",
        "reminders": [
            { "before": "PT1H" }, { "before": "soon" }, { "remind_at": "tomorrow" }, {},
            { "remind_at": "2026-03-21T09:00:00Z", "before": "PT1H" },
            { "remind_at": "2026-03-20T09:59:59.999Z" }, { "before": "P30D" },
        ],
    }));
    assert_eq!(
        pointers(made),
        [
            "/reminders/1/before",
            "/reminders/2/remind_at",
            "/reminders/3",
            "/reminders/4",
            "/reminders/5/remind_at",
            "/reminders/6/before",
        ]
    );
    let made = make(json!({ "title": "Call", "reminders": [{ "before": "PT1H" }] }));
    assert_eq!(pointers(made), ["/reminders/0/before"]);
}

#[test]
fn a_task_has_up_to_twenty_reminders() {
    let many = |count: usize| {
        let one = json!({ "remind_at": "2026-03-21T09:00:00Z" });
        make(json!({ "title": "Call", "reminders": vec![one; count] }))
    };
    assert_eq!(many(20).unwrap().alarms.len(), 20);
    assert_eq!(pointers(many(21)), ["/reminders"]);
    let wanted = serde_json::from_value(json!({ "before": "PT1H" })).unwrap();
    assert!(one_alarm(&wanted, &report(), 19, now()).is_ok());
    assert_eq!(
        pointers(one_alarm(&wanted, &report(), 20, now())),
        [""],
        "the twenty-first"
    );
}

#[test]
fn a_relative_reminder_follows_the_due_date() {
    let task = report();
    let relative = reminder(&task, json!({ "before": "PT1H" }));
    let later = changed(&task, json!({ "due_date": "2026-04-01T12:00:00Z" }));
    let Adjustment::Replaced(alarm) = adjust(&relative, &task, &later, now()) else {
        panic!("another takes its place")
    };
    assert_eq!(alarm.remind_at, at("2026-04-01T11:00:00Z"));
    assert_eq!(alarm.before, relative.alarm.before);

    let past = changed(&task, json!({ "due_date": "2026-03-20T10:30:00Z" }));
    let Adjustment::Replaced(alarm) = adjust(&relative, &task, &past, now()) else {
        panic!("it rings now")
    };
    assert_eq!(alarm.remind_at, at("2026-03-20T09:30:00Z"));

    let without = changed(&task, json!({ "due_date": null }));
    assert_eq!(
        adjust(&relative, &task, &without, now()),
        Adjustment::Cancelled
    );
}

#[test]
fn the_zone_moves_days_but_not_hours() {
    let task = report();
    let elsewhere = changed(&task, json!({ "time_zone": "UTC" }));
    let day = reminder(&task, json!({ "before": "P1D" }));
    assert!(matches!(
        adjust(&day, &task, &elsewhere, now()),
        Adjustment::Replaced(_)
    ));
    let hour = reminder(&task, json!({ "before": "PT1H" }));
    assert_eq!(adjust(&hour, &task, &elsewhere, now()), Adjustment::Kept);
}

#[test]
fn what_a_reminder_says_follows_the_task() {
    let task = report();
    let absolute = reminder(&task, json!({ "remind_at": "2026-03-28T09:00:00Z" }));
    for (patch, becomes) in [
        (json!({ "title": "Submit the report" }), Adjustment::Retold),
        (
            json!({ "due_date": "2026-04-01T12:00:00Z" }),
            Adjustment::Retold,
        ),
        (json!({ "due_date": null }), Adjustment::Retold),
        (json!({ "priority": "high" }), Adjustment::Kept),
    ] {
        let after = changed(&task, patch);
        assert_eq!(adjust(&absolute, &task, &after, now()), becomes);
    }
}

#[test]
fn one_that_rang_rings_again_only_at_a_time_to_come() {
    let task = report();
    let rang = reminder(&task, json!({ "before": "PT1H" }));
    let after_it = task.due_date.unwrap() - TimeDelta::minutes(30);
    let adjusted = |patch| adjust(&rang, &task, &changed(&task, patch), after_it);
    assert_eq!(adjusted(json!({ "title": "Else" })), Adjustment::Kept);
    assert_eq!(adjusted(json!({ "due_date": null })), Adjustment::Kept);
    assert_eq!(
        adjusted(json!({ "due_date": "2026-03-29T10:15:00Z" })),
        Adjustment::Kept
    );
    assert!(matches!(
        adjusted(json!({ "due_date": "2026-03-30T10:00:00Z" })),
        Adjustment::Replaced(_)
    ));
}

#[test]
fn a_reminder_event_is_the_contracts() {
    let task = report();
    let relative = reminder(&task, json!({ "before": "PT1H" }));
    let event = reminder_event(&task, &relative, ReminderEventType::Scheduled, "c");
    assert_eq!(
        serde_json::to_value(event).unwrap(),
        json!({
            "event_type": "reminder.scheduled", "reminder_id": 789, "task_id": 123,
            "user_id": "alice", "title": "Submit report", "due_at": "2026-03-29T10:00:00Z",
            "remind_at": "2026-03-29T09:00:00Z", "correlation_id": "c",
        })
    );
    let undated = make(json!({ "title": "Call" })).unwrap().task;
    let absolute = reminder(&undated, json!({ "remind_at": "2026-03-28T09:00:00Z" }));
    let event = reminder_event(&undated, &absolute, ReminderEventType::Scheduled, "c");
    assert_eq!(event.due_at, event.remind_at);
}

#[test]
fn a_reminder_is_shown_with_every_field() {
    let task = report();
    let relative = reminder(&task, json!({ "before": "PT1H" }));
    let show = |now| serde_json::to_value(ReminderView::new(&relative, now)).unwrap();
    let mut shown = json!({
        "id": 789, "task_id": 123, "remind_at": "2026-03-29T09:00:00.000Z", "before": "PT1H",
        "status": "scheduled", "created_at": "2026-03-20T10:00:00.000Z",
    });
    assert_eq!(show(now()), shown);
    shown["status"] = json!("due");
    assert_eq!(show(relative.alarm.remind_at), shown);
}

proptest! {
    #[test]
    fn no_span_makes_it_panic(text in "\\PC*|[-+PTWDHMS0-9.]{0,30}", due in 0_i64..253_000_000_000) {
        if let Ok(before) = text.parse::<Before>() {
            let due = DateTime::from_timestamp(due, 0).unwrap();
            if let Some(at) = before.at(due, "America/St_Johns") {
                prop_assert!(at <= due);
            }
            prop_assert_eq!(before.as_str().parse::<Before>(), Ok(before.clone()));
        }
    }
}
