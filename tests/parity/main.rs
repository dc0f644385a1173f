//! Parity: the embedded sidecar and a real Dapr, side by side.
//!
//! A real daprd with its scheduler and a real Kafka on one side, `duebell sidecar` on the
//! other; beside each an app of the suite's own. Both read the same resource files. A case
//! is played to both at the same time. What it observed, normalised, has to be equal, or
//! the case has to be in the table of docs/parity.md; and what is in the table has to
//! differ.
//!
//! It needs Go and Java, as the stories on real servers do:
//! `cargo test --release -p duebell --test parity`. `DUEBELL_CASES=letter` plays only the
//! cases that have this in their names.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod app;
mod case;
mod cases;
mod diff;
#[path = "../stories/harness/mod.rs"]
#[expect(dead_code, reason = "the stories use the rest of it")]
#[expect(unused_imports, reason = "the stories use the rest of it")]
mod harness;
mod near;
mod normal;
mod observed;
mod play;
mod report;
mod scene;
mod setup;
mod side;
mod subscription;
mod table;

/// Minutes would be lost on a machine that cannot have the real servers: they are looked
/// for first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_embedded_sidecar_behaves_as_a_real_dapr() {
    let table = table::Table::read();
    let mut cases = cases::all();
    if let Ok(wanted) = std::env::var("DUEBELL_CASES") {
        cases.retain(|case| case.name.contains(&wanted));
    }
    let outcomes = play::all(cases).await;
    report::check(&outcomes, &table);
}
