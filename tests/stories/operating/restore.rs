//! A backup that is taken under load, and its restore.

use crate::{
    harness::{App, Options, duebell, ran},
    restoring::Work,
};
use std::path::Path;

/// `duebell backup` or `duebell restore`: whether it did, and what it said.
fn run(what: &str, folder: &Path, state: &Path) -> (bool, String) {
    let mut command = duebell();
    ran(command.arg(what).arg(folder).arg("--state-dir").arg(state))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_before_a_backup_is_there_after_its_restore_and_all_fits() {
    let mut app = App::start_embedded().await;
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let mut work = Work::begin(&app).await;
    work.has_made(60).await;
    work.note();
    let (taken, said) = run("backup", &backup, app.state());
    assert!(taken, "{said}");
    work.has_made(30).await;
    work.end(&app).await;
    app.kill();

    let restored = App::start_with(Options {
        embedded: true,
        backup: Some(backup),
        secrets: Some(app.state().to_owned()),
        ..Options::default()
    })
    .await;
    work.must_be_there(&restored).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_overwrites_nothing_and_one_that_is_none_is_refused() {
    let mut app = App::start_embedded().await;
    let alice = app.user("alice");
    alice.get("/api/tasks").await.expect(200);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("backup");
    let (taken, said) = run("backup", &backup, app.state());
    assert!(taken, "{said}");
    let (again, said) = run("backup", &backup, app.state());
    assert!(!again && said.contains("has something in it"), "{said}");
    let (over, said) = run("restore", &backup, app.state());
    assert!(!over && said.contains("is in use by process"), "{said}");
    app.kill();
    let (over, said) = run("restore", &backup, app.state());
    assert!(!over && said.contains("is there already"), "{said}");

    let other = tempfile::tempdir().unwrap();
    let (none, said) = run("restore", other.path(), &folder.path().join("new"));
    assert!(!none && said.contains("is no backup"), "{said}");
    let (empty, said) = run("backup", &folder.path().join("b"), other.path());
    assert!(!empty && said.contains("there are no databases"), "{said}");
    // One that was broken off has no list.
    std::fs::remove_file(backup.join("backup.toml")).unwrap();
    let (none, said) = run("restore", &backup, &folder.path().join("new"));
    assert!(!none && said.contains("is no backup"), "{said}");
}
