//! When a cron binding ticks, or a job.

use std::time::Duration;

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use crate::sidecar::resources::duration;

/// A schedule: `@every 3s`, `@hourly` and its like, or five or six cron fields
/// (the sixth, in front, is seconds). Times are UTC.
#[derive(Clone, Debug)]
pub(crate) enum Schedule {
    /// After each such time: in a binding whole seconds, at least one.
    Every(Duration),
    /// Whenever the fields match.
    Fields(Box<Cron>),
}

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(every) = text.strip_prefix("@every ") {
            let every = duration::parse(every)
                .filter(|_| every.trim().parse::<u64>().is_err())
                .ok_or_else(|| format!("`{}` is no duration", every.trim()))?;
            return Ok(Self::Every(Duration::from_secs(every.as_secs().max(1))));
        }
        CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Disallowed)
            .build()
            .parse(text)
            .map(|fields| Self::Fields(Box::new(fields)))
            .map_err(|error| error.to_string())
    }

    /// The first tick after `now`, or `None` if there is none any more.
    pub(crate) fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Every(every) => now.checked_add_signed(chrono::Duration::from_std(*every).ok()?),
            Self::Fields(fields) => fields.find_next_occurrence(&now, false).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, now: &str) -> String {
        let now: DateTime<Utc> = now.parse().unwrap();
        let next = Schedule::parse(schedule).unwrap().next(now).unwrap();
        next.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    #[test]
    fn a_schedule_knows_its_next_tick() {
        assert_eq!(
            next("@every 3s", "2026-01-01T00:00:00Z"),
            "2026-01-01T00:00:03Z"
        );
        assert_eq!(
            next("@every 100ms", "2026-01-01T00:00:00Z"),
            "2026-01-01T00:00:01Z"
        );
        assert_eq!(
            next("15 * * * * *", "2026-01-01T00:00:15Z"),
            "2026-01-01T00:01:15Z"
        );
        assert_eq!(
            next("30 4 * * *", "2026-01-01T05:00:00Z"),
            "2026-01-02T04:30:00Z"
        );
        assert_eq!(
            next("@hourly", "2026-01-01T05:10:00Z"),
            "2026-01-01T06:00:00Z"
        );
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in [
            "",
            "@every",
            "@every 3",
            "@every soon",
            "* *",
            "61 * * * * *",
            "0 0 0 1 1 * 2026",
        ] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }
}
