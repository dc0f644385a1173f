//! Says what came out, and fails if it is not as docs/parity.md has it.

use crate::{diff::diff, play::Outcome, table::Table};
use serde_json::Value;
use std::io::Write;

/// Compares what was observed with the table.
pub(crate) fn check(outcomes: &[Outcome], table: &Table) {
    let mut faults = Vec::new();
    let mut known = 0;
    for outcome in outcomes {
        let lines = diff(&outcome.real, &outcome.embedded);
        let listed = table.rows.contains_key(outcome.name);
        if failed(&outcome.real) || failed(&outcome.embedded) {
            faults.push(format!("{}: failed\n{}", outcome.name, lines.join("\n")));
        } else if listed && lines.is_empty() {
            faults.push(format!(
                "{}: differs no more; its row in docs/parity.md is stale",
                outcome.name
            ));
        } else if !listed && !lines.is_empty() {
            faults.push(format!("{}: differs\n{}", outcome.name, lines.join("\n")));
        }
        known += usize::from(listed);
    }
    if std::env::var_os("DUEBELL_CASES").is_none() {
        let names: Vec<&str> = outcomes.iter().map(|outcome| outcome.name).collect();
        for name in table.rows.keys() {
            if !names.contains(&name.as_str()) {
                faults.push(format!("{name}: docs/parity.md has it, and no case has"));
            }
        }
    }
    say(&format!(
        "parity: {} cases, {known} known differences",
        outcomes.len()
    ));
    assert!(
        faults.is_empty(),
        "{} of them are not as they should be:\n\n{}\n",
        faults.len(),
        faults.join("\n\n")
    );
}

fn failed(value: &Value) -> bool {
    value.get("the case failed").is_some()
}

/// To standard error itself: what a test prints is not shown when it passes.
fn say(line: &str) {
    let mut error = std::io::stderr();
    writeln!(error, "{line}").unwrap();
}
