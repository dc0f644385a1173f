//! The table.

use crate::create::Run;
use std::io::Write;

/// What a row shows: its name, the figure of a run, and the unit.
type Row = (&'static str, fn(&Run) -> f64, &'static str);

/// Prints the median of each figure, and the range.
pub(crate) fn print(runs: &[Run]) {
    let mut out = std::io::stdout().lock();
    let rows: [Row; 9] = [
        ("first answer", |run| run.first_answer_ms, "ms"),
        ("healthy (subscribed)", |run| run.healthy_ms, "ms"),
        ("memory, idle", |run| run.idle_memory_mib, "MiB"),
        ("memory, after the load", |run| run.loaded_memory_mib, "MiB"),
        ("creates", |run| run.creates_per_second, "/s"),
        ("p50", |run| run.p50_ms, "ms"),
        ("p99", |run| run.p99_ms, "ms"),
        ("slowest", |run| run.slowest_ms, "ms"),
        ("drained after the end", |run| run.drained_after_ms, "ms"),
    ];
    // Whoever reads this may have closed the pipe.
    let _ = writeln!(
        out,
        "{:<24} {:>10} {:>10} {:>10}",
        "", "median", "least", "most"
    );
    for (name, figure, unit) in rows {
        let mut figures: Vec<f64> = runs.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let at = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
        let _ = writeln!(
            out,
            "{name:<24} {:>10.1} {:>10.1} {:>10.1} {unit}",
            at(figures.len() / 2),
            at(0),
            at(figures.len().saturating_sub(1)),
        );
    }
    let counted = runs.iter().filter(|run| run.counts).count();
    let _ = writeln!(
        out,
        "{counted} of {} runs count: outbox and audit had drained within a second of the end",
        runs.len()
    );
}
