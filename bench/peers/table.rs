//! The table, and the figures as JSON.

use crate::{limits::Limits, load::Rate, work::Figures};
use serde_json::json;
use std::path::PathBuf;

/// A kind of work.
type Kind = (&'static str, fn(&Figures) -> &Rate);

const KINDS: [Kind; 4] = [
    ("create", |figures| &figures.create),
    ("change", |figures| &figures.change),
    ("list twenty", |figures| &figures.list),
    ("mix, 70 % reads", |figures| &figures.mix),
];

/// Whom Duebell is compared with: who, with whom.
const COMPARED: [(usize, usize); 5] = [(0, 2), (3, 2), (0, 1), (3, 4), (0, 3)];

/// Prints all of it.
pub(crate) fn print(all: &[Figures], limits: &Limits) {
    println!(
        "\n{:<38} {:<16} {:>9} {:>9} {:>9}",
        "", "", "a second", "p50, ms", "p99, ms"
    );
    for figures in all {
        for (name, of) in KINDS {
            let Rate {
                per_second,
                p50_ms,
                p99_ms,
                ..
            } = of(figures);
            println!(
                "{:<38} {name:<16} {per_second:>9.0} {p50_ms:>9.1} {p99_ms:>9.1}",
                figures.name
            );
        }
        println!(
            "{:<38} drained {:.0} ms after the last create{}",
            figures.name,
            figures.drained_after_ms,
            if figures.counts {
                ""
            } else {
                ": its rate does not count"
            }
        );
    }
    println!("\nratios of the rates");
    for (one, other) in COMPARED {
        print!("{:<24} / {:<38}", all[one].name, all[other].name);
        for (name, of) in KINDS {
            print!(
                "  {name} {:.2}",
                of(&all[one]).per_second / of(&all[other]).per_second
            );
        }
        println!(
            "  create's p99 {:.2}",
            all[one].create.p99_ms / all[other].create.p99_ms
        );
    }
    println!("\nlimits");
    println!(
        "hyper, answering nothing: {:.0} a second, p99 {:.1} ms",
        limits.hello.per_second, limits.hello.p99_ms
    );
    println!(
        "SQLite, commits of a task's rows: {:.0} a second; sixteen tasks in each: {:.0} tasks",
        limits.commits_per_second, limits.grouped_per_second
    );
    println!(
        "a task's bytes appended to a file and synced: {:.0} a second",
        limits.syncs_per_second
    );
}

/// Keeps it as JSON.
pub(crate) fn keep(all: &[Figures], limits: &Limits) {
    let named = std::env::var_os("PEERS_JSON").map(PathBuf::from);
    let file = named.unwrap_or_else(|| crate::harness::project().join("target/peers.json"));
    let figures = json!({ "peers": all, "limits": limits });
    std::fs::write(&file, serde_json::to_vec_pretty(&figures).unwrap()).unwrap();
    println!("\n{}", file.display());
}
