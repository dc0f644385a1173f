//! The writers' queue of one instance, and the commit that they share.
//!
//! SQLite has one writer at a time and every commit waits for the disk. So the
//! writers of an instance queue here, in the order of their coming, and whoever
//! has finished hands the open transaction on to the next instead of committing
//! it alone. The last one commits for all; nobody is told of success before.
//!
//! Each member after the first has a savepoint, so that one that fails takes
//! back its own work and nobody else's.

use crate::{Connection, Error};
use futures::channel::oneshot;
use std::{cell::RefCell, collections::VecDeque, rc::Rc};

/// How many writers share one commit at most: what the first of them waits for.
const MOST_MEMBERS: usize = 32;

/// What the members of a transaction wait for.
type Committed = Result<(), Error>;

/// A transaction that has begun, and those who have finished their part of it.
pub(crate) struct Open {
    pub(crate) connection: Box<dyn Connection>,
    waiting: Vec<oneshot::Sender<Committed>>,
}

impl Open {
    pub(crate) fn new(connection: Box<dyn Connection>) -> Self {
        Self {
            connection,
            waiting: Vec::new(),
        }
    }

    /// Whether nobody else's work is in this transaction.
    pub(crate) fn is_first(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Tells the members how the commit went, and gives the connection back.
    pub(crate) fn finish(self, outcome: &Committed) -> Box<dyn Connection> {
        for member in self.waiting {
            // A member that no longer listens needs no answer.
            let _ = member.send(outcome.clone());
        }
        self.connection
    }
}

#[derive(Default)]
struct State {
    taken: bool,
    queue: VecDeque<oneshot::Sender<Option<Open>>>,
}

/// One for each store. Fair: first come, first served.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    state: Rc<RefCell<State>>,
}

impl Gate {
    /// Waits for its turn.
    pub(crate) async fn enter(&self) -> Turn {
        let ticket = {
            let mut state = self.state.borrow_mut();
            if state.taken {
                let (sender, ticket) = oneshot::channel();
                state.queue.push_back(sender);
                Some(ticket)
            } else {
                state.taken = true;
                None
            }
        };
        let open = match ticket {
            // A sender is only ever used or kept; if it went away all the same,
            // the turn begins with nothing open.
            Some(ticket) => ticket.await.unwrap_or_default(),
            None => None,
        };
        Turn {
            gate: Some(self.clone()),
            open,
        }
    }

    /// Gives the turn to the next in the queue; what it did not take comes back.
    fn pass(&self, mut open: Option<Open>) -> Option<Open> {
        loop {
            let next = {
                let mut state = self.state.borrow_mut();
                let next = state.queue.pop_front();
                if next.is_none() {
                    state.taken = false;
                }
                next
            };
            match next {
                None => return open,
                Some(next) => match next.send(open) {
                    Ok(()) => return None,
                    Err(returned) => open = returned,
                },
            }
        }
    }

    fn someone_waits(&self) -> bool {
        let mut state = self.state.borrow_mut();
        while state.queue.front().is_some_and(oneshot::Sender::is_canceled) {
            state.queue.pop_front();
        }
        !state.queue.is_empty()
    }
}

/// The right to write. Dropping it passes it on; a transaction that it still
/// holds is rolled back by the drop of its connection.
pub(crate) struct Turn {
    /// Gone once the turn has been handed on.
    gate: Option<Gate>,
    pub(crate) open: Option<Open>,
}

impl Turn {
    /// Whether the open transaction should go to the next writer instead of
    /// being committed now.
    pub(crate) fn should_hand_on(&self, open: &Open) -> bool {
        open.waiting.len() + 1 < MOST_MEMBERS
            && self.gate.as_ref().is_some_and(Gate::someone_waits)
    }

    /// Hands the open transaction on and gives what to wait for: the outcome of
    /// the commit. Gives both back if nobody waits any more.
    pub(crate) fn hand_on(mut self, mut open: Open) -> Result<oneshot::Receiver<Committed>, (Self, Open)> {
        let Some(gate) = self.gate.take() else {
            return Err((self, open));
        };
        let (sender, outcome) = oneshot::channel();
        open.waiting.push(sender);
        match gate.pass(Some(open)) {
            None => Ok(outcome),
            Some(mut open) => {
                open.waiting.pop();
                gate.state.borrow_mut().taken = true;
                self.gate = Some(gate);
                Err((self, open))
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Roll back before the next one begins.
        self.open = None;
        if let Some(gate) = self.gate.take() {
            gate.pass(None);
        }
    }
}
