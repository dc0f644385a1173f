//! Who has subscribed to what.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How many messages wait for a client at most; one that is further behind is cut off.
const MOST_WAITING: usize = 1_000;

/// The subscriptions of all WebSockets.
#[derive(Default)]
pub(super) struct Channels {
    /// By channel and by the connection's id.
    subscribers: Mutex<HashMap<String, HashMap<String, Sender<String>>>>,
}

/// What one WebSocket has subscribed to, until this is dropped.
pub(super) struct Subscriptions<'a> {
    channels: &'a Channels,
    id: String,
    sender: Sender<String>,
    names: Vec<String>,
}

impl Channels {
    /// A WebSocket's subscriptions, and what is published to it.
    pub(super) fn join(&self, id: &str) -> (Subscriptions<'_>, Receiver<String>) {
        let (sender, receiver) = channel(MOST_WAITING);
        let subscriptions = Subscriptions {
            channels: self,
            id: id.to_owned(),
            sender,
            names: Vec::new(),
        };
        (subscriptions, receiver)
    }

    /// Sends a message to all who have subscribed. Whoever is too far behind is let go:
    /// its receiver ends.
    pub(super) fn publish(&self, channel: &str, message: &str) {
        let mut subscribers = self
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(senders) = subscribers.get_mut(channel) {
            senders.retain(|_, sender| sender.try_send(message.to_owned()).is_ok());
        }
    }
}

impl Subscriptions<'_> {
    pub(super) fn subscribe(&mut self, channel: String) {
        let mut subscribers = self
            .channels
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        subscribers
            .entry(channel.clone())
            .or_default()
            .insert(self.id.clone(), self.sender.clone());
        self.names.push(channel);
    }

    pub(super) fn unsubscribe(&mut self, channel: &str) {
        self.names.retain(|name| name != channel);
        self.forget(channel);
    }

    /// Whether it was let go because it was too far behind.
    pub(super) fn is_lost(&self) -> bool {
        let subscribers = self
            .channels
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.names.iter().any(|name| {
            subscribers
                .get(name)
                .is_none_or(|senders| !senders.contains_key(&self.id))
        })
    }

    fn forget(&self, channel: &str) {
        let mut subscribers = self
            .channels
            .subscribers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(senders) = subscribers.get_mut(channel) {
            senders.remove(&self.id);
            if senders.is_empty() {
                subscribers.remove(channel);
            }
        }
    }
}

impl Drop for Subscriptions<'_> {
    fn drop(&mut self) {
        for name in std::mem::take(&mut self.names) {
            self.forget(&name);
        }
    }
}
