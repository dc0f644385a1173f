//! What nobody can be faster than here: an HTTP server that does nothing, SQLite that
//! commits the same rows, and a disk that takes the same bytes.

use crate::{
    harness::free_port,
    load::{Asked, Rate, send},
};
use bytes::Bytes;
use http::{Method, Response};
use http_body_util::Full;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use std::{
    convert::Infallible,
    io::Write,
    time::{Duration, Instant},
};
use tokio::net::TcpListener;

/// How large a task and its two events are as rows, about, in bytes.
const ROWS: usize = 1500;

/// The limits.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Limits {
    /// hyper, answering nothing.
    pub(crate) hello: Rate,
    /// Commits of a task's rows a second, one after the other, each on disk.
    pub(crate) commits_per_second: f64,
    /// The same with sixteen tasks in each commit: tasks a second.
    pub(crate) grouped_per_second: f64,
    /// Synced appends of a task's bytes to a file, a second.
    pub(crate) syncs_per_second: f64,
}

/// Measures them.
pub(crate) fn measure(runtime: &tokio::runtime::Runtime, lasting: Duration) -> Limits {
    let folder = tempfile::tempdir().unwrap();
    Limits {
        hello: hello(runtime, lasting),
        commits_per_second: commits(&folder.path().join("one.db"), lasting / 2, 1),
        grouped_per_second: commits(&folder.path().join("many.db"), lasting / 2, 16),
        syncs_per_second: syncs(&folder.path().join("log"), lasting / 2),
    }
}

fn hello(runtime: &tokio::runtime::Runtime, lasting: Duration) -> Rate {
    let port = free_port();
    let server = runtime.spawn(async move {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let answer =
                service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    std::thread::sleep(Duration::from_millis(100));
    let ask = |_| Asked {
        method: Method::GET,
        path: "/".to_owned(),
        token: "none".to_owned(),
        content_type: "application/json",
        body: String::new(),
        status: 200,
    };
    let rate = send(port, lasting, ask, |_| {});
    server.abort();
    rate
}

fn commits(file: &std::path::Path, lasting: Duration, tasks: usize) -> f64 {
    let mut database = rusqlite::Connection::open(file).unwrap();
    database
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE tasks (id INTEGER PRIMARY KEY, user_id TEXT, data TEXT);
             CREATE INDEX of_user ON tasks (user_id, id);
             CREATE TABLE outbox (number INTEGER PRIMARY KEY, user_id TEXT, data TEXT);",
        )
        .unwrap();
    let data = "x".repeat(ROWS / 3);
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < lasting {
        let transaction = database.transaction().unwrap();
        for task in 0..tasks {
            let user = format!("user-{}", (done + task) % 64);
            for statement in [
                "INSERT INTO tasks (user_id, data) VALUES (?1, ?2)",
                "INSERT INTO outbox (user_id, data) VALUES (?1, ?2)",
                "INSERT INTO outbox (user_id, data) VALUES (?1, ?2)",
            ] {
                let mut statement = transaction.prepare_cached(statement).unwrap();
                statement.execute((&user, &data)).unwrap();
            }
        }
        transaction.commit().unwrap();
        done += tasks;
    }
    done as f64 / start.elapsed().as_secs_f64()
}

fn syncs(file: &std::path::Path, lasting: Duration) -> f64 {
    let mut file = std::fs::File::create(file).unwrap();
    let data = vec![b'x'; ROWS];
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < lasting {
        file.write_all(&data).unwrap();
        file.sync_data().unwrap();
        done += 1;
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}
