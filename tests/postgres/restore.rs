//! A dump that is taken under load, and put into an empty server.

use crate::{
    harness::{APP_TOKEN, App, Options},
    restoring::Work,
};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_dump_is_there_after_its_restore_and_all_fits() {
    crate::must_be_asked_for();
    let mut app = App::start().await;
    let mut work = Work::begin(&app).await;
    work.has_made(60).await;
    work.note();
    // All schemas are in one database: it is all as it was at one moment.
    let dump = app.postgres.as_ref().unwrap().dump_to_restore();
    work.has_made(30).await;
    work.end(&app).await;
    app.kill();

    let restored = App::start_with(Options {
        dump: Some(dump),
        secrets: Some(app.state().to_owned()),
        ..Options::default()
    })
    .await;
    let operator = restored.anyone().with("dapr-api-token", APP_TOKEN);
    operator
        .post("/internal/live-updates/restored", &json!(null))
        .await
        .expect(204);
    work.must_be_there(&restored).await;
}
