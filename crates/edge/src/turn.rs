//! Background work that an instance does one at a time.

use std::{cell::Cell, rc::Rc};

/// Whose turn it is. One for each kind of work of an instance.
///
/// Whoever has something to be done calls; if somebody is at it already, that one
/// looks again before it ends.
#[derive(Debug, Default)]
pub struct Turn {
    taken: Cell<bool>,
    called: Cell<bool>,
}

/// The turn, until this is dropped.
#[derive(Debug)]
pub struct Taken(Rc<Turn>);

impl Turn {
    /// Says that there is something to do, and gives the turn if nobody has it.
    pub fn call(self: &Rc<Self>) -> Option<Taken> {
        self.called.set(true);
        self.take()
    }

    /// The turn, if nobody has it.
    pub fn take(self: &Rc<Self>) -> Option<Taken> {
        (!self.taken.replace(true)).then(|| Taken(Rc::clone(self)))
    }
}

impl Taken {
    /// To be called before looking at what there is to do: whoever calls from now on
    /// may have been missed.
    pub fn look(&self) {
        self.0.called.set(false);
    }

    /// Whether somebody has called since the last look.
    #[must_use]
    pub fn is_called(&self) -> bool {
        self.0.called.get()
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.taken.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_the_turn_and_hears_of_the_others() {
        let turn = Rc::new(Turn::default());
        let taken = turn.call().unwrap();
        taken.look();
        assert!(!taken.is_called());
        assert!(turn.call().is_none());
        assert!(taken.is_called());
        drop(taken);
        assert!(turn.take().is_some());
    }
}
