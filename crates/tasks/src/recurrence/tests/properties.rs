//! For all rules: each occurrence is in the rule's set, none is left out, and the set
//! ends where the rule says. The set is counted anew here, day by day and by another
//! calendar than the rules have.

use chrono::{Datelike, NaiveDate, Weekday};
use proptest::collection::btree_set;
use proptest::sample::select;

use super::super::*;
use super::*;

/// The days that a rule may name: months, days of the month, days of the week.
#[derive(Clone, Debug)]
struct Set {
    frequency: &'static str,
    interval: i64,
    months: Vec<u32>,
    month_days: Vec<i64>,
    weekdays: Vec<Weekday>,
}

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Mon),
    ("TU", Weekday::Tue),
    ("WE", Weekday::Wed),
    ("TH", Weekday::Thu),
    ("FR", Weekday::Fri),
    ("SA", Weekday::Sat),
    ("SU", Weekday::Sun),
];

impl Set {
    /// As RFC 5545 writes it.
    fn text(&self) -> String {
        let mut text = format!("FREQ={};INTERVAL={}", self.frequency, self.interval);
        let names = self.weekdays.iter().map(|day| {
            let (name, _) = WEEKDAYS.iter().find(|(_, known)| known == day).unwrap();
            (*name).to_owned()
        });
        let parts = [
            ("BYMONTH", strings(&self.months)),
            ("BYMONTHDAY", strings(&self.month_days)),
            ("BYDAY", names.collect()),
        ];
        for (name, values) in parts {
            if !values.is_empty() {
                text.push_str(&format!(";{name}={}", values.join(",")));
            }
        }
        text
    }

    /// Whether a day is one of a task's that began on `start` (RFC 5545, section 3.3.10).
    fn has(&self, day: NaiveDate, start: NaiveDate) -> bool {
        let of_start = self.month_days.is_empty() && self.weekdays.is_empty();
        let (mut months, mut month_days) = (self.months.clone(), self.month_days.clone());
        let mut weekdays = self.weekdays.clone();
        match self.frequency {
            "YEARLY" if of_start => {
                if months.is_empty() {
                    months.push(start.month());
                }
                month_days.push(start.day().into());
            }
            "MONTHLY" if of_start => month_days.push(start.day().into()),
            "WEEKLY" if of_start => weekdays.push(start.weekday()),
            _ => {}
        }
        let from_end = i64::from(day.day()) - i64::from(day.num_days_in_month()) - 1;
        (months.is_empty() || months.contains(&day.month()))
            && (month_days.is_empty()
                || month_days.contains(&day.day().into())
                || month_days.contains(&from_end))
            && (weekdays.is_empty() || weekdays.contains(&day.weekday()))
            && (self.period(day) - self.period(start)) % self.interval == 0
    }

    /// The number of a day's period.
    fn period(&self, day: NaiveDate) -> i64 {
        let months = i64::from(day.year()) * 12 + i64::from(day.month0());
        match self.frequency {
            "YEARLY" => day.year().into(),
            "MONTHLY" => months,
            // Weeks begin on Mondays.
            "WEEKLY" => i64::from(day.num_days_from_ce() - 1).div_euclid(7),
            _ => day.num_days_from_ce().into(),
        }
    }
}

fn strings<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(T::to_string).collect()
}

fn sets() -> impl Strategy<Value = Set> {
    let some = |most: usize| 0..most;
    (
        select(&["DAILY", "WEEKLY", "MONTHLY", "YEARLY"][..]),
        1_i64..6,
        btree_set(1_u32..=12, some(4)),
        btree_set(prop_oneof![1_i64..=31, -31_i64..=-1], some(4)),
        btree_set(0_usize..7, some(4)),
    )
        .prop_map(|(frequency, interval, months, month_days, weekdays)| Set {
            frequency,
            interval,
            months: months.into_iter().collect(),
            // Not with FREQ=WEEKLY.
            month_days: month_days
                .into_iter()
                .filter(|_| frequency != "WEEKLY")
                .collect(),
            weekdays: weekdays.into_iter().map(|day| WEEKDAYS[day].1).collect(),
        })
}

/// One rule of any kind: its parts, each with what a part may hold and more.
fn rules() -> impl Strategy<Value = String> {
    let frequency = select(
        &[
            "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY",
        ][..],
    );
    let part = prop_oneof![
        (1_u32..2_000).prop_map(|n| format!("INTERVAL={n}")),
        (1_u32..50).prop_map(|n| format!("COUNT={n}")),
        (2026_u32..2040, 1_u32..13, 1_u32..29)
            .prop_map(|(y, m, d)| format!("UNTIL={y}{m:02}{d:02}T120000Z")),
        btree_set(1_u32..13, 1..4).prop_map(|n| format!("BYMONTH={}", listed(&n))),
        btree_set(-31_i32..32, 1..4).prop_map(|n| format!("BYMONTHDAY={}", listed(&n))),
        btree_set(-366_i32..367, 1..4).prop_map(|n| format!("BYYEARDAY={}", listed(&n))),
        btree_set(-53_i32..54, 1..4).prop_map(|n| format!("BYWEEKNO={}", listed(&n))),
        btree_set(0_u32..24, 1..4).prop_map(|n| format!("BYHOUR={}", listed(&n))),
        btree_set(-5_i32..6, 1..3).prop_map(|n| format!("BYSETPOS={}", listed(&n))),
        "BYDAY=(-?[1-5])?(MO|TU|FR|SU)(,(WE|SA))?",
        "BYMINUTE=[0-5]?[0-9]|WKST=(MO|SU)",
    ];
    (frequency, prop::collection::vec(part, 0..5))
        .prop_map(|(frequency, parts)| format!("FREQ={frequency};{}", parts.join(";")))
        .prop_map(|rule| rule.trim_end_matches(';').to_owned())
}

