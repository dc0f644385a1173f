//! `duebell demo`, as a new user meets it.

use crate::harness::{App, build, duebell, project};
use std::{path::Path, process::Output};

async fn demo(arguments: Vec<String>) -> Output {
    tokio::task::spawn_blocking(move || {
        build(&project());
        duebell().arg("demo").args(arguments).output().unwrap()
    })
    .await
    .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What it said of its failure, without the lines' ends.
fn said(output: &Output) -> String {
    let text = text(&output.stderr).replace('│', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_its_five_parts_and_ends_well() {
    let output = demo(Vec::new()).await;
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}{}", text(&output.stderr));
    for part in [
        "1. Task lifecycle events",
        "The chain of 4 entries verifies",
        "2. A reminder, from scheduled to due",
        "ms after its time.",
        "3. Real-time sync events",
        "\"event_type\":\"task.reminder\"",
        "4. Publishing from another program",
        "It was sent twice, and is there once",
        "5. Subscribing",
        "< 200 already_processed",
        "All of it came.",
    ] {
        assert!(shown.contains(part), "{part:?} is not in {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_wants_a_state_of_its_own() {
    let app = App::start_embedded().await;
    let folder = app.state().display().to_string();
    let output = demo(vec!["--state-dir".to_owned(), folder]).await;
    assert!(!output.status.success());
    let said = said(&output);
    assert!(said.contains("a state of its own"), "{said}");
}

/// A terminal's end that is gone, or a full disk with the log on it: whoever has something
/// to say does not die of it.
#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_stops_nothing() {
    build(&project());
    let full = std::fs::File::options().write(true).open("/dev/full");
    let output = duebell()
        .args(["demo", "--log", "debug"])
        .stderr(full.unwrap())
        .output()
        .unwrap();
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("All of it came."), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_says_what_did_not_come_and_ends_badly() {
    let folder = tempfile::tempdir().unwrap();
    deaf_copy(folder.path());
    let from = folder.path().display().to_string();
    let output = demo(vec!["--no-build".to_owned(), "--from".to_owned(), from]).await;
    assert!(!output.status.success(), "{}", text(&output.stdout));
    let said = said(&output);
    assert!(
        said.contains("in vain, for 30 s: the reminder's notification"),
        "{said}"
    );
}

/// A copy of the app in which nobody tells notifier of reminders, and nothing has it
/// ask for them.
fn deaf_copy(to: &Path) {
    let components = project().join("target/components").display().to_string();
    let manifest = std::fs::read_to_string(project().join("spin.toml")).unwrap();
    let manifest = manifest
        .replace("\"target/components", &format!("\"{components}"))
        .replace(
            "\"route\": \"/events/notifier/reminder-events\"",
            "\"route\": \"/events/audit-sink/reminder-events\"",
        );
    std::fs::write(to.join("spin.toml"), manifest).unwrap();
    let runtime = project().join("runtime-config.toml");
    std::fs::copy(runtime, to.join("runtime-config.toml")).unwrap();
    let resources = to.join("deploy/dapr");
    std::fs::create_dir_all(&resources).unwrap();
    for entry in std::fs::read_dir(project().join("deploy/dapr")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let tells = [
            "subscription-notifier-reminder-events.yaml",
            "sweep-notifier.yaml",
        ];
        if !tells.contains(&name.as_str()) {
            std::fs::copy(entry.path(), resources.join(name)).unwrap();
        }
    }
}
