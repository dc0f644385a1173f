//! The audit as evidence: an export with its checkpoint, held against what was noted
//! elsewhere, by the built program.

use crate::{
    audit::audit,
    harness::{APP_TOKEN, App, Client, Options, duebell, eventually, ran},
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The seed of RFC 8037, appendix A.1, and its public half.
const SEED: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

/// RFC 8032, section 7.1, test 2.
const OTHER_PUBLIC: &str = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";

/// The app, with a checkpoint every second in which something happened.
async fn start() -> App {
    let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    App::start_with(Options {
        variables: vec![
            variable("audit_key", SEED),
            variable("checkpoint_every", "1"),
        ],
        ..Options::default()
    })
    .await
}

/// The lines of a user's export.
async fn export(user: &Client) -> Vec<Value> {
    let answer = user.get("/api/audit/export").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let line = |line: &str| serde_json::from_str(line).unwrap();
    answer.text.lines().map(line).collect()
}

/// The same, once a checkpoint covers so many entries.
async fn covered(user: &Client, entries: usize) -> Vec<Value> {
    eventually(&format!("a checkpoint of {entries} entries"), async || {
        let lines = export(user).await;
        let proof = &lines.last()?["proof"];
        (proof["number"].as_u64()? >= entries as u64).then_some(lines)
    })
    .await
}

/// Makes so many tasks.
async fn make_tasks(user: &Client, count: usize) {
    for number in 0..count {
        let task = json!({ "title": format!("Task {number}") });
        user.post("/api/tasks", &task).await.expect(201);
    }
}

fn write(app: &App, name: &str, lines: &[Value]) -> PathBuf {
    let path = app.state().join(name);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&path, text).unwrap();
    path
}

/// What `duebell audit verify` comes to, and what it says, in one line.
fn verify(arguments: &[&str]) -> (bool, String) {
    let (verified, text) = ran(duebell().args(["audit", "verify"]).args(arguments));
    // Errors are wrapped for the terminal.
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| *word != "│")
        .collect();
    (verified, words.join(" "))
}

#[track_caller]
fn is_sound(arguments: &[&str], expected: &[&str]) {
    let (sound, said) = verify(arguments);
    assert!(sound, "{said}");
    for part in expected {
        assert!(said.contains(part), "no {part:?} in: {said}");
    }
}

