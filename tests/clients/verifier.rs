//! The verifier of docs/audit.md, as whoever reads it would run it.

use crate::harness::{App, Options, eventually, project};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

/// The key of RFC 8037, appendix A.1.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

/// The Python of the document.
fn program() -> String {
    let text = std::fs::read_to_string(project().join("docs/audit.md")).unwrap();
    let (_, rest) = text.split_once("```python\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// What it comes to, and what it says.
fn verify(folder: &Path, lines: &[Value], key: &[&str]) -> (bool, String) {
    let (script, file) = (folder.join("verify.py"), folder.join("audit.ndjson"));
    std::fs::write(&script, program()).unwrap();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&file, text).unwrap();
    let output = Command::new("python3")
        .arg(script)
        .arg(file)
        .args(key)
        .output()
        .unwrap_or_else(|error| panic!("the verifier needs Python 3.8 or newer: {error}"));
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_verifier_finds_what_ours_finds() {
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let app = App::start_with(Options {
        variables: vec![
            variable("audit_key", SEED),
            variable("checkpoint_every", "1"),
        ],
        ..Options::default()
    })
    .await;
    for user in ["bob", "carol", "alice", "alice", "alice"] {
        let task = json!({ "title": "Übung", "tags": ["\u{1f514}"] });
        app.user(user).post("/api/tasks", &task).await.expect(201);
    }
    let alice = app.user("alice");
    let lines = eventually("a checkpoint of three entries", async || {
        let text = alice.get("/api/audit/export").await.expect(200).text;
        let line = |line: &str| serde_json::from_str(line).unwrap();
        let lines: Vec<Value> = text.lines().map(line).collect();
        let proof = &lines.last()?["proof"];
        (proof["number"] == 3).then_some(lines)
    })
    .await;

    let (sound, said) = verify(app.state(), &lines, &[PUBLIC]);
    assert!(sound, "{said}");
    assert!(said.contains("sound: 3 entries"), "{said}");
    assert!(said.contains("entries 1 to 3"), "{said}");
    let (sound, said) = verify(app.state(), &lines, &[]);
    assert!(!sound && said.contains("NOT verified"), "{said}");

    let tampered = |change: &dyn Fn(&mut Vec<Value>), expected: &str| {
        let mut lines = lines.clone();
        change(&mut lines);
        let (sound, said) = verify(app.state(), &lines, &[PUBLIC]);
        assert!(!sound, "{said}");
        assert!(said.contains(expected), "no {expected:?} in {said}");
    };
    let other = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
    let (sound, said) = verify(app.state(), &lines, &[other]);
    assert!(
        !sound && said.contains("not signed with this key"),
        "{said}"
    );
    tampered(&|lines| drop(lines.remove(0)), "entry 1: changed, removed");
    tampered(&|lines| lines.swap(1, 2), "entry 2: changed, removed");
    tampered(
        &|lines| lines[1]["event"]["user_id"] = json!("bob"),
        "entry 2: the event was changed",
    );
    tampered(&|lines| drop(lines.remove(2)), "entry 3: the chain goes on");
    tampered(&|lines| lines.truncate(3), "the export broke off");
    tampered(
        &|lines| lines[4]["checkpoint"]["chains"] = json!(2),
        "not signed with this key",
    );
    tampered(
        &|lines| lines[4]["proof"]["chain_id"] = json!("0".repeat(32)),
        "does not cover this chain",
    );
}
