//! The app under measurement, as a process of its own.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::net::TcpStream;

/// How long the app may take to answer at all.
const PATIENCE: Duration = Duration::from_secs(600);

/// What the app and its sidecar know each other by.
const TOKEN: &str = "the-token-of-the-measurements";

/// A running app.
pub(crate) struct App {
    process: Child,
    duebell: PathBuf,
    state: TempDir,
    pub(crate) address: SocketAddr,
    sidecar: SocketAddr,
    /// From the start of the process to the first answer to a user.
    pub(crate) first_answer: Duration,
    /// From the start of the process to its being healthy: subscribed, too.
    pub(crate) healthy: Duration,
}

/// One connection.
pub(crate) type Connection = SendRequest<Full<Bytes>>;

impl App {
    /// Starts the app, with everything built, on a fresh state folder.
    pub(crate) async fn start(duebell: &Path) -> anyhow::Result<Self> {
        Self::start_with(duebell, None).await
    }

    /// The same with one component alone, which answers no users at once: there is no
    /// first answer.
    pub(crate) async fn start_only(duebell: &Path, component: &str) -> anyhow::Result<Self> {
        Self::start_with(duebell, Some(component)).await
    }

    async fn start_with(duebell: &Path, only: Option<&str>) -> anyhow::Result<Self> {
        let built = Command::new(duebell)
            .arg("build")
            .stdout(Stdio::null())
            .status()?;
        ensure!(built.success(), "the components could not be built");
        let state = tempfile::tempdir()?;
        let address = free_address()?;
        // What it takes to make the secrets is not what is measured.
        let token = token(duebell, state.path(), "anyone")?;
        let sidecar = free_address()?;
        let start = Instant::now();
        let only_this = only.map(|component| ["--component-id", component]);
        let process = Command::new(duebell)
            .arg("up")
            .args(only_this.into_iter().flatten())
            .args(["--listen", &address.to_string()])
            .args(["--sidecar-listen", &sidecar.to_string()])
            .args(["--grip-listen", "127.0.0.1:0"])
            .env("DAPR_API_TOKEN", TOKEN)
            .env("APP_API_TOKEN", TOKEN)
            .arg("--state-dir")
            .arg(state.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut app = Self {
            process,
            duebell: duebell.to_owned(),
            state,
            address,
            sidecar,
            first_answer: Duration::ZERO,
            healthy: Duration::ZERO,
        };
        if only.is_none() {
            app.wait_for("/api/tasks", &token, start).await?;
            app.first_answer = start.elapsed();
        }
        app.wait_for("/.well-known/spin/health", &token, start)
            .await?;
        app.healthy = start.elapsed();
        Ok(app)
    }

    async fn wait_for(&self, path: &str, token: &str, start: Instant) -> anyhow::Result<()> {
        loop {
            ensure!(start.elapsed() < PATIENCE, "no answer within {PATIENCE:?}");
            if let Ok(mut connection) = self.connect().await
                && let Ok((200, _)) = get(&mut connection, path, token).await
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Opens a connection of its own.
    pub(crate) async fn connect(&self) -> anyhow::Result<Connection> {
        self.connect_to(self.address).await
    }

    /// Gets what a route that is for components answers.
    pub(crate) async fn internal_get(&self, path: &str) -> anyhow::Result<serde_json::Value> {
        let request = Request::get(path)
            .header("host", "localhost")
            .header("dapr-api-token", TOKEN)
            .body(Full::default())?;
        let response = self.connect().await?.send_request(request).await?;
        ensure!(response.status() == 200, "{path}: {}", response.status());
        let body = response.into_body().collect().await?.to_bytes();
        Ok(serde_json::from_slice(&body)?)
    }

    /// Posts nothing to a route that is for the sidecar.
    pub(crate) async fn internal_post(&self, path: &str) -> anyhow::Result<()> {
        let mut app = self.connect().await?;
        post(&mut app, path, Bytes::new()).await
    }

    /// Publishes events through the sidecar.
    pub(crate) async fn publish_bulk(
        &self,
        topic: &str,
        entries: &serde_json::Value,
    ) -> anyhow::Result<()> {
        let mut sidecar = self.connect_to(self.sidecar).await?;
        let path = format!("/v1.0/publish/bulk/pubsub-kafka/{topic}");
        post(&mut sidecar, &path, Bytes::from(entries.to_string())).await
    }

    async fn connect_to(&self, address: SocketAddr) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// A user's token.
    pub(crate) fn token(&self, user: &str) -> anyhow::Result<String> {
        token(&self.duebell, self.state.path(), user)
    }

    /// How many events wait in task-api's outbox.
    pub(crate) fn waiting(&self) -> anyhow::Result<i64> {
        let waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL";
        self.count("tasks.db", waiting)
    }

    /// How many reminders wait, the scheduler knowing of them.
    pub(crate) fn armed(&self) -> anyhow::Result<usize> {
        let armed = "SELECT count(*) FROM reminders WHERE state = 'armed' AND job = 'set'";
        Ok(usize::try_from(self.count("reminders.db", armed)?)?)
    }

    /// How many tasks came of others that were completed.
    pub(crate) fn occurrences(&self) -> anyhow::Result<usize> {
        let occurrences = "SELECT count(*) FROM tasks WHERE series_number > 1";
        Ok(usize::try_from(self.count("tasks.db", occurrences)?)?)
    }

    /// How many entries of users the audit has (and none of checkpoints).
    pub(crate) fn audited(&self) -> anyhow::Result<i64> {
        let audited = "SELECT coalesce(sum(number), 0) FROM chains WHERE user_id LIKE 'user-%'";
        self.count("audit.db", audited)
    }

    /// How many events each of these databases' components has handled: the least of
    /// them.
    pub(crate) fn handled(&self, files: &[&str]) -> anyhow::Result<i64> {
        let handled = "SELECT count(*) FROM inbox WHERE state = 'done'";
        let counts = files.iter().map(|file| self.count(file, handled));
        let counts = counts.collect::<anyhow::Result<Vec<i64>>>()?;
        Ok(counts.into_iter().min().unwrap_or(0))
    }

    /// One of the app's databases, to be written to beside it.
    pub(crate) fn database(&self, file: &str) -> anyhow::Result<rusqlite::Connection> {
        let database = rusqlite::Connection::open(self.state.path().join(file))?;
        database.busy_timeout(PATIENCE)?;
        Ok(database)
    }

    /// Empties the search index.
    pub(crate) fn empty_the_index(&self) -> anyhow::Result<()> {
        self.database("search.db")?.execute_batch(
            "BEGIN IMMEDIATE; DELETE FROM search; DELETE FROM documents; DELETE FROM users; COMMIT",
        )?;
        Ok(())
    }

    fn count(&self, file: &str, statement: &str) -> anyhow::Result<i64> {
        let database = rusqlite::Connection::open_with_flags(
            self.state.path().join(file),
            rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY,
        )?;
        let counted = database.query_row(statement, [], |row| row.get(0));
        match counted {
            // The component has not been at work yet.
            Err(error) if error.to_string().contains("no such table") => Ok(0),
            counted => Ok(counted?),
        }
    }

    /// What it holds when nothing is to do: once it gives nothing back any more. What
    /// starting took is given back after a second or two.
    pub(crate) async fn idle_memory(&self) -> anyhow::Result<f64> {
        let mut before = self.memory()?;
        let mut still = 0;
        while still < 4 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = self.memory()?;
            still = if now < before * 0.99 { 0 } else { still + 1 };
            before = now;
        }
        Ok(before)
    }

    /// The processor time that the process has used so far, on all of its threads.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The fields after the name, which is in parentheses and may hold blanks: utime and
        // stime are the 14th and 15th of all (proc(5)), in ticks of 10 ms.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let mut fields = fields.split_whitespace().skip(11);
        let mut ticks = || {
            fields
                .next()
                .context("no processor time in /proc")?
                .parse()
                .context("no number")
        };
        let (user, system): (u64, u64) = (ticks()?, ticks()?);
        Ok(Duration::from_millis(10 * (user + system)))
    }

    /// What the process holds in memory, in MiB (VmRSS).
    pub(crate) fn memory(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
            .context("no VmRSS in /proc")?;
        Ok(kib.trim().parse::<f64>()? / 1024.0)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a GET and reads the whole answer.
pub(crate) async fn get(
    connection: &mut Connection,
    path: &str,
    token: &str,
) -> anyhow::Result<(u16, Bytes)> {
    let request = Request::get(path)
        .header("host", "localhost")
        .header("authorization", format!("Bearer {token}"))
        .body(Full::default())?;
    let response = connection.send_request(request).await?;
    let status = response.status().as_u16();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

/// Posts as a user, wants success, and reads the answer.
pub(crate) async fn send(
    connection: &mut Connection,
    path: &str,
    token: &str,
    body: &serde_json::Value,
) -> anyhow::Result<serde_json::Value> {
    let request = Request::post(path).header("content-type", "application/json");
    change(connection, request, path, token, body).await
}

/// The same with a merge patch.
pub(crate) async fn patch(
    connection: &mut Connection,
    path: &str,
    token: &str,
    body: &serde_json::Value,
) -> anyhow::Result<serde_json::Value> {
    let request = Request::patch(path).header("content-type", "application/merge-patch+json");
    change(connection, request, path, token, body).await
}

async fn change(
    connection: &mut Connection,
    request: http::request::Builder,
    path: &str,
    token: &str,
    body: &serde_json::Value,
) -> anyhow::Result<serde_json::Value> {
    let request = request
        .header("host", "localhost")
        .header("authorization", format!("Bearer {token}"))
        .body(Full::new(Bytes::from(body.to_string())))?;
    let response = connection.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    ensure!(
        status.is_success(),
        "{path}: {status} {}",
        String::from_utf8_lossy(&body)
    );
    Ok(serde_json::from_slice(&body)?)
}

/// Posts with the token, and wants success.
async fn post(connection: &mut Connection, path: &str, body: Bytes) -> anyhow::Result<()> {
    let request = Request::post(path)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("dapr-api-token", TOKEN)
        .body(Full::new(body))?;
    let response = connection.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    ensure!(
        status.is_success(),
        "{path}: {status} {}",
        String::from_utf8_lossy(&body)
    );
    Ok(())
}

fn token(duebell: &Path, state: &Path, user: &str) -> anyhow::Result<String> {
    let output = Command::new(duebell)
        .args(["token", "--user", user, "--state-dir"])
        .arg(state)
        .output()?;
    ensure!(
        output.status.success(),
        "no token: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}
