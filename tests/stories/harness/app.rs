//! The system under test: the app with its sidecar, or several of both.

use super::{
    Client, EventStream, Faults, Proxy, Socket,
    eventually::eventually_by,
    forward::Meddler,
    router,
    servers::{Postgres, Pushpin, Servers, has_subscribed},
    setting::{Setting, setting},
    unit::{self, Unit},
};
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// What the app knows the sidecar by.
pub(crate) const APP_TOKEN: &str = "the-app-token-of-the-stories";

/// What the sidecar knows the app and publishers by.
pub(crate) const DAPR_TOKEN: &str = "the-dapr-token-of-the-stories";

/// How an app is run, where it is not as usual.
#[derive(Clone, Default)]
pub(crate) struct Options {
    /// The app to run instead of Duebell. It has no sidecar.
    pub(crate) from: Option<PathBuf>,
    /// The folder of another manifest of Duebell, in the project.
    pub(crate) manifest: Option<&'static str>,
    /// PostgreSQL, whatever the setting is, and as durable as it comes.
    pub(crate) postgres: bool,
    /// What `duebell backup` made, to begin with.
    pub(crate) backup: Option<PathBuf>,
    /// What PostgreSQL begins with, as SQL.
    pub(crate) dump: Option<String>,
    /// The state folder that the secrets are taken from, where the backup has none.
    pub(crate) secrets: Option<PathBuf>,
    /// Whether the story is about the embedded host and sidecar, and told of nothing
    /// else.
    pub(crate) embedded: bool,
    /// Whether a [`Proxy`] is between sidecar and app.
    pub(crate) proxied: bool,
    /// Whether [`Faults`] are between app and sidecar.
    pub(crate) faults: bool,
    /// Whether the embedded host serves metrics.
    pub(crate) metrics: bool,
    /// What is between sidecar and app instead of a [`Proxy`].
    pub(crate) meddler: Option<Meddler>,
    /// What the embedded host and sidecar find in their environment. `{state}` in a
    /// value stands for the state folder.
    pub(crate) environment: Vec<(String, String)>,
    /// What the embedded host is told beside the usual; `{state}` as above.
    pub(crate) arguments: Vec<String>,
    /// Values for variables of spin.toml.
    pub(crate) variables: Vec<(String, String)>,
}

impl Options {
    /// The folder of the manifest that is run.
    pub(super) fn folder(&self) -> PathBuf {
        let own = || project().join(self.manifest.unwrap_or_default());
        self.from.clone().unwrap_or_else(own)
    }

    /// Puts into a state folder what it is to begin with.
    fn prepare(&self, state: &Path) {
        if let Some(backup) = &self.backup {
            let mut restore = duebell();
            restore.arg("restore").arg(backup);
            let (restored, said) = ran(restore.arg("--state-dir").arg(state));
            assert!(restored, "{said}");
        } else if let Some(other) = &self.secrets {
            for name in ["secrets.toml", "audit.key"] {
                std::fs::copy(other.join(name), state.join(name)).unwrap();
            }
        }
    }
}

/// A running app, with its sidecar.
pub(crate) struct App {
    pub(super) units: Vec<Unit>,
    /// What is between sidecar and app, if [`Options::proxied`].
    pub(crate) proxy: Option<Proxy>,
    faults: Option<Faults>,
    /// The broker and the scheduler, where they are real.
    pub(crate) servers: Option<Servers>,
    /// Where components keep everything, if that is not SQLite.
    pub(crate) postgres: Option<Postgres>,
    /// Where clients find the app.
    pub(crate) port: u16,
    /// Where they find its event streams and WebSockets.
    updates_port: u16,
    _pushpin: Option<Pushpin>,
    /// Which of several hosts is killed next.
    pub(super) next_victim: usize,
    state: TempDir,
}

/// The `duebell` binary under test.
pub(crate) fn duebell() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duebell"));
    command
        .current_dir(project())
        .env("APP_API_TOKEN", APP_TOKEN)
        .env("DAPR_API_TOKEN", DAPR_TOKEN)
        .stdin(Stdio::null());
    command
}

