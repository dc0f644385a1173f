//! Erasing users everywhere: each component deletes what it has, and says so.
//!
//! An order goes to each over an internal route, and not over the broker: an event would
//! stay there, and in outboxes and dead letters, with the name that is to be forgotten.
//! It is repeated until there is an answer that nothing is left, and only then is the
//! user's id forgotten here as well. That is the proof that it is complete.

mod components;
mod entries;

pub use components::COMPONENTS;
pub(crate) use components::Components;
pub(crate) use entries::tell_requested;

use crate::storage::{
    erase::erase,
    erasures::{Claimed, answered, any, claim, complete, forget_user, hurry},
};
use duebell_dapr::Transport;
use duebell_edge::{Failure, Spawn, Taken, Turn};
use duebell_erasures::{Done, Left, Order, delete, scrub};
use duebell_service::{Clock, Entropy, Logger};
use duebell_store::{Error, Store, Tx};
use entries::tell_erased;
use futures::future::join_all;
use std::{collections::BTreeSet, rc::Rc};

/// What is done here, and last.
pub(crate) const HERE: &str = "task-api";

/// How many parts are claimed, and worked on at once.
const SIDE_BY_SIDE: u32 = 16;

/// How many times one run claims; the sweep goes on from there.
const MOST_ROUNDS: usize = 20;

/// Has users erased. One for each instance.
pub(crate) struct Eraser<T> {
    store: Store,
    components: Components<T>,
    clock: Rc<dyn Clock>,
    entropy: Rc<dyn Entropy>,
    logger: Logger,
    turn: Rc<Turn>,
}

impl<T: Transport + 'static> Eraser<T> {
    pub(crate) fn new(
        store: Store,
        components: Components<T>,
        clock: Rc<dyn Clock>,
        entropy: Rc<dyn Entropy>,
        logger: Logger,
    ) -> Self {
        Self {
            store,
            components,
            clock,
            entropy,
            logger,
            turn: Rc::default(),
        }
    }

    /// All components that have something of users.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(HERE).chain(self.components.ids())
    }

    /// Works after the answer, unless this instance is at it, which then looks again.
    /// `publish` is called in the end.
    pub(crate) fn erase_in_background(
        self: &Rc<Self>,
        spawn: &Spawn,
        publish: impl Fn() + 'static,
    ) {
        let Some(taken) = self.turn.call() else {
            return;
        };
        let eraser = Rc::clone(self);
        spawn(Box::pin(async move {
            if let Err(failure) = eraser.run(&taken).await {
                eraser.logger.error(
                    "an erasure could not go on",
                    &[("cause", format!("{failure:?}").into())],
                );
            }
            publish();
        }));
    }

    /// Works on what is left: for the sweep. May run beside itself.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn sweep(&self) -> Result<(), Failure> {
        let now = self.now();
        if !self.store.read(async |db| any(db, now).await).await? {
            return Ok(());
        }
        match self.turn.take() {
            Some(taken) => self.run(&taken).await,
            None => Ok(()),
        }
    }

    async fn run(&self, taken: &Taken) -> Result<(), Failure> {
        for _ in 0..MOST_ROUNDS {
            taken.look();
            let now = self.now();
            let claimed = self
                .store
                .write(async |tx| claim(tx, now, SIDE_BY_SIDE).await)
                .await?;
            if claimed.is_empty() && !taken.is_called() {
                break;
            }
            self.work(&claimed).await?;
        }
        Ok(())
    }

    async fn work(&self, claimed: &[Claimed]) -> Result<(), Failure> {
        let answers = join_all(claimed.iter().map(|part| self.work_on(part))).await;
        let now = self.now();
        self.store
            .write(async |tx| {
                let mut brought_on = BTreeSet::new();
                for (part, answer) in claimed.iter().zip(answers) {
                    answered(tx, now, part, &answer).await?;
                    if part.component == HERE && answer.done {
                        self.complete(tx, now, part).await?;
                    } else if answer.done {
                        brought_on.insert(part.erasure_id.as_str());
                    }
                }
                // What is last need not wait for its next turn.
                for id in brought_on {
                    hurry(tx, now, id, HERE).await?;
                }
                Ok(())
            })
            .await
    }

    /// What came of a part. Whatever went wrong is tried again.
    async fn work_on(&self, part: &Claimed) -> Done {
        let worked = match &part.user_id {
            _ if part.component == HERE => self.erase_here(part).await,
            None => Err("its user was forgotten too early".to_owned()),
            Some(user_id) => {
                let order = order(part, user_id);
                self.components.ask(&part.component, &order).await
            }
        };
        worked.unwrap_or_else(|why| {
            self.logger.warn(
                "a component has still to erase a user",
                &[
                    ("erasure_id", part.erasure_id.as_str().into()),
                    ("component", part.component.as_str().into()),
                    ("why", why.as_str().into()),
                ],
            );
            waits(&why)
        })
    }

    /// First what we have ourselves; the user's id when all others are done.
    async fn erase_here(&self, part: &Claimed) -> Result<Done, String> {
        self.delete_here(part)
            .await
            .map_err(|error| error.to_string())
    }

    async fn delete_here(&self, part: &Claimed) -> Result<Done, Error> {
        if let Some(user_id) = &part.user_id {
            let order = order(part, user_id);
            if delete(&self.store, &order, &erase).await? != Left::Nothing {
                return Ok(waits("there is more to delete"));
            }
            let is_last = self
                .store
                .write(async |tx| forget_user(tx, part).await)
                .await?;
            if !is_last {
                return Ok(waits("the other components"));
            }
        }
        Ok(match scrub(&self.store).await? {
            Left::Nothing => Done {
                done: true,
                waiting_for: None,
            },
            _ => waits("the database is in use"),
        })
    }

    async fn complete(&self, tx: &Tx<'_>, now: i64, part: &Claimed) -> Result<(), Failure> {
        let Some(erasure) = complete(tx, now, &part.erasure_id).await? else {
            return Ok(());
        };
        self.logger.info(
            "a user is erased everywhere",
            &[("erasure_id", erasure.id.as_str().into())],
        );
        tell_erased(tx, &erasure, self.clock.now(), &*self.entropy).await
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

fn order(part: &Claimed, user_id: &str) -> Order {
    Order {
        erasure_id: part.erasure_id.clone(),
        user_id: user_id.to_owned(),
    }
}

fn waits(what: &str) -> Done {
    Done {
        done: false,
        waiting_for: Some(what.to_owned()),
    }
}
