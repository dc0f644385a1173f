//! The served OpenAPI, by a program that is none of ours: schemathesis (from PyPI) makes
//! requests of what the document allows and forbids, and holds the answers against it.
//!
//! It needs Python 3.10 or newer with pip, and is told with
//! `cargo test --release --test openapi`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a story fails by panicking"
)]
#![expect(clippy::print_stdout, reason = "a run says what it was made of")]

#[path = "../stories/harness/mod.rs"]
#[expect(dead_code, reason = "the stories use the rest of it")]
#[expect(unused_imports, reason = "the stories use the rest of it")]
mod harness;

use harness::{App, Client, cached, project};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::{Duration, Instant},
};

/// How long it may take longer than it is told to make requests: it also prepares, and
/// makes small what it found.
const MORE: Duration = Duration::from_secs(120);

/// What it draws by, so that a run can be repeated. `DUEBELL_SEED` names another.
const SEED: &str = "8";

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_is_answered_as_the_document_says() {
    let app = App::start_embedded().await;
    // Two users, who must not see what is each other's.
    checked(&app, 60, &[]).await;
    let operators = [
        "--auth-wfc-user",
        "oscar",
        "--include-path-regex",
        "dead-letters|audit",
    ];
    checked(&app, 40, &operators).await;
}

/// Fails unless all is well for so many seconds.
async fn checked(app: &App, seconds: u64, more: &[&str]) {
    let folder = app.state().join("schemathesis");
    std::fs::create_dir_all(&folder).unwrap();
    let clients = json!({ "auth": [
        named("alice", &app.user("alice")),
        named("bob", &app.user("bob")),
        named("oscar", &app.operator("oscar")),
    ] });
    std::fs::write(folder.join("auth.json"), clients.to_string()).unwrap();
    let document = format!("{}/openapi.json", app.origin());
    let mut schemathesis = schemathesis(&document, &folder);
    schemathesis
        .args(["--max-time", &seconds.to_string()])
        .args(more);
    let ran = tokio::task::spawn_blocking(move || {
        let began = Instant::now();
        (run(&mut schemathesis), began.elapsed())
    });
    let (output, took) = ran.await.unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let most = Duration::from_secs(seconds) + MORE;
    assert!(took < most, "it took {took:?}\n{said}");
    println!("{said}");
}

/// Who a client is, as a Web Fuzzing Commons authentication file has it.
fn named(name: &str, client: &Client) -> Value {
    let authorization = client.header("authorization");
    json!({ "name": name, "fixedHeaders": [{ "name": "Authorization", "value": authorization }] })
}

/// Tests what serves this document; what it writes is in the folder.
fn schemathesis(document: &str, folder: &Path) -> Command {
    let seed = std::env::var("DUEBELL_SEED").unwrap_or_else(|_| SEED.to_owned());
    let mut command = Command::new("python3");
    command
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(project().join("tests/openapi/schemathesis.toml"))
        .args(["run", document])
        .args(["--seed", &seed])
        .env(
            "SCHEMATHESIS_HOOKS",
            project().join("tests/openapi/hooks.py"),
        )
        .env("PYTHONPATH", packages())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(folder);
    command
}

/// What is installed from PyPI, all of it with its version: what is found depends on it.
fn packages() -> PathBuf {
    let wanted = project().join("tests/openapi/requirements.txt");
    cached("schemathesis-4.32.5", |folder| {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"])
            .arg(folder)
            .arg("--requirement")
            .arg(&wanted);
        let output = run(&mut pip);
        assert!(output.status.success(), "{}", said(&output));
    })
}

fn run(command: &mut Command) -> Output {
    let output = command.output();
    output.unwrap_or_else(|error| panic!("this needs Python 3.10 or newer with pip: {error}"))
}

fn said(output: &Output) -> String {
    let texts = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    texts.join("\n")
}
