//! Event streams (server-sent events: HTML Standard, section 9.2).
//!
//! - `frames`: their text.
//! - `registry`: the streams of this instance, and what each has still to be told.
//! - `poller`: looks at the log for all of them.
//! - `pour`: one stream, from its first byte to its last.

mod frames;
mod poller;
mod pour;
mod registry;

pub(crate) use pour::pour;
pub(crate) use registry::Listening;

use duebell_edge::{Sleep, Turn};
use duebell_service::{Clock, Entropy, Logger, uuid_v4};
use duebell_store::Store;
use registry::Registry;
use std::{cell::RefCell, rc::Rc};

/// The streams of an instance. One for each instance.
pub(crate) struct Streams {
    store: Store,
    clock: Rc<dyn Clock>,
    sleep: Sleep,
    entropy: Rc<dyn Entropy>,
    logger: Logger,
    /// What the instance is known by while it holds streams.
    instance: String,
    registry: RefCell<Registry>,
    /// The poller's.
    turn: Rc<Turn>,
}

impl Streams {
    pub(crate) fn new(
        store: Store,
        clock: Rc<dyn Clock>,
        sleep: Sleep,
        entropy: Rc<dyn Entropy>,
        logger: Logger,
    ) -> Self {
        Self {
            store,
            clock,
            sleep,
            instance: uuid_v4(&*entropy).to_string(),
            entropy,
            logger,
            registry: RefCell::default(),
            turn: Rc::default(),
        }
    }

    /// What this instance is known by.
    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}
