mod dateutil;
mod properties;
mod rules;
mod series;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::TaskId;
use crate::zone::tests::{near_a_gap, time_of_day};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// What comes after the first of a series.
fn next_occurrence(
    pattern: &str,
    due: DateTime<Utc>,
    after: DateTime<Utc>,
    zone: &str,
) -> Option<DateTime<Utc>> {
    let series = Series::begin(TaskId::new(1).unwrap(), 1, due, zone)?;
    let pattern = pattern.parse().unwrap();
    Some(series.next(&pattern, due, after, zone)?.1)
}

fn next(pattern: &str, due: &str, after: &str, zone: &str) -> String {
    let next = next_occurrence(pattern, at(due), at(after), zone).unwrap();
    text(next)
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

const LONG_AGO: &str = "1970-01-01T00:00:00Z";

#[test]
fn the_next_one_is_a_period_after_the_due_date() {
    let due = "2026-01-15T14:00:00.250Z";
    for (pattern, expected) in [
        ("daily", "2026-01-16T14:00:00.250Z"),
        ("weekly", "2026-01-22T14:00:00.250Z"),
        ("monthly", "2026-02-15T14:00:00.250Z"),
        ("yearly", "2027-01-15T14:00:00.250Z"),
    ] {
        assert_eq!(next(pattern, due, LONG_AGO, "UTC"), expected);
    }
}

#[test]
fn what_was_missed_is_skipped() {
    let due = "2026-01-15T14:00:00Z";
    let exactly = "2026-03-15T14:00:00Z";
    for (pattern, expected) in [
        ("daily", "2026-03-16T14:00:00Z"),
        ("weekly", "2026-03-19T14:00:00Z"),
        ("monthly", "2026-04-15T14:00:00Z"),
        ("yearly", "2027-01-15T14:00:00Z"),
    ] {
        assert_eq!(next(pattern, due, exactly, "UTC"), expected);
    }
    let just_before = "2026-03-15T13:59:59.999Z";
    assert_eq!(next("daily", due, just_before, "UTC"), exactly);
    assert_eq!(next("monthly", due, just_before, "UTC"), exactly);
}

#[test]
fn months_and_years_without_the_day_are_skipped() {
    let january = "2026-01-31T09:00:00Z";
    assert_eq!(
        next("monthly", january, LONG_AGO, "UTC"),
        "2026-03-31T09:00:00Z"
    );
    let leap_day = "2096-02-29T09:00:00Z";
    assert_eq!(
        next("yearly", leap_day, LONG_AGO, "UTC"),
        "2104-02-29T09:00:00Z"
    );
    let late = "2097-01-01T00:00:00Z";
    assert_eq!(
        next("yearly", "2024-02-29T09:00:00Z", late, "UTC"),
        "2104-02-29T09:00:00Z"
    );
}

#[test]
fn the_day_is_the_one_in_the_zone() {
    // 31 January, 08:00 in Auckland.
    let due = "2026-01-30T19:00:00Z";
    assert_eq!(
        next("monthly", due, LONG_AGO, "Pacific/Auckland"),
        "2026-03-30T19:00:00Z"
    );
}

#[test]
fn the_time_of_day_stays_when_the_clocks_change() {
    // 09:00 in Berlin, before and after 29 March and 25 October 2026.
    let berlin = |due| next("daily", due, LONG_AGO, "Europe/Berlin");
    assert_eq!(berlin("2026-03-28T08:00:00Z"), "2026-03-29T07:00:00Z");
    assert_eq!(berlin("2026-10-24T07:00:00Z"), "2026-10-25T08:00:00Z");
}

#[test]
fn a_time_that_a_day_does_not_have_moves_on_by_the_gap() {
    // 02:30 in Berlin; on 29 March 2026 it is 03:30 at once.
    let due = "2026-03-28T01:30:00Z";
    assert_eq!(
        next("daily", due, LONG_AGO, "Europe/Berlin"),
        "2026-03-29T01:30:00Z"
    );
    // From the same due date, the day after is 02:30 again.
    let late = "2026-03-29T12:00:00Z";
    assert_eq!(
        next("daily", due, late, "Europe/Berlin"),
        "2026-03-30T00:30:00Z"
    );
}

#[test]
fn of_a_time_that_a_day_has_twice_the_first_is_taken() {
    // 02:30 in Berlin on 25 October 2026: at 00:30 and at 01:30 UTC.
    let due = "2026-10-24T00:30:00Z";
    let first = "2026-10-25T00:30:00Z";
    assert_eq!(next("daily", due, LONG_AGO, "Europe/Berlin"), first);
    assert_eq!(
        next("daily", due, first, "Europe/Berlin"),
        "2026-10-26T01:30:00Z"
    );
}

#[test]
fn a_day_that_a_zone_left_out_moves_on_by_that_day() {
    // Samoa had no 30 December 2011. 10:00 there.
    let due = "2011-12-29T20:00:00Z";
    let moved = "2011-12-30T20:00:00Z";
    assert_eq!(next("daily", due, LONG_AGO, "Pacific/Apia"), moved);
    assert_eq!(
        next("daily", due, moved, "Pacific/Apia"),
        "2011-12-31T20:00:00Z"
    );
}

#[test]
fn there_is_none_where_there_can_be_none() {
    let due = at("9999-12-31T12:00:00Z");
    assert_eq!(next_occurrence("daily", due, due, "UTC"), None);
    assert_eq!(
        next_occurrence("daily", due, DateTime::<Utc>::MAX_UTC, "UTC"),
        None
    );
    assert_eq!(
        next_occurrence("daily", at(LONG_AGO), at(LONG_AGO), "Mars"),
        None
    );
}

const PATTERNS: &[&str] = &["daily", "weekly", "monthly", "yearly"];

const ZONES: &[&str] = &[
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Europe/Dublin",
];

fn instants() -> impl Strategy<Value = DateTime<Utc>> {
    // 1970 to 2150, to the millisecond.
    (0_i64..5_680_000_000_000).prop_map(|ms| DateTime::from_timestamp_millis(ms).unwrap())
}

proptest! {
    #[test]
    fn the_next_one_is_after_both_and_at_the_same_time_of_day(
        pattern in prop::sample::select(PATTERNS),
        zone in prop::sample::select(ZONES),
        due in instants(),
        after in instants(),
    ) {
        let next = next_occurrence(pattern, due, after, zone).unwrap();
        prop_assert!(next > due && next > after);
        let time = time_of_day(due, zone);
        prop_assert!(
            time_of_day(next, zone) == time || near_a_gap(next, zone, time),
            "{} in {} moved to {}", due, zone, next
        );
    }

    #[test]
    fn it_is_the_first_that_step_by_step_would_find(
        pattern in prop::sample::select(&["weekly", "monthly", "yearly"][..]),
        due in instants(),
        // In UTC an occurrence's successor does not depend on how it was reached,
        // but for the days that not every month has.
        day in 1_u32..=28,
        days in 0_i64..3_000,
    ) {
        let due = chrono::Datelike::with_day(&due, day).unwrap();
        let after = due + TimeDelta::days(days);
        let mut stepped = due;
        while stepped <= after {
            stepped = next_occurrence(pattern, stepped, stepped, "UTC").unwrap();
        }
        prop_assert_eq!(next_occurrence(pattern, due, after, "UTC"), Some(stepped));
    }

    #[test]
    fn no_arguments_make_it_panic(
        pattern in prop::sample::select(PATTERNS),
        due in -8_334_601_228_800_i64..8_210_266_876_799, after in -8_334_601_228_800_i64..8_210_266_876_799,
        zone in ".*", known in prop::sample::select(ZONES),
    ) {
        let instant = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let _ = next_occurrence(pattern, instant(due), instant(after), &zone);
        let _ = next_occurrence(pattern, instant(due), instant(after), known);
    }
}
