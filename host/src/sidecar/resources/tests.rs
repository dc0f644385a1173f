use std::time::Duration;

use super::{Backoff, InitialOffset, Resources};

fn load(files: &[(&str, &str)]) -> Result<Resources, String> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let here = format!("{}/", dir.path().display());
    Resources::load(dir.path(), "duebell").map_err(|report| {
        let help = report
            .help()
            .map(|help| format!(" | {help}"))
            .unwrap_or_default();
        format!("{report}{help}").replace(&here, "")
    })
}

fn error(text: &str) -> String {
    load(&[("x.yaml", text)]).unwrap_err()
}

const KAFKA: &str = r#"# A comment.
apiVersion: dapr.io/v1alpha1
kind: Component
metadata:
  name: pubsub
  namespace: default
  labels: {app: duebell}
spec:
  type: pubsub.kafka
  version: v1
  metadata:
    - name: brokers
      value: "localhost:9092"
    - name: authType
      value: password
    - name: saslPassword
      secretKeyRef: {name: kafka, key: password}
    - name: maxMessageBytes
      value: 1024
    - name: consumerGroup
      value: "{appID}-group"
    - name: initialOffset
      value: oldest
    - name: publishingScopes
      value: "duebell=a, b;other=c"
auth:
  secretStore: kubernetes
scopes: [duebell]
"#;

#[test]
fn a_kafka_component_is_read_as_dapr_reads_it() {
    let resources = load(&[("x.yaml", KAFKA), ("notes.txt", "not: read")]).unwrap();
    let pubsub = resources.pubsub("pubsub").unwrap();
    assert_eq!(pubsub.consumer_group, "duebell-group");
    assert_eq!(pubsub.initial_offset, InitialOffset::Oldest);
    assert_eq!(pubsub.redelivery, Duration::from_secs(5));
    assert!(pubsub.topics.may_publish("b") && !pubsub.topics.may_publish("c"));
    assert!(pubsub.topics.may_subscribe("anything"));
}

#[test]
fn defaults_are_daprs() {
    let text = KAFKA
        .replace(
            "    - name: consumerGroup\n      value: \"{appID}-group\"\n",
            "",
        )
        .replace("    - name: initialOffset\n      value: oldest\n", "");
    let resources = load(&[("x.yaml", &text)]).unwrap();
    let pubsub = resources.pubsub("pubsub").unwrap();
    assert_eq!(
        (pubsub.consumer_group.as_str(), pubsub.initial_offset),
        ("duebell", InitialOffset::Newest)
    );
}

#[test]
fn what_is_scoped_to_others_is_left_out() {
    let other = KAFKA
        .replace("[duebell]", "[another-app]")
        .replace("pubsub.kafka", "pubsub.redis");
    let resources = load(&[("x.yaml", &other)]).unwrap();
    assert!(resources.pubsubs.is_empty());
}

#[test]
fn a_store_of_secrets_is_known_and_has_no_effect() {
    let store = "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: environment}\n\
                 spec:\n  type: secretstores.local.env\n  version: v1\n  metadata: []\n";
    let resources = load(&[("x.yaml", KAFKA), ("secrets.yaml", store)]).unwrap();
    assert_eq!(resources.pubsubs.len(), 1);
    let unknown = store.replace("metadata: []", "metadata: [{name: prefx, value: KAFKA_}]");
    let error = load(&[("secrets.yaml", &unknown)]).unwrap_err();
    assert!(
        format!("{error:?}").contains("Did you mean `prefix`?"),
        "{error:?}"
    );
}

