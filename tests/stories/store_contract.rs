//! Spin's SQLite keeps the store's contract, as rusqlite does.

use crate::harness::{App, Options, project};

#[tokio::test(flavor = "multi_thread")]
async fn spins_sqlite_keeps_the_contract() {
    let app = App::start_with(Options {
        from: Some(project().join("tests/store-contract")),
        ..Options::default()
    })
    .await;
    let answer = app.anyone().get("/contract").await.expect(200);
    let verdicts = answer.json.as_array().unwrap();
    assert!(verdicts.len() >= 22, "only {} cases ran", verdicts.len());
    let failed: Vec<_> = verdicts
        .iter()
        .filter(|verdict| !verdict["failure"].is_null())
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
