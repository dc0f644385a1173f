//! Points in time as Dapr's jobs write them.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

/// Reads a point in time: RFC 3339, or a duration from `from` on, as Go writes it
/// (`1h30m`, `-5s`) or as ISO 8601 does (`P1DT2H`).
///
/// # Errors
/// It is none of them, as Dapr puts it.
pub(crate) fn point(text: &str, from: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    if let Some(time) = rfc3339(text) {
        return Ok(time);
    }
    let unknown = || "due time format not recognized".to_owned();
    if let Some(duration) = go_duration(text) {
        return from.checked_add_signed(duration).ok_or_else(unknown);
    }
    let period = Period::parse(text).ok_or_else(unknown)?;
    if period.repeats > 0 {
        return Err("repeats not supported for due time".to_owned());
    }
    period.after(from).ok_or_else(unknown)
}

/// Milliseconds since 1970, rounded up: what is due is never early.
pub(crate) fn millis(time: DateTime<Utc>) -> i64 {
    let begun = i64::from(!time.timestamp_subsec_nanos().is_multiple_of(1_000_000));
    time.timestamp_millis().saturating_add(begun)
}

/// RFC 3339 as Go reads it, which is stricter than chrono.
fn rfc3339(text: &str) -> Option<DateTime<Utc>> {
    let is_strict = text.as_bytes().get(10) == Some(&b'T') && !text.ends_with('z');
    let time = DateTime::parse_from_rfc3339(text)
        .ok()
        .filter(|_| is_strict)?;
    // A leap second, which Go does not know, is a second of more than 10^9 ns here.
    (time.timestamp_subsec_nanos() < 1_000_000_000).then(|| time.to_utc())
}

/// A duration as Go writes it, to the nanosecond: `1h30m`, `1.5s`, `-2ms`, `0`.
pub(crate) fn go_duration(text: &str) -> Option<TimeDelta> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(TimeDelta::zero());
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = after.strip_prefix('.').map_or(("", after), digits);
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (unit, after) = after.split_at(after.find(is_number).unwrap_or(after.len()));
        let unit: i128 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" | "µs" | "μs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        // Digits after the 18th are less than a nanosecond of any unit.
        let fraction = fraction.get(..18).unwrap_or(fraction);
        let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        total = total
            .checked_add(number(whole)?.checked_mul(unit)?)?
            .checked_add(number(fraction)?.checked_mul(unit)? / scale)?;
        if total > i128::from(i64::MAX) {
            return None;
        }
        rest = after;
    }
    i64::try_from(sign * total).ok().map(TimeDelta::nanoseconds)
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

fn number(digits: &str) -> Option<i128> {
    if digits.is_empty() {
        return Some(0);
    }
    digits.parse::<u64>().ok().map(i128::from)
}

/// A duration as ISO 8601 writes it. -1 repeats: it says nothing of them.
#[derive(Debug, PartialEq, Eq)]
struct Period {
    months: i64,
    days: i64,
    time: TimeDelta,
    repeats: i64,
}

impl Period {
    /// Reads one as Dapr does. That is lenient: numbers may have signs, and digits
    /// without a unit at the end count for nothing.
    fn parse(text: &str) -> Option<Self> {
        let mut period = Self {
            months: 0,
            days: 0,
            time: TimeDelta::zero(),
            repeats: -1,
        };
        if text.len() < 2 {
            return None;
        }
        let mut rest = text;
        if let Some(repeated) = text.strip_prefix('R') {
            let (repeats, after) = repeated.split_once('/').unwrap_or((repeated, ""));
            period.repeats = repeats.parse().ok()?;
            if after.is_empty() {
                return Some(period);
            }
            rest = after;
        }
        let mut of_day = false;
        let mut start = rest.strip_prefix('P')?;
        while let Some(at) = start.find(['Y', 'M', 'W', 'D', 'T', 'H', 'S']) {
            let (number, after) = start.split_at(at);
            let mut after = after.chars();
            let unit = after.next()?;
            start = after.as_str();
            if unit == 'T' {
                if !number.is_empty() {
                    return None;
                }
                of_day = true;
                continue;
            }
            let number: i64 = number.parse().ok()?;
            match (unit, of_day) {
                ('Y', false) => {
                    period.months = period.months.checked_add(number.checked_mul(12)?)?
                }
                ('M', false) => period.months = period.months.checked_add(number)?,
                ('W', false) => period.days = period.days.checked_add(number.checked_mul(7)?)?,
                ('D', false) => period.days = period.days.checked_add(number)?,
                ('H', true) => period.add(TimeDelta::try_hours(number)?)?,
                ('M', true) => period.add(TimeDelta::try_minutes(number)?)?,
                ('S', true) => period.add(TimeDelta::try_seconds(number)?)?,
                _ => return None,
            }
        }
        Some(period)
    }

