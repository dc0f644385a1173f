//! Each permission of a component is needed, and nothing is possible without it.

use crate::harness::{APP_TOKEN, Answer, App, Client, LABELS, Options, eventually, project};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;

/// A request of each component that needs its database and all of its variables.
const PROBES: [(&str, &str, &str); 9] = [
    ("task-api", "GET", "/api/tasks"),
    ("audit-sink", "GET", "/api/audit"),
    ("notifier", "GET", "/api/notifications"),
    ("dead-letters", "GET", "/api/dead-letters"),
    ("search-indexer", "GET", "/api/search?q=x"),
    ("update-streams", "GET", "/api/updates"),
    ("reminder-trigger", "POST", "/sweep-reminder-trigger"),
    ("recurrence", "POST", "/sweep-recurrence"),
    ("live-updates", "POST", "/sweep-live-updates"),
];

/// The manifest, with something taken away from each component.
struct Lesser {
    folder: TempDir,
}

impl Lesser {
    fn new(mut take: impl FnMut(&str, &mut toml::Table)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut manifest = manifest();
        for (id, component) in manifest["component"].as_table_mut().unwrap() {
            let component = component.as_table_mut().unwrap();
            let built = project().join(component["source"].as_str().unwrap());
            component.insert("source".to_owned(), built.to_str().unwrap().into());
            component.remove("build");
            take(id, component);
        }
        std::fs::write(folder.path().join("spin.toml"), manifest.to_string()).unwrap();
        std::fs::copy(
            project().join("runtime-config.toml"),
            folder.path().join("runtime-config.toml"),
        )
        .unwrap();
        Self { folder }
    }

    /// Runs it, without a sidecar.
    async fn run(&self, variables: &[(&str, &str)]) -> App {
        crate::harness::build(&project());
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        App::start_with(Options {
            from: Some(self.folder.path().to_owned()),
            embedded: true,
            variables: variables.iter().map(own).collect(),
            ..Options::default()
        })
        .await
    }
}

