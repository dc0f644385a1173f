//! What is done after the answers, when a story lets it.

use duebell_edge::{Sleep, Spawn};
use duebell_store::LocalFuture;
use futures::executor::block_on;
use std::{cell::RefCell, collections::VecDeque, rc::Rc};

/// Work that waits. Dropped with it, it is never done: as after a kill.
#[derive(Clone, Default)]
pub struct Background(Rc<RefCell<VecDeque<LocalFuture<'static, ()>>>>);

impl Background {
    /// What a component spawns with.
    #[must_use]
    pub fn spawn(&self) -> Spawn {
        let queue = Rc::clone(&self.0);
        Box::new(move |work| queue.borrow_mut().push_back(work))
    }

    /// A sleep that takes no time.
    #[must_use]
    pub fn sleep(&self) -> Sleep {
        Rc::new(|_| Box::pin(async {}))
    }

    /// Does all that waits, and what that leads to.
    pub fn settle(&self) {
        loop {
            let work = self.0.borrow_mut().pop_front();
            match work {
                Some(work) => block_on(work),
                None => return,
            }
        }
    }
}
