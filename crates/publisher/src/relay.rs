//! The relay: publishes what the outbox holds, in order, one relay at a time.

use crate::{
    PUBSUB, cloud_event,
    rounds::{Bulk, rounds},
};
use duebell_dapr::{BulkEntry, BulkOutcome, Sidecar, Transport};
use duebell_edge::{Sleep, Taken, Turn};
use duebell_service::{Clock, Entropy, uuid_v4};
use duebell_store::{
    Error, Store, Tx,
    outbox::{self, StoredEvent, failure, lease},
};
use futures::future::join_all;
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

/// How many rows are read at once.
const BATCH: u32 = 500;

/// How long a lease lasts, in milliseconds. What a killed relay held waits for
/// this long.
const LEASE: i64 = 8_000;

/// How long a publish may take, in milliseconds; the transport must not wait
/// longer. A relay whose lease would end before that does not begin.
const PUBLISH: i64 = 4_000;

/// How many rows are so few that the next are not waited for: somebody makes a change
/// now and then, and may be watching for it.
const FEW: usize = 8;

/// How many rows make it worth going on at once. Between the two the relay waits a
/// little for more, so that many small changes do not make many small calls.
const MANY: usize = 100;

/// How long that is.
const LINGER: Duration = Duration::from_millis(10);

/// How many rows a sweep forgets at most.
const PRUNE: u32 = 500;

/// How long a published row stays, in milliseconds: seven days.
const KEEP: i64 = 7 * 24 * 3600 * 1000;

/// What a run of the relay came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relayed {
    /// Another relay holds the lease. It will see what this one would have.
    AnotherAtWork,
    /// The outbox is empty; this many events were published.
    Drained(usize),
    /// Some events could not be published; a later run tries again.
    Stopped {
        /// How many were.
        published: usize,
        /// Why it stopped.
        why: String,
    },
}

/// Publishes a component's outbox. One for each instance.
pub struct Relay<T> {
    pub(crate) store: Store,
    sidecar: Rc<Sidecar<T>>,
    source: &'static str,
    pub(crate) clock: Rc<dyn Clock>,
    sleep: Sleep,
    holder: String,
    turn: Rc<Turn>,
}

