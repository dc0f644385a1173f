//! The writers' queue of one instance, and the commit that they share.
//!
//! SQLite has one writer at a time and every commit waits for the disk. So the
//! writers of an instance queue here, in the order of their coming, and whoever
//! has finished hands the open transaction on to the next instead of committing
//! it alone. The last one commits for all; nobody is told of success before.
//!
//! Each member after the first has a savepoint, so that one that fails takes
//! back its own work and nobody else's.

use crate::{
    Backend, Connection, Error,
    ticket::{Sender, Ticket, ticket},
};
use std::{cell::RefCell, collections::VecDeque, rc::Rc};

/// How many writers share one commit at most: what the first of them waits for.
const MOST_MEMBERS: usize = 32;

/// What the members of a transaction wait for.
pub(crate) type Committed = Result<(), Error>;

/// What a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A loss of power.
    Full,
    /// The end of the process at any moment, and where the database can tell the two apart,
    /// no more.
    Relaxed,
}

/// A transaction that has begun, and those who have finished their part of it.
pub(crate) struct Open {
    pub(crate) connection: Box<dyn Connection>,
    durability: Durability,
    waiting: Vec<Sender<Committed>>,
}

impl Open {
    pub(crate) fn new(connection: Box<dyn Connection>, durability: Durability) -> Self {
        Self {
            connection,
            durability,
            waiting: Vec::new(),
        }
    }

    /// Whether its commit is enough for someone who wants this.
    fn suffices(&self, wanted: Durability) -> bool {
        self.durability == Durability::Full || wanted == Durability::Relaxed
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
    queue: VecDeque<(Durability, Sender<Turn>)>,
}

/// One for each store. Fair: first come, first served.
#[derive(Clone, Default)]
pub(crate) struct Gate {
    state: Rc<RefCell<State>>,
}

impl Gate {
    /// Waits for its turn.
    pub(crate) async fn enter(&self, backend: &dyn Backend, wanted: Durability) -> Turn {
        let waiting = {
            let mut state = self.state.borrow_mut();
            if state.taken {
                let (sender, waiting) = ticket(backend);
                state.queue.push_back((wanted, sender));
                Some(waiting)
            } else {
                state.taken = true;
                None
            }
        };
        let turn = match waiting {
            Some(waiting) => waiting.wait().await,
            None => None,
        };
        // Whoever takes a sender from the queue uses it, so that a ticket
        // always brings a turn.
        turn.unwrap_or_else(|| Turn::new(self.clone(), None))
    }

    /// Gives the turn, and what is open, to the next in the queue. What nobody
    /// took, or may take, comes back.
    fn pass(&self, open: Option<Open>) -> Option<Open> {
        let mut turn = Turn::new(self.clone(), open);
        loop {
            let next = {
                let mut state = self.state.borrow_mut();
                let suffices = |(wanted, _): &(Durability, _)| match &turn.open {
                    Some(open) => open.suffices(*wanted),
                    None => true,
                };
                let next = state.queue.pop_front_if(|next| suffices(next));
                if next.is_none() && state.queue.is_empty() {
                    state.taken = false;
                }
                next
            };
            match next {
                None => {
                    turn.gate = None;
                    return turn.open.take();
                }
                Some((_, next)) => match next.send(turn) {
                    Ok(()) => return None,
                    Err(returned) => turn = returned,
                },
            }
        }
    }

    /// Whether the next one can go on with this transaction.
    fn next_goes_on(&self, open: &Open) -> bool {
        let mut state = self.state.borrow_mut();
        while let Some((_, next)) = state.queue.front()
            && next.is_abandoned()
        {
            state.queue.pop_front();
        }
        let next = state.queue.front();
        next.is_some_and(|(wanted, _)| open.suffices(*wanted))
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
    fn new(gate: Gate, open: Option<Open>) -> Self {
        Self {
            gate: Some(gate),
            open,
        }
    }

    /// Whether the open transaction should go to the next writer instead of
    /// being committed now.
    pub(crate) fn should_hand_on(&self, open: &Open) -> bool {
        open.waiting.len() + 1 < MOST_MEMBERS
            && self
                .gate
                .as_ref()
                .is_some_and(|gate| gate.next_goes_on(open))
    }

    /// Hands the open transaction on and gives what to wait for: the outcome of
    /// the commit. Gives both back if nobody waits any more.
    pub(crate) fn hand_on(
        mut self,
        mut open: Open,
        backend: &dyn Backend,
    ) -> Result<Ticket<Committed>, (Self, Open)> {
        let Some(gate) = self.gate.take() else {
            return Err((self, open));
        };
        let (sender, outcome) = ticket(backend);
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
