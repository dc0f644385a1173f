//! A part of the system that is deployed by itself: a host with some components, and
//! the sidecar beside it.

use super::{
    APP_TOKEN, DAPR_TOKEN, Faults, Options, Proxy, duebell, forward, free_port,
    process::Process,
    project,
    servers::{Daprd, GRIP_KEY, Pushpin, Servers},
    setting::{Setting, setting},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

/// The app-id of the whole.
const WHOLE: &str = "duebell";

/// What hosts that are one app sign checkpoints with: 32 bytes.
const AUDIT_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// Where a unit is, and what it is.
pub(crate) struct Unit {
    pub(crate) app_id: String,
    /// What its files are called by: the app-id, and a number if it is not the only one.
    pub(crate) name: String,
    /// The components in it; all are if none is named.
    pub(crate) components: Vec<String>,
    pub(crate) port: u16,
    pub(crate) sidecar_port: u16,
    /// Only real ones listen there.
    pub(crate) sidecar_grpc_port: u16,
    /// Where its embedded proxy takes what is published.
    pub(crate) grip_port: u16,
    /// Where it serves metrics, if [`Options::metrics`].
    pub(crate) metrics_port: u16,
    pub(crate) host: Process,
    /// None where it is in the host's process.
    pub(crate) sidecar: Option<Process>,
    /// How many subscriptions its sidecar has at least, once it is ready.
    pub(crate) subscriptions: usize,
}

impl Unit {
    /// Whether a component is in it.
    pub(crate) fn has(&self, component: &str) -> bool {
        has(&self.components, component)
    }
}

fn has(components: &[String], component: &str) -> bool {
    components.is_empty() || components.iter().any(|id| id == component)
}

/// What stands between apps and their sidecars, and in front of them.
pub(super) struct Between<'a> {
    pub(super) pushpin: Option<&'a Pushpin>,
    pub(super) proxy: Option<&'a Proxy>,
    pub(super) faults: Option<&'a Faults>,
}

/// Components that are deployed together, and the port of their host.
pub(super) type At = (Vec<String>, u16);

/// The units of the setting, and where they will be.
pub(super) fn places(setting: &Setting, options: &Options) -> Vec<At> {
    let units = if setting.split && options.from.is_none() {
        parts(setting)
    } else if setting.two_hosts && options.from.is_none() {
        vec![Vec::new(), Vec::new()]
    } else {
        vec![Vec::new()]
    };
    let at = |components| (components, free_port());
    units.into_iter().map(at).collect()
}

/// Where a component will be.
pub(super) fn port_of(places: &[At], component: &str) -> u16 {
    let place = places.iter().find(|(ids, _)| has(ids, component));
    place.unwrap().1
}

/// Starts the units in their places.
pub(super) async fn start(
    setting: &'static Setting,
    state: &Path,
    options: &Options,
    places: Vec<At>,
    between: Between<'_>,
    servers: Option<&Servers>,
) -> Vec<Unit> {
    let urls = urls(&places);
    let resources = servers.map(|servers| resources(state, servers));
    let secret = secrets(state)["jwt_secret"].clone();
    let mut units = Vec::new();
    for (components, port) in places {
        let app_id = components.first().map_or(WHOLE, String::as_str).to_owned();
        let before = units.iter().filter(|unit: &&Unit| unit.app_id == app_id);
        let name = match before.count() {
            0 => app_id.clone(),
            before => format!("{app_id}-{}", before + 1),
        };
        let (sidecar_port, sidecar_grpc_port) = (free_port(), free_port());
        let app_port = match (between.proxy, &options.meddler) {
            (Some(proxy), _) => proxy.in_front_of(port).await,
            (None, Some(meddler)) => forward::meddled(meddler.clone(), port).await,
            (None, None) => port,
        };
        let dapr_port = match between.faults {
            Some(faults) => faults.in_front_of(sidecar_port).await,
            None => sidecar_port,
        };
        let in_one = servers.is_none()
            && setting.spin.is_none()
            && between.proxy.is_none()
            && options.meddler.is_none()
            && between.faults.is_none();
        let (grip_port, metrics_port) = (free_port(), free_port());
        let place = Place {
            state: state.to_owned(),
            app_id: app_id.clone(),
            name: name.clone(),
            components: components.clone(),
            port,
            grip_port,
            metrics_port,
            grip_url: between.pushpin.map(Pushpin::control_url),
            sidecar_port,
            app_port,
            variables: urls
                .clone()
                .into_iter()
                .chain(options.variables.clone())
                .collect(),
            secret: secret.clone(),
            options: options.clone(),
            dapr_port,
            in_one,
        };
        let has_sidecar = options.from.is_none();
        let sidecar = match (&resources, servers) {
            (Some(resources), Some(servers)) => {
                let daprd = Daprd {
                    app_id: app_id.clone(),
                    app_port,
                    port: sidecar_port,
                    grpc_port: sidecar_grpc_port,
                    resources: resources.clone(),
                    scheduler: servers.scheduler.address(),
                    health_path: "/.well-known/spin/health".to_owned(),
                };
                let log = state.join(format!("{name}-daprd.log"));
                Some(
                    tokio::task::spawn_blocking(|| daprd.start(log))
                        .await
                        .unwrap(),
                )
            }
            _ if has_sidecar && !place.in_one => Some(place.embedded_sidecar()),
            _ => None,
        };
        units.push(Unit {
            subscriptions: subscriptions(&components),
            host: place.host(setting),
            app_id,
            name,
            components,
            port,
            grip_port,
            metrics_port,
            sidecar_port,
            sidecar_grpc_port,
            sidecar,
        });
    }
    units
}