impl<T: Transport> Relay<T> {
    /// A relay of this store's outbox; `source` becomes the CloudEvents source.
    /// The sidecar's transport must give up after four seconds.
    pub fn new(
        store: Store,
        sidecar: Rc<Sidecar<T>>,
        source: &'static str,
        clock: Rc<dyn Clock>,
        sleep: Sleep,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            store,
            sidecar,
            source,
            clock,
            sleep,
            holder: uuid_v4(entropy).to_string(),
            turn: Rc::default(),
        }
    }

    /// Says that something was committed. If it gives the turn, call [`run`] in the
    /// background; otherwise one of this instance is running and will look again.
    ///
    /// [`run`]: Self::run
    pub fn wake(&self) -> Option<Taken> {
        self.turn.call()
    }

    /// Publishes until the outbox is empty or the broker refuses.
    ///
    /// # Errors
    /// The database's. What was not published stays in the outbox.
    pub async fn run(&self, taken: &Taken) -> Result<Relayed, Error> {
        let mut published = 0;
        loop {
            match self.relay(taken, &mut published).await? {
                // Whoever commits while the lease is another's need not be
                // looked for, see `lease`; whoever did since it was released
                // relies on this run.
                Relayed::Drained(_) if taken.is_called() => {}
                outcome => return Ok(outcome),
            }
        }
    }

    /// The same for whoever need not wait for the outcome. While another relay is at work, it
    /// looks once for all who commit within a little while.
    pub(crate) async fn run_in_background(&self, taken: &Taken) -> Result<Relayed, Error> {
        loop {
            let relayed = self.run(taken).await?;
            if relayed != Relayed::AnotherAtWork {
                return Ok(relayed);
            }
            (self.sleep)(LINGER).await;
            if !taken.is_called() {
                return Ok(relayed);
            }
        }
    }

    /// Runs, and forgets what is over: what was published long ago, and that publishing
    /// failed. For a cron binding.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self) -> Result<Relayed, Error> {
        let outcome = match self.turn.take() {
            Some(taken) => self.run(&taken).await?,
            None => Relayed::AnotherAtWork,
        };
        if self
            .store
            .read(async |db| failure::is_over(db).await)
            .await?
        {
            self.store
                .write(async |tx| failure::forget(tx).await)
                .await?;
        }
        let before = self.now() - KEEP;
        let oldest = self
            .store
            .read(async |db| outbox::oldest_published_at(db).await)
            .await?;
        if oldest.is_some_and(|published_at| published_at < before) {
            self.store
                .write(async |tx| outbox::prune(tx, before, PRUNE).await)
                .await?;
        }
        Ok(outcome)
    }

    async fn relay(&self, taken: &Taken, published: &mut usize) -> Result<Relayed, Error> {
        let now = self.now();
        taken.look();
        match self
            .store
            .read(async |db| lease::look(db, now, now + LEASE).await)
            .await?
        {
            lease::Look::Taken => return Ok(Relayed::AnotherAtWork),
            lease::Look::NothingToDo => return Ok(Relayed::Drained(*published)),
            lease::Look::Free => {}
        }
        let mut until = self.now() + LEASE;
        if !self
            .store
            .write(async |tx| self.hold(tx, until).await)
            .await?
        {
            return Ok(Relayed::AnotherAtWork);
        }
        loop {
            let batch = self
                .store
                .read(async |db| outbox::unpublished(db, BATCH).await)
                .await?;
            if batch.is_empty() {
                taken.look();
                match self
                    .store
                    .write(async |tx| lease::release(tx, &self.holder).await)
                    .await?
                {
                    lease::Release::Released => return Ok(Relayed::Drained(*published)),
                    lease::Release::MoreToDo => continue,
                }
            }
            let lingers = (FEW..MANY).contains(&batch.len());
            for round in rounds(batch) {
                let now = self.now();
                if now + PUBLISH >= until || now + LEASE < until {
                    // Another may have taken over; what it sent must not be
                    // sent again after it. (If the clock was set back, nobody knows
                    // how much of the lease is left.)
                    return Ok(stopped(*published, "the lease ran out"));
                }
                let sent = self.publish(round).await;
                until = self.now() + LEASE;
                let held = self
                    .store
                    .write(async |tx| {
                        outbox::mark_published(tx, self.now(), &sent.published).await?;
                        if sent.failure.is_some() {
                            failure::note(tx, self.now()).await?;
                            lease::give_up(tx, &self.holder).await?;
                            return Ok(false);
                        }
                        self.hold(tx, until).await
                    })
                    .await?;
                *published += sent.published.len();
                if let Some(why) = sent.failure {
                    return Ok(stopped(*published, &why));
                }
                if !held {
                    return Ok(stopped(*published, "another relay took over"));
                }
            }
            if lingers {
                (self.sleep)(LINGER).await;
            }
        }
    }

    async fn hold(&self, tx: &Tx<'_>, until: i64) -> Result<bool, Error> {
        lease::acquire(tx, &self.holder, self.now(), until).await
    }

    /// Publishes one round: its bulk calls side by side.
    async fn publish(&self, round: Vec<Bulk>) -> Sent {
        let mut sent = Sent::default();
        for outcome in join_all(round.into_iter().map(|bulk| self.publish_bulk(bulk))).await {
            sent.published.extend(outcome.published);
            sent.failure = sent.failure.or(outcome.failure);
        }
        sent
    }

    async fn publish_bulk(&self, bulk: Bulk) -> Sent {
        let Some(topic) = bulk.first().map(|stored| stored.event.topic.clone()) else {
            return Sent::default();
        };
        let numbers: BTreeMap<String, i64> = bulk
            .iter()
            .map(|stored| (stored.number.to_string(), stored.number))
            .collect();
        let entries: Result<Vec<BulkEntry>, _> =
            bulk.iter().map(|stored| self.entry(stored)).collect();
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                return Sent::nothing(format!("an event in the outbox is no JSON: {error}"));
            }
        };
        match self.sidecar.bulk_publish(PUBSUB, &topic, &entries).await {
            Ok(BulkOutcome::AllPublished) => Sent {
                published: numbers.into_values().collect(),
                failure: None,
            },
            Ok(BulkOutcome::Failed(failed)) => {
                let ids: BTreeSet<&str> =
                    failed.iter().map(|entry| entry.entry_id.as_str()).collect();
                Sent {
                    published: numbers
                        .iter()
                        .filter(|(id, _)| !ids.contains(id.as_str()))
                        .map(|(_, number)| *number)
                        .collect(),
                    failure: Some(failed.first().map_or_else(
                        || "the broker refused".to_owned(),
                        |entry| entry.error.clone(),
                    )),
                }
            }
            Err(error) => Sent::nothing(error.to_string()),
        }
    }

    fn entry(&self, stored: &StoredEvent) -> Result<BulkEntry, serde_json::Error> {
        Ok(BulkEntry {
            entry_id: stored.number.to_string(),
            content_type: "application/cloudevents+json".to_owned(),
            event: cloud_event(self.source, stored)?.into(),
            metadata: vec![("partitionKey".to_owned(), stored.event.user_id.clone())],
        })
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

fn stopped(published: usize, why: &str) -> Relayed {
    Relayed::Stopped {
        published,
        why: why.to_owned(),
    }
}

/// What came of some events.
#[derive(Default)]
struct Sent {
    /// The rows that the broker has.
    published: Vec<i64>,
    /// Why it does not have the others.
    failure: Option<String>,
}

impl Sent {
    fn nothing(why: String) -> Self {
        Self {
            published: Vec::new(),
            failure: Some(why),
        }
    }
}
