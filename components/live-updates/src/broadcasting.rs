//! Giving the log to the proxy that holds the WebSockets: in order, by one instance
//! at a time, and only what is of users who have a WebSocket open.
//!
//! What is given twice after a crash, clients know by its number.

use bytes::Bytes;
use chrono::TimeDelta;
use duebell_dapr::Transport;
use duebell_edge::{Spawn, Taken, Turn};
use duebell_grip::publish::{self, Item, MOST_BODY, Published};
use duebell_service::{Clock, Entropy, Logger, auth::SharedSecret, uuid_v4};
use duebell_store::{Db, Error, Store};
use duebell_updates::{broadcasts, channel, connections, log, message};
use std::{collections::BTreeSet, rc::Rc};

/// How many updates are read at once.
const BATCH: usize = 200;

/// Whose updates are looked for at once at most.
const STEP: i64 = 500;

/// What an update needs in a request beside its text, in bytes.
const ENVELOPE: usize = 200;

/// How long a lease lasts, in milliseconds: longer than a request. What a killed instance held waits for
/// this long.
const LEASE: i64 = 8_000;

/// How long the token that is shown to the proxy is valid, in seconds.
const TOKEN: i64 = 60;

/// By what name Duebell signs.
const ISSUER: &str = "duebell";

/// The proxy that holds the WebSockets.
pub struct Proxy {
    /// Its control endpoint: an origin.
    pub origin: String,
    /// What both of them sign with.
    pub key: SharedSecret,
}

/// Gives the log to the proxy. One for each instance.
pub(crate) struct Broadcaster<T> {
    store: Store,
    proxy: Proxy,
    transport: T,
    clock: Rc<dyn Clock>,
    logger: Logger,
    holder: String,
    turn: Rc<Turn>,
}

/// A part of the log.
struct Part {
    items: Vec<Item>,
    /// Up to where it goes.
    through: i64,
}

impl<T: Transport + 'static> Broadcaster<T> {
    pub(crate) fn new(
        store: Store,
        proxy: Proxy,
        transport: T,
        clock: Rc<dyn Clock>,
        entropy: &dyn Entropy,
        logger: Logger,
    ) -> Self {
        Self {
            store,
            proxy,
            transport,
            clock,
            logger,
            holder: uuid_v4(entropy).to_string(),
            turn: Rc::default(),
        }
    }

    /// Broadcasts after the answer, unless this instance is at it, which then looks
    /// again. Not durable, and need not be: the sweep calls it as well.
    pub(crate) fn broadcast_in_background(self: &Rc<Self>, spawn: &Spawn) {
        let Some(taken) = self.turn.call() else {
            return;
        };
        let broadcaster = Rc::clone(self);
        spawn(Box::pin(async move {
            if let Err(error) = broadcaster.run(&taken).await {
                // Another instance need not wait for the lease to run out.
                let store = &broadcaster.store;
                let _ = store
                    .write(async |tx| broadcasts::give_up(tx, &broadcaster.holder).await)
                    .await;
                let cause = [("cause", error.to_string().into())];
                broadcaster.logger.error("no broadcast was made", &cause);
            }
        }));
    }

    async fn run(&self, taken: &Taken) -> Result<(), Error> {
        loop {
            taken.look();
            let now = self.now();
            let due = self
                .store
                .read(async |db| broadcasts::are_due(db, now).await);
            if due.await? && !self.broadcast().await? {
                return Ok(());
            }
            if !taken.is_called() {
                return Ok(());
            }
        }
    }

    /// Broadcasts all there is. False: there is no use in trying again at once.
    async fn broadcast(&self) -> Result<bool, Error> {
        let Some(mut position) = self.acquire().await? else {
            // Whoever has the lease sees what this one would have.
            return Ok(false);
        };
        loop {
            let now = self.now();
            let part = self
                .store
                .read(async |db| part(db, now, position).await)
                .await?;
            if let Err(why) = self.publish(part.items).await {
                self.logger.warn(
                    "the proxy of the WebSockets took no broadcast: see grip_url and grip_key",
                    &[("why", why.into())],
                );
                self.store
                    .write(async |tx| broadcasts::give_up(tx, &self.holder).await)
                    .await?;
                return Ok(false);
            }
            position = part.through;
            let until = self.now() + LEASE;
            let goes_on = self
                .store
                .write(async |tx| {
                    if !broadcasts::advance(tx, &self.holder, position).await? {
                        return Ok::<_, Error>(false);
                    }
                    if broadcasts::release(tx, &self.holder, position).await? {
                        return Ok(false);
                    }
                    let held = broadcasts::acquire(tx, &self.holder, self.now(), until).await?;
                    Ok(held.is_some())
                })
                .await?;
            if !goes_on {
                return Ok(true);
            }
        }
    }

    async fn acquire(&self) -> Result<Option<i64>, Error> {
        let now = self.now();
        self.store
            .write(async |tx| broadcasts::acquire(tx, &self.holder, now, now + LEASE).await)
            .await
    }

    /// Publishes these, in one request.
    async fn publish(&self, items: Vec<Item>) -> Result<(), String> {
        if items.is_empty() {
            return Ok(());
        }
        let lifetime = TimeDelta::seconds(TOKEN);
        let token = self
            .proxy
            .key
            .sign(ISSUER, self.clock.now(), lifetime)
            .map_err(|error| error.to_string())?;
        let request = publish::request(&self.proxy.origin, &token, &Published { items })
            .map_err(|error| error.to_string())?;
        let answer = self.transport.send(request).await;
        let answer = answer.map_err(|error| error.to_string())?;
        if answer.status().is_success() {
            return Ok(());
        }
        let body: &Bytes = answer.body();
        let said: String = String::from_utf8_lossy(body).chars().take(200).collect();
        Err(format!("{}: {said}", answer.status()))
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

/// What comes after a position, for those who have a WebSocket open.
async fn part(db: &Db<'_>, now: i64, position: i64) -> Result<Part, Error> {
    let through = log::end(db).await?.min(position + STEP);
    let users = log::users_between(db, position, through).await?;
    let users: BTreeSet<&str> = users.iter().map(String::as_str).collect();
    let there = connections::with_websockets(db, now, &users).await?;
    if there.is_empty() {
        return Ok(Part {
            items: Vec::new(),
            through,
        });
    }
    let there = there.iter().map(String::as_str);
    let entries = log::between(db, position, through, there, BATCH).await?;
    let is_whole = entries.len() < BATCH;
    let mut length = 0;
    let mut last = position;
    let mut items = Vec::new();
    for entry in &entries {
        let text = message::update(entry.number, &entry.event);
        // A text within JSON may be twice as long, and has its envelope.
        let long = ENVELOPE + 2 * text.len();
        if length + long > MOST_BODY && !items.is_empty() {
            return Ok(Part {
                items,
                through: last,
            });
        }
        last = entry.position;
        // One that no request can hold is left out: clients see that a number is
        // missing, and ask.
        if long <= MOST_BODY {
            length += long;
            items.push(Item::text(channel(&entry.user_id), text));
        }
    }
    Ok(Part {
        items,
        through: if is_whole { through } else { last },
    })
}
