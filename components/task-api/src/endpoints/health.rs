//! `GET /api/health`: what is degraded, and since when.
//!
//! It says how the whole service is, without a call to any other component: each of
//! them tells task-api how it is, on the way on which it asks for events. So a request
//! that anybody may make costs a few reads, and one question to the sidecar.

use crate::{
    app::App,
    storage::health::{self, Told},
};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use duebell_dapr::Transport;
use duebell_edge::Failure;
use duebell_publisher::trouble;
use duebell_service::body::json_response;
use duebell_store::outbox::{self, Standing};
use http::{Response, StatusCode};
use serde::Serialize;
use std::borrow::Cow;

/// How long a component may tell nothing before it is missed, in milliseconds. It tells
/// with each sweep, every two seconds.
const MISSED: i64 = 60_000;

const DATABASE: &str = "Tasks cannot be read or written: the database does not answer. See \"the database did not do it\" in task-api's log, and whether the disk is full.";
const SIDECAR: &str = "The sidecar does not answer. Changes are kept and published later; reminders ring and deliveries go on when it is back. See whether it runs, and dapr_url.";
const SILENT: &str = "It has not been heard of: see whether it runs, whether the sidecar calls its sweep (deploy/dapr/sweep-*.yaml), and its log.";
const UNSWEPT: &str = "It has not been heard of, since the sidecar is away that calls its sweep.";

/// How the service is.
#[derive(Serialize)]
struct Health<'a> {
    /// `ok`, or `degraded` if any part is.
    status: Status,
    /// The database, the sidecar and the outbox of task-api, and each component that
    /// has told anything in the last day.
    parts: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Part<'a> {
    /// `database`, `sidecar`, `outbox`, or a component's id.
    name: &'a str,
    status: Status,
    /// Since when it is degraded, if that is known (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// What is wrong, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Degraded,
}

impl<'a> Part<'a> {
    fn ok(name: &'a str) -> Self {
        Self {
            name,
            status: Status::Ok,
            since: None,
            detail: None,
        }
    }

    fn degraded(
        name: &'a str,
        since: Option<DateTime<Utc>>,
        detail: impl Into<Cow<'a, str>>,
    ) -> Self {
        Self {
            name,
            status: Status::Degraded,
            since: since.map(|time| time.to_rfc3339_opts(SecondsFormat::Millis, true)),
            detail: Some(detail.into()),
        }
    }
}

pub(crate) async fn health<T: Transport>(app: &App<T>) -> Result<Response<Bytes>, Failure> {
    let now = app.clock.now();
    let known = app
        .store
        .read(async |db| {
            Ok::<_, duebell_store::Error>((outbox::standing(db).await?, health::all(db).await?))
        })
        .await;
    if let Err(error) = &known {
        app.logger.error(
            "the database did not do it",
            &[("cause", error.to_string().into())],
        );
    }
    let is_there = app.sidecar.is_healthy().await;
    let (status, parts) = match &known {
        Ok((standing, told)) => (StatusCode::OK, parts(now, is_there, standing, told)),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            vec![
                Part::degraded("database", None, DATABASE),
                sidecar(is_there, None),
            ],
        ),
    };
    let is_degraded = parts.iter().any(|part| part.status == Status::Degraded);
    let health = Health {
        status: if is_degraded {
            Status::Degraded
        } else {
            Status::Ok
        },
        parts,
    };
    Ok(json_response(status, &health)?)
}

fn parts<'a>(
    now: DateTime<Utc>,
    is_there: bool,
    standing: &Standing,
    told: &'a [Told],
) -> Vec<Part<'a>> {
    // Nobody notes the moment at which a sidecar goes. Publishing failed first at a
    // known time, or its sweep was the last thing that was heard of it.
    let swept = told.iter().find(|told| told.component == super::sweep::ID);
    let gone = standing
        .failing_since
        .or(swept.map(|told| told.told_at))
        .filter(|_| !is_there);
    let mut parts = vec![Part::ok("database"), sidecar(is_there, gone)];
    parts.push(match trouble(standing, now) {
        Some(trouble) => Part::degraded("outbox", trouble.since, trouble.detail),
        None => Part::ok("outbox"),
    });
    parts.extend(told.iter().map(|told| component(now, is_there, told)));
    parts
}

fn sidecar<'a>(is_there: bool, gone: Option<i64>) -> Part<'a> {
    if is_there {
        return Part::ok("sidecar");
    }
    Part::degraded("sidecar", gone.and_then(time), SIDECAR)
}

/// What a component says of itself, unless it says nothing any more.
fn component(now: DateTime<Utc>, is_there: bool, told: &Told) -> Part<'_> {
    let name = told.component.as_str();
    // What was told in the future was told before the clock was set back.
    if (now.timestamp_millis() - told.told_at).abs() > MISSED {
        let detail = if is_there { SILENT } else { UNSWEPT };
        return Part::degraded(name, time(told.told_at), detail);
    }
    match &told.detail {
        Some(detail) => Part::degraded(name, told.since.and_then(time), detail.as_str()),
        None => Part::ok(name),
    }
}

fn time(milliseconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NOW: i64 = 1_000_000;

    fn told(component: &str, since: Option<i64>, told_at: i64) -> Told {
        Told {
            component: component.to_owned(),
            since,
            detail: since.map(|_| "It is ill.".to_owned()),
            told_at,
        }
    }

    fn part(is_there: bool, standing: &Standing, told: &[Told], name: &str) -> Value {
        let parts = parts(time(NOW).unwrap(), is_there, standing, told);
        let part = parts.iter().find(|part| part.name == name).unwrap();
        serde_json::to_value(part).unwrap()
    }

    #[test]
    fn a_part_that_is_well_says_nothing_else() {
        let told = [told("notifier", None, NOW - 20_000)];
        for name in ["database", "sidecar", "outbox", "notifier"] {
            assert_eq!(
                part(true, &Standing::default(), &told, name),
                json!({ "name": name, "status": "ok" })
            );
        }
    }

    #[test]
    fn a_sidecar_is_away_since_publishing_failed_first_or_it_swept_last() {
        let swept = [told("task-api", None, NOW - 20_000)];
        let since = |failing_since, told: &[Told]| {
            let standing = Standing {
                failing_since,
                ..Standing::default()
            };
            part(false, &standing, told, "sidecar")["since"].clone()
        };
        assert_eq!(since(Some(990_000), &swept), "1970-01-01T00:16:30.000Z");
        assert_eq!(since(None, &swept), "1970-01-01T00:16:20.000Z");
        assert_eq!(since(None, &[]), Value::Null);
        let failed = Standing {
            failing_since: Some(1),
            ..Standing::default()
        };
        assert_eq!(part(true, &failed, &swept, "sidecar")["status"], "ok");
    }

    #[test]
    fn a_component_is_as_it_says_until_it_says_nothing() {
        let ill = [told("notifier", Some(NOW - 70_000), NOW - 1_000)];
        let part_of = |is_there, told| part(is_there, &Standing::default(), told, "notifier");
        let answer = part_of(true, &ill);
        assert_eq!(answer["since"], "1970-01-01T00:15:30.000Z");
        assert_eq!(answer["detail"], "It is ill.");
        let silent = [told("notifier", None, NOW - 60_001)];
        assert_eq!(part_of(true, &silent)["detail"], SILENT);
        assert_eq!(part_of(false, &silent)["detail"], UNSWEPT);
        assert_eq!(part_of(true, &silent)["since"], "1970-01-01T00:15:39.999Z");
    }
}
