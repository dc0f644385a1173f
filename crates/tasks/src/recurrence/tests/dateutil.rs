//! The rules that python-dateutil was asked about; generate.py has how.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::super::*;
use crate::TaskId;

const CASES: &str = include_str!("dateutil/cases.txt");

/// A rule, and when it comes.
struct Case {
    rule: Recurrence,
    start: DateTime<Utc>,
    times: Vec<DateTime<Utc>>,
    /// Whether those are all.
    ends: bool,
    never: bool,
}

fn time(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S")
        .unwrap()
        .and_utc()
}

fn case(line: &str) -> Case {
    let [rule, start, times] = line.split('|').collect::<Vec<_>>().try_into().unwrap();
    Case {
        rule: rule
            .parse()
            .unwrap_or_else(|error| panic!("{line}: {error}")),
        start: time(start),
        ends: times.ends_with('.'),
        never: times == "never",
        times: times
            .split(' ')
            .filter(|text| !["", ".", "never"].contains(text))
            .map(time)
            .collect(),
    }
}

fn cases() -> impl Iterator<Item = (&'static str, Case)> {
    CASES.lines().map(|line| (line, case(line)))
}

fn first(case: &Case) -> Series {
    Series::begin(TaskId::new(1).unwrap(), 1, case.start, "UTC").unwrap()
}

#[test]
fn each_comes_when_dateutil_says() {
    let mut count = 0;
    for (line, case) in cases() {
        let mut series = first(&case);
        let mut due = case.start;
        for expected in &case.times {
            let Some((next, at)) = series.next(&case.rule, due, due, "UTC") else {
                panic!("{line}: none after {due}, not {expected}");
            };
            assert_eq!(at, *expected, "{line}: after {due}");
            (series, due) = (next, at);
        }
        if case.ends || case.never {
            let next = series.next(&case.rule, due, due, "UTC");
            assert_eq!(next, None, "{line}: it has ended");
        }
        count += 1;
    }
    assert_eq!(count, 4_000);
}

#[test]
fn what_was_missed_is_skipped_and_counts() {
    for (line, case) in cases() {
        let whole = first(&case);
        for pair in case.times.windows(2) {
            let [missed, expected] = pair else {
                unreachable!()
            };
            let (_, at) = whole
                .next(&case.rule, case.start, *missed, "UTC")
                .unwrap_or_else(|| panic!("{line}: none after {missed}"));
            assert_eq!(at, *expected, "{line}: after {missed}");
        }
        if let (true, Some(last)) = (case.ends, case.times.last()) {
            let next = whole.next(&case.rule, case.start, *last, "UTC");
            assert_eq!(next, None, "{line}: it has ended");
        }
    }
}

#[test]
fn what_never_comes_is_refused() {
    for (line, case) in cases() {
        let checked = check(&case.rule, case.start, "UTC");
        assert_eq!(checked.is_err(), case.never, "{line}: {checked:?}");
    }
}
