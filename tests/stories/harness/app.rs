//! `duebell up` as a process of its own.

use super::{Client, Proxy, eventually};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// What the app knows the sidecar by.
pub(crate) const APP_TOKEN: &str = "the-app-token-of-the-stories";

/// What the sidecar knows the app and publishers by.
pub(crate) const DAPR_TOKEN: &str = "the-dapr-token-of-the-stories";

/// How an app is run, where it is not as usual.
#[derive(Default)]
pub(crate) struct Options {
    /// More arguments of `duebell up`.
    pub(crate) arguments: Vec<String>,
    /// The app to run instead of Duebell.
    pub(crate) from: Option<PathBuf>,
    /// Whether the embedded sidecar is a process of its own, with a [`Proxy`]
    /// between it and the app.
    pub(crate) proxied: bool,
}

/// A running app, with its sidecar.
pub(crate) struct App {
    process: Process,
    sidecar: Option<Process>,
    /// What is between sidecar and app, if [`Options::proxied`].
    pub(crate) proxy: Option<Proxy>,
    pub(crate) port: u16,
    pub(crate) sidecar_port: u16,
    options: Options,
    state: TempDir,
}

/// A process that ends with its owner.
struct Process(std::process::Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
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

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

impl App {
    /// Starts Duebell as a new user would, and waits until it is healthy.
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    /// Starts an app, and waits until it is healthy.
    pub(crate) async fn start_with(options: Options) -> Self {
        let from = options.from.clone().unwrap_or_else(project);
        tokio::task::spawn_blocking(move || build(&from))
            .await
            .unwrap();
        let state = tempfile::tempdir().unwrap();
        let port = free_port();
        let sidecar_port = free_port();
        let proxy = if options.proxied {
            Some(Proxy::start(port).await)
        } else {
            None
        };
        let (process, sidecar) = spawn(&state, port, sidecar_port, proxy.as_ref(), &options);
        let app = Self {
            process,
            sidecar,
            proxy,
            port,
            sidecar_port,
            options,
            state,
        };
        app.healthy().await;
        app
    }

    /// `kill -9`, of app and sidecar alike.
    pub(crate) fn kill(&mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
        if let Some(sidecar) = &mut self.sidecar {
            sidecar.0.kill().unwrap();
            sidecar.0.wait().unwrap();
        }
    }

    /// Starts again after [`App::kill`], with the same state and ports.
    pub(crate) async fn start_again(&mut self) {
        (self.process, self.sidecar) = spawn(
            &self.state,
            self.port,
            self.sidecar_port,
            self.proxy.as_ref(),
            &self.options,
        );
        self.healthy().await;
    }

    /// The folder that holds the app's state.
    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    /// The origin of the app.
    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The origin of the sidecar.
    pub(crate) fn sidecar_origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.sidecar_port)
    }

    /// A client that is this user.
    pub(crate) fn user(&self, name: &str) -> Client {
        self.client_of(&["--user", name])
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

    async fn healthy(&self) {
        let app = self.anyone();
        eventually("the app is healthy", async || {
            let answer = app.try_get("/.well-known/spin/health").await?;
            (answer.status == 200).then_some(())
        })
        .await;
        if self.sidecar.is_some() {
            let sidecar = self.publisher();
            eventually("the sidecar has subscribed", async || {
                let answer = sidecar.try_get("/v1.0/metadata").await?;
                let subscriptions = answer.json["subscriptions"].as_array()?;
                (!subscriptions.is_empty()).then_some(())
            })
            .await;
        }
    }
}

fn spawn(
    state: &TempDir,
    port: u16,
    sidecar_port: u16,
    proxy: Option<&Proxy>,
    options: &Options,
) -> (Process, Option<Process>) {
    let log = |name: &str| {
        std::fs::File::options()
            .create(true)
            .append(true)
            .open(state.path().join(name))
            .unwrap()
    };
    let mut up = duebell();
    up.arg("up")
        .args(["--listen", &format!("127.0.0.1:{port}")])
        .arg("--state-dir")
        .arg(state.path())
        .args(&options.arguments)
        .stdout(log("up.log"))
        .stderr(log("up.log"));
    if let Some(from) = &options.from {
        up.arg("--from").arg(from);
    }
    let Some(proxy) = proxy else {
        up.args(["--sidecar-listen", &format!("127.0.0.1:{sidecar_port}")]);
        return (Process(up.spawn().unwrap()), None);
    };
    up.args(["--sidecar", &format!("http://127.0.0.1:{sidecar_port}")]);
    let mut sidecar = duebell();
    sidecar
        .args(["sidecar", "--app-id", "duebell"])
        .args(["--app-port", &proxy.port().to_string()])
        .args(["--dapr-http-port", &sidecar_port.to_string()])
        .args([
            "--resources-path",
            "deploy/dapr",
            "--enable-app-health-check",
        ])
        .args(["--app-health-check-path", "/.well-known/spin/health"])
        .arg("--data-dir")
        .arg(state.path().join("sidecar-alone"))
        .stdout(log("sidecar.log"))
        .stderr(log("sidecar.log"));
    (
        Process(up.spawn().unwrap()),
        Some(Process(sidecar.spawn().unwrap())),
    )
}
