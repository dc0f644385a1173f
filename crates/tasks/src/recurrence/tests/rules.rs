//! What rules are read, and what is said of the others.

use super::super::*;
use super::{at, text};
use crate::{TaskId, zone};

const DUE: &str = "2026-03-27T08:00:00Z";

/// The first times after the due date, and `.` if there are no more.
fn times(rule: &str, due: &str, zone: &str, most: usize) -> String {
    let rule: Recurrence = rule.parse().unwrap();
    let mut due = at(due);
    let mut series = Series::begin(TaskId::new(1).unwrap(), 1, due, zone).unwrap();
    let mut times = Vec::new();
    while times.len() < most {
        let Some((next, at)) = series.next(&rule, due, due, zone) else {
            times.push(".".to_owned());
            break;
        };
        times.push(text(at));
        (series, due) = (next, at);
    }
    times.join(" ")
}

fn refused(rule: &str) -> String {
    rule.parse::<Recurrence>().unwrap_err().to_string()
}

fn checked(rule: &str, due: &str, zone: &str) -> Result<(), String> {
    check(&rule.parse().unwrap(), at(due), zone)
}

#[test]
fn a_rule_is_kept_as_it_was_written() {
    for rule in [
        "daily",
        "RRULE:FREQ=DAILY",
        "rrule:freq=weekly;byday=mo,fr",
        "FREQ=DAILY",
    ] {
        let read: Recurrence = rule.parse().unwrap();
        assert_eq!(read.as_str(), rule);
        assert_eq!(serde_json::to_value(&read).unwrap(), rule);
    }
}

#[test]
fn it_keeps_the_time_of_day_in_the_zone_across_a_clock_change() {
    // 09:00 in Berlin; summer time begins on 29 March.
    assert_eq!(
        times("FREQ=DAILY", DUE, "Europe/Berlin", 3),
        "2026-03-28T08:00:00Z 2026-03-29T07:00:00Z 2026-03-30T07:00:00Z"
    );
    assert_eq!(
        times("FREQ=MONTHLY;BYDAY=-1FR", DUE, "Europe/Berlin", 2),
        "2026-04-24T07:00:00Z 2026-05-29T07:00:00Z"
    );
}

#[test]
fn what_a_gap_moved_is_at_its_own_time_again_the_day_after() {
    // 02:30 in Berlin, which 29 March does not have.
    assert_eq!(
        times("FREQ=DAILY", "2026-03-28T01:30:00Z", "Europe/Berlin", 3),
        "2026-03-29T01:30:00Z 2026-03-30T00:30:00Z 2026-03-31T00:30:00Z"
    );
}

#[test]
fn two_times_that_a_gap_makes_one_come_once() {
    // 02:30 and 03:30.
    let rule = "FREQ=DAILY;BYHOUR=2,3";
    assert_eq!(
        times(rule, "2026-03-28T02:30:00Z", "Europe/Berlin", 3),
        "2026-03-29T01:30:00Z 2026-03-30T00:30:00Z 2026-03-30T01:30:00Z"
    );
}

#[test]
fn hours_are_those_of_the_clock() {
    // 00:30 in Berlin, before the clocks go forward at two, and back at three.
    let rule = "FREQ=HOURLY;INTERVAL=2";
    assert_eq!(
        times(rule, "2026-03-28T23:30:00Z", "Europe/Berlin", 3),
        "2026-03-29T01:30:00Z 2026-03-29T02:30:00Z 2026-03-29T04:30:00Z",
        "02:30, which is 03:30, 04:30 and 06:30"
    );
    assert_eq!(
        times(rule, "2026-10-24T22:30:00Z", "Europe/Berlin", 2),
        "2026-10-25T00:30:00Z 2026-10-25T03:30:00Z",
        "02:30 and 04:30"
    );
    let rule = "FREQ=HOURLY";
    assert_eq!(
        times(rule, "2026-03-29T00:30:00Z", "Europe/Berlin", 2),
        "2026-03-29T01:30:00Z 2026-03-29T02:30:00Z",
        "02:30 and 03:30 are one"
    );
    // Every four hours of the day, and not on Sundays.
    let rule = "FREQ=HOURLY;INTERVAL=4;BYHOUR=9,13,17;BYDAY=MO,TU,WE,TH,FR,SA";
    assert_eq!(
        times(rule, "2026-03-28T12:00:00.250Z", "Europe/Berlin", 3),
        "2026-03-28T16:00:00.250Z 2026-03-30T07:00:00.250Z 2026-03-30T11:00:00.250Z"
    );
}

