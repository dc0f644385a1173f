//! The log as the rest of the sidecar sees it.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::reader::Reader;
use super::schema::{MAX_TOPICS, open_writer};
use super::topic::{Partition, Topic};
use super::writer::{Command, Writer};
use super::{BrokerError, NewRecord, Record, Retention};

/// How many partitions a new topic has.
pub(crate) const PARTITIONS: u32 = 2;
/// How many commands may wait for the writer.
const WAITING: usize = 1_024;
/// How long a position may wait for a transaction.
const TICK: Duration = Duration::from_millis(100);

/// A position that was not written yet: (group, topic, partition).
pub(super) type PositionKey = (Arc<str>, i64, u32);

/// What the writer and everyone else share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) topics: RwLock<HashMap<Arc<str>, Arc<Topic>>>,
    pub(super) positions: Mutex<HashMap<PositionKey, i64>>,
}

impl Shared {
    pub(super) fn topic(&self, name: &str) -> Option<Arc<Topic>> {
        let topics = self.topics.read().unwrap_or_else(PoisonError::into_inner);
        topics.get(name).cloned()
    }

    pub(super) fn positions(&self) -> MutexGuard<'_, HashMap<PositionKey, i64>> {
        self.positions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The embedded log. Cloning it is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Broker {
    shared: Arc<Shared>,
    reader: Arc<Reader>,
    commands: mpsc::Sender<Command>,
}

impl Broker {
    /// Opens `<dir>/broker.db`, or makes it. Must be called on a tokio runtime.
    ///
    /// # Errors
    /// The folder or the file cannot be used, or another process uses them.
    pub(crate) async fn open(dir: &Path, retention: Retention) -> Result<Self, BrokerError> {
        let path = dir.join("broker.db");
        let storage = |what: &str, error: std::io::Error| {
            BrokerError::Storage(format!("{}: {what}: {error}", dir.display()))
        };
        std::fs::create_dir_all(dir).map_err(|error| storage("cannot be made", error))?;
        let lock = File::create(dir.join("broker.lock"))
            .map_err(|error| storage("cannot be written", error))?;
        lock.try_lock().map_err(|_| {
            BrokerError::Storage(format!(
                "{}: another sidecar is using this folder",
                dir.display()
            ))
        })?;
        let opened = path.clone();
        let (connection, topics) = tokio::task::spawn_blocking(move || {
            let connection = open_writer(&opened)?;
            let topics = load_topics(&connection)?;
            Ok::<_, BrokerError>((connection, topics))
        })
        .await
        .map_err(|error| BrokerError::Storage(error.to_string()))??;
        let shared = Arc::new(Shared {
            topics: RwLock::new(topics),
            positions: Mutex::default(),
        });
        let (commands, queue) = mpsc::channel(WAITING);
        let writer = Writer::new(connection, lock, shared.clone(), retention);
        std::thread::Builder::new()
            .name("broker-writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(|error| storage("no thread for it", error))?;
        tokio::spawn(tick(
            commands.clone().downgrade(),
            shared.clone(),
            retention.every,
        ));
        let reader = Arc::new(Reader::new(&path));
        Ok(Self {
            shared,
            reader,
            commands,
        })
    }

    /// The topic of that name, made if need be.
    ///
    /// # Errors
    /// The name is not valid, there are too many topics, or the file failed.
    pub(crate) async fn topic(&self, name: &str) -> Result<Arc<Topic>, BrokerError> {
        if let Some(topic) = self.shared.topic(name) {
            return Ok(topic);
        }
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.is_empty()
            || name.len() > 249
            || !name.chars().all(letters)
            || matches!(name, "." | "..")
        {
            return Err(BrokerError::TopicName(name.to_owned()));
        }
        let (reply, answer) = oneshot::channel();
        self.send(Command::CreateTopic {
            name: name.to_owned(),
            reply,
        })
        .await?;
        answer.await.map_err(|_| BrokerError::Closed)?
    }

    /// All topics.
    pub(crate) fn topics(&self) -> Vec<Arc<Topic>> {
        let topics = self
            .shared
            .topics
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        topics.values().cloned().collect()
    }

    /// Writes records to a topic, all or none. Returns when they are on disk.
    ///
    /// # Errors
    /// A record is too large or for no partition, or the file failed.
    pub(crate) async fn append(
        &self,
        topic: &str,
        records: Vec<NewRecord>,
    ) -> Result<(), BrokerError> {
        for record in &records {
            record.check()?;
        }
        let topic = self.topic(topic).await?;
        let (reply, answer) = oneshot::channel();
        self.send(Command::Append {
            topic,
            records,
            reply,
        })
        .await?;
        answer.await.map_err(|_| BrokerError::Closed)?
    }

    /// Up to about `max` records of a partition from `from` on; waits until there is
    /// one. The first may be later than asked for, if retention was faster.
    ///
    /// # Errors
    /// No such partition, or the file failed.
    pub(crate) async fn fetch(
        &self,
        topic: &Topic,
        partition: u32,
        from: i64,
        max: usize,
    ) -> Result<Vec<Arc<Record>>, BrokerError> {
        let part = topic.partition(partition)?;
        let mut end = part.end.subscribe();
        end.wait_for(|end| *end > from)
            .await
            .map_err(|_| BrokerError::Closed)?;
        let from = from.max(part.first.load(Ordering::Acquire));
        if let Some(records) = part.tail().from(from, max)
            && !records.is_empty()
        {
            return Ok(records);
        }
        self.reader.records(topic.id, partition, from, max).await
    }

    /// The next offset that a group wants of a partition. A new group gets
    /// `oldest` or the end, and that is remembered.
    ///
    /// # Errors
    /// No such partition, or the file failed.
    pub(crate) async fn position(
        &self,
        group: &Arc<str>,
        topic: &Topic,
        partition: u32,
        oldest: bool,
    ) -> Result<i64, BrokerError> {
        let key = (group.clone(), topic.id, partition);
        if let Some(next) = self.shared.positions().get(&key) {
            return Ok(*next);
        }
        if let Some(next) = self.reader.position(group, topic.id, partition).await? {
            return Ok(next);
        }
        let part = topic.partition(partition)?;
        let start = if oldest {
            part.first.load(Ordering::Acquire)
        } else {
            *part.end.borrow()
        };
        self.commit(group, topic, partition, start);
        Ok(start)
    }

    /// Remembers the next offset that a group wants; written within 100 ms.
    pub(crate) fn commit(&self, group: &Arc<str>, topic: &Topic, partition: u32, next: i64) {
        let key = (group.clone(), topic.id, partition);
        self.shared.positions().insert(key, next);
    }

    /// Writes what is left to write and closes the file.
    pub(crate) async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.send(Command::Stop { reply }).await.is_ok() {
            done.await.ok();
        }
    }

