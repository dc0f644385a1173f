//! Spin's SQLite keeps the store's contract, as rusqlite does; and so does Spin's Postgres.

use crate::harness::{App, Options, Postgres, project, setting};

#[tokio::test(flavor = "multi_thread")]
async fn the_database_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let postgres = if setting().postgres {
        Some(Postgres::start(folder.path().join("log"), false).await)
    } else {
        None
    };
    // Any schema that is empty will do.
    let variables = postgres.as_ref().map(|postgres| {
        [
            ("database".to_owned(), postgres.address("tasks")),
            ("postgres_origin".to_owned(), postgres.origin()),
        ]
    });
    let app = App::start_with(Options {
        from: Some(project().join("tests/store-contract")),
        variables: variables.into_iter().flatten().collect(),
        ..Options::default()
    })
    .await;
    let answer = app.anyone().get("/contract").await.expect(200);
    let verdicts = answer.json.as_array().unwrap();
    assert!(verdicts.len() >= 29, "only {} cases ran", verdicts.len());
    let failed: Vec<_> = verdicts
        .iter()
        .filter(|verdict| !verdict["failure"].is_null())
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
