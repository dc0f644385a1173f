//! The schedules of jobs: Dapr's scheduler reads them more strictly than a cron
//! binding, and keeps fractions of a second in `@every`.

use std::time::Duration;

use super::fields::FIELDS;
use super::times;
use crate::sidecar::bindings::schedule::Schedule;

/// Reads a job's schedule: six cron fields, seconds first; `@every 1.5s`; or
/// `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`.
/// Times are UTC.
///
/// # Errors
/// Why it is none.
pub(crate) fn parse(text: &str) -> Result<Schedule, String> {
    let fields = match text {
        "" => return Err("empty spec string".to_owned()),
        "@yearly" | "@annually" => "0 0 0 1 1 *",
        "@monthly" => "0 0 0 1 * *",
        "@weekly" => "0 0 0 * * 0",
        "@daily" | "@midnight" => "0 0 0 * * *",
        "@hourly" => "0 0 * * * *",
        _ if text.starts_with('@') => return every(text),
        _ if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") => {
            return Err("a time zone in a schedule is not implemented by the embedded sidecar: its schedules are in UTC".to_owned());
        }
        _ => text,
    };
    let parts: Vec<&str> = fields.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!(
            "expected exactly {} fields, found {}: [{}]",
            FIELDS.len(),
            parts.len(),
            parts.join(" ")
        ));
    }
    let plain: Result<Vec<String>, String> = FIELDS
        .iter()
        .zip(&parts)
        .map(|(field, part)| field.plain(part))
        .collect();
    Schedule::parse(&plain?.join(" "))
}

fn every(text: &str) -> Result<Schedule, String> {
    let Some(every) = text.strip_prefix("@every ") else {
        return Err(format!("unrecognized descriptor: {text}"));
    };
    let every = times::go_duration(every).ok_or_else(|| {
        format!("failed to parse duration {text}: time: invalid duration {every:?}")
    })?;
    // Dapr takes less, even less than nothing, and then calls the app without a pause.
    match every.to_std() {
        Ok(every) if every >= Duration::from_millis(1) => Ok(Schedule::Every(every)),
        _ => Err(format!("a schedule of less than a millisecond: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, SecondsFormat, Utc};

    use super::*;

    fn next(schedule: &str, now: &str) -> String {
        let now: DateTime<Utc> = now.parse().unwrap();
        let next = parse(schedule).unwrap().next(now).unwrap();
        next.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    }

    #[test]
    fn a_schedule_knows_its_next_tick() {
        for (schedule, now, expected) in [
            (
                "@every 5s",
                "2026-01-01T00:00:00.250Z",
                "2026-01-01T00:00:05.250Z",
            ),
            (
                "@every 100ms",
                "2026-01-01T00:00:00Z",
                "2026-01-01T00:00:00.100Z",
            ),
            ("@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("@monthly", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
            ("@midnight", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("@hourly", "2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"),
            (
                "* * * * * *",
                "2026-01-01T00:00:00.500Z",
                "2026-01-01T00:00:01Z",
            ),
            (
                "0 30 * * * *",
                "2026-01-01T00:30:00Z",
                "2026-01-01T01:30:00Z",
            ),
            (
                "5/15 * * * * *",
                "2026-01-01T00:00:50Z",
                "2026-01-01T00:01:05Z",
            ),
            (
                "0 0 9 ? feb-MAR mon",
                "2026-01-01T00:00:00Z",
                "2026-02-02T09:00:00Z",
            ),
            // Either of the two days is enough where both are said.
            (
                "0 0 0 13 * 5",
                "2026-01-10T00:00:00Z",
                "2026-01-13T00:00:00Z",
            ),
            (
                "0 0 0 */31 * 5",
                "2026-01-01T00:00:00Z",
                "2026-01-02T00:00:00Z",
            ),
            (
                "0 0 0 *,3 * 5",
                "2026-01-03T00:00:00Z",
                "2026-01-09T00:00:00Z",
            ),
        ] {
            assert_eq!(next(schedule, now), expected, "{schedule}");
        }
    }

    #[test]
    fn what_daprs_scheduler_does_not_take_is_refused() {
        for text in [
            "",
            " ",
            "* * * * *",
            "0 * * * * * 2026",
            "60 * * * * *",
            "* * * 0 * *",
            "* * * * 13 *",
            "* * * * * 7",
            "* * * L * *",
            "* * * * * 1#2",
            "mon * * * * *",
            "5-1 * * * * *",
            "1-2-3 * * * * *",
            "*/0 * * * * *",
            "*/2/2 * * * * *",
            "-1 * * * * *",
            ", * * * * *",
            "@every",
            "@every 5",
            "@every 0s",
            "@every -1s",
            "@every 10us",
            "@Daily",
            "@minutely",
            "TZ=Europe/Berlin 0 0 9 * * *",
            "CRON_TZ=",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(
            parse("* * * * *").unwrap_err(),
            "expected exactly 6 fields, found 5: [* * * * *]"
        );
    }

    #[test]
    fn no_text_makes_it_panic() {
        let pieces = [
            "*",
            "/",
            "-",
            ",",
            "9",
            "99999999999",
            "?",
            "ü",
            "mon",
            "L",
            " ",
            "@every ",
        ];
        for number in 0..pieces.len().pow(4) {
            let field: String = (0..4)
                .map(|place| pieces[number / pieces.len().pow(place) % pieces.len()])
                .collect();
            parse(&field).ok();
            parse(&format!("* * * * * {field}")).ok();
        }
    }
}
