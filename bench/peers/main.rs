//! Duebell beside what a user would pick instead, in one run: each in turn does the same
//! work for the same clients, on the same machine, with the same durability (WAL,
//! `synchronous=FULL`; `fsync` of PostgreSQL).
//!
//! It needs Go, Java, Python and PostgreSQL, as the stories on real servers do, and prints a table;
//! the figures are also kept as JSON (`PEERS_JSON`, or `target/peers.json`):
//! `cargo build --release -p duebell-native && DUEBELL_SIDECAR=dapr cargo test --release --test peers -- --nocapture`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a measurement that cannot be made fails by panicking"
)]
#![expect(clippy::print_stdout, reason = "the table is what it is run for")]

mod contender;
mod contract;
mod duebell;
#[path = "../../tests/stories/harness/mod.rs"]
#[expect(dead_code, reason = "the stories use the rest of it")]
#[expect(unused_imports, reason = "the stories use the rest of it")]
mod harness;
mod limits;
mod load;
mod native;
mod table;
mod work;

use contender::Contender;
use harness::{App, setting};
use std::time::Duration;

/// How long each kind of work goes on; `PEERS_SECONDS` says otherwise.
fn lasting() -> Duration {
    let said = std::env::var("PEERS_SECONDS").ok();
    Duration::from_secs(said.and_then(|said| said.parse().ok()).unwrap_or(8))
}

#[test]
fn peers() {
    assert!(
        setting().real_sidecar,
        "set DUEBELL_SIDECAR=dapr: the table has the embedded sidecar and a real one"
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let mut all = Vec::new();
    runtime.block_on(async {
        all.push(measure(duebell::embedded().await).await);
        all.push(measure(native::embedded().await).await);
        all.push(measure(contract::on_dapr().await).await);
        all.push(measure(duebell::on_dapr().await).await);
        all.push(measure(duebell::on_postgres().await).await);
        all.push(measure(native::on_dapr().await).await);
    });
    let limits = limits::measure(&runtime, lasting());
    table::print(&all, &limits);
    table::keep(&all, &limits);
}

async fn measure(contender: Contender) -> work::Figures {
    println!("{}", contender.name);
    let figures = tokio::task::spawn_blocking(move || work::all(&contender, lasting()))
        .await
        .unwrap();
    println!("  {}", serde_json::to_string(&figures).unwrap());
    figures
}

/// An app that runs, with its users' tokens.
pub(crate) async fn started(name: &'static str, app: App) -> Contender {
    let tokens = contender::users().map(|user| app.user(&user).header("authorization").to_owned());
    Contender {
        name,
        port: app.port,
        tokens: tokens.collect(),
        processes: Vec::new(),
        _keep: vec![Box::new(app)],
    }
}
