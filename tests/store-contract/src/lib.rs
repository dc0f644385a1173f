//! The store's contract suite as a component, so that Spin's SQLite and Spin's Postgres are
//! held to the same as rusqlite: `GET /contract` runs it and answers with the verdicts.

#![cfg(target_family = "wasm")]

use duebell_store::{Store, contract, postgres::SpinPostgres, spin::SpinSqlite};
use spin_sdk::{
    http::{IntoResponse, Request},
    http_service,
};

#[http_service]
async fn handle(request: Request) -> impl IntoResponse {
    // For tests of the host: so many MiB of memory.
    if let Some(mib) = request.uri().path().strip_prefix("/contract/memory/") {
        let bytes = vec![1_u8; mib.parse::<usize>().unwrap_or(0) << 20];
        return std::hint::black_box(bytes).len().to_string();
    }
    let address = spin_sdk::variables::get("database").await;
    let address = address.unwrap_or_default();
    let open = || match address.as_str() {
        "" => Store::new(SpinSqlite::new("contract"), contract::MIGRATIONS),
        address => Store::new(SpinPostgres::new(address.to_owned()), contract::MIGRATIONS),
    };
    let verdicts: Vec<serde_json::Value> = contract::run(&open)
        .await
        .into_iter()
        .map(|verdict| serde_json::json!({ "case": verdict.case, "failure": verdict.failure }))
        .collect();
    serde_json::Value::from(verdicts).to_string()
}