fn manifest() -> toml::Table {
    let text = std::fs::read_to_string(project().join("spin.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// What a component is given, from spin.toml: `variables` or `allowed_outbound_hosts`.
pub(crate) fn given(what: &str) -> BTreeMap<String, Vec<String>> {
    let manifest = manifest();
    let components = manifest["component"].as_table().unwrap();
    components
        .iter()
        .map(|(id, component)| {
            let names = match &component[what] {
                toml::Value::Table(table) => table.keys().cloned().collect(),
                list => list
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|value| {
                        value
                            .as_str()
                            .unwrap()
                            .trim_matches(['{', '}', ' '])
                            .to_owned()
                    })
                    .collect(),
            };
            (id.clone(), names)
        })
        .collect()
}

/// Whoever may do all that a user, an operator and the sidecar may.
fn whoever(app: &App) -> Client {
    app.operator("olga")
        .with("dapr-api-token", APP_TOKEN)
        .with("accept", "application/json")
}

async fn probe(app: &App, component: &str) -> Answer {
    probe_as(&whoever(app), component).await
}

async fn probe_as(client: &Client, component: &str) -> Answer {
    let (_, method, path) = PROBES.iter().find(|(id, ..)| *id == component).unwrap();
    match *method {
        "GET" => client.get(path).await,
        _ => client.post(path, &json!(null)).await,
    }
}

fn logs(app: &App) -> String {
    let files = app.component_logs().into_iter();
    let texts = files.filter_map(|file| std::fs::read_to_string(file).ok());
    let own = std::fs::read_to_string(app.state().join("duebell.log"));
    texts.chain(own.ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_a_component_does_nothing() {
    let whole = Lesser::new(|_, _| {}).run(&[]).await;
    for component in given("variables").keys() {
        let answer = probe(&whole, component).await;
        assert!(answer.status < 500, "{component}: {}", answer.text);
    }
    let lesser = Lesser::new(|_, component| {
        component.insert(
            "sqlite_databases".to_owned(),
            toml::Value::Array(Vec::new()),
        );
    });
    let app = lesser.run(&[]).await;
    for component in given("variables").keys() {
        let answer = probe(&app, component).await;
        assert_eq!(answer.status, 500, "{component}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_one_of_its_variables_a_component_does_nothing_and_says_which() {
    let variables = given("variables");
    let most = variables.values().map(Vec::len).max().unwrap();
    for turn in 0..most {
        let taken = |id: &str| variables[id].get(turn).cloned();
        let lesser = Lesser::new(|id, component| {
            if let Some(name) = taken(id) {
                let table = component["variables"].as_table_mut().unwrap();
                table.remove(&name);
            }
        });
        let app = lesser.run(&[]).await;
        for component in variables.keys() {
            let Some(name) = taken(component) else {
                continue;
            };
            let answer = probe(&app, component).await;
            assert_eq!(
                answer.status, 500,
                "{component} without {name}: {}",
                answer.text
            );
            let said = format!("{component} cannot start: the variable {name} cannot be had");
            eventually(&said, async || logs(&app).contains(&said).then_some(())).await;
        }
    }
}

/// An event as the sidecar delivers it.
async fn deliver(app: &App, path: &str, data: &Value) {
    let event = json!({
        "specversion": "1.0", "id": uuid(path), "source": "/somebody", "type": data["event_type"],
        "datacontenttype": "application/json", "data": data,
    });
    let answer = whoever(app)
        .raw(
            "POST",
            path,
            "application/cloudevents+json",
            event.to_string(),
        )
        .await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
}

fn uuid(text: &str) -> String {
    format!("of {text}")
}

fn reminder(event_type: &str) -> Value {
    json!({
        "event_type": event_type, "reminder_id": 7, "task_id": 5, "user_id": "alice",
        "title": "Ring", "due_at": "2031-01-14T10:30:00Z", "remind_at": "2031-01-14T10:00:00Z",
        "correlation_id": event_type,
    })
}

fn task(event_type: &str) -> Value {
    json!({
        "event_type": event_type, "task_id": 5, "user_id": "alice",
        "task_data": {
            "title": "Ring", "completed": true, "priority": "low", "tags": [],
            "due_date": "2031-01-14T10:30:00Z", "recurring_pattern": "daily",
        },
        "timestamp": "2031-01-14T10:30:00Z", "correlation_id": event_type,
    })
}

/// Has every component go wherever it may.
async fn have_all_go_out(app: &App) {
    let whoever = whoever(app);
    whoever
        .post("/api/tasks", &json!({ "title": "x" }))
        .await
        .expect(201);
    deliver(
        app,
        "/events/reminder-trigger/reminder-events",
        &reminder("reminder.scheduled"),
    )
    .await;
    deliver(
        app,
        "/events/notifier/reminder-events",
        &reminder("reminder.due"),
    )
    .await;
    deliver(
        app,
        "/events/recurrence/task-events",
        &task("task.completed"),
    )
    .await;
    // What a checkpoint is made of.
    deliver(
        app,
        "/events/audit-sink/task-events",
        &task("task.completed"),
    )
    .await;
    whoever
        .post("/api/erasures", &json!({ "user_id": "bob" }))
        .await
        .expect(202);
    for component in given("variables").keys() {
        let dlq = format!("/events/dead-letters/{component}-dlq");
        if project()
            .join(format!(
                "deploy/dapr/subscription-dead-letters-{component}-dlq.yaml"
            ))
            .exists()
        {
            deliver(app, &dlq, &task("task.completed")).await;
        }
        // A sweep that may not go out need not be well.
        let sweep = format!("/sweep-{component}");
        whoever.raw("POST", &sweep, "application/json", "").await;
    }
    whoever
        .post("/internal/search-indexer/rebuild", &json!(null))
        .await;
    whoever.get("/api/dead-letters").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_host_in_its_list_a_component_does_not_get_there() {
    let lesser = Lesser::new(|_, component| {
        component.insert(
            "allowed_outbound_hosts".to_owned(),
            toml::Value::Array(Vec::new()),
        );
    });
    let app = lesser.run(&[]).await;
    have_all_go_out(&app).await;
    let alice = app.user("alice");
    // Somebody to broadcast to.
    let _socket = app.websocket(&alice, "").await;
    deliver(
        &app,
        "/events/live-updates/task-updates",
        &json!({
            "event_type": "task.sync", "task_id": 5, "user_id": "alice", "action": "updated",
            "changes": {}, "source_client": null, "timestamp": "2026-01-14T10:30:00Z",
        }),
    )
    .await;

    // Every permission but those to fetch keys and to open a database, which have stories of
    // their own: each component tried it, and was refused.
    let mut expected = BTreeSet::new();
    for (component, hosts) in given("allowed_outbound_hosts") {
        for host in hosts {
            expected.insert((component.clone(), host));
        }
    }
    expected.retain(|(_, host)| !["jwks_origin", "postgres_origin"].contains(&host.as_str()));
    refused(&app, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_issuer_in_its_list_no_component_fetches_keys() {
    let lesser = Lesser::new(|_, component| {
        component.insert(
            "allowed_outbound_hosts".to_owned(),
            toml::Value::Array(Vec::new()),
        );
    });
    let app = lesser.run(&[("jwks_url", "http://127.0.0.1:9/keys")]).await;
    let hosts = given("allowed_outbound_hosts").into_iter();
    let users = hosts.filter(|(_, hosts)| hosts.iter().any(|host| host == "jwks_origin"));
    let expected: BTreeSet<_> = users
        .map(|(component, _)| (component, "jwks_origin".to_owned()))
        .collect();
    assert_eq!(expected.len(), 6);
    for (component, _) in &expected {
        let client = app.anyone().with("authorization", PUBLISHED);
        let answer = probe_as(&client, component).await;
        assert_eq!(answer.status, 503, "{component}");
    }
    refused(&app, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_servers_origin_in_its_list_no_component_opens_a_postgres() {
    let lesser = Lesser::new(|_, component| {
        component.insert(
            "allowed_outbound_hosts".to_owned(),
            toml::Value::Array(Vec::new()),
        );
    });
    let address = "postgres://duebell@127.0.0.1:9/duebell";
    let labels = LABELS.map(|label| format!("{label}_database"));
    let variables: Vec<(&str, &str)> = labels.iter().map(|name| (name.as_str(), address)).collect();
    let app = lesser.run(&variables).await;
    for (component, hosts) in given("allowed_outbound_hosts") {
        assert!(
            hosts.iter().any(|host| host == "postgres_origin"),
            "{component}"
        );
        let answer = probe(&app, &component).await;
        assert_eq!(answer.status, 500, "{component}: {}", answer.text);
        let said =
            format!("component `{component}` would open postgres://127.0.0.1:9, which it may not");
        eventually(&said, async || logs(&app).contains(&said).then_some(())).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_no_address_is_named_and_not_shown() {
    let labels = LABELS.map(|label| format!("{label}_database"));
    let secret = "mysql://root:hunter2@db/duebell";
    let variables: Vec<(&str, &str)> = labels.iter().map(|name| (name.as_str(), secret)).collect();
    let app = Lesser::new(|_, _| {}).run(&variables).await;
    for component in given("variables").keys() {
        let answer = probe(&app, component).await;
        assert_eq!(answer.status, 500, "{component}: {}", answer.text);
        let said = format!("{component} cannot start: the variable");
        eventually(&said, async || logs(&app).contains(&said).then_some(())).await;
    }
    let logs = logs(&app);
    for name in labels {
        assert!(
            logs.contains(&format!("the variable {name} is no address of a Postgres")),
            "{name}"
        );
    }
    assert!(!logs.contains("hunter2"));
}

/// A token that says that a published key has signed it (EdDSA).
const PUBLISHED: &str = "Bearer eyJhbGciOiJFZERTQSJ9.e30.AAAA";

/// Waits until the host has said that it refused each of these.
async fn refused(app: &App, expected: &BTreeSet<(String, String)>) {
    let origin = |host: &str| match host {
        "dapr_url" | "grip_url" | "jwks_origin" => "http://127.0.0.1:".to_owned(),
        url => format!(
            "http://{}.spin.internal",
            url.trim_end_matches("_url").replace('_', "-")
        ),
    };
    for (component, host) in expected {
        let called = format!("component `{component}` called {}", origin(host));
        let what = format!("the host refuses {component} its {host}: {called}");
        eventually(&what, async || logs(app).contains(&called).then_some(())).await;
    }
}