#[test]
fn count_counts_the_first_and_those_that_were_missed() {
    assert_eq!(times("FREQ=DAILY;COUNT=1", DUE, "UTC", 2), ".");
    assert_eq!(
        times("FREQ=DAILY;COUNT=3", DUE, "UTC", 3),
        "2026-03-28T08:00:00Z 2026-03-29T08:00:00Z ."
    );
    let rule: Recurrence = "FREQ=DAILY;COUNT=3".parse().unwrap();
    let first = Series::begin(TaskId::new(1).unwrap(), 1, at(DUE), "UTC").unwrap();
    let late = at("2026-03-28T09:00:00Z");
    let (second, due) = first.next(&rule, at(DUE), late, "UTC").unwrap();
    assert_eq!(text(due), "2026-03-29T08:00:00Z");
    assert_eq!(
        second.next(&rule, due, due, "UTC"),
        None,
        "that was the third"
    );
    let stored = second.to_stored();
    assert_eq!((stored.number, stored.counted), (2, 3));
    assert_eq!(Series::from_stored(stored), Some(second));
}

#[test]
fn until_is_the_last_moment() {
    let last = "2026-03-28T08:00:00Z .";
    for until in [
        "20260328",
        "20260328T090000",
        "20260328T080000Z",
        "20260329T085959",
        "20260329T065959Z",
    ] {
        let rule = format!("FREQ=DAILY;UNTIL={until}");
        assert_eq!(times(&rule, DUE, "Europe/Berlin", 2), last, "{until}");
    }
    for until in ["20260327", "20260328T085959", "20260328T075959Z"] {
        let rule = format!("FREQ=DAILY;UNTIL={until}");
        assert_eq!(times(&rule, DUE, "Europe/Berlin", 2), ".", "{until}");
    }
}

#[test]
fn a_day_that_a_month_or_year_lacks_is_skipped() {
    assert_eq!(
        times(
            "FREQ=MONTHLY;BYMONTHDAY=31",
            "2026-01-31T09:00:00Z",
            "UTC",
            2
        ),
        "2026-03-31T09:00:00Z 2026-05-31T09:00:00Z"
    );
    assert_eq!(
        times("FREQ=YEARLY", "2024-02-29T09:00:00Z", "UTC", 2),
        "2028-02-29T09:00:00Z 2032-02-29T09:00:00Z"
    );
    assert_eq!(
        times(
            "FREQ=MONTHLY;BYMONTHDAY=-1",
            "2026-01-31T09:00:00Z",
            "UTC",
            2
        ),
        "2026-02-28T09:00:00Z 2026-03-31T09:00:00Z"
    );
}

#[test]
fn where_dateutil_differs_on_purpose() {
    assert_eq!(
        times("FREQ=MONTHLY;BYDAY=MO,1TU;BYMONTH=6", DUE, "UTC", 3),
        "2026-06-01T08:00:00Z 2026-06-02T08:00:00Z 2026-06-08T08:00:00Z"
    );
    // A Friday, as the due date.
    assert_eq!(
        times("FREQ=YEARLY;BYWEEKNO=20", DUE, "UTC", 2),
        "2026-05-15T08:00:00Z 2027-05-21T08:00:00Z"
    );
    // Friday is the second of these in its week: Saturday is none.
    assert_eq!(
        times("FREQ=WEEKLY;BYDAY=WE,FR,SA;BYSETPOS=2", DUE, "UTC", 2),
        "2026-04-03T08:00:00Z 2026-04-10T08:00:00Z"
    );
}

#[test]
fn more_than_once_an_hour_is_refused() {
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;INTERVAL=59",
        "FREQ=DAILY;BYMINUTE=0,30",
        "FREQ=DAILY;BYSECOND=0,30",
        "FREQ=SECONDLY;INTERVAL=3599",
    ] {
        assert!(
            refused(rule).contains("once an hour"),
            "{rule}: {}",
            refused(rule)
        );
    }
    assert_eq!(
        times("FREQ=MINUTELY;INTERVAL=90", DUE, "UTC", 1),
        "2026-03-27T09:30:00Z"
    );
}