/// Where the components find each other: spin.toml's variables for it.
fn urls(places: &[At]) -> BTreeMap<String, String> {
    let manifest = manifest();
    let variables = manifest["variables"].as_table().unwrap();
    places
        .iter()
        .flat_map(|(components, port)| components.iter().map(move |id| (id, port)))
        .map(|(id, port)| {
            let name = format!("{}_url", id.replace('-', "_"));
            (name, format!("http://127.0.0.1:{port}"))
        })
        .filter(|(name, _)| variables.contains_key(name))
        .collect()
}

/// The app's components as they are deployed by themselves: one by one, but for the
/// two that share a SQLite database.
fn parts(setting: &Setting) -> Vec<Vec<String>> {
    let manifest = manifest();
    let components = manifest["component"].as_table().unwrap().keys();
    if setting.postgres {
        return components.map(|id| vec![id.clone()]).collect();
    }
    components
        .filter(|id| *id != "update-streams")
        .map(|id| match id.as_str() {
            "live-updates" => vec![id.clone(), "update-streams".to_owned()],
            _ => vec![id.clone()],
        })
        .collect()
}

fn manifest() -> toml::Table {
    let text = std::fs::read_to_string(project().join("spin.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// How many subscriptions deploy/dapr has for the first of these components, or for
/// all.
fn subscriptions(components: &[String]) -> usize {
    let component = components.first().map_or("", String::as_str);
    let start = format!("subscription-{component}");
    std::fs::read_dir(project().join("deploy/dapr"))
        .unwrap()
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_str().unwrap().starts_with(&start)
        })
        .count()
}

/// A copy of deploy/dapr that names the story's broker.
fn resources(state: &Path, servers: &Servers) -> PathBuf {
    let folder = state.join("resources");
    servers.resources(&project().join("deploy/dapr"), &folder);
    folder
}

/// The state folder's secrets by name, made by its first use.
pub(super) fn secrets(state: &Path) -> BTreeMap<String, String> {
    let made = duebell()
        .args(["token", "--user", "anyone", "--state-dir"])
        .arg(state)
        .output()
        .unwrap();
    assert!(made.status.success());
    let text = std::fs::read_to_string(state.join("secrets.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// All that the processes of a unit are started with.
#[derive(Clone)]
struct Place {
    state: PathBuf,
    app_id: String,
    name: String,
    components: Vec<String>,
    port: u16,
    /// Where the embedded proxy takes what is published.
    grip_port: u16,
    metrics_port: u16,
    /// Where Pushpin does, if it is in front.
    grip_url: Option<String>,
    sidecar_port: u16,
    /// Where the sidecar finds the app: a proxy, perhaps.
    app_port: u16,
    /// Where the app finds the sidecar: behind faults, perhaps.
    dapr_port: u16,
    variables: BTreeMap<String, String>,
    secret: String,
    options: Options,
    /// Whether the embedded sidecar is in the host's process.
    in_one: bool,
}

impl Place {
    fn host(self, setting: &'static Setting) -> Process {
        let log = self.state.join(format!("{}.log", self.name));
        match &setting.spin {
            Some(spin) => {
                let config = self.runtime_config();
                Process::start(log, move || self.spin(spin, &config))
            }
            _ => Process::start(log, move || self.embedded_host()),
        }
    }

    fn embedded_host(&self) -> Command {
        let mut up = duebell();
        up.arg("up")
            .args(["--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--app-id", &self.app_id]);
        if self.components.is_empty() && self.name == self.app_id {
            up.arg("--state-dir").arg(&self.state);
        } else {
            // One process at a time uses a state folder.
            up.arg("--state-dir").arg(self.state.join(&self.name));
            up.args(["--set", &format!("jwt_secret={}", self.secret)]);
        }
        if setting().two_hosts {
            // Whoever makes a checkpoint signs with the same key.
            up.args(["--set", &format!("audit_key={AUDIT_KEY}")]);
        }
        for id in &self.components {
            up.args(["--component-id", id]);
        }
        match &self.grip_url {
            Some(url) => up.env("GRIP_KEY", GRIP_KEY).args(["--grip", url]),
            None => up.args(["--grip-listen", &format!("127.0.0.1:{}", self.grip_port)]),
        };
        if self.options.metrics {
            let listen = format!("127.0.0.1:{}", self.metrics_port);
            up.args(["--metrics-listen", &listen]);
        }
        for (name, value) in &self.variables {
            up.args(["--set", &format!("{name}={value}")]);
        }
        let state = self.state.display().to_string();
        let arguments = self.options.arguments.iter();
        up.args(arguments.map(|argument| argument.replace("{state}", &state)));
        up.envs(self.environment());
        up.arg("--from").arg(self.from());
        if self.in_one && self.options.from.is_none() {
            up.args([
                "--sidecar-listen",
                &format!("127.0.0.1:{}", self.sidecar_port),
            ]);
        } else {
            up.args(["--sidecar", &self.dapr_url()]);
        }
        up
    }

    fn spin(&self, spin: &Path, config: &Path) -> Command {
        let mut up = Command::new(spin);
        up.arg("up")
            .arg("--from")
            .arg(self.from().join("spin.toml"))
            .arg("--runtime-config-file")
            .arg(config)
            .args(["--listen", &format!("127.0.0.1:{}", self.port)])
            .arg("--state-dir")
            .arg(self.state.join(format!("{}-spin", self.name)))
            .arg("--log-dir")
            .arg(self.state.join("logs"))
            .current_dir(self.from());
        for id in &self.components {
            up.args(["--component-id", id]);
        }
        let own = [
            ("app_api_token", APP_TOKEN),
            ("dapr_api_token", DAPR_TOKEN),
            ("jwt_secret", &self.secret),
            ("dapr_url", &self.dapr_url()),
            ("grip_url", self.grip_url.as_deref().unwrap_or_default()),
            ("grip_key", GRIP_KEY),
        ];
        let others = self.variables.iter();
        let others = others.map(|(name, value)| (name.as_str(), value.as_str()));
        let known = own.into_iter().chain(others);
        for (name, value) in known.filter(|_| self.options.from.is_none()) {
            up.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
        }
        up
    }

    /// runtime-config.toml with its databases in the state folder.
    fn runtime_config(&self) -> PathBuf {
        let text = std::fs::read_to_string(self.from().join("runtime-config.toml")).unwrap();
        let state = format!("\"{}/", self.state.display());
        let file = self
            .state
            .join(format!("{}-runtime-config.toml", self.name));
        std::fs::write(&file, text.replace("\".duebell/", &state)).unwrap();
        file
    }

    fn environment(&self) -> impl Iterator<Item = (String, String)> + use<'_> {
        let state = self.state.display().to_string();
        let given = self.options.environment.iter();
        given.map(move |(name, value)| (name.clone(), value.replace("{state}", &state)))
    }

    fn dapr_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.dapr_port)
    }

    /// The app's folder.
    fn from(&self) -> PathBuf {
        self.options.folder()
    }

    fn embedded_sidecar(&self) -> Process {
        let place = self.clone();
        let log = self.state.join(format!("{}-sidecar.log", self.name));
        Process::start(log, move || {
            let mut sidecar = duebell();
            sidecar
                .envs(place.environment())
                .args(["sidecar", "--app-id", &place.app_id])
                .args(["--app-port", &place.app_port.to_string()])
                .args(["--dapr-http-port", &place.sidecar_port.to_string()])
                .args(["--resources-path", "deploy/dapr"])
                .args(["--enable-app-health-check"])
                .args(["--app-health-check-path", "/.well-known/spin/health"])
                .arg("--data-dir")
                .arg(place.state.join("sidecar-alone"));
            sidecar
        })
    }
}
