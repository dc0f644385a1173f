//! From what is asked for to a job with its first tick.

use chrono::{DateTime, Utc};

use super::job::Job;
use super::request::Request;
use super::ticks::{Begin, Rule, State};
use super::{schedule, times};

/// A job that can be scheduled.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) job: Job,
    /// The last moment for a tick, in milliseconds since 1970.
    pub(crate) expires: Option<i64>,
    /// None: it never runs, as its `ttl` ends before its first tick.
    pub(crate) first: Option<State>,
}

/// Checks what is asked for.
///
/// # Errors
/// Why it is no job, as Dapr puts it.
pub(crate) fn plan(request: Request, now: DateTime<Utc>) -> Result<Plan, String> {
    let is_recurring = request.schedule.is_some();
    if !is_recurring && request.due_time.is_none() {
        return Err("job must have either a due time or a schedule".to_owned());
    }
    if !is_recurring && request.repeats.is_some_and(|repeats| repeats > 1) {
        return Err("job must have a schedule to repeat".to_owned());
    }
    if request.repeats == Some(0) {
        return Err("defined repeats must be greater than 0".to_owned());
    }
    if !is_recurring && request.ttl.is_some() {
        return Err("job must have a schedule to have a ttl".to_owned());
    }
    let schedule = request
        .schedule
        .as_deref()
        .map(schedule::parse)
        .transpose()?;
    if let Some(schedule) = &schedule
        && schedule.next(now).is_none()
    {
        // To Dapr such a job is due at once, and again at once, without end.
        return Err("the schedule has no next time, such as February 30".to_owned());
    }
    let due = request
        .due_time
        .as_deref()
        .map(|due| times::point(due, now))
        .transpose()?;
    let expires = request
        .ttl
        .as_deref()
        .map(|ttl| {
            times::point(ttl, due.unwrap_or(now))
                .map_err(|_| "ttl format not recognized".to_owned())
        })
        .transpose()?;
    if let (Some(due), Some(expires)) = (due, expires)
        && due > expires
    {
        return Err("ttl must be greater than due time".to_owned());
    }
    let begin = match due {
        Some(due) => Begin::At(times::millis(due)),
        None => Begin::After(times::millis(now)),
    };
    let rule = Rule {
        schedule,
        repeats: request.repeats,
        expires: expires.map(times::millis),
    };
    Ok(Plan {
        expires: rule.expires,
        first: rule.first(begin),
        job: Job {
            schedule: request.schedule,
            repeats: request.repeats,
            due_time: request.due_time,
            ttl: request.ttl,
            data: request.data,
            failure_policy: request.failure_policy.unwrap_or_default(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Result<Plan, String> {
        let now = DateTime::from_timestamp_millis(1_000_250).unwrap();
        plan(Request::read(body.as_bytes()).unwrap(), now)
    }

    #[test]
    fn the_first_tick_is_at_the_due_time_or_the_schedules_first() {
        for (body, first) in [
            (r#"{"dueTime": "1s"}"#, Some(1_001_250)),
            (r#"{"dueTime": "-1h"}"#, Some(-2_599_750)),
            (r#"{"dueTime": "1s", "repeats": 1}"#, Some(1_001_250)),
            (r#"{"schedule": "@every 2s"}"#, Some(1_002_250)),
            (r#"{"schedule": "* * * * * *"}"#, Some(1_001_000)),
            (
                r#"{"schedule": "@every 2s", "dueTime": "10s", "ttl": "5s"}"#,
                Some(1_010_250),
            ),
            (
                r#"{"schedule": "@every 2s", "dueTime": "10s", "ttl": "0"}"#,
                Some(1_010_250),
            ),
            (r#"{"schedule": "@every 2s", "ttl": "1s"}"#, None),
            (
                r#"{"schedule": "@every 2s", "ttl": "1970-01-01T00:00:00Z"}"#,
                None,
            ),
        ] {
            let plan = of(body).unwrap();
            assert_eq!(plan.first.map(|state| state.tick), first, "{body}");
        }
    }

    #[test]
    fn what_is_no_job_is_refused_and_says_why() {
        for (body, why) in [
            ("{}", "job must have either a due time or a schedule"),
            (
                r#"{"dueTime": "1s", "repeats": 2}"#,
                "job must have a schedule to repeat",
            ),
            (
                r#"{"dueTime": "1s", "repeats": 0}"#,
                "defined repeats must be greater than 0",
            ),
            (
                r#"{"dueTime": "1s", "ttl": "2s"}"#,
                "job must have a schedule to have a ttl",
            ),
            (r#"{"dueTime": "soon"}"#, "due time format not recognized"),
            (
                r#"{"dueTime": "R2/PT1S"}"#,
                "repeats not supported for due time",
            ),
            (r#"{"schedule": ""}"#, "empty spec string"),
            (
                r#"{"schedule": "@hourly", "ttl": "R2/PT1S"}"#,
                "ttl format not recognized",
            ),
            (
                r#"{"schedule": "@hourly", "dueTime": "2s", "ttl": "-1s"}"#,
                "ttl must be greater than due time",
            ),
            (
                r#"{"schedule": "0 0 0 30 2 *"}"#,
                "the schedule has no next time, such as February 30",
            ),
        ] {
            assert_eq!(of(body).unwrap_err(), why, "{body}");
        }
    }
}
