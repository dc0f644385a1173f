//! Time zones, and instants of the two libraries of time: the components speak
//! chrono, calendars are jiff's, with its own copy of the IANA database.

use chrono::{DateTime, Utc};
use jiff::civil;
use jiff::fmt::temporal::SpanParser;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp, ZonedDateTime};

/// The longest name of a zone that is looked up, in bytes; the longest known has
/// 32.
const MAX_NAME: usize = 64;

/// A zone's name in the database's own spelling; `None` if there is no such zone.
pub(crate) fn canonical(name: &str) -> Option<String> {
    find(name)?.iana_name().map(str::to_owned)
}

pub(crate) fn find(name: &str) -> Option<TimeZone> {
    if name.len() > MAX_NAME {
        return None;
    }
    TimeZoneDatabase::bundled()
        .get(name)
        .ok()
        .filter(|zone| !zone.is_unknown())
}

/// What clocks in a zone show at an instant.
pub(crate) fn local(at: DateTime<Utc>, zone: &str) -> Option<civil::DateTime> {
    Some(find(zone)?.to_datetime(to_jiff(at)?))
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

/// The instant that is as far from another as `to` is from `from` by the clocks in
/// the zone.
pub(crate) fn moved_along(
    at: DateTime<Utc>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    zone: &str,
) -> Option<DateTime<Utc>> {
    let zone = find(zone)?;
    let local = |at| Some(zone.to_datetime(to_jiff(at)?));
    let distance = local(from)?.duration_until(local(to)?);
    let moved = local(at)?.checked_add(distance).ok()?;
    to_chrono(zone.to_timestamp(moved).ok()?)
}

pub(crate) fn to_jiff(at: DateTime<Utc>) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(at.timestamp_subsec_nanos()).ok()?;
    Timestamp::new(at.timestamp(), nanoseconds).ok()
}

pub(crate) fn to_chrono(at: Timestamp) -> Option<DateTime<Utc>> {
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
