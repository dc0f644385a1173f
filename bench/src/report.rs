//! The tables.

use crate::{audit, create, growth, recurrence, reminders, search, updates};
use std::io::Write;

/// What a row shows: its name, the figure of a run, and the unit.
type Row<R> = (&'static str, fn(&R) -> f64, &'static str);

/// Prints what creating tasks came to.
pub(crate) fn creates(runs: &[create::Run]) {
    let rows: [Row<create::Run>; 10] = [
        ("first answer", |run| run.first_answer_ms, "ms"),
        ("healthy (subscribed)", |run| run.healthy_ms, "ms"),
        ("memory, idle", |run| run.idle_memory_mib, "MiB"),
        ("memory, after the load", |run| run.loaded_memory_mib, "MiB"),
        ("creates", |run| run.creates_per_second, "/s"),
        ("p50", |run| run.p50_ms, "ms"),
        ("p99", |run| run.p99_ms, "ms"),
        ("slowest", |run| run.slowest_ms, "ms"),
        ("processor time of each", |run| run.cpu_us, "us"),
        ("drained after the end", |run| run.drained_after_ms, "ms"),
    ];
    table(runs, &rows);
    let counted = runs.iter().filter(|run| run.counts).count();
    if !runs.is_empty() {
        say(&format!(
            "{counted} of {} runs count: outbox and audit had drained within a second of the end",
            runs.len()
        ));
    }
}

/// Prints what reminders came to.
pub(crate) fn reminders(runs: &[reminders::Run]) {
    let rows: [Row<reminders::Run>; 6] = [
        ("late, p50", |run| run.late_p50_ms, "ms"),
        ("late, p99", |run| run.late_p99_ms, "ms"),
        ("1,000 at once, the last", |run| run.burst_ms, "ms"),
        (
            "1,000 at once, notified",
            |run| run.burst_notified as f64,
            "",
        ),
        ("sweep, 100,000 armed", |run| run.sweep_ms, "ms"),
        ("the slowest of 21 sweeps", |run| run.slowest_sweep_ms, "ms"),
    ];
    table(runs, &rows);
}

/// Prints what recurrence came to.
pub(crate) fn recurrences(runs: &[recurrence::Run]) {
    let rows: [Row<recurrence::Run>; 3] = [
        ("completions", |run| run.per_minute, "a minute"),
        ("the last occurrence", |run| run.last_after_ms, "ms after"),
        ("occurrences of 2,000", |run| run.occurrences as f64, ""),
    ];
    table(runs, &rows);
}

/// Prints what searching came to.
pub(crate) fn searches(runs: &[search::Run]) {
    let rows: [Row<search::Run>; 7] = [
        ("search, p50", |run| run.p50_ms, "ms"),
        ("search, p99", |run| run.p99_ms, "ms"),
        ("the slowest kind, p99", |run| run.slowest_kind_p99_ms, "ms"),
        ("rebuild", |run| run.rebuild_s, "s"),
        ("search meanwhile, p99", |run| run.meanwhile_p99_ms, "ms"),
        ("rebuild from nothing", |run| run.from_nothing_s, "s"),
        ("memory afterwards", |run| run.memory_mib, "MiB"),
    ];
    table(runs, &rows);
}

/// Prints what live updates came to.
pub(crate) fn updates(runs: &[updates::Run]) {
    let rows: [Row<updates::Run>; 9] = [
        ("create to stream, p50", |run| run.p50_ms, "ms"),
        ("create to stream, p99", |run| run.p99_ms, "ms"),
        ("2,000 streams, p50", |run| run.many_p50_ms, "ms"),
        ("2,000 streams, p99", |run| run.many_p99_ms, "ms"),
        ("memory with them", |run| run.many_memory_mib, "MiB"),
        ("more than without", |run| run.streams_memory_mib, "MiB"),
        ("list, p99", |run| run.list_p99_ms, "ms"),
        (
            "1,000 streams opening",
            |run| run.opening_list_p99_ms,
            "ms, a list's p99",
        ),
        (
            "1,000 streams open",
            |run| run.open_list_p99_ms,
            "ms, a list's p99",
        ),
    ];
    table(runs, &rows);
}

/// Prints how fast events are taken.
pub(crate) fn audits(runs: &[audit::Run]) {
    let rows: [Row<audit::Run>; 5] = [
        ("audited, alone", |run| run.audited_per_second, "/s"),
        ("processor time of each", |run| run.cpu_us, "us"),
        ("publishing 100,000", |run| run.published_s, "s"),
        ("100,000, all components", |run| run.backlog_s, "s"),
        ("memory after that", |run| run.backlog_memory_mib, "MiB"),
    ];
    table(runs, &rows);
}

/// Prints the curves.
pub(crate) fn growth(runs: &[growth::Run]) {
    for run in runs {
        say(&format!(
            "{:>8} {:>9}  {:>15} {:>15} {:>15} {:>12}",
            "users", "tasks", "create p50, p99", "change p50, p99", "list p50, p99", "by due, p99"
        ));
        for point in run.tasks.iter().chain(&run.users) {
            let growth::Point { users, tasks, .. } = point;
            say(&format!(
                "{users:>8} {tasks:>9}  {:>7.1} {:>7.1} {:>7.1} {:>7.1} {:>7.1} {:>7.1} {:>12.1} ms",
                point.create_p50_ms,
                point.create_p99_ms,
                point.change_p50_ms,
                point.change_p99_ms,
                point.list_p50_ms,
                point.list_p99_ms,
                point.sorted_p99_ms,
            ));
        }
    }
}

/// Prints how searching grows.
pub(crate) fn search_growth(points: &[search::Point]) {
    for point in points {
        say(&format!(
            "search over {:>9} tasks: p50 {:>6.1} ms, p99 {:>6.1} ms",
            point.tasks, point.p50_ms, point.p99_ms
        ));
        for (kind, p50, p99) in &point.kinds {
            say(&format!("  {kind:<32} {p50:>6.1} {p99:>6.1}"));
        }
    }
}

/// The median of each figure, and the range.
fn table<R>(runs: &[R], rows: &[Row<R>]) {
    if runs.is_empty() {
        return;
    }
    say(&format!(
        "{:<24} {:>10} {:>10} {:>10}",
        "", "median", "least", "most"
    ));
    for (name, figure, unit) in rows {
        let mut figures: Vec<f64> = runs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let at = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
        say(&format!(
            "{name:<24} {:>10.1} {:>10.1} {:>10.1} {unit}",
            at(figures.len() / 2),
            at(0),
            at(figures.len().saturating_sub(1)),
        ));
    }
}

fn say(line: &str) {
    // Whoever reads this may have closed the pipe.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
