//! A PostgreSQL server, from the system's packages.

use super::{cached, project_file, run};
use crate::harness::{free_port, process::Process};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};
use tempfile::TempDir;

/// Whose the data is where the suite runs as root, which the server refuses to be.
const USER: &str = "postgres";

/// The database that the app's roles have their schemas in.
const DATABASE: &str = "duebell";

/// The folder with the data, and what is in the cache of it.
const DATA: &str = "data";

/// The labels that have a role and a schema in deploy/postgres/roles.sql.
pub(crate) const LABELS: [&str; 8] = [
    "tasks",
    "audit",
    "reminders",
    "notifications",
    "recurrence",
    "deadletters",
    "search",
    "updates",
];

/// A running server with the app's roles.
pub(crate) struct Postgres {
    process: Process,
    port: u16,
    folder: TempDir,
}

impl Postgres {
    /// Starts a server with empty schemas, and waits until it is ready. What survives a loss
    /// of power if it is `durable`, survives the end of its processes in any case.
    pub(crate) async fn start(log: PathBuf, durable: bool) -> Self {
        tokio::task::spawn_blocking(move || Self::start_now(log, durable))
            .await
            .unwrap()
    }

    fn start_now(log: PathBuf, durable: bool) -> Self {
        let folder = openfolder();
        let data = folder.path().join(DATA);
        copy_as_they_are(&prepared().join(DATA), &data);
        let port = free_port();
        let mut postgres = Self {
            process: Process::start(log, move || server(&data, port, durable)),
            port,
            folder,
        };
        postgres.ready();
        postgres
    }

    /// Where a component finds its database.
    pub(crate) fn address(&self, label: &str) -> String {
        let port = self.port;
        format!("postgres://duebell_{label}@127.0.0.1:{port}/{DATABASE}?sslmode=disable")
    }

    /// What components may reach.
    pub(crate) fn origin(&self) -> String {
        format!("postgres://127.0.0.1:{}", self.port)
    }

