//! The one thread that writes.

use std::fs::File;
use std::sync::{Arc, PoisonError};

use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot};

use super::log::{PARTITIONS, Shared};
use super::retention::Sweep;
use super::schema::MAX_TOPICS;
use super::topic::{Partition, Topic};
use super::{BrokerError, NewRecord, Retention, batch};
use crate::sidecar::database;

/// The most records that one transaction takes, about.
const MAX_RECORDS: usize = 8_192;

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum Command {
    /// Make a topic, if there is none of that name.
    CreateTopic {
        name: String,
        reply: oneshot::Sender<Result<Arc<Topic>, BrokerError>>,
    },
    /// Write records, all or none.
    Append {
        topic: Arc<Topic>,
        records: Vec<NewRecord>,
        reply: oneshot::Sender<Result<(), BrokerError>>,
    },
    /// Write the positions that wait.
    Flush,
    /// Look for records that are too old or too many.
    Sweep,
    /// Write what is left and end.
    Stop { reply: oneshot::Sender<()> },
}

type Append = (
    Arc<Topic>,
    Vec<NewRecord>,
    oneshot::Sender<Result<(), BrokerError>>,
);

pub(super) struct Writer {
    connection: Connection,
    /// Held as long as the writer lives.
    _lock: File,
    shared: Arc<Shared>,
    sweep: Sweep,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        lock: File,
        shared: Arc<Shared>,
        retention: Retention,
    ) -> Self {
        Self {
            connection,
            _lock: lock,
            shared,
            sweep: Sweep::new(retention),
        }
    }

    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        let mut stop = None;
        while stop.is_none() {
            let Some(first) = queue.blocking_recv() else {
                break;
            };
            let mut appends: Vec<Append> = Vec::new();
            let mut waiting = 0;
            let mut next = Some(first);
            while let Some(command) = next.take() {
                match command {
                    Command::Append {
                        topic,
                        records,
                        reply,
                    } => {
                        waiting += records.len();
                        appends.push((topic, records, reply));
                    }
                    Command::CreateTopic { name, reply } => {
                        reply.send(self.create_topic(&name)).ok();
                    }
                    Command::Flush => {}
                    Command::Sweep => self.start_sweep(),
                    Command::Stop { reply } => stop = Some(reply),
                }
                if waiting < MAX_RECORDS && stop.is_none() {
                    next = queue.try_recv().ok();
                }
            }
            self.write(appends);
            self.sweep.step(&mut self.connection);
            while stop.is_none() && queue.is_empty() && !self.sweep.is_done() {
                self.sweep.step(&mut self.connection);
            }
        }
        self.write(Vec::new());
        if let Err(error) = database::empty_journal(&self.connection) {
            tracing::debug!(%error, "the embedded log's journal stays for the next start");
        }
        drop(self);
        if let Some(reply) = stop {
            reply.send(()).ok();
        }
    }

    /// One transaction for everything that waits.
    fn write(&mut self, appends: Vec<Append>) {
        let positions = std::mem::take(&mut *self.shared.positions());
        if appends.is_empty() && positions.is_empty() {
            return;
        }
        // A publish that cannot be placed fails alone.
        let (appends, replies): (Vec<_>, Vec<_>) = appends
            .into_iter()
            .filter_map(
                |(topic, records, reply)| match batch::place(&topic, records) {
                    Ok(placed) => Some(((topic, placed), reply)),
                    Err(error) => {
                        reply.send(Err(error)).ok();
                        None
                    }
                },
            )
            .unzip();
        let outcome = match batch::commit(&mut self.connection, appends, &positions) {
            Ok(pending) => {
                batch::publish(pending);
                Ok(())
            }
            Err(error) => {
                tracing::error!(%error, "the embedded log could not write");
                let mut waiting = self.shared.positions();
                for (key, next) in positions {
                    waiting.entry(key).or_insert(next);
                }
                Err(BrokerError::from(error))
            }
        };
        for reply in replies {
            reply.send(outcome.clone()).ok();
        }
    }

    fn create_topic(&mut self, name: &str) -> Result<Arc<Topic>, BrokerError> {
        if let Some(topic) = self.shared.topic(name) {
            return Ok(topic);
        }
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let count: i64 =
            transaction.query_row("SELECT count(*) FROM topics", [], |row| row.get(0))?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        if count >= MAX_TOPICS {
            return Err(BrokerError::TooManyTopics(count));
        }
        transaction.execute(
            "INSERT INTO topics (name, partitions) VALUES (?1, ?2)",
            params![name, PARTITIONS],
        )?;
        let id = transaction.last_insert_rowid();
        for number in 0..PARTITIONS {
            transaction.execute(
                "INSERT INTO partitions VALUES (?1, ?2, 0, 0, 0)",
                params![id, number],
            )?;
        }
        transaction.commit()?;
        let partitions = (0..PARTITIONS)
            .map(|number| Partition::new(number, 0, 0, 0))
            .collect();
        let topic = Arc::new(Topic::new(id, name, partitions));
        let mut topics = self
            .shared
            .topics
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        topics.insert(topic.name.clone(), topic.clone());
        Ok(topic)
    }

    fn start_sweep(&mut self) {
        let topics = self
            .shared
            .topics
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        self.sweep.start(topics.values());
    }
}