#[test]
fn a_mistake_is_named_with_its_line_and_what_to_write() {
    let cases = [
        (
            KAFKA.replace("scopes:", "scope:"),
            "x.yaml:28:1: the field `scope` is not known here | Did you mean `scopes`?",
        ),
        (
            KAFKA.replace("  type: pubsub.kafka", "  type: pubsub.kafak"),
            "x.yaml:9:9: the component type `pubsub.kafak` is not implemented by the embedded sidecar | Did you mean `pubsub.kafka`?",
        ),
        (
            KAFKA.replace("consumerGroup", "consumerGruop"),
            "x.yaml:20:13: the setting `consumerGruop` is not implemented by the embedded sidecar | Did you mean `consumerGroup`?",
        ),
        (
            KAFKA.replace("oldest", "earliest"),
            "x.yaml:23:14: `earliest` is no initialOffset | Write `oldest` or `newest`.",
        ),
        (
            KAFKA.replace("version: v1", "version: v2"),
            "x.yaml:10:12: version `v2` of pubsub.kafka is not implemented | Write `version: v1`.",
        ),
        (
            KAFKA.replace("v1alpha1", "v1"),
            "x.yaml:2:13: apiVersion `dapr.io/v1` of a Component is not implemented | Write `apiVersion: dapr.io/v1alpha1`.",
        ),
        (
            KAFKA.replace("kind: Component", "kind: Configuration"),
            "x.yaml:3:7: the kind `Configuration` is not implemented by the embedded sidecar | Known here: Component, Subscription, Resiliency.",
        ),
        (
            KAFKA.replace("\"{appID}-group\"", "\"{uuid}\""),
            "x.yaml:21:14: the placeholder `{uuid}` in `consumerGroup` is not implemented by the embedded sidecar",
        ),
        (
            KAFKA.replace("value: \"duebell=a, b;other=c\"", "secretKeyRef: {name: x}"),
            "x.yaml:24:13: `publishingScopes` refers to a secret or a variable, which is not implemented for it",
        ),
        (
            KAFKA
                .replace("- name: maxMessageBytes", "- name: escapeHeaders")
                .replace("value: 1024", "value: true"),
            "x.yaml:19:14: `escapeHeaders: true` is not implemented by the embedded sidecar",
        ),
        (
            KAFKA.replace("- name: authType", "- name: saslUsername"),
            "x.yaml:5:9: the component `pubsub` has no setting `authType`",
        ),
        (
            KAFKA.replace("  name: pubsub\n", ""),
            "the field `name` is missing",
        ),
        (
            format!("{KAFKA}---\n{KAFKA}")
                .replacen("scopes", "scoped", 2)
                .replacen("scoped", "scopes", 1),
            "x.yaml:57:1: the field `scoped` is not known here",
        ),
        ("kind: [".to_owned(), "x.yaml:1"),
    ];
    for (text, expected) in cases {
        let error = error(&text);
        assert!(
            error.starts_with(expected)
                || (!expected.starts_with("x.yaml") && error.contains(expected)),
            "{error}\n  is not\n{expected}"
        );
    }
}

#[test]
fn two_components_of_one_name_are_refused() {
    let error = load(&[("x.yaml", KAFKA), ("y.yaml", KAFKA)]).unwrap_err();
    assert!(
        error.contains("two components are named `pubsub`"),
        "{error}"
    );
}

#[test]
fn a_cron_binding_needs_a_schedule_it_can_keep() {
    let cron = "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: sweep\nspec:\n  type: bindings.cron\n  version: v1\n  metadata:\n  - name: schedule\n    value: \"@every 3s\"\n  - name: direction\n    value: input\n";
    let resources = load(&[("x.yaml", cron)]).unwrap();
    assert_eq!(
        (
            resources.crons[0].path.as_str(),
            resources.crons[0].is_input
        ),
        ("/sweep", true)
    );
    assert!(
        error(&cron.replace("@every 3s", "@every now"))
            .starts_with("x.yaml:10:12: `@every now` is no schedule")
    );
    assert!(
        error(&cron.replace("input", "output")).starts_with("x.yaml:12:12: the direction `output`")
    );
    assert!(
        error(&cron.replace("name: schedule", "name: route")).contains("has no setting `schedule`")
    );
}

const RESILIENCY: &str = r#"apiVersion: dapr.io/v1alpha1
kind: Resiliency
metadata:
  name: r
spec:
  policies:
    timeouts:
      short: 500ms
    retries:
      steady: {policy: constant, duration: 2s, maxRetries: -1}
      growing:
        policy: exponential
        maxInterval: 10s
        maxRetries: 3
  targets:
    components:
      a:
        inbound: {retry: steady, timeout: short}
      b:
        inbound:
          retry: growing
"#;

#[test]
fn a_resiliency_says_how_each_component_is_retried() {
    let resources = load(&[("x.yaml", RESILIENCY)]).unwrap();
    let steady = resources.policy("a");
    assert_eq!(steady.timeout, Some(Duration::from_millis(500)));
    let retry = steady.retry.unwrap();
    assert_eq!(
        (retry.backoff, retry.max_retries),
        (Backoff::Constant(Duration::from_secs(2)), None)
    );
    let retry = resources.policy("b").retry.unwrap();
    assert_eq!(
        retry.backoff,
        Backoff::Exponential {
            max_interval: Duration::from_secs(10)
        }
    );
    assert_eq!(retry.max_retries, Some(3));
    assert_eq!(resources.policy("c").retry, None);
}