#[test]
fn what_is_wrong_with_a_rule_is_said() {
    for (rule, said) in [
        ("", "FREQ=WEEKLY;BYDAY=MO,FR"),
        ("fortnightly", "daily, weekly, monthly, yearly, or"),
        ("Daily", "\"DAILY\" is not of the form NAME=VALUE"),
        ("FREQ=DAILY;", "NAME=VALUE"),
        ("RRULE:RRULE:FREQ=DAILY", "FREQ first"),
        ("INTERVAL=2", "FREQ first"),
        ("FREQ=FORTNIGHTLY", "not \"FORTNIGHTLY\""),
        ("FREQ=DAILY;FREQ=DAILY", "\"FREQ\" once"),
        ("FREQ=DAILY;BYEASTER=0", "\"BYEASTER\" is not a part"),
        (
            "FREQ=DAILY;COUNT=1000000000",
            "COUNT is a number from 1 to 10000",
        ),
        ("FREQ=DAILY;COUNT=0", "COUNT is a number"),
        ("FREQ=DAILY;COUNT=+3", "COUNT is a number"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20300101", "not both"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is a number from 1"),
        (
            "FREQ=DAILY;INTERVAL=99999999999999999999",
            "INTERVAL is a number",
        ),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL is a day or a time"),
        ("FREQ=DAILY;UNTIL=20260231", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20260228T250000Z", "UNTIL"),
        ("FREQ=DAILY;UNTIL=20260228T120000+01", "UNTIL"),
        ("FREQ=DAILY;UNTIL=äöüäöü", "UNTIL"),
        ("FREQ=WEEKLY;BYDAY=MÖ", "not \"MÖ\""),
        ("FREQ=WEEKLY;BYDAY=", "BYDAY has days"),
        ("FREQ=WEEKLY;BYDAY=1MO", "MONTHLY or YEARLY only"),
        ("FREQ=MONTHLY;BYDAY=0MO", "not \"0MO\""),
        ("FREQ=MONTHLY;BYDAY=54MO", "not \"54MO\""),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "not with BYWEEKNO"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "BYMONTHDAY has numbers from 1 to 31",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "from -31 to -1"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "does not go with FREQ=WEEKLY"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH is a number from 1 to 12"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "FREQ=YEARLY only"),
        ("FREQ=DAILY;BYYEARDAY=1", "BYYEARDAY does not go"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR is a number from 0 to 23"),
        ("FREQ=HOURLY;BYMINUTE=30", "DAILY or slower"),
        ("FREQ=HOURLY;BYHOUR=9;BYSETPOS=1", "DAILY or slower"),
        ("FREQ=MONTHLY;BYSETPOS=1", "another BY… part"),
        ("FREQ=WEEKLY;WKST=XX", "WKST is MO, TU"),
    ] {
        assert!(refused(rule).contains(said), "{rule}: {}", refused(rule));
    }
    let long = format!("FREQ=DAILY;BYHOUR={}", "1,".repeat(1_000));
    assert!(refused(&long).contains("at most 1000 characters"));
    let shown = refused(&format!("FREQ={}", "x".repeat(900)));
    assert!(shown.len() < 150, "{shown}");
}

#[test]
fn what_ends_before_it_begins_or_never_comes_is_refused() {
    let ended = checked("FREQ=DAILY;UNTIL=20260326", DUE, "UTC").unwrap_err();
    assert!(ended.contains("ends before the due date"), "{ended}");
    // The same instant is on the day after in Auckland.
    let due = "2026-03-26T12:00:00Z";
    assert!(checked("FREQ=DAILY;UNTIL=20260326", due, "UTC").is_ok());
    assert!(checked("FREQ=DAILY;UNTIL=20260326", due, "Pacific/Auckland").is_err());
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=4,6",
        "FREQ=YEARLY;INTERVAL=101",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=9",
        "FREQ=SECONDLY;INTERVAL=86400;BYHOUR=9",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
    ] {
        let never = checked(rule, DUE, "UTC").unwrap_err();
        assert!(never.contains("never comes"), "{rule}: {never}");
    }
    // Rare is not never.
    assert!(checked("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU", DUE, "UTC").is_ok());
    assert!(checked("FREQ=DAILY;COUNT=1", DUE, "UTC").is_ok());
}

#[test]
fn no_rule_takes_long() {
    // The dearest that can be written: each is looked for a hundred years ahead.
    let start = zone::local(at(DUE), "America/New_York").unwrap();
    assert_eq!(start.hour(), 4);
    for rule in [
        "FREQ=HOURLY;INTERVAL=1000000;BYHOUR=0;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO",
        "FREQ=HOURLY;INTERVAL=12;BYHOUR=9",
        "FREQ=YEARLY;BYYEARDAY=366;BYWEEKNO=1;BYDAY=MO;BYHOUR=0,1,2,3,4,5,6,7,8,9",
        "FREQ=DAILY;INTERVAL=1000000",
    ] {
        let _ = checked(rule, DUE, "America/New_York");
    }
}
