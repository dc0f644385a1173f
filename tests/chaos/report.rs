//! What a run says of itself.

use crate::{checker::Violation, settings::Settings};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// How many violations are shown; the checker says the rest.
const SHOWN: usize = 40;

/// Says how a run that fails is played again, and keeps what is left of it.
pub(crate) struct Told {
    again: String,
    history: PathBuf,
    state: PathBuf,
}

impl Told {
    pub(crate) fn begin(settings: &Settings, state: &Path) -> Self {
        Self {
            again: settings.again(),
            history: settings.history.clone(),
            state: state.to_owned(),
        }
    }

    /// The run was sound: nothing is kept.
    pub(crate) fn end(self) {
        let asked_for = std::env::var_os("DUEBELL_CHAOS_HISTORY").is_some();
        if !asked_for {
            let _ = std::fs::remove_file(&self.history);
        }
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        println!("chaos: play it again with\n  {}", self.again);
        println!(
            "chaos: check its history again with\n  DUEBELL_CHAOS_CHECK={} cargo test --release --test chaos",
            self.history.display()
        );
        let kept = self.history.with_extension("state");
        let copied = std::process::Command::new("cp")
            .arg("-r")
            .args([&self.state, &kept])
            .status();
        if copied.is_ok_and(|status| status.success()) {
            println!("chaos: logs and databases are in {}", kept.display());
        }
    }
}

/// Fails with what was found.
pub(crate) fn must_be_sound(violations: &[Violation], history: &Path) {
    let shown: Vec<String> = violations
        .iter()
        .take(SHOWN)
        .map(|violation| format!("  {violation}"))
        .collect();
    assert!(
        violations.is_empty(),
        "{} violations in {}:\n{}",
        violations.len(),
        history.display(),
        shown.join("\n")
    );
}

/// Says how much there was of everything.
pub(crate) fn tell(records: &[Value]) {
    let mut faults: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    let mut operations = BTreeSet::new();
    let mut slowest = 0;
    for record in records {
        match record["kind"].as_str() {
            Some("fault") => {
                let class = record["class"].as_str().unwrap();
                let fault = faults.entry(class).or_default();
                fault.0 += 1;
                fault.1 += record["struck"].as_u64().unwrap();
            }
            Some("call") => {
                operations.insert(record["op"].as_u64());
                let status = record["status"].as_u64();
                let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
                *answers.entry(status).or_default() += 1;
            }
            Some("recovered") => slowest = slowest.max(record["after"].as_i64().unwrap()),
            _ => {}
        }
    }
    let count: usize = faults.values().map(|(count, _)| count).sum();
    println!(
        "chaos: {} operations ({} requests) in {:.1} minutes, {count} faults",
        operations.len(),
        answers.values().sum::<usize>(),
        lasted(records),
    );
    println!("chaos: answers by status: {answers:?}");
    for (class, (count, struck)) in &faults {
        println!("chaos: {class}: {count} times, struck {struck}");
    }
    println!("chaos: the slowest recovery took {slowest} ms");
}

/// For how many minutes clients were at work.
fn lasted(records: &[Value]) -> f64 {
    let calls = records.iter().filter(|record| record["kind"] == "call");
    let times: Vec<f64> = calls.filter_map(|call| call["sent"].as_f64()).collect();
    let first = times.iter().copied().fold(f64::INFINITY, f64::min);
    let last = times.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (last - first).max(0.0) / 60_000.0
}