    fn add(&mut self, time: TimeDelta) -> Option<()> {
        self.time = self.time.checked_add(&time)?;
        Some(())
    }

    /// The time so much after `from`. As in Go, a day that a month does not have is
    /// one of the next month: a month after January 31 is March 3.
    fn after(&self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let date = from.date_naive();
        let month = i64::from(date.year())
            .checked_mul(12)?
            .checked_add(i64::from(date.month0()))?
            .checked_add(self.months)?;
        let year = i32::try_from(month.div_euclid(12)).ok()?;
        let first =
            NaiveDate::from_ymd_opt(year, u32::try_from(month.rem_euclid(12)).ok()? + 1, 1)?;
        let days = self.days.checked_add(i64::from(date.day0()))?;
        let date = first.checked_add_signed(TimeDelta::try_days(days)?)?;
        date.and_time(from.time())
            .and_utc()
            .checked_add_signed(self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, from: &str) -> Result<String, String> {
        let time = point(text, from.parse().unwrap())?;
        Ok(time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }

    #[test]
    fn a_point_in_time_is_read_in_three_notations() {
        let from = "2026-01-31T10:00:00.25Z";
        for (text, expected) in [
            ("2026-02-01T08:30:00+02:00", "2026-02-01T06:30:00Z"),
            ("2026-02-01T08:30:00.123456Z", "2026-02-01T08:30:00.123456Z"),
            ("0", "2026-01-31T10:00:00.250Z"),
            ("1h30m", "2026-01-31T11:30:00.250Z"),
            ("1.5s", "2026-01-31T10:00:01.750Z"),
            (".5s1.s", "2026-01-31T10:00:01.750Z"),
            ("-10s", "2026-01-31T09:59:50.250Z"),
            ("+100us", "2026-01-31T10:00:00.250100Z"),
            ("P1DT2H", "2026-02-01T12:00:00.250Z"),
            ("P1M", "2026-03-03T10:00:00.250Z"),
            ("P1Y2W", "2027-02-14T10:00:00.250Z"),
            ("PT1M30S", "2026-01-31T10:01:30.250Z"),
            ("P-1D", "2026-01-30T10:00:00.250Z"),
            ("R0/PT1S", "2026-01-31T10:00:01.250Z"),
            ("R-1/PT1S", "2026-01-31T10:00:01.250Z"),
        ] {
            assert_eq!(at(text, from).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_point_in_time_is_refused() {
        for text in [
            "",
            "tomorrow",
            "5",
            "1d",
            "1h 30m",
            "1..5s",
            "-",
            ".s",
            "P",
            "PTY",
            "P1H",
            "PT1D",
            "P1T",
            "R/PT1S",
            "2026-02-01",
            "2026-02-01T08:30:00",
            "2026-02-01 08:30:00Z",
            "2026-02-01t08:30:00z",
            "2026-13-01T08:30:00Z",
            "2026-06-30T23:59:60Z",
            "9999999999999999999999h",
            "9223372037s",
            "P999999999999Y",
            "PT9223372036854775807H",
        ] {
            let refused = at(text, "2026-01-31T10:00:00Z").unwrap_err();
            assert_eq!(refused, "due time format not recognized", "{text}");
        }
        let repeated = at("R3/PT1S", "2026-01-31T10:00:00Z").unwrap_err();
        assert_eq!(repeated, "repeats not supported for due time");
        assert!(at("R3", "2026-01-31T10:00:00Z").is_err());
    }

    #[test]
    fn a_part_of_a_millisecond_counts_as_one() {
        let millis = |text: &str| millis(text.parse().unwrap());
        assert_eq!(millis("1970-01-01T00:00:01.5Z"), 1_500);
        assert_eq!(millis("1970-01-01T00:00:01.500000001Z"), 1_501);
        assert_eq!(millis("1969-12-31T23:59:59.999999999Z"), 0);
    }

    #[test]
    fn no_text_makes_it_panic() {
        let pieces = [
            "P", "T", "R", "/", "9", "-", "+", ".", "h", "µ", "ms", "Y", "M", "ü", "Z",
        ];
        let from: DateTime<Utc> = "2026-01-31T10:00:00Z".parse().unwrap();
        for number in 0..pieces.len().pow(4) {
            let text: String = (0..4)
                .map(|place| pieces[number / pieces.len().pow(place) % pieces.len()])
                .collect();
            point(&text, from).ok();
            point(&text, DateTime::<Utc>::MAX_UTC).ok();
            point(&text, DateTime::<Utc>::MIN_UTC).ok();
        }
    }
}