/// Whether a command did what it was told, and all that it said.
pub(crate) fn ran(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// Builds an app's components, however long that takes: what a story waits for
/// begins after it. (The first to come builds, the others wait for it.)
pub(crate) fn build(from: &Path) {
    let built = duebell()
        .arg("build")
        .arg("--from")
        .arg(from)
        .output()
        .unwrap();
    assert!(
        built.status.success(),
        "{}",
        String::from_utf8_lossy(&built.stderr)
    );
}

/// The project's root.
pub(crate) fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

impl App {
    /// Starts Duebell as a new user would, and waits until it is healthy.
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Starts Duebell on the embedded host and sidecar, whatever the setting is: for
    /// what only they have.
    pub(crate) async fn start_embedded() -> Self {
        Self::start_with(Options {
            embedded: true,
            ..Options::default()
        })
        .await
    }

    /// Starts Duebell with a proxy between sidecar and app.
    pub(crate) async fn start_proxied() -> (Self, Proxy) {
        let app = Self::start_with(Options {
            proxied: true,
            ..Options::default()
        })
        .await;
        let proxy = app.proxy.clone().unwrap();
        (app, proxy)
    }

    /// Starts an app, and waits until it is healthy.
    pub(crate) async fn start_with(options: Options) -> Self {
        let from = options.folder();
        tokio::task::spawn_blocking(move || build(&from))
            .await
            .unwrap();
        let state = tempfile::tempdir().unwrap();
        options.prepare(state.path());
        let setting = if options.embedded {
            &Setting::EMBEDDED
        } else {
            setting()
        };
        let servers = if setting.real_sidecar && options.from.is_none() {
            Some(Servers::start(state.path()).await)
        } else {
            None
        };
        let mut options = options;
        let postgres = if (setting.postgres || options.postgres) && options.from.is_none() {
            let log = state.path().join("postgres.log");
            let postgres = Postgres::start(log, options.postgres).await;
            if let Some(dump) = &options.dump {
                postgres.load(dump);
            }
            options.variables.extend(postgres.variables());
            Some(postgres)
        } else {
            None
        };
        let proxy = options.proxied.then(Proxy::default);
        let faults = options.faults.then(Faults::default);
        let places = unit::places(setting, &options);
        let balanced = if places.len() > 1 && !setting.split {
            Some(router::balance(places.iter().map(|(_, port)| *port).collect()).await)
        } else {
            None
        };
        let streams = balanced.unwrap_or_else(|| unit::port_of(&places, "update-streams"));
        let pushpin = if setting.pushpin && options.from.is_none() {
            Some(Pushpin::start(state.path(), streams).await)
        } else {
            None
        };
        let units = unit::start(
            setting,
            state.path(),
            &options,
            places,
            unit::Between {
                proxy: proxy.as_ref(),
                faults: faults.as_ref(),
                pushpin: pushpin.as_ref(),
            },
            servers.as_ref(),
        )
        .await;
        let port = if setting.split && options.from.is_none() {
            let ports = units.iter().flat_map(|unit| {
                let components = unit.components.iter();
                components.map(|component| (component.clone(), unit.port))
            });
            router::start(ports.collect()).await
        } else {
            balanced.unwrap_or(units[0].port)
        };
        let mut app = Self {
            units,
            proxy,
            faults,
            servers,
            postgres,
            port,
            updates_port: pushpin.as_ref().map_or(streams, |pushpin| pushpin.port),
            _pushpin: pushpin,
            next_victim: 0,
            state,
        };
        app.healthy().await;
        app
    }

    /// What is between app and sidecar, if [`Options::faults`].
    pub(crate) fn faults(&self) -> &Faults {
        self.faults.as_ref().unwrap()
    }

    /// The folder that holds the app's state.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// What only this installation knows: the values of its secrets.
    pub(crate) fn secrets(&self) -> Vec<String> {
        unit::secrets(self.state()).into_values().collect()
    }

    /// The files that hold what components printed.
    pub(crate) fn component_logs(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.state().join("logs")];
        let parts = self.units.iter().filter(|unit| !unit.components.is_empty());
        folders.extend(parts.map(|unit| self.state().join(&unit.name).join("logs")));
        let files = folders
            .iter()
            .filter_map(|folder| std::fs::read_dir(folder).ok())
            .flatten();
        files.map(|file| file.unwrap().path()).collect()
    }

    /// The origin of the app.
    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The origin of event streams and WebSockets.
    pub(crate) fn updates_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.updates_port)
    }

    /// Where the embedded proxy of WebSockets takes what is published.
    pub(crate) fn grip_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.units[0].grip_port)
    }

    /// Where the embedded host serves metrics, if [`Options::metrics`].
    pub(crate) fn metrics_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.units[0].metrics_port)
    }

    /// Opens an event stream as a user's client does, and waits until it is ready.
    pub(crate) async fn event_stream(&self, user: &Client, query: &str) -> EventStream {
        let path = format!("/api/updates{query}");
        EventStream::open(&user.at(self.updates_origin()), &path).await
    }

    /// Connects a WebSocket as a user's client does, and waits until it is ready.
    pub(crate) async fn websocket(&self, user: &Client, query: &str) -> Socket {
        let path = format!("/api/updates/ws{query}");
        let token = ("authorization", user.header("authorization"));
        Socket::open(&self.updates_origin(), &path, &[token]).await
    }

    /// The origin of the sidecar that publishers use.
    pub(crate) fn sidecar_origin(&self) -> String {
        self.sidecar_of("task-api")
    }

    /// The port of that sidecar.
    pub(crate) fn sidecar_port(&self) -> u16 {
        self.units[0].sidecar_port
    }

    /// Where the sidecar that publishers use speaks gRPC, if it is a real one.
    pub(crate) fn sidecar_grpc_port(&self) -> u16 {
        self.units[0].sidecar_grpc_port
    }

    /// A client that is this user.
    pub(crate) fn user(&self, name: &str) -> Client {
        self.client_of(&["--user", name])
    }

    /// A client that is this user, for as long as this: `1s`, `15m`.
    pub(crate) fn user_for(&self, name: &str, lifetime: &str) -> Client {
        self.client_of(&["--user", name, "--lifetime", lifetime])
    }

    /// A client that is this user and an operator.
    pub(crate) fn operator(&self, name: &str) -> Client {
        self.client_of(&["--user", name, "--operator"])
    }

    fn client_of(&self, arguments: &[&str]) -> Client {
        let output = duebell()
            .arg("token")
            .args(arguments)
            .arg("--state-dir")
            .arg(self.state())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let token = String::from_utf8(output.stdout).unwrap();
        Client::new(self.origin()).with("authorization", &format!("Bearer {}", token.trim()))
    }

    /// A client without a token.
    pub(crate) fn anyone(&self) -> Client {
        Client::new(self.origin())
    }

    /// A client of the sidecar, with its token.
    pub(crate) fn publisher(&self) -> Client {
        Client::new(self.sidecar_origin()).with("dapr-api-token", DAPR_TOKEN)
    }

    /// A client of the sidecar that has this component's jobs.
    pub(crate) fn scheduler_of(&self, component: &str) -> Client {
        Client::new(self.sidecar_of(component)).with("dapr-api-token", DAPR_TOKEN)
    }

    fn sidecar_of(&self, component: &str) -> String {
        let unit = self.units.iter().find(|unit| unit.has(component)).unwrap();
        format!("http://127.0.0.1:{}", unit.sidecar_port)
    }

    pub(super) async fn healthy(&mut self) {
        for unit in &mut self.units {
            let app = Client::new(format!("http://127.0.0.1:{}", unit.port));
            let what = format!("{} is healthy", unit.name);
            eventually_by(&mut unit.host, &what, async || {
                let answer = app.try_get("/.well-known/spin/health").await?;
                (answer.status == 200).then_some(())
            })
            .await;
            let Some(sidecar) = &mut unit.sidecar else {
                continue;
            };
            let client = Client::new(format!("http://127.0.0.1:{}", unit.sidecar_port))
                .with("dapr-api-token", DAPR_TOKEN);
            let what = format!("the sidecar of {} has subscribed", unit.name);
            eventually_by(sidecar, &what, async || {
                has_subscribed(&client, unit.subscriptions).await
            })
            .await;
        }
    }
}
