//! Time zones and calendars: the one place that knows the library for them, with
//! its own copy of the IANA database.

use chrono::{DateTime, Datelike, Utc};
use jiff::civil::{self, Date};
use jiff::fmt::temporal::SpanParser;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp, ZonedDateTime};

use crate::Recurrence;

/// The longest name of a zone that is looked up, in bytes; the longest known has
/// 32.
const MAX_NAME: usize = 64;

/// How many steps are tried to find an occurrence. The longest run without one is
/// from 29 February 2096 to 2104: seven years, and two steps for safety.
const TRIES: i64 = 12;

/// A zone's name in the database's own spelling; `None` if there is no such zone.
pub(crate) fn canonical(name: &str) -> Option<String> {
    find(name)?.iana_name().map(str::to_owned)
}

fn find(name: &str) -> Option<TimeZone> {
    if name.len() > MAX_NAME {
        return None;
    }
    TimeZoneDatabase::bundled()
        .get(name)
        .ok()
        .filter(|zone| !zone.is_unknown())
}

pub(crate) fn first_after(
    pattern: Recurrence,
    due: DateTime<Utc>,
    after: DateTime<Utc>,
    zone: &str,
) -> Option<DateTime<Utc>> {
    let zone = find(zone)?;
    let bound = due.max(after);
    let first = zone.to_datetime(to_jiff(due)?);
    let from = steps(pattern, first, zone.to_datetime(to_jiff(bound)?));
    (from..from + TRIES)
        .filter_map(|step| {
            let date = occurrence(pattern, first.date(), step)?;
            zone.to_timestamp(date.to_datetime(first.time())).ok()
        })
        .filter_map(to_chrono)
        .find(|at| *at > bound && at.year() <= 9999)
}

/// A step from `first` that is not after the one that is looked for: the step
/// before the last whole one, since changes of the offset can move an occurrence.
fn steps(pattern: Recurrence, first: civil::DateTime, bound: civil::DateTime) -> i64 {
    let days = first.date().duration_until(bound.date()).as_hours() / 24;
    let years = i64::from(bound.year()) - i64::from(first.year());
    let whole = match pattern {
        Recurrence::Daily => days,
        Recurrence::Weekly => days / 7,
        Recurrence::Monthly => years * 12 + i64::from(bound.month()) - i64::from(first.month()),
        Recurrence::Yearly => years,
    };
    (whole - 1).max(1)
}

/// The day after so many steps; `None` if that month or year does not have it.
fn occurrence(pattern: Recurrence, first: Date, step: i64) -> Option<Date> {
    let after_days = |days: i64| first.checked_add(Span::new().try_days(days).ok()?).ok();
    let after_months = |months: i64| {
        let months = i64::from(first.year()) * 12 + i64::from(first.month()) - 1 + months;
        let year = i16::try_from(months.div_euclid(12)).ok()?;
        let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
        Date::new(year, month, first.day()).ok()
    };
    match pattern {
        Recurrence::Daily => after_days(step),
        Recurrence::Weekly => after_days(step.checked_mul(7)?),
        Recurrence::Monthly => after_months(step),
        Recurrence::Yearly => after_months(step.checked_mul(12)?),
    }
}

/// The longest text that is read as a span of time, in bytes.
const MAX_SPAN: usize = 64;

/// The longest span, in days; and its hours, minutes and seconds by themselves.
const MAX_SPAN_DAYS: i64 = 3_660;

/// A span of weeks, days, hours, minutes and seconds in its canonical form;
/// `None` if it is none, is negative or longer than ten years.
pub(crate) fn canonical_span(text: &str) -> Option<String> {
    let span = read_span(text).filter(|span| !span.is_negative())?;
    let odd = [
        i64::from(span.get_years()),
        i64::from(span.get_months()),
        span.get_milliseconds(),
        span.get_microseconds(),
        span.get_nanoseconds(),
    ];
    if odd.into_iter().any(|part| part != 0) {
        return None;
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let seconds = i64::from(span.get_hours()) * 3600 + span.get_minutes() * 60 + span.get_seconds();
    (days <= MAX_SPAN_DAYS && seconds <= MAX_SPAN_DAYS * 24 * 3600).then(|| span.to_string())
}

fn read_span(text: &str) -> Option<Span> {
    if text.len() > MAX_SPAN {
        return None;
    }
    SpanParser::new().parse_span(text).ok()
}

/// The instant that is this span before another: days are those of the zone.
pub(crate) fn earlier(at: DateTime<Utc>, span: &str, zone: &str) -> Option<DateTime<Utc>> {
    let at = ZonedDateTime::new(to_jiff(at)?, find(zone)?);
    let earlier = at.checked_sub(read_span(span)?).ok()?;
    to_chrono(earlier.timestamp())
}

fn to_jiff(at: DateTime<Utc>) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(at.timestamp_subsec_nanos()).ok()?;
    Timestamp::new(at.timestamp(), nanoseconds).ok()
}

fn to_chrono(at: Timestamp) -> Option<DateTime<Utc>> {
    const SECOND: i128 = 1_000_000_000;
    let nanoseconds = at.as_nanosecond();
    DateTime::from_timestamp(
        i64::try_from(nanoseconds.div_euclid(SECOND)).ok()?,
        u32::try_from(nanoseconds.rem_euclid(SECOND)).ok()?,
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_iana_names() {
        assert_eq!(canonical("UTC").as_deref(), Some("UTC"));
        assert_eq!(canonical("europe/berlin").as_deref(), Some("Europe/Berlin"));
        for name in [
            "",
            "Z",
            "+01:00",
            "Mars/Olympus",
            "Etc/Unknown",
            "/etc/passwd",
        ] {
            assert_eq!(canonical(name), None, "{name}");
        }
        assert_eq!(canonical(&"Europe/".repeat(10_000)), None);
    }

    /// The time of day in a zone, and whether its day has a gap there.
    pub(crate) fn time_of_day(at: DateTime<Utc>, zone: &str) -> civil::Time {
        find(zone).unwrap().to_datetime(to_jiff(at).unwrap()).time()
    }

    /// Whether a time of day does not exist on the day of an instant or on the
    /// day before it.
    pub(crate) fn near_a_gap(at: DateTime<Utc>, zone: &str, time: civil::Time) -> bool {
        let zone = find(zone).unwrap();
        let date = zone.to_datetime(to_jiff(at).unwrap()).date();
        [date, date.yesterday().unwrap()].into_iter().any(|date| {
            let ambiguous = zone.to_ambiguous_timestamp(date.to_datetime(time));
            matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. })
        })
    }
}