    /// What spin.toml's variables have to be for the app to keep everything here.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (String, String)> + use<'_> {
        let addresses = LABELS.map(|label| (format!("{label}_database"), self.address(label)));
        let origin = ("postgres_origin".to_owned(), self.origin());
        addresses.into_iter().chain([origin])
    }

    /// `kill -9` of all of it.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts again after [`Postgres::kill`], and waits until it is ready.
    pub(crate) async fn start_again(&mut self) {
        tokio::task::block_in_place(|| {
            self.process.start_again();
            self.ready();
        });
    }

    /// Runs SQL as the owner of everything, and gives rows whose values are text.
    pub(crate) fn query(&self, label: &str, sql: &str) -> Vec<Vec<String>> {
        let printed = psql(
            self.port,
            DATABASE,
            &format!("SET search_path = duebell_{label}; {sql}"),
        );
        let rows = printed.lines().filter(|line| !line.is_empty());
        rows.map(|row| row.split('\u{1f}').map(str::to_owned).collect())
            .collect()
    }

    /// Keeps all who write to a schema waiting for as long.
    pub(crate) async fn hold(&self, label: &str, lasting: Duration) {
        let sql = format!(
            "BEGIN; SELECT pg_advisory_xact_lock('duebell_{label}'::regnamespace::oid::bigint);
             SELECT pg_sleep({}); COMMIT",
            lasting.as_secs_f64()
        );
        let port = self.port;
        tokio::task::spawn_blocking(move || psql(port, DATABASE, &sql))
            .await
            .unwrap();
    }

    /// Everything that is kept, as SQL.
    pub(crate) fn dump(&self) -> String {
        let mut dump = Command::new(program("pg_dump"));
        dump.args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-U", USER, "--data-only", DATABASE]);
        run("pg_dump", WANTED, &mut dump)
    }

    /// The same with the tables, to be put into an empty server.
    pub(crate) fn dump_to_restore(&self) -> String {
        let mut dump = Command::new(program("pg_dump"));
        dump.args(["-h", "127.0.0.1", "-p", &self.port.to_string()])
            .args(["-U", USER, "--clean", "--if-exists", DATABASE]);
        run("pg_dump", WANTED, &mut dump)
    }

    /// Puts a dump there.
    pub(crate) fn load(&self, dump: &str) {
        let file = self.folder.path().join("dump.sql");
        std::fs::write(&file, dump).unwrap();
        let mut psql = Command::new(program("psql"));
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", USER])
            .args(["-d", DATABASE, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"])
            .arg(&file);
        run("psql", WANTED, &mut psql);
    }

    fn ready(&mut self) {
        loop {
            self.process.must_run();
            let mut asked = Command::new(program("pg_isready"));
            asked
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .args(["-U", USER, "-d", DATABASE]);
            if asked.status().is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

const WANTED: &str = "PostgreSQL 13 or newer (Debian: apt-get install postgresql)";

/// A server's program: of the newest that Debian's packages have, or on the PATH.
fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut versions: Vec<u32> = versions
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .collect();
        versions.sort_unstable();
        let newest = versions.pop()?;
        Some(PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin")))
    });
    match folder {
        Some(folder) => folder.join(name),
        None => PathBuf::from(name),
    }
}

/// The same as somebody who may run a server.
fn as_user(name: &str) -> Command {
    if !is_root() {
        return Command::new(program(name));
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", USER, "--regid", USER, "--clear-groups", "--"])
        .arg(program(name));
    command
}

fn is_root() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(|| {
        let id = run("id", "a Unix", Command::new("id").arg("-u"));
        id.trim() == "0"
    })
}

fn server(data: &Path, port: u16, durable: bool) -> Command {
    let fsync = if durable { "fsync=on" } else { "fsync=off" };
    let mut server = as_user("postgres");
    server
        .arg("-D")
        .arg(data)
        .args(["-p", &port.to_string(), "-h", "127.0.0.1"])
        .args(["-c", "unix_socket_directories="])
        .args(["-c", "max_connections=300", "-c", fsync])
        .args(["-c", "shared_buffers=32MB", "-c", "log_min_messages=fatal"])
        .args(["-c", "log_min_error_statement=panic"]);
    server
}

/// Data with the app's roles and schemas, made once. Whoever changes them makes it anew.
fn prepared() -> PathBuf {
    let roles = project_file("deploy/postgres/roles.sql");
    let version = run(
        "initdb",
        WANTED,
        Command::new(program("initdb")).arg("--version"),
    );
    let mut hash = DefaultHasher::new();
    roles.hash(&mut hash);
    let name = format!(
        "postgres-{}-{:016x}",
        version.split_whitespace().nth(2).unwrap_or_default(),
        hash.finish()
    );
    cached(&name, |folder| {
        let made = openfolder();
        let data = made.path().join(DATA);
        let mut initdb = as_user("initdb");
        initdb
            .arg("-D")
            .arg(&data)
            .args(["-U", USER, "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C.UTF-8", "--no-sync"]);
        run("initdb", WANTED, &mut initdb);
        let port = free_port();
        let run_on = data.clone();
        let mut once = Process::start(made.path().join("log"), move || {
            server(&run_on, port, false)
        });
        while psql_try(port, "postgres", "SELECT 1").is_none() {
            once.must_run();
            std::thread::sleep(Duration::from_millis(20));
        }
        psql(port, "postgres", &format!("CREATE DATABASE {DATABASE}"));
        psql(port, DATABASE, &roles);
        for label in LABELS {
            psql(port, DATABASE, &format!("ALTER ROLE duebell_{label} LOGIN"));
        }
        once.terminate();
        while !once.has_ended() {
            std::thread::sleep(Duration::from_millis(20));
        }
        copy_as_they_are(&data, &folder.join(DATA));
    })
}

/// A folder that the server's user can get to and write to.
fn openfolder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path(), open).unwrap();
    if is_root() {
        let mut own = Command::new("chown");
        run("chown", "a Unix", own.arg(USER).arg(folder.path()));
    }
    folder
}

/// Owners and rights, too: the server looks at them.
fn copy_as_they_are(from: &Path, to: &Path) {
    run(
        "cp",
        "a Unix",
        Command::new("cp").arg("-a").arg(from).arg(to),
    );
}

fn psql(port: u16, database: &str, sql: &str) -> String {
    run("psql", WANTED, &mut psql_command(port, database, sql))
}

fn psql_try(port: u16, database: &str, sql: &str) -> Option<String> {
    let output = psql_command(port, database, sql).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn psql_command(port: u16, database: &str, sql: &str) -> Command {
    let mut psql = Command::new(program("psql"));
    psql.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-U", USER])
        .args(["-d", database, "-X", "-q", "-A", "-t", "-F", "\u{1f}"])
        .args(["-v", "ON_ERROR_STOP=1", "-c", sql]);
    psql
}
