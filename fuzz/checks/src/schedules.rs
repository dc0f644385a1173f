//! Recurrence rules, times, time zones and durations.

use crate::now;
use chrono::{DateTime, SecondsFormat, Utc};
use duebell_tasks::{
    Before, Completion, NewTask, Recurrence, TaskId, complete, create, next_occurrence, parse_time,
};

/// How many occurrences are looked at.
const MOST: i64 = 4;

/// The input as five lines: a rule, a due date, a time of completion, a zone, and how
/// long before the due date it rings.
pub fn schedules(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut lines = text.splitn(5, '\n');
    let [rule, due, after, zone, before] =
        std::array::from_fn(|_| lines.next().unwrap_or_default());
    match rule.parse::<Recurrence>() {
        Ok(read) => assert_eq!(read.as_str(), rule),
        // It goes to whoever wrote it, and quotes it.
        Err(error) => assert!((1..1_000).contains(&error.to_string().len())),
    }
    for text in [due, after] {
        if let Some(time) = parse_time(text) {
            assert_eq!(parse_time(&written(time)), Some(time));
        }
    }
    let (before, due) = (before.parse::<Before>(), parse_time(due));
    if let Ok(before) = &before {
        assert_eq!(before.as_str().parse().as_ref(), Ok(before));
        if let Some(due) = due
            && let Some(at) = before.at(due, zone)
        {
            assert!(at <= due, "{before} before {due} in {zone} is {at}");
        }
    }
    if let (Some(due), Some(after)) = (due, parse_time(after)) {
        occurrences(rule, due, after, zone);
    }
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// One occurrence after the other, each after the one before and after its completion.
fn occurrences(rule: &str, due: DateTime<Utc>, after: DateTime<Utc>, zone: &str) {
    let new = NewTask {
        title: Some("Water".to_owned()),
        due_date: Some(written(due)),
        recurring_pattern: Some(rule.to_owned()),
        time_zone: Some(zone.to_owned()),
        ..NewTask::default()
    };
    let id = |number| TaskId::new(number).expect("it is one");
    let Ok(made) = create(new, "alice", id(1), now()) else {
        return;
    };
    let mut task = made.task;
    for number in 2..=MOST {
        let Completion::Completed(done) = complete(&task, after) else {
            panic!("it is open");
        };
        let Some(next) = next_occurrence(&done, &[], id(number), after) else {
            return;
        };
        let next = next.task;
        assert!(next.due_date > task.due_date && next.due_date > Some(after));
        assert_eq!(next.recurring_pattern, task.recurring_pattern);
        let number_of = |task: &duebell_tasks::Task| {
            let series = task.series.as_ref().expect("it comes again");
            series.to_stored().number
        };
        assert_eq!(number_of(&next), number_of(&task) + 1);
        task = next;
    }
}
