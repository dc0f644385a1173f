//! Mistakes in the app's files stop it before anything runs, and are named with
//! file, line and what to write instead.

use crate::harness::{App, duebell, project};
use std::{path::Path, process::Output};

/// A copy of the app's files, to be broken.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["spin.toml", "runtime-config.toml"] {
        std::fs::copy(project().join(file), folder.path().join(file)).unwrap();
    }
    let resources = folder.path().join("deploy/dapr");
    std::fs::create_dir_all(&resources).unwrap();
    for file in std::fs::read_dir(project().join("deploy/dapr")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), resources.join(file.file_name())).unwrap();
    }
    folder
}

fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from:?} is not in {file}");
    std::fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn up(folder: &Path) -> Output {
    duebell()
        .args([
            "up",
            "--listen",
            "127.0.0.1:0",
            "--sidecar-listen",
            "127.0.0.1:0",
            "--grip-listen",
            "127.0.0.1:0",
            "--no-build",
        ])
        .arg("--from")
        .arg(folder)
        .arg("--state-dir")
        .arg(folder.join("state"))
        .output()
        .unwrap()
}

/// The line of the first difference, as an error names it.
#[track_caller]
fn stops(file: &str, from: &str, to: &str, says: &[&str]) {
    let folder = copy();
    let original = std::fs::read_to_string(folder.path().join(file)).unwrap();
    let line = original.split(from).next().unwrap().lines().count().max(1);
    replace(folder.path(), file, from, to);
    let output = up(folder.path());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{to:?} in {file} stops nothing");
    let name = Path::new(file).file_name().unwrap().to_str().unwrap();
    assert!(said.contains(name), "{name} is not named: {said}");
    let near = (line.saturating_sub(1)..=line + 1).any(|line| said.contains(&format!(":{line}:")));
    assert!(near, "line {line} is not named: {said}");
    for text in says {
        assert!(said.contains(text), "{text:?} is not said: {said}");
    }
}

#[test]
fn a_mistake_in_spin_toml_is_named_with_its_line() {
    stops(
        "spin.toml",
        "spin_manifest_version = 2",
        "spin_manifest_version = 3",
        &["2"],
    );
    stops(
        "spin.toml",
        "\nroute = \"/api/tasks/...\"",
        "\nroutes = \"/api/tasks/...\"",
        &["routes", "route"],
    );
    stops(
        "spin.toml",
        "component = \"task-api\"",
        "component = \"task-app\"",
        &["task-app", "task-api"],
    );
    stops(
        "spin.toml",
        "sqlite_databases = [",
        "sqlite_database = [",
        &["sqlite_database"],
    );
    stops(
        "spin.toml",
        "\"{{ dapr_url }}\",",
        "\"{{ dapper_url }}\",",
        &["dapper_url"],
    );
}

#[test]
fn a_mistake_in_runtime_config_toml_is_named_with_its_line() {
    stops(
        "runtime-config.toml",
        "type = \"spin\"",
        "type = \"redis\"",
        &["redis"],
    );
    stops("runtime-config.toml", "path = ", "paths = ", &["paths"]);
}

#[test]
fn a_mistake_in_a_dapr_file_is_named_with_its_line() {
    stops(
        "deploy/dapr/pubsub-kafka.yaml",
        "type: pubsub.kafka",
        "type: pubsub.redis",
        &["pubsub.redis"],
    );
    stops(
        "deploy/dapr/resiliency.yaml",
        "policy: constant",
        "polcy: constant",
        &["polcy"],
    );
    stops(
        "deploy/dapr/sweep-task-api.yaml",
        "@every 2s",
        "every 3s",
        &["every 3s"],
    );
    stops(
        "deploy/dapr/subscription-audit-sink-task-events.yaml",
        "deadLetterTopic:",
        "deadLettersTopic:",
        &["deadLettersTopic"],
    );
}

#[test]
fn a_database_without_a_place_is_named_with_what_to_add() {
    let folder = copy();
    replace(
        folder.path(),
        "runtime-config.toml",
        "[sqlite_database.audit]",
        "[sqlite_database.audits]",
    );
    let output = up(folder.path());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("[sqlite_database.audit]"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_in_use_is_named_with_what_to_do() {
    let app = App::start_embedded().await;
    let state = tempfile::tempdir().unwrap();
    let second = |arguments: &[&str]| {
        let output = duebell()
            .arg("up")
            .args(arguments)
            .arg("--state-dir")
            .arg(state.path())
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let taken = format!("127.0.0.1:{}", app.port);
    let said = second(&["--listen", &taken]);
    assert!(said.contains(&taken) && said.contains("--listen"), "{said}");
    let taken = format!("127.0.0.1:{}", app.sidecar_port());
    let free = "127.0.0.1:0";
    let said = second(&[
        "--listen",
        free,
        "--grip-listen",
        free,
        "--sidecar-listen",
        &taken,
    ]);
    assert!(
        said.contains(&taken) && said.contains("--sidecar-listen"),
        "{said}"
    );
    let grip = app.grip_origin();
    let taken = grip.trim_start_matches("http://");
    let said = second(&["--listen", free, "--grip-listen", taken]);
    assert!(
        said.contains(taken) && said.contains("--grip-listen"),
        "{said}"
    );
}

#[test]
fn a_grip_proxy_needs_a_key() {
    let state = tempfile::tempdir().unwrap();
    let up = |key: Option<&str>| {
        let mut up = duebell();
        up.args([
            "up",
            "--listen",
            "127.0.0.1:0",
            "--grip",
            "http://127.0.0.1:9",
        ])
        .arg("--state-dir")
        .arg(state.path())
        .env_remove("GRIP_KEY");
        if let Some(key) = key {
            up.env("GRIP_KEY", key);
        }
        let output = up.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(up(None).contains("GRIP_KEY"));
    assert!(up(Some("too short")).contains("GRIP_KEY"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_apps_do_not_share_a_state_folder() {
    let app = App::start_embedded().await;
    let output = duebell()
        .args([
            "up",
            "--listen",
            "127.0.0.1:0",
            "--sidecar-listen",
            "127.0.0.1:0",
            "--grip-listen",
            "127.0.0.1:0",
        ])
        .arg("--state-dir")
        .arg(app.state())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(said.contains("--state-dir"), "{said}");
}
