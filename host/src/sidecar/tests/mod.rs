//! Stories: a sidecar beside a small app, over HTTP.

mod app;
mod bindings;
mod bulk;
mod delivery;
mod durability;
mod failures;
mod jobs;
mod load;
mod publish;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::broker::Retention;
use super::clock::Clock;
use super::{Resources, RunningSidecar, SidecarConfig, start_with};
use app::TestApp;

pub(super) const TOKEN: &str = "the-sidecars-token";
pub(super) const APP_TOKEN: &str = "the-apps-token";

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must happen, or fails.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what)
        .await
        .expect("it did not happen in time")
}

/// Resource files, by name.
type Files = BTreeMap<&'static str, String>;

/// A pubsub component `name` with a group of its own, and more settings.
fn pubsub(name: &str, settings: &[(&str, &str)]) -> String {
    let mut items = vec![
        ("brokers", "localhost:9092"),
        ("authType", "none"),
        ("consumerGroup", name),
        ("initialOffset", "oldest"),
    ];
    items.retain(|(name, _)| !settings.iter().any(|(over, _)| over == name));
    items.extend(settings);
    let items: Vec<Value> = items
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "apiVersion": "dapr.io/v1alpha1",
        "kind": "Component",
        "metadata": { "name": name },
        "spec": { "type": "pubsub.kafka", "version": "v1", "metadata": items },
    })
    .to_string()
}

/// The component `pubsub` delivers again at once, so often (-1: without end).
fn retrying(pubsub: &str, max_retries: i32) -> String {
    json!({
        "apiVersion": "dapr.io/v1alpha1",
        "kind": "Resiliency",
        "metadata": { "name": "r" },
        "spec": {
            "policies": { "retries": { "again": { "policy": "constant", "duration": "10ms", "maxRetries": max_retries } } },
            "targets": { "components": { pubsub: { "inbound": { "retry": "again" } } } },
        },
    })
    .to_string()
}

/// A sidecar, its app and its folders.
struct Story {
    app: TestApp,
    sidecar: RunningSidecar,
    client: reqwest::Client,
    files: Files,
    dir: TempDir,
    clock: Clock,
}

impl Story {
    /// With one pubsub component `p`, and what the app subscribes to.
    async fn new(subscriptions: Value) -> Self {
        Self::with(
            Files::from([("p.yaml", pubsub("p", &[("backOffDuration", "20ms")]))]),
            subscriptions,
        )
        .await
    }

    /// With these resource files.
    async fn with(files: Files, subscriptions: Value) -> Self {
        let app = TestApp::start(subscriptions).await;
        let story = Self::beside(app, files, Clock::system()).await;
        story.subscribed().await;
        story
    }

    /// Beside this app, which may not be healthy, with jobs by that clock.
    async fn beside(app: TestApp, files: Files, clock: Clock) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let sidecar = Self::start_by(&app, &files, dir.path(), &clock).await;
        Self {
            app,
            sidecar,
            client: reqwest::Client::new(),
            files,
            dir,
            clock,
        }
    }

    async fn start(app: &TestApp, files: &Files, dir: &Path) -> RunningSidecar {
        Self::start_by(app, files, dir, &Clock::system()).await
    }

    async fn start_by(app: &TestApp, files: &Files, dir: &Path, clock: &Clock) -> RunningSidecar {
        let config = config(app, files, dir);
        start_with(config, Retention::default(), clock.clone())
            .await
            .unwrap()
    }

    async fn subscribed(&self) {
        soon(self.sidecar.subscribed().wait_for(|yes| *yes))
            .await
            .unwrap();
    }

    /// Shuts the sidecar down and starts it again on the same folder.
    async fn restart(mut self) -> Self {
        self.sidecar.shutdown().await;
        self.sidecar = Self::start_by(&self.app, &self.files, self.dir.path(), &self.clock).await;
        self.subscribed().await;
        self
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.sidecar.address())
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client
            .post(self.url(path))
            .header("dapr-api-token", TOKEN)
    }

    /// The answer of `GET /v1.0/metadata`.
    async fn metadata(&self) -> Value {
        let request = self
            .client
            .get(self.url("/v1.0/metadata"))
            .header("dapr-api-token", TOKEN);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Publishes JSON to `p` with a key, and wants 204.
    async fn publish(&self, topic: &str, key: &str, data: &Value) {
        let path = format!("/v1.0/publish/p/{topic}?metadata.partitionKey={key}");
        let answer = self.post(&path).json(data).send().await.unwrap();
        assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
    }

    /// Publishes a value to `p` as it is.
    async fn publish_raw(&self, topic: &str, value: &'static str) {
        let path =
            format!("/v1.0/publish/p/{topic}?metadata.rawPayload=true&metadata.partitionKey=k");
        let answer = self.post(&path).body(value).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    }
}

fn config(app: &TestApp, files: &Files, dir: &Path) -> SidecarConfig {
    let resources = dir.join("resources");
    std::fs::create_dir_all(&resources).unwrap();
    for (name, text) in files {
        std::fs::write(resources.join(name), text).unwrap();
    }
    SidecarConfig {
        app_id: "duebell".to_owned(),
        app_origin: format!("http://{}", app.address()),
        listen: "127.0.0.1:0".parse().unwrap(),
        resources: Resources::load(&resources, "duebell").unwrap(),
        data_dir: dir.join("data"),
        dapr_api_token: TOKEN.to_owned(),
        app_api_token: APP_TOKEN.to_owned(),
        app_health_path: "/.well-known/spin/health".to_owned(),
    }
}
