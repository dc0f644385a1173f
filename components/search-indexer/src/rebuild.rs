//! Building the index anew from the audit, while it goes on serving.
//!
//! The audit gives the latest event of each task, in parts. Each part is written over
//! what the index has, in a transaction that also notes how far it has come: so
//! whoever is killed loses at most a part, and the sweep has another go on. An event
//! that is delivered in between is later than the audit's, and stays. In the end what
//! the audit does not know is removed, unless it was heard of so lately that the audit
//! may only be behind.

use crate::{
    audit::{Audit, Part},
    indexing::index,
    storage::{
        documents::{self, part, stamp},
        index::remove,
        rebuild::{Progress, State, begin, go_on, latest, release, take},
    },
    task::Change,
};
use duebell_dapr::Transport;
use duebell_edge::Turn;
use duebell_erasures::erasure_of;
use duebell_service::{Clock, Entropy, uuid_v4};
use duebell_store::{Error, Store};
use std::rc::Rc;

/// How long somebody who says nothing counts as at work, in milliseconds.
const HOLD: i64 = 10_000;

/// How long one run goes on, in milliseconds; the next sweep has another one go on.
const RUN: i64 = 20_000;

/// How many documents are looked at in one step that removes.
const MOST_LOOKED_AT: u32 = 5_000;

/// How long the audit may be behind, in milliseconds: seven days, as long as
/// publishers keep what it missed.
const BEHIND: i64 = 7 * 24 * 3600 * 1000;

/// Builds the index anew. One for each instance.
pub(crate) struct Rebuild<T> {
    store: Store,
    audit: Audit<T>,
    clock: Rc<dyn Clock>,
    holder: String,
    turn: Rc<Turn>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ran {
    /// There is nothing to do, or somebody else is at it.
    Idle,
    /// The rebuild is over.
    Finished(Progress),
    /// The run has lasted long enough; the sweep goes on.
    Paused,
    /// The audit cannot be read; the sweep tries again. Says why.
    Stopped(String),
}

enum Step {
    To(Progress),
    Lost,
    Stopped(String),
}

impl<T: Transport> Rebuild<T> {
    pub(crate) fn new(
        store: Store,
        audit: Audit<T>,
        clock: Rc<dyn Clock>,
        entropy: &dyn Entropy,
    ) -> Self {
        Self {
            store,
            audit,
            clock,
            holder: uuid_v4(entropy).to_string(),
            turn: Rc::default(),
        }
    }

    /// Begins one, unless one is under way. Whoever calls this has it [`run`].
    ///
    /// # Errors
    /// The database's.
    ///
    /// [`run`]: Self::run
    pub(crate) async fn begin(&self) -> Result<Option<Progress>, Error> {
        let now = self.now();
        self.store
            .write(async |tx| {
                begin(tx, now).await?;
                latest(tx).await
            })
            .await
    }

    /// Goes on with the one that is under way, as far as a run may go.
    ///
    /// # Errors
    /// The database's. What was done until then stays.
    pub(crate) async fn run(&self) -> Result<Ran, Error> {
        let Some(_turn) = self.turn.take() else {
            return Ok(Ran::Idle);
        };
        let start = self.now();
        let taken = self
            .store
            .write(async |tx| take(tx, &self.holder, start, start + HOLD).await)
            .await?;
        let Some(mut progress) = taken else {
            return Ok(Ran::Idle);
        };
        let ran = loop {
            if progress.state == State::Done {
                break Ran::Finished(progress);
            }
            if self.now() - start >= RUN {
                break Ran::Paused;
            }
            progress = match self.step(progress).await? {
                Step::To(progress) => progress,
                Step::Lost => return Ok(Ran::Idle),
                Step::Stopped(why) => break Ran::Stopped(why),
            };
        };
        self.store
            .write(async |tx| release(tx, &self.holder).await)
            .await?;
        Ok(ran)
    }

    async fn step(&self, progress: Progress) -> Result<Step, Error> {
        match progress.state {
            State::Reading => match self.audit.part(&progress.user_id, progress.task_id).await {
                Ok(part) => self.write(progress, part).await,
                Err(why) => Ok(Step::Stopped(why)),
            },
            State::Removing => self.remove(progress).await,
            State::Done => Ok(Step::To(progress)),
        }
    }

    /// Writes a part of the audit into the index.
    async fn write(&self, mut progress: Progress, part: Part) -> Result<Step, Error> {
        let now = self.now();
        let changes: Vec<Change<'_>> = part
            .events
            .iter()
            .map(|audited| Change {
                event: &audited.event,
                source: &audited.source,
                sequence: audited.sequence,
            })
            .collect();
        match part.next {
            Some(next) => {
                progress.user_id = next.user_id;
                progress.task_id = next.task_id;
            }
            None => progress.state = State::Removing,
        }
        self.store
            .write(async |tx| {
                let ids = index(tx, now, &changes).await?;
                if erasure_of(tx, &progress.user_id).await?.is_some() {
                    // As `forget_user`: the audit was read before they were erased there.
                    progress.user_id.clear();
                    progress.task_id = 0;
                }
                progress.tasks += i64::try_from(ids.len()).unwrap_or(0);
                if !go_on(tx, &self.holder, &progress, now + HOLD).await? {
                    return Err(Interrupted::Lost);
                }
                stamp(tx, &ids, progress.number).await?;
                Ok(progress)
            })
            .await
            .map_or_else(Interrupted::step, |progress| Ok(Step::To(progress)))
    }

    /// Removes from a part of the index what the audit does not know.
    async fn remove(&self, mut progress: Progress) -> Result<Step, Error> {
        let now = self.now();
        let before = progress.started_at - BEHIND;
        // Whom the audit was read of last is of no use any more, and may be erased by now.
        progress.user_id.clear();
        self.store
            .write(async |tx| {
                let after = progress.removed_through;
                let part = part(tx, progress.number, before, after, MOST_LOOKED_AT).await?;
                match part.last {
                    Some(last) => progress.removed_through = last,
                    None => {
                        progress.state = State::Done;
                        progress.finished_at = Some(now);
                    }
                }
                progress.removed += i64::try_from(part.unheard.len()).unwrap_or(0);
                if !go_on(tx, &self.holder, &progress, now + HOLD).await? {
                    return Err(Interrupted::Lost);
                }
                remove(tx, &part.unheard).await?;
                documents::remove(tx, &part.unheard).await?;
                Ok(progress)
            })
            .await
            .map_or_else(Interrupted::step, |progress| Ok(Step::To(progress)))
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

/// Why a step's transaction is taken back.
enum Interrupted {
    /// Somebody else goes on with the rebuild.
    Lost,
    Store(Error),
}

impl From<Error> for Interrupted {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl Interrupted {
    fn step(self) -> Result<Step, Error> {
        match self {
            Self::Lost => Ok(Step::Lost),
            Self::Store(error) => Err(error),
        }
    }
}
