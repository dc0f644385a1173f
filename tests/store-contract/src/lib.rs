//! The store's contract suite as a component, so that Spin's SQLite and Spin's Postgres are
//! held to the same as rusqlite: `GET /contract` runs it and answers with the verdicts.

#![cfg(target_family = "wasm")]

use duebell_store::{Store, contract, postgres::SpinPostgres, spin::SpinSqlite};
use spin_sdk::{
    http::{IntoResponse, Request},
    http_service,
};

#[http_service]
async fn handle(_request: Request) -> impl IntoResponse {
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
