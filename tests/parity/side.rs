//! A sidecar with its app: a real one or the embedded one.

use crate::{
    app::{App, HEALTH},
    harness::{DAPR_TOKEN, Daprd, Process, duebell, eventually, free_port, project},
    observed,
    setup::Setup,
};
use hyper::HeaderMap;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard},
};

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Real,
    Embedded,
}

/// A sidecar, and the app that it stands beside.
pub(crate) struct Side {
    pub(crate) kind: Kind,
    pub(crate) app: App,
    port: u16,
    process: Mutex<Process>,
    http: reqwest::Client,
}

impl Side {
    /// Starts a sidecar in this folder, which has the resources, and its app.
    pub(crate) async fn start(
        kind: Kind,
        app_id: &str,
        setup: &Setup,
        folder: &Path,
        scheduler: &str,
    ) -> Self {
        let app = App::new(setup.discovery.clone());
        let place = Place {
            app_id: app_id.to_owned(),
            app_port: app.port,
            port: free_port(),
            grpc_port: free_port(),
            folder: folder.to_owned(),
            scheduler: scheduler.to_owned(),
            setup: setup.clone(),
        };
        let port = place.port;
        let log = folder.join(format!("{kind:?}.log"));
        let process = tokio::task::spawn_blocking(move || {
            Process::start(log, move || match kind {
                Kind::Real => place.daprd(),
                Kind::Embedded => place.embedded(),
            })
        });
        let side = Self {
            kind,
            app,
            port,
            process: Mutex::new(process.await.unwrap()),
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .unwrap(),
        };
        if setup.app {
            assert!(side.takes_publishes().await, "{}", side.process().printed());
            if setup.tokens {
                side.make_topics(&setup.all_topics()).await; // Else it may be locked.
            }
            side.app.comes();
        }
        if setup.gets_ready {
            side.ready().await;
        }
        side
    }

    /// Waits until publishes are taken. Not, if the sidecar ends.
    pub(crate) async fn takes_publishes(&self) -> bool {
        eventually("publishes are taken", async || {
            if self.process().has_ended() {
                return Some(false);
            }
            let answer = self.ask("GET", "/v1.0/healthz/outbound").try_send().await?;
            (answer.status == 204).then_some(true)
        })
        .await
    }

    /// Makes these topics, before the sidecar asks the app what it subscribes to: a
    /// consumer group of Kafka's may not see one for minutes that comes after itself, and
    /// the first publish to one may be refused. One to a partition that there is not is
    /// enough.
    pub(crate) async fn make_topics(&self, topics: &[String]) {
        for some in topics.chunks(16) {
            let made = some.iter().map(|topic| self.make_topic(topic));
            futures::future::join_all(made).await;
        }
    }

    async fn make_topic(&self, topic: &str) {
        let path = format!("/v1.0/publish/plain/{topic}?metadata.partitionNumber=99");
        eventually("a topic is there", async || {
            let answer = self.ask("POST", &path).send().await.expect(500);
            answer.text.contains("out of range").then_some(())
        })
        .await;
    }

    /// Waits until it is ready, and its app has been asked what it subscribes to.
    pub(crate) async fn ready(&self) {
        eventually("the sidecar is ready", async || {
            self.process().must_run();
            let answer = self.ask("GET", "/v1.0/healthz").try_send().await?;
            (answer.status == 204).then_some(())
        })
        .await;
        self.app.call("/dapr/subscribe").await;
    }

    /// The sidecar's process.
    pub(crate) fn process(&self) -> MutexGuard<'_, Process> {
        self.process.lock().unwrap()
    }

    /// A request to the sidecar, with its token.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Ask {
        let ask = self.ask_as_anyone(method, path);
        ask.header("dapr-api-token", DAPR_TOKEN)
    }

    /// A request without a token.
    pub(crate) fn ask_as_anyone(&self, method: &str, path: &str) -> Ask {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        Ask(self.http.request(method.parse().unwrap(), url))
    }
}

/// A request that is not sent yet.
pub(crate) struct Ask(reqwest::RequestBuilder);

impl Ask {
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    pub(crate) fn body(self, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(body))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        let json = self.header("content-type", "application/json");
        json.body(body.to_string())
    }

    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.expect("an answer of the sidecar")
    }

    /// None if nobody answers.
    pub(crate) async fn try_send(self) -> Option<Answer> {
        let response = self.0.send().await.ok()?;
        Some(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.ok()?,
        })
    }

    /// What comes back, as JSON.
    pub(crate) async fn seen(self) -> Value {
        self.send().await.seen()
    }
}

/// What the sidecar answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn seen(&self) -> Value {
        observed::answer(self.status, &self.headers, &self.text)
    }

    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// All that a sidecar is started with.
struct Place {
    app_id: String,
    app_port: u16,
    port: u16,
    grpc_port: u16,
    folder: PathBuf,
    scheduler: String,
    setup: Setup,
}

impl Place {
    fn daprd(&self) -> Command {
        let daprd = Daprd {
            app_id: self.app_id.clone(),
            app_port: self.app_port,
            port: self.port,
            grpc_port: self.grpc_port,
            resources: self.folder.join("resources"),
            scheduler: self.scheduler.clone(),
            health_path: HEALTH.to_owned(),
        };
        let mut command = daprd.command();
        if !self.setup.health_check {
            command.arg("--enable-app-health-check=false");
        }
        self.environment(command)
    }

    fn embedded(&self) -> Command {
        let mut sidecar = duebell();
        sidecar
            .args(["sidecar", "--app-id", &self.app_id])
            .args(["--app-port", &self.app_port.to_string()])
            .args(["--dapr-http-port", &self.port.to_string()])
            .args(["--enable-app-health-check"])
            .args(["--app-health-check-path", HEALTH])
            .arg("--resources-path")
            .arg(self.folder.join("resources"))
            .arg("--data-dir")
            .arg(self.folder.join("embedded").join("sidecar"));
        self.environment(sidecar)
    }

    fn environment(&self, mut command: Command) -> Command {
        if !self.setup.tokens {
            command.env_remove("APP_API_TOKEN");
            command.env_remove("DAPR_API_TOKEN");
        }
        if let Some(zone) = self.setup.time_zone {
            command.env("TZ", zone);
        }
        command
    }
}

/// A copy of the suite's resource files, and these others, that names this broker.
pub(crate) fn resources(folder: &Path, broker: &str, others: &[(&str, &str)]) {
    let target = folder.join("resources");
    std::fs::create_dir_all(&target).unwrap();
    let own = project().join("tests/parity/resources");
    let own = std::fs::read_dir(own).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        (entry.file_name().into_string().unwrap(), text)
    });
    let others = others
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    for (name, text) in own.chain(others) {
        std::fs::write(target.join(name), text.replace("localhost:9092", broker)).unwrap();
    }
}
