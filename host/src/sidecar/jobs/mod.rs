//! Jobs: calls to the app at set times, kept in one SQLite file.
//!
//! It stands for Dapr's scheduler. One thread has the file. It takes all commands that
//! wait, commits them in one transaction and only then answers them. It also hands out
//! the jobs that are due, and knows which are out; so a job is called once at a time,
//! and one whose result was not committed before a crash is called again. The runner
//! calls the app, up to 64 jobs at once, oldest first, whenever a job is due.
//!
//! ```text
//! api ──▶ request ──▶ plan ──▶ writer (jobs.db) ──due──▶ runner ──▶ app
//!                                 ▲                        │
//!                                 └────────results─────────┘
//! ```
//!
//! Where it differs from Dapr's scheduler, it is to lose nothing: while the app cannot
//! be reached or is not healthy, jobs are held, and no attempt counts.

mod data;
mod duration;
mod fields;
mod job;
mod name;
mod plan;
mod protojson;
mod request;
mod runner;
mod schedule;
mod schema;
#[cfg(test)]
mod tests;
mod ticks;
mod times;
mod writer;

pub(crate) use job::Job;
pub(crate) use name::check as check_name;
pub(crate) use plan::{Plan, plan};
pub(crate) use request::Request;
pub(crate) use runner::Runner;
pub(crate) use times::go_duration;

use std::path::Path;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};

use super::clock::Clock;
use job::FailurePolicy;
use ticks::State;
use writer::{Change, Command, Read, Reply, Writer};

/// How many commands may wait for the writer.
const WAITING: usize = 1_024;
/// The time of a job that never runs.
const NEVER: i64 = i64::MAX;

/// Why a job could not be read or written.
#[derive(Clone, Debug, Error)]
pub(crate) enum JobsError {
    /// The file could not be read or written.
    #[error("the embedded scheduler failed: {0}")]
    Storage(String),
    /// The sidecar is shutting down.
    #[error("the embedded scheduler is closed")]
    Closed,
}

impl From<rusqlite::Error> for JobsError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Storage(error.to_string())
    }
}

/// Whether a job was scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheduled {
    /// It is on disk.
    Yes,
    /// There is one of that name, which was not to be overwritten.
    Exists,
}

/// A job that is due, handed out to be called.
#[derive(Debug)]
struct Due {
    /// Of this version of the job.
    id: i64,
    name: String,
    schedule: Option<String>,
    repeats: Option<u32>,
    expires: Option<i64>,
    data: Option<String>,
    failure_policy: FailurePolicy,
    state: State,
}

/// The embedded scheduler. Cloning it is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Jobs {
    commands: mpsc::Sender<Command>,
    /// When the first job runs that is not out; never late, but it may be early.
    earliest: watch::Receiver<i64>,
    clock: Clock,
}

impl Jobs {
    /// Opens `<dir>/jobs.db`, or makes it. The folder must be there, and in use by
    /// nobody else. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// The file cannot be used.
    pub(crate) async fn open(dir: &Path, clock: Clock) -> Result<Self, JobsError> {
        let path = dir.join("jobs.db");
        let opened = tokio::task::spawn_blocking(move || {
            let connection = schema::open(&path)?;
            let earliest = schema::earliest(&connection)?;
            Ok::<_, rusqlite::Error>((connection, earliest))
        });
        let (connection, first) = opened
            .await
            .map_err(|error| JobsError::Storage(error.to_string()))??;
        let (sender, earliest) = watch::channel(first.unwrap_or(NEVER));
        let (commands, queue) = mpsc::channel(WAITING);
        let writer = Writer::new(connection, sender);
        std::thread::Builder::new()
            .name("jobs-writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(|error| JobsError::Storage(format!("no thread for it: {error}")))?;
        Ok(Self {
            commands,
            earliest,
            clock,
        })
    }

    /// The clock by which jobs run.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Schedules a job. Returns when it is on disk.
    ///
    /// # Errors
    /// The file failed, or is closed.
    pub(crate) async fn schedule(
        &self,
        name: &str,
        plan: Plan,
        overwrite: bool,
    ) -> Result<Scheduled, JobsError> {
        let name = name.to_owned();
        self.ask(|reply| {
            Command::Change(Change::Schedule {
                name,
                plan: Box::new(plan),
                overwrite,
                reply,
            })
        })
        .await
    }

    /// Deletes the job of that name, if there is one. Returns when that is on disk.
    ///
    /// # Errors
    /// The file failed, or is closed.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), JobsError> {
        let name = name.to_owned();
        self.ask(|reply| Command::Change(Change::Delete { name, reply }))
            .await
    }

    /// The job of that name.
    ///
    /// # Errors
    /// The file failed, or is closed.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Job>, JobsError> {
        let name = name.to_owned();
        self.ask(|reply| Command::Read(Read::Get { name, reply }))
            .await
    }

    /// Hands out up to `limit` jobs that are due now, oldest first. Each is out until
    /// it is settled or given back.
    async fn due(&self, limit: usize) -> Result<Vec<Due>, JobsError> {
        let now = self.clock.now_millis();
        self.ask(|reply| Command::Read(Read::Due { now, limit, reply }))
            .await
    }

    /// Says how far a job is after its call; None: it is over. It is written soon.
    async fn settle(&self, id: i64, state: Option<State>) {
        self.send(Command::Settle { id, state }).await.ok(); // Closed: it is called again.
    }

    /// Gives a job back that was not called.
    async fn give_back(&self, due: &Due) {
        let (id, next) = (due.id, due.state.next);
        self.send(Command::GiveBack { id, next }).await.ok();
    }

    /// Writes what is left to write and closes the file.
    pub(crate) async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.send(Command::Stop { reply }).await.is_ok() {
            done.await.ok();
        }
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, JobsError> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply)).await?;
        answer.await.map_err(|_| JobsError::Closed)?
    }

    async fn send(&self, command: Command) -> Result<(), JobsError> {
        self.commands
            .send(command)
            .await
            .map_err(|_| JobsError::Closed)
    }
}
