//! What there is only on PostgreSQL, on the embedded host and sidecar: Fermyon's platform, and
//! a restore of what `pg_dump` made.
//!
//! `DUEBELL_DATABASE=postgres cargo test --release --test postgres`

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story fails by panicking"
)]

#[path = "../stories/harness/mod.rs"]
#[expect(dead_code, reason = "the stories use the rest of it")]
#[expect(unused_imports, reason = "the stories use the rest of it")]
mod harness;

mod fermyon;
mod restore;
#[path = "../stories/restoring.rs"]
mod restoring;
#[path = "../stories/store_contract.rs"]
mod store_contract;

/// Fails where the suite is run without a server.
fn must_be_asked_for() {
    assert!(
        harness::setting().postgres,
        "these stories are of PostgreSQL: DUEBELL_DATABASE=postgres"
    );
}
