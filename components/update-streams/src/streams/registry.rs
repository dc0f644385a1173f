//! The streams of an instance, and what each has still to be told.

use super::{Streams, frames};
use duebell_store::Bell;
use duebell_updates::{connections::Connection, log::Entry};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// How many updates wait for a stream at most. One that is further behind reads the
/// log again.
const MOST_WAITING: usize = 200;

/// Those who listen.
#[derive(Default)]
pub(super) struct Registry {
    next: u64,
    listeners: BTreeMap<u64, Listener>,
    by_user: BTreeMap<String, BTreeSet<u64>>,
}

struct Listener {
    connection: Connection,
    /// It is open, and no longer or not yet on its way.
    is_open: bool,
    waiting: Vec<Rc<Frame>>,
    /// The log may hold more than what waits.
    must_look: bool,
    ended: Option<Ended>,
    /// Wakes the stream.
    bell: Option<Bell>,
}

/// An update as a stream sends it.
pub(super) struct Frame {
    pub(super) number: i64,
    pub(super) text: String,
}

/// What a stream hears.
pub(super) enum News {
    /// These came, in order.
    Updates(Vec<Rc<Frame>>),
    /// There may be more in the log.
    LookAgain,
    /// The stream has to end.
    Ended(Ended),
}

/// Why a stream has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The server stops.
    Drained,
    /// Its user was erased.
    UserErased,
}

impl Registry {
    pub(super) fn is_empty(&self) -> bool {
        self.listeners.is_empty()
    }

    /// Users who listen.
    pub(super) fn users(&self) -> Vec<String> {
        self.by_user.keys().cloned().collect()
    }

    /// Tells all streams of an update's user.
    pub(super) fn tell(&mut self, entry: &Entry) {
        let Some(ids) = self.by_user.get(&entry.user_id) else {
            return;
        };
        let frame = Rc::new(Frame {
            number: entry.number,
            text: frames::update(entry.number, &entry.event),
        });
        for id in ids {
            if let Some(listener) = self.listeners.get_mut(id) {
                if listener.waiting.len() >= MOST_WAITING {
                    listener.waiting.clear();
                    listener.must_look = true;
                } else if !listener.must_look {
                    listener.waiting.push(Rc::clone(&frame));
                }
                listener.bell = None;
            }
        }
    }

    /// Has all streams look at the log again.
    pub(super) fn look_again(&mut self) {
        for listener in self.listeners.values_mut() {
            listener.must_look = true;
            listener.bell = None;
        }
    }

    /// Has all streams end.
    pub(super) fn drain(&mut self) {
        for listener in self.listeners.values_mut() {
            listener.ended.get_or_insert(Ended::Drained);
            listener.bell = None;
        }
    }

    /// Has all streams of these users end, who were erased.
    pub(super) fn end(&mut self, users: &BTreeSet<&str>) {
        let of_users = |listener: &&mut Listener| {
            let user_id = listener.connection.user_id.as_str();
            users.contains(user_id)
        };
        for listener in self.listeners.values_mut().filter(of_users) {
            listener.is_open = false;
            listener.ended = Some(Ended::UserErased);
            listener.bell = None;
        }
    }

    /// Those that are open, and the ids of those that are on their way.
    pub(super) fn connections(&self) -> (Vec<Connection>, Vec<String>) {
        let (open, others): (Vec<&Listener>, Vec<&Listener>) = self
            .listeners
            .values()
            .partition(|listener| listener.is_open);
        (
            open.iter().map(|one| one.connection.clone()).collect(),
            others.iter().map(|one| one.connection.id.clone()).collect(),
        )
    }

    fn join(&mut self, connection: Connection) -> u64 {
        let id = self.next;
        self.next += 1;
        self.by_user
            .entry(connection.user_id.clone())
            .or_default()
            .insert(id);
        let listener = Listener {
            connection,
            is_open: false,
            waiting: Vec::new(),
            must_look: false,
            ended: None,
            bell: None,
        };
        self.listeners.insert(id, listener);
        id
    }

    fn leave(&mut self, id: u64) {
        let Some(listener) = self.listeners.remove(&id) else {
            return;
        };
        let user_id = &listener.connection.user_id;
        if let Some(ids) = self.by_user.get_mut(user_id) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_user.remove(user_id);
            }
        }
    }
}

/// A stream's place among those who listen, until this is dropped.
pub(crate) struct Listening {
    streams: Rc<Streams>,
    id: u64,
}

impl Listening {
    /// From now on the poller tells of this user's updates. What the log holds already
    /// has to be read after this.
    pub(crate) fn begin(streams: &Rc<Streams>, connection: &Connection) -> Self {
        Self {
            streams: Rc::clone(streams),
            id: streams.registry.borrow_mut().join(connection.clone()),
        }
    }

    /// From now on it is open, or no longer.
    pub(crate) fn set_open(&self, is_open: bool) {
        let mut registry = self.streams.registry.borrow_mut();
        if let Some(listener) = registry.listeners.get_mut(&self.id) {
            listener.is_open = is_open;
        }
    }

    /// Waits for something to tell. Nothing is lost if this is dropped before that.
    pub(super) async fn news(&self) -> News {
        loop {
            let rung = {
                let mut registry = self.streams.registry.borrow_mut();
                let Some(listener) = registry.listeners.get_mut(&self.id) else {
                    return News::Ended(Ended::Drained);
                };
                if let Some(ended) = listener.ended {
                    return News::Ended(ended);
                }
                if listener.must_look {
                    listener.must_look = false;
                    listener.waiting.clear();
                    return News::LookAgain;
                }
                if !listener.waiting.is_empty() {
                    return News::Updates(std::mem::take(&mut listener.waiting));
                }
                let (bell, rung) = self.streams.store.bell();
                listener.bell = Some(bell);
                rung
            };
            rung.await;
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.streams.registry.borrow_mut().leave(self.id);
    }
}
