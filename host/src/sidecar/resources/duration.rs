//! Durations as Dapr's resource files write them.

use std::time::Duration;

/// The longest duration that is taken: a hundred years.
const LONGEST: f64 = 100.0 * 365.25 * 86_400.0;

/// Reads a Go duration (`2s`, `1m30s`, `250ms`), or a bare number, which Dapr takes
/// as milliseconds. `None` for what is neither.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(millis) = text.parse::<u64>() {
        let duration = Duration::from_millis(millis);
        return (duration.as_secs_f64() <= LONGEST).then_some(duration);
    }
    if text.is_empty() {
        return None;
    }
    let mut seconds = 0.0_f64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let number: f64 = number.parse().ok()?;
        let unit_length = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_length);
        seconds += number
            * match unit {
                "h" => 3_600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" | "μs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = after;
    }
    if seconds > LONGEST {
        return None;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_as_go_writes_it() {
        assert_eq!(parse("2s"), Some(Duration::from_secs(2)));
        assert_eq!(parse("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(parse("1.5h"), Some(Duration::from_secs(5_400)));
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse("500"), Some(Duration::from_millis(500)));
    }

    #[test]
    fn what_is_no_duration_is_not_guessed_at() {
        for text in [
            "",
            "s",
            "2 s",
            "two",
            "-1s",
            "1d",
            "1.2.3s",
            "9e99s",
            "99999999h",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