#[track_caller]
fn is_wrong(arguments: &[&str], expected: &str) {
    let (sound, said) = verify(arguments);
    assert!(!sound, "{said}");
    assert!(said.contains(expected), "no {expected:?} in: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_held_against_its_checkpoint_by_the_built_program() {
    let app = start().await;
    let alice = app.user("alice");
    make_tasks(&app.user("bob"), 1).await;
    make_tasks(&alice, 4).await;
    audit(&alice, 4).await;
    let lines = covered(&alice, 4).await;
    let file = |name: &str, lines: &[Value]| write(&app, name, lines).display().to_string();
    let sound = file("sound.ndjson", &lines);
    is_sound(
        &[&sound, "--key", PUBLIC],
        &[
            "sound, 4 entries",
            "verified: the chain ends where the service says",
            "verified: the checkpoint's signature is that of a key that you trust",
            "covers entries 1 to 4",
        ],
    );
    is_sound(&[&sound], &["NOT verified: who signed the checkpoint"]);
    is_wrong(&[&sound, "--key", OTHER_PUBLIC], "it is of another key");

    let keys = app.anyone().get("/api/audit/keys").await.expect(200);
    let jwks = file("keys.json", &[keys.json]);
    is_sound(&[&sound, "--key", &jwks], &["the checkpoint's signature"]);

    let tampered = |change: &dyn Fn(&mut Vec<Value>), expected: &str| {
        let mut lines = lines.clone();
        change(&mut lines);
        let file = file("tampered.ndjson", &lines);
        is_wrong(&[&file, "--key", PUBLIC], expected);
    };
    tampered(
        &|lines| lines[1]["event"]["task_data"]["title"] = json!("Another"),
        "entry 2: it was changed",
    );
    tampered(&|lines| drop(lines.remove(2)), "entry 3: it was removed");
    tampered(&|lines| lines.swap(0, 1), "entry 1: it was moved");
    tampered(
        &|lines| lines.insert(1, lines[0].clone()),
        "entry 2: an entry was added",
    );
    tampered(
        &|lines| drop(lines.remove(3)),
        "entry 4: missing, with all that follow",
    );
    tampered(
        &|lines| lines[5]["checkpoint"]["chains"] = json!(1),
        "it was forged or changed",
    );
    tampered(
        &|lines| lines[5]["proof"]["path"][0] = lines[0]["hash"].clone(),
        "does not cover this chain",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_was_replaced_by_an_older_one_is_found() {
    let app = start().await;
    let alice = app.user("alice");
    make_tasks(&alice, 2).await;
    let older = write(&app, "older.ndjson", &covered(&alice, 2).await);
    make_tasks(&alice, 2).await;
    let newer = write(&app, "newer.ndjson", &covered(&alice, 4).await);
    let listed = alice.get("/api/audit/checkpoints").await.expect(200).json;
    let noted = write(&app, "noted.json", &[listed]);
    let [older, newer, noted] = [older, newer, noted].map(|path| path.display().to_string());

    is_sound(
        &[
            &newer,
            "--key",
            PUBLIC,
            "--since",
            &older,
            "--checkpoint",
            &noted,
        ],
        &["it goes on from", "follow each other"],
    );
    is_wrong(
        &[&older, "--key", PUBLIC, "--since", &newer],
        "there are 2 entries, but it has 4: the export was replaced by an older one",
    );
    is_wrong(
        &[&older, "--key", PUBLIC, "--checkpoint", &noted],
        "the export was replaced by an older one",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_is_an_event_that_whoever_subscribes_can_keep() {
    let app = start().await;
    make_tasks(&app.user("alice"), 1).await;
    covered(&app.user("alice"), 1).await;
    let operator = app.operator("olga");
    let own = "/api/audit?user_id=duebell:audit-sink";
    let page = operator.get(own).await.expect(200).json;
    let entry = page["items"][0].clone();
    assert_eq!(entry["event_type"], "audit.checkpoint");
    assert_eq!(entry["topic"], "audit-events");
    let listed = operator
        .get("/api/audit/checkpoints")
        .await
        .expect(200)
        .json;
    let all = listed["items"].as_array().unwrap();
    assert!(all.contains(&entry["event"]["details"]), "{entry}");

    // What the sidecar brings back has taken effect already: nothing is there twice.
    make_tasks(&app.user("alice"), 1).await;
    covered(&app.user("alice"), 2).await;
    let listed = operator
        .get("/api/audit/checkpoints")
        .await
        .expect(200)
        .json;
    let page = operator.get(own).await.expect(200).json;
    let count = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!(count(&page), count(&listed));
    app.user("alice").get(own).await.expect(403);

    for file in app.component_logs() {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains(SEED), "the key is in {}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_for_whom_it_concerns() {
    let app = App::start().await;
    let alice = app.user("alice");
    make_tasks(&alice, 1).await;
    audit(&alice, 1).await;
    for path in ["/api/audit/export", "/api/audit/checkpoints"] {
        app.anyone().get(path).await.expect(401);
        let internal = app.anyone().with("dapr-api-token", APP_TOKEN);
        internal.get(path).await.expect(401);
        alice.get(&format!("{path}?colour=green")).await.expect(400);
    }
    app.anyone().get("/api/audit/keys").await.expect(200);
    let others = "/api/audit/export?user_id=alice";
    app.user("bob").get(others).await.expect(403);
    assert!(export(&app.user("bob")).await[0]["event"].is_null());
    let operators = app.operator("olga").get(others).await.expect(200);
    assert_eq!(operators.text, alice.get(others).await.expect(200).text);
}
