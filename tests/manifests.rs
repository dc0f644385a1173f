//! Holds spin.toml, runtime-config.toml and deploy/dapr/ against each other: what
//! one of them says of subscriptions, routes, sweeps, brokers, databases and
//! variables, the others say as well. And holds that [`check`] finds mistakes:
//! some are planted in copies of the files.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; a missing value of JSON is null"
)]

#[path = "manifests/check.rs"]
mod check;
#[path = "manifests/fermyon.rs"]
mod fermyon;
#[path = "manifests/rights.rs"]
mod rights;

use check::{Files, check};
use std::path::Path;

#[test]
fn the_files_say_the_same() {
    assert_eq!(check(&files()), Vec::<String>::new());
}

#[test]
fn each_component_has_the_rights_that_security_md_says_and_no_others() {
    let given = rights::given(root());
    assert_eq!(given, rights::said(root()));
    assert!(given.len() >= 9);
}

#[test]
fn fermyons_manifest_is_spin_toml_without_what_is_not_there() {
    let (file, wanted) = (root().join(fermyon::FILE), fermyon::wanted(root()));
    if std::env::var_os("UPDATE_MANIFESTS").is_some() {
        std::fs::write(&file, &wanted).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap();
    assert!(
        there == wanted,
        "UPDATE_MANIFESTS=1 cargo test --release --test manifests makes it anew"
    );
}

/// A planted mistake: the file, what is replaced by what, and a part of what
/// must be said about it.
type Mistake = (&'static str, &'static str, &'static str, &'static str);

const SPIN: &str = "spin.toml";
const PUBSUB: &str = "deploy/dapr/pubsub-kafka-audit-sink.yaml";
const LETTERS: &str = "deploy/dapr/subscription-dead-letters-audit-sink-dlq.yaml";
const SUBSCRIPTION: &str = "deploy/dapr/subscription-audit-sink-task-events.yaml";
const SWEEP: &str = "deploy/dapr/sweep-audit-sink.yaml";
const RESILIENCY: &str = "deploy/dapr/resiliency.yaml";

const MISTAKES: [Mistake; 33] = [
    // The two lists of subscriptions.
    (
        SPIN,
        r#""topic": "task-events""#,
        r#""topic": "task-event""#,
        "no subscription-*.yaml says",
    ),
    (
        SPIN,
        r#""maxMessagesCount":"#,
        r#""maxCount":"#,
        "no subscription-*.yaml says",
    ),
    (
        SPIN,
        r#""deadLetterTopic": "audit-sink-dlq","#,
        "",
        "no subscription-*.yaml says",
    ),
    (
        SPIN,
        r#"route = "/dapr/subscribe""#,
        r#"route = "/dapr/subscribed""#,
        "no static response",
    ),
    (
        SUBSCRIPTION,
        "maxAwaitDurationMs:",
        "maxAwaitMs:",
        "does not list",
    ),
    (
        SUBSCRIPTION,
        "topic: task-events",
        "topic: task-updates",
        "does not list",
    ),
    (
        SUBSCRIPTION,
        "    default:",
        "    rules: []\n    default:",
        "does not list",
    ),
    (
        SUBSCRIPTION,
        "kind: Subscription",
        "kind: Subscriptions",
        "cannot be checked",
    ),
    // A subscription and its route.
    (
        SUBSCRIPTION,
        "/events/audit-sink/task-events",
        "/events/audit-sink",
        "not /events/<component>/<topic>",
    ),
    (
        SUBSCRIPTION,
        "/events/audit-sink/",
        "/events/audit-drain/",
        "no component answers",
    ),
    (
        SPIN,
        r#"route = "/events/audit-sink/...""#,
        r#"route = "/event/audit-sink/...""#,
        "no component answers",
    ),
    (
        SPIN,
        "route = \"/events/audit-sink/...\"\ncomponent = \"audit-sink\"",
        "route = \"/events/audit-sink/...\"\ncomponent = \"task-api\"",
        "is answered by task-api",
    ),
    (SUBSCRIPTION, "  - audit-sink\n", "", "scopes must be"),
    (
        SUBSCRIPTION,
        "audit-sink-dlq",
        "dlq",
        "deadLetterTopic must be",
    ),
    (
        SUBSCRIPTION,
        "pubsubname: pubsub-kafka-audit-sink",
        "pubsubname: pubsub-kafka",
        "pubsubname must be",
    ),
    (
        LETTERS,
        "/events/dead-letters/audit-sink-dlq",
        "/events/dead-letters/audit-dlq",
        "no subscription brings audit-sink-dlq to dead-letters",
    ),
    (LETTERS, "\"true\"", "\"false\"", "rawPayload must be"),
    (
        LETTERS,
        "  routes:",
        "  deadLetterTopic: dead-letters-dlq\n  routes:",
        "deadLetterTopic must be",
    ),
    // Sweeps.
    (
        SPIN,
        r#"route = "/sweep-audit-sink""#,
        r#"route = "/sweep""#,
        "no component answers /sweep-audit-sink",
    ),
    (
        SWEEP,
        "name: sweep-audit-sink",
        "name: sweep-audit",
        "no component answers /sweep-audit",
    ),
    (
        SWEEP,
        "  - audit-sink\n",
        "  - task-api\n",
        "scopes must be",
    ),
    (
        SWEEP,
        "bindings.cron",
        "bindings.kafka",
        "cannot be checked",
    ),
    // Brokers.
    (
        PUBSUB,
        "value: \"audit-sink\"",
        "value: \"task-api\"",
        "consumerGroup must be",
    ),
    (
        PUBSUB,
        "value: \"oldest\"",
        "value: \"newest\"",
        "initialOffset must be",
    ),
    (
        PUBSUB,
        "audit-sink=audit-sink-dlq",
        "audit-sink=audit-sink-dlq,task-events",
        "publishingScopes must be",
    ),
    (
        PUBSUB,
        "duebell=audit-sink-dlq;",
        "",
        "publishingScopes must be",
    ),
    (PUBSUB, "  - duebell\n", "", "scopes must be"),
    (
        PUBSUB,
        "secretStore: environment",
        "secretStore: vault",
        "there is no secret store \"vault\"",
    ),
    (
        PUBSUB,
        "- name: saslPassword\n      secretKeyRef:\n        name: KAFKA_PASSWORD\n        key: KAFKA_PASSWORD",
        "- name: saslPassword\n      value: \"tick-tock\"",
        "saslPassword must be a secretKeyRef",
    ),
    (
        RESILIENCY,
        "pubsub-kafka-audit-sink:",
        "pubsub-kafka-audit:",
        "no inbound retry",
    ),
    // Databases and variables.
    (
        SPIN,
        r#"sqlite_databases = ["audit"]"#,
        r#"sqlite_databases = ["audits"]"#,
        "no database `audits`",
    ),
    (
        SPIN,
        r#"log_level = "{{ log_level }}""#,
        r#"log_level = "{{ level }}""#,
        "no variable `level`",
    ),
    (
        SPIN,
        r#"["{{ task_api_url }}","#,
        r#"["{{ task_url }}","#,
        "no variable `task_url`",
    ),
];

#[test]
fn planted_mistakes_are_found() {
    for (path, from, to, expected) in MISTAKES {
        let mut files = files();
        let text = files.get_mut(path).expect(path);
        assert!(
            text.contains(from),
            "{path} does not hold {from:?}: plant another mistake"
        );
        *text = text.replacen(from, to, 1);
        assert_found(&files, expected, &format!("{path}: {from:?} is now {to:?}"));
    }
}

#[test]
fn a_missing_file_is_found() {
    let missing = [
        (SUBSCRIPTION, "no subscription-*.yaml says"),
        (PUBSUB, "there is no component pubsub-kafka-audit-sink"),
        (SWEEP, "no binding sweep-audit-sink"),
        (RESILIENCY, "no inbound retry"),
        ("runtime-config.toml", "runtime-config.toml is missing"),
        (SPIN, "spin.toml is missing"),
    ];
    for (path, expected) in missing {
        let mut files = files();
        files.remove(path).expect(path);
        assert_found(&files, expected, &format!("{path} is gone"));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_found() {
    for path in [SPIN, SWEEP] {
        let mut files = files();
        files.insert(path.to_owned(), "a: [".to_owned());
        assert_found(&files, path, &format!("{path} is broken"));
    }
}

fn assert_found(files: &Files, expected: &str, planted: &str) {
    let faults = check(files);
    assert!(
        faults.iter().any(|fault| fault.contains(expected)),
        "{planted}: {faults:#?}"
    );
}

/// The project's own files.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn files() -> Files {
    let root = root();
    let mut paths = vec![SPIN.to_owned(), "runtime-config.toml".to_owned()];
    for entry in std::fs::read_dir(root.join("deploy/dapr")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".yaml") {
            paths.push(format!("deploy/dapr/{name}"));
        }
    }
    let read = |path: String| {
        let text = std::fs::read_to_string(root.join(&path)).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}
