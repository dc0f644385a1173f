//! The one thread that has the file.

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot, watch};

use super::job::Job;
use super::plan::Plan;
use super::ticks::State;
use super::{Due, JobsError, NEVER, Scheduled, schema};
use crate::sidecar::database;

/// The most commands that one transaction takes.
const MAX_COMMANDS: usize = 4_096;
/// How long to wait before results are written again that could not be.
const AGAIN: Duration = Duration::from_secs(1);

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, JobsError>>;

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum Command {
    /// Change which jobs there are.
    Change(Change),
    /// Look at them.
    Read(Read),
    /// Write how far a job is that was out. None: it is over.
    Settle { id: i64, state: Option<State> },
    /// Take a job back that was out and not called.
    GiveBack { id: i64, next: i64 },
    /// Write what is left and end.
    Stop { reply: oneshot::Sender<()> },
}

/// A change, answered when it is on disk.
#[derive(Debug)]
pub(super) enum Change {
    /// Schedule a job.
    Schedule {
        name: String,
        plan: Box<Plan>,
        overwrite: bool,
        reply: Reply<Scheduled>,
    },
    /// Delete the job of that name.
    Delete { name: String, reply: Reply<()> },
}

/// A question, answered after the changes before it.
#[derive(Debug)]
pub(super) enum Read {
    /// What the job of that name is.
    Get {
        name: String,
        reply: Reply<Option<Job>>,
    },
    /// Which jobs are due. They are out from then on.
    Due {
        now: i64,
        limit: usize,
        reply: Reply<Vec<Due>>,
    },
}

pub(super) struct Writer {
    connection: Connection,
    /// The jobs that were handed out.
    out: HashSet<i64>,
    earliest: watch::Sender<i64>,
    /// Results that are not on disk yet.
    settled: Vec<(i64, Option<State>)>,
}

impl Writer {
    pub(super) fn new(connection: Connection, earliest: watch::Sender<i64>) -> Self {
        Self {
            connection,
            out: HashSet::new(),
            earliest,
            settled: Vec::new(),
        }
    }

    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        let mut stop = None;
        let mut is_open = true;
        while is_open && stop.is_none() {
            let first = if self.settled.is_empty() {
                queue.blocking_recv().ok_or(TryRecvError::Disconnected)
            } else {
                // The last transaction failed, on a full disk say.
                std::thread::sleep(AGAIN);
                queue.try_recv()
            };
            let mut changes = Vec::new();
            let mut reads = Vec::new();
            let mut next = first;
            for left in (0..MAX_COMMANDS).rev() {
                match next {
                    Ok(Command::Change(change)) => changes.push(change),
                    Ok(Command::Read(read)) => reads.push(read),
                    Ok(Command::Settle { id, state }) => self.settled.push((id, state)),
                    Ok(Command::GiveBack { id, next }) => self.give_back(id, next),
                    Ok(Command::Stop { reply }) => {
                        stop = Some(reply);
                        break;
                    }
                    Err(error) => {
                        is_open = error == TryRecvError::Empty;
                        break;
                    }
                }
                if left == 0 {
                    break; // The next command is for the next transaction.
                }
                next = queue.try_recv();
            }
            self.write(changes);
            for read in reads {
                self.answer(read);
            }
        }
        if let Err(error) = database::empty_journal(&self.connection) {
            tracing::debug!(%error, "the jobs' journal stays for the next start");
        }
        drop(self);
        if let Some(reply) = stop {
            reply.send(()).ok();
        }
    }

    /// One transaction for everything that waits.
    fn write(&mut self, changes: Vec<Change>) {
        if changes.is_empty() && self.settled.is_empty() {
            return;
        }
        match self.commit(&changes) {
            Ok(outcomes) => {
                for (id, state) in std::mem::take(&mut self.settled) {
                    self.out.remove(&id);
                    self.not_later_than(state.map_or(NEVER, |state| state.next));
                }
                for (change, outcome) in changes.into_iter().zip(outcomes) {
                    self.done(change, outcome);
                }
            }
            Err(error) => {
                tracing::error!(%error, "the jobs could not be written");
                let error = JobsError::from(error);
                for change in changes {
                    match change {
                        Change::Schedule { reply, .. } => reply.send(Err(error.clone())).ok(),
                        Change::Delete { reply, .. } => reply.send(Err(error.clone())).ok(),
                    };
                }
            }
        }
    }

    fn commit(&mut self, changes: &[Change]) -> rusqlite::Result<Vec<Scheduled>> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (id, state) in &self.settled {
            schema::settle(&transaction, *id, *state)?;
        }
        let outcomes: rusqlite::Result<Vec<Scheduled>> = changes
            .iter()
            .map(|change| match change {
                Change::Schedule {
                    name,
                    plan,
                    overwrite,
                    ..
                } => schema::schedule(&transaction, name, plan, *overwrite),
                Change::Delete { name, .. } => {
                    schema::delete(&transaction, name).map(|()| Scheduled::Yes)
                }
            })
            .collect();
        let outcomes = outcomes?;
        transaction.commit()?;
        Ok(outcomes)
    }

    /// Tells who asked for it, and the runner.
    fn done(&self, change: Change, outcome: Scheduled) {
        match change {
            Change::Schedule { plan, reply, .. } => {
                if let Some(first) = plan.first.filter(|_| outcome == Scheduled::Yes) {
                    self.not_later_than(first.next);
                }
                reply.send(Ok(outcome)).ok();
            }
            Change::Delete { reply, .. } => {
                reply.send(Ok(())).ok();
            }
        }
    }

    fn answer(&mut self, read: Read) {
        match read {
            Read::Get { name, reply } => {
                let job = schema::get(&self.connection, &name);
                reply.send(job.map_err(JobsError::from)).ok();
            }
            Read::Due { now, limit, reply } => {
                let due =
                    schema::due(&self.connection, now, limit, &self.out).map(|(due, next)| {
                        self.out.extend(due.iter().map(|due| due.id));
                        self.earliest.send_replace(next.unwrap_or(NEVER));
                        due
                    });
                if let Err(Ok(due)) = reply.send(due.map_err(JobsError::from)) {
                    // Nobody waits for them any more.
                    for due in due {
                        self.give_back(due.id, due.state.next);
                    }
                }
            }
        }
    }

    fn give_back(&mut self, id: i64, next: i64) {
        self.out.remove(&id);
        self.not_later_than(next);
    }

    /// A job runs then, perhaps before all others.
    fn not_later_than(&self, next: i64) {
        self.earliest.send_if_modified(|earliest| {
            let is_earlier = next < *earliest;
            *earliest = next.min(*earliest);
            is_earlier
        });
    }
}