#[test]
fn what_a_resiliency_asks_for_and_cannot_have_is_named() {
    let cases = [
        (
            RESILIENCY.replace(
                "    timeouts:\n      short: 500ms",
                "    circuitBreakers:\n      short: {}",
            ),
            "x.yaml:7:5: the field `circuitBreakers` is not known here",
        ),
        (
            RESILIENCY.replace("inbound:\n", "outbound:\n"),
            "x.yaml:20:9: the field `outbound` is not known here",
        ),
        (
            RESILIENCY.replace("        maxRetries: 3", "        matching: {}"),
            "x.yaml:14:9: the field `matching` is not known here",
        ),
        (
            RESILIENCY.replace("retry: growing", "retry: grwing"),
            "x.yaml:21:18: `grwing` is not defined under `policies.retries` | Did you mean `growing`?",
        ),
        (
            RESILIENCY.replace("duration: 2s", "duration: 2 s"),
            "x.yaml:10:44: `2 s` is no duration",
        ),
        (
            RESILIENCY.replace("exponential", "linear"),
            "x.yaml:12:17: `linear` is no retry policy",
        ),
        (
            RESILIENCY.replace("  targets:\n    components:", "  targets:\n    apps:"),
            "x.yaml:16:5: the field `apps` is not known here",
        ),
        (
            RESILIENCY.replace("growing", "DefaultRetryPolicy"),
            "x.yaml:12:9: the policy `DefaultRetryPolicy` is a default of Dapr's",
        ),
    ];
    for (text, expected) in cases {
        let error = error(&text);
        assert!(error.starts_with(expected), "{error}\n  is not\n{expected}");
    }
}

#[test]
fn a_resiliency_in_company_would_be_ignored_by_dapr() {
    let error = error(&format!("{KAFKA}---\n{RESILIENCY}"));
    assert!(
        error.starts_with("x.yaml:31:7: a Resiliency must be alone in its file"),
        "{error}"
    );
    load(&[(
        "x.yaml",
        &format!("---\n# alone\n{RESILIENCY}---\n# nothing more\n"),
    )])
    .unwrap();
}

const SUBSCRIPTION: &str = r#"apiVersion: dapr.io/v2alpha1
kind: Subscription
metadata:
  name: s
spec:
  pubsubname: p
  topic: t
  routes:
    default: /events
  deadLetterTopic: t-dlq
  bulkSubscribe:
    enabled: true
    maxMessagesCount: 100
"#;

#[test]
fn a_subscription_is_read_or_its_fault_is_named() {
    let resources = load(&[("x.yaml", SUBSCRIPTION)]).unwrap();
    let subscription = &resources.subscriptions[0];
    assert_eq!(
        (
            subscription.route.as_str(),
            subscription.bulk.unwrap().max_messages
        ),
        ("/events", 100)
    );
    let cases = [
        (
            SUBSCRIPTION.replace(
                "    default: /events",
                "    rules: [{match: event.type == \"x\", path: /x}]",
            ),
            "x.yaml:9:21: `routes.rules` with a `match` is not implemented",
        ),
        (
            SUBSCRIPTION.replace("    default: /events", "    rules: []"),
            "x.yaml:7:10: the subscription has no `routes.default`",
        ),
        (
            SUBSCRIPTION.replace("/events", "events"),
            "x.yaml:9:14: `events` is no path",
        ),
        (
            SUBSCRIPTION.replace("maxMessagesCount", "maxMessages"),
            "x.yaml:13:5: the field `maxMessages` is not known here | Did you mean `maxMessagesCount`?",
        ),
        (
            SUBSCRIPTION.replace("v2alpha1", "v1alpha1"),
            "x.yaml:1:13: apiVersion `dapr.io/v1alpha1` of a Subscription is not implemented",
        ),
        (
            format!("{SUBSCRIPTION}  metadata: {{consumerID: x}}\n"),
            "x.yaml:14:26: the subscription metadata `consumerID` is not implemented",
        ),
    ];
    for (text, expected) in cases {
        let error = error(&text);
        assert!(error.starts_with(expected), "{error}\n  is not\n{expected}");
    }
}

#[test]
fn the_projects_own_resources_load() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/dapr");
    for app_id in ["duebell", "task-api", "audit-sink", "someone-else"] {
        Resources::load(&dir, app_id).unwrap();
    }
    let whole = Resources::load(&dir, "duebell").unwrap();
    assert!(whole.pubsub("pubsub-kafka").is_some());
    assert!(!whole.subscriptions.is_empty() && !whole.crons.is_empty());
    assert_eq!(
        whole
            .policy("pubsub-kafka-audit-sink")
            .retry
            .unwrap()
            .max_retries,
        None
    );
}
