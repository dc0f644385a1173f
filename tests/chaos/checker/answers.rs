//! Each answer against the changes that there were: what was acknowledged is there once,
//! what was refused is not, and what was read had been so.

use super::{
    Found, asked,
    records::{Call, Outcome, Records, number},
    updates::{Life, Log},
};
use std::collections::BTreeMap;

pub(super) fn check(records: &Records<'_>, log: &Log<'_>, found: &mut Found) {
    let mut operations: BTreeMap<&str, Vec<&Call<'_>>> = BTreeMap::new();
    let mut of_task: BTreeMap<i64, Vec<&Call<'_>>> = BTreeMap::new();
    for call in &records.calls {
        if !matches!(call.does, "read" | "list" | "peek") {
            operations.entry(call.source).or_default().push(call);
        }
        let made = (call.does == "create").then(|| number(call.answer, "id"));
        if let Some(task) = call.task.or(made.flatten()) {
            of_task.entry(task).or_default().push(call);
        }
    }
    for (source, calls) in operations {
        operation(source, &calls, log, found);
    }
    for (task, calls) in of_task {
        let calls: Vec<_> = calls
            .into_iter()
            .filter(|call| call.does != "peek")
            .collect();
        if let Some(life) = log.tasks.get(&task) {
            in_time(task, life, &calls, found);
        }
    }
}

/// One operation, with all its repeats.
fn operation(source: &str, calls: &[&Call<'_>], log: &Log<'_>, found: &mut Found) {
    let none = Vec::new();
    let made = log.by_source.get(source).unwrap_or(&none);
    let what = calls.first().map_or("", |call| call.does);
    found.hold("once", made.len() <= 1, || {
        format!("{source} ({what}) took effect {} times", made.len())
    });
    let refused = calls
        .iter()
        .all(|call| matches!(call.outcome, Outcome::Refused(_)));
    // A repeat by key gets the first answer: what it is refused, nobody has done before.
    // 409 says that the first is still under way.
    let is_final = |status: u64| status < 500 && status != 409;
    let refused_at_last = calls.last().is_some_and(|call| {
        call.keyed && matches!(call.outcome, Outcome::Refused(status) if is_final(status))
    });
    let refused = refused || refused_at_last;
    found.hold("refused", !refused || made.is_empty(), || {
        format!("{source} ({what}) was refused and took effect")
    });
    for call in calls.iter().filter(|call| call.outcome == Outcome::Done) {
        acknowledged(source, call, made.first().copied(), log, found);
    }
}

fn acknowledged(
    source: &str,
    call: &Call<'_>,
    made: Option<(i64, i64)>,
    log: &Log<'_>,
    found: &mut Found,
) {
    let what = call.does;
    // These may find that there is nothing to do.
    let may_be_nothing = matches!(what, "complete" | "reopen");
    let Some((task, version)) = made else {
        if !may_be_nothing {
            let lost = format!("{source} ({what}) was acknowledged and is not there");
            found.add("lost", lost);
            return;
        }
        let stated = number(call.answer, "version");
        let is_seen = call.if_match.is_none_or(|seen| stated == Some(seen));
        found.hold("if-match", is_seen, || {
            format!(
                "{source} ({what}) wanted {:?}, and found {stated:?} as it has to be",
                call.if_match
            )
        });
        let state = call.task.and_then(|task| log.tasks.get(&task));
        let state = state.and_then(|life| life.at(number(call.answer, "version")?));
        match state {
            Some(state) => {
                let wanted = what == "complete";
                found.hold("lost", *state.get("completed") == wanted, || {
                    format!("{source} ({what}) was acknowledged, and did nothing")
                });
            }
            None => found.add(
                "lost",
                format!("{source} ({what}) had a version that never was"),
            ),
        }
        return;
    };
    let about = call.task.or_else(|| number(call.answer, "id"));
    if what != "forget" {
        found.hold("answers", about == Some(task), || {
            format!("{source} ({what}) of {about:?} changed {task}")
        });
    }
    let stated = number(call.answer, "version");
    found.hold(
        "answers",
        stated.is_none() || stated == Some(version),
        || format!("{source} ({what}) was told version {stated:?}, and made {version}"),
    );
    found.hold(
        "if-match",
        call.if_match.is_none_or(|seen| seen + 1 == version),
        || {
            format!(
                "{source} ({what}) wanted {:?}, and made {version}",
                call.if_match
            )
        },
    );
    if let Some(life) = log.tasks.get(&task) {
        asked::check(call, life, version, found);
    }
}

/// What was told of one task, in the order in which it was told.
fn in_time(task: i64, life: &Life<'_>, calls: &[&Call<'_>], found: &mut Found) {
    let deletion = life.is_deleted().then(|| {
        let source = life.steps.last().map_or("", |step| step.source);
        calls.iter().filter(move |call| call.source == source)
    });
    let deleted = deletion.clone().and_then(|mut calls| {
        let done = calls.find(|call| call.outcome == Outcome::Done)?;
        Some(done.answered)
    });
    let deletes = deletion.and_then(|calls| calls.map(|call| call.sent).min());
    for call in calls {
        let version = match (call.outcome, call.does) {
            (Outcome::Refused(404), "forget") => continue,
            (Outcome::Refused(404), what) => {
                let may_be_gone = deletes.is_some_and(|sent| sent <= call.answered);
                found.hold("lost", may_be_gone, || {
                    format!("task {task} was not there for {} ({what})", call.source)
                });
                continue;
            }
            (Outcome::Refused(412), _) => {
                let last = i64::try_from(life.steps.len()).ok();
                found.hold("if-match", call.if_match != last, || {
                    format!("{}: task {task} never had another version", call.source)
                });
                continue;
            }
            (Outcome::Done, _) => number(call.answer, "version"),
            _ => continue,
        };
        let Some(version) = version else {
            continue;
        };
        let Some(state) = life.at(version) else {
            let what = format!("{}: task {task} never had version {version}", call.source);
            found.add("answers", what);
            continue;
        };
        let differences = state.differences_of_task(call.answer);
        found.hold("answers", differences.is_empty(), || {
            format!(
                "{}: task {task}, version {version}: {}",
                call.source,
                differences.join("; ")
            )
        });
        // What a repeat is answered is what was answered first.
        let repeats = |other: &&&Call<'_>| other.source == call.source && other.sent < call.sent;
        if call.does == "create" || calls.iter().any(|other| repeats(&other)) {
            continue;
        }
        found.hold(
            "stale",
            deleted.is_none_or(|deleted| call.sent <= deleted),
            || {
                format!(
                    "{}: task {task} was there after it was deleted",
                    call.source
                )
            },
        );
        let known = calls
            .iter()
            .filter(|other| other.outcome == Outcome::Done && other.answered < call.sent)
            .filter(|other| other.source != call.source)
            .filter_map(|other| number(other.answer, "version"))
            .max();
        found.hold("stale", known.is_none_or(|known| known <= version), || {
            format!(
                "{}: task {task} was {version} after it had been {known:?}",
                call.source
            )
        });
    }
}