fn listed<T: ToString>(values: &std::collections::BTreeSet<T>) -> String {
    values
        .iter()
        .map(T::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

/// 2026 to 2030, at whole seconds.
fn dues() -> impl Strategy<Value = DateTime<Utc>> {
    (1_767_225_600_i64..1_900_000_000)
        .prop_map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap())
}

/// What follows the first, each completed in time: at most so many.
fn following(rule: &Recurrence, due: DateTime<Utc>, zone: &str, most: usize) -> Vec<DateTime<Utc>> {
    let mut series = Series::begin(TaskId::new(1).unwrap(), 1, due, zone).unwrap();
    let (mut due, mut all) = (due, Vec::new());
    while all.len() < most
        && let Some((next, at)) = series.next(rule, due, due, zone)
    {
        all.push(at);
        (series, due) = (next, at);
    }
    all
}

proptest! {
    #[test]
    fn the_next_one_is_the_first_day_of_the_rules_set(set in sets(), due in dues(), late in 0_i64..1_500) {
        let rule: Recurrence = set.text().parse().unwrap();
        let after = due + TimeDelta::days(late);
        let bound = due.max(after);
        let start = due.date_naive();
        // In UTC every day has the due date's time of day.
        let expected = start
            .iter_days()
            .take(365 * 20)
            .filter(|day| set.has(*day, start))
            .map(|day| day.and_time(due.time()).and_utc())
            .find(|at| *at > bound);
        let series = Series::begin(TaskId::new(1).unwrap(), 1, due, "UTC").unwrap();
        let found = series.next(&rule, due, after, "UTC").map(|(_, at)| at);
        match expected {
            Some(_) => prop_assert_eq!(found, expected, "{}", set.text()),
            None => prop_assert!(found.is_none_or(|at| at > due + TimeDelta::days(365 * 19))),
        }
    }

    #[test]
    fn occurrences_ascend_in_every_zone(rule in rules(), due in dues(), zone in select(ZONES)) {
        let Ok(rule) = rule.parse::<Recurrence>() else {
            return Ok(());
        };
        let mut last = due;
        for at in following(&rule, due, zone, 20) {
            prop_assert!(at > last, "{} in {}: {} after {}", rule.as_str(), zone, at, last);
            last = at;
        }
    }

    #[test]
    fn the_next_one_is_after_both_and_skips_none(
        rule in rules(), due in dues(), zone in select(ZONES), late in 0_i64..400,
    ) {
        let Ok(rule) = rule.parse::<Recurrence>() else {
            return Ok(());
        };
        let after = due + TimeDelta::days(late);
        let series = Series::begin(TaskId::new(1).unwrap(), 1, due, zone).unwrap();
        let found = series.next(&rule, due, after, zone).map(|(_, at)| at);
        if let Some(at) = found {
            prop_assert!(at > due && at > after);
        }
        // Step by step the same one comes, if so many steps are enough.
        let steps = following(&rule, due, zone, 500);
        if steps.len() < 500 || steps.last().is_some_and(|last| *last > after) {
            let expected = steps.into_iter().find(|at| *at > after);
            prop_assert_eq!(found, expected, "{}", rule.as_str());
        }
    }

    #[test]
    fn count_counts(set in sets(), due in dues(), count in 1_usize..12, late in 0_usize..12) {
        let endless: Recurrence = set.text().parse().unwrap();
        let counted: Recurrence = format!("{};COUNT={count}", set.text()).parse().unwrap();
        let all = following(&endless, due, "UTC", count - 1);
        prop_assert_eq!(&following(&counted, due, "UTC", 20), &all);
        // What was missed counts.
        let series = Series::begin(TaskId::new(1).unwrap(), 1, due, "UTC").unwrap();
        if let Some(missed) = all.get(late) {
            let next = series.next(&counted, due, *missed, "UTC").map(|(_, at)| at);
            prop_assert_eq!(next, all.get(late + 1).copied());
        }
    }

    #[test]
    fn until_is_the_last(set in sets(), due in dues(), days in 0_u64..700) {
        let until = due + TimeDelta::days(i64::try_from(days).unwrap());
        let ending = format!("{};UNTIL={}", set.text(), until.format("%Y%m%dT%H%M%SZ"));
        let (endless, ending): (Recurrence, Recurrence) =
            (set.text().parse().unwrap(), ending.parse().unwrap());
        let mut expected = following(&endless, due, "UTC", 40);
        expected.retain(|at| *at <= until);
        let mut found = following(&ending, due, "UTC", 40);
        found.truncate(expected.len().max(40));
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_rule_is_kept_as_it_was_written_and_means_the_same_in_any_case(rule in rules()) {
        if let Ok(read) = rule.parse::<Recurrence>() {
            prop_assert_eq!(read.as_str(), &rule);
            prop_assert_eq!(serde_json::to_value(&read).unwrap(), rule.clone());
            let again: Recurrence = read.as_str().parse().unwrap();
            prop_assert_eq!(&again, &read);
            let otherwise: Recurrence = format!("rrule:{}", rule.to_lowercase()).parse().unwrap();
            prop_assert_eq!(otherwise.rule, read.rule);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(
        text in ".*", plausible in "(FREQ|UNTIL|COUNT|BYDAY|BYHOUR|WKST|INTERVAL)=[-+0-9A-Z,;=TZ]{0,30}",
        due in dues(), zone in select(ZONES),
    ) {
        for text in [text, format!("FREQ=DAILY;{plausible}"), plausible] {
            if let Ok(rule) = text.parse::<Recurrence>() {
                let _ = check(&rule, due, zone);
                let _ = following(&rule, due, zone, 3);
            }
        }
    }
}