    async fn send(&self, command: Command) -> Result<(), BrokerError> {
        self.commands
            .send(command)
            .await
            .map_err(|_| BrokerError::Closed)
    }
}

/// Wakes the writer while positions wait, and for retention. Ends with the broker.
async fn tick(commands: mpsc::WeakSender<Command>, shared: Arc<Shared>, retention_every: Duration) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last_retention = tokio::time::Instant::now();
    loop {
        let now = ticks.tick().await;
        let retention = now.duration_since(last_retention) >= retention_every;
        if retention {
            last_retention = now;
        }
        let waiting = !shared.positions().is_empty();
        let Some(commands) = commands.upgrade() else {
            return;
        };
        if commands.is_closed() {
            return;
        }
        if retention {
            commands.send(Command::Sweep).await.ok();
        } else if waiting {
            commands.try_send(Command::Flush).ok(); // A full queue is a writer that is awake.
        }
    }
}

fn load_topics(connection: &Connection) -> Result<HashMap<Arc<str>, Arc<Topic>>, BrokerError> {
    let mut topics = HashMap::new();
    let mut statement = connection.prepare("SELECT id, name, partitions FROM topics")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, name, count): (i64, String, u32) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let mut partitions = Vec::new();
        for number in 0..count {
            let (first, end, bytes) = connection.query_row(
                "SELECT first_offset, next_offset, bytes FROM partitions WHERE topic = ?1 AND partition = ?2",
                (id, number),
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            partitions.push(Partition::new(number, first, end, bytes));
        }
        let topic = Arc::new(Topic::new(id, &name, partitions));
        topics.insert(topic.name.clone(), topic);
    }
    if topics.len() > MAX_TOPICS {
        return Err(BrokerError::TooManyTopics(topics.len()));
    }
    Ok(topics)
}
