//! A value that one request hands to another of the same instance.

use crate::{Backend, Bell, LocalFuture};
use std::{cell::RefCell, rc::Rc};

enum Slot<T> {
    Empty,
    Full(T),
    /// Nobody will take it.
    Abandoned,
}

/// Who gives.
pub(crate) struct Sender<T> {
    slot: Rc<RefCell<Slot<T>>>,
    bell: Bell,
}

/// Who waits.
pub(crate) struct Ticket<T> {
    slot: Rc<RefCell<Slot<T>>>,
    rung: LocalFuture<'static, ()>,
}

/// A sender and its ticket.
pub(crate) fn ticket<T>(backend: &dyn Backend) -> (Sender<T>, Ticket<T>) {
    let slot = Rc::new(RefCell::new(Slot::Empty));
    let (bell, rung) = backend.bell();
    let sender = Sender {
        slot: Rc::clone(&slot),
        bell,
    };
    (sender, Ticket { slot, rung })
}

impl<T> Sender<T> {
    /// Gives the value, or takes it back if nobody waits any more.
    pub(crate) fn send(self, value: T) -> Result<(), T> {
        if self.is_abandoned() {
            return Err(value);
        }
        *self.slot.borrow_mut() = Slot::Full(value);
        drop(self.bell);
        Ok(())
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        matches!(*self.slot.borrow(), Slot::Abandoned)
    }
}

impl<T> Ticket<T> {
    /// Waits for the value; none if the sender went away.
    pub(crate) async fn wait(mut self) -> Option<T> {
        (&mut self.rung).await;
        match self.slot.replace(Slot::Abandoned) {
            Slot::Full(value) => Some(value),
            Slot::Empty | Slot::Abandoned => None,
        }
    }
}

impl<T> Drop for Ticket<T> {
    fn drop(&mut self) {
        // A value that came and was not taken is dropped here, outside of the
        // borrow: its own drop may look at this slot's neighbours.
        let untaken = self.slot.replace(Slot::Abandoned);
        drop(untaken);
    }
}
