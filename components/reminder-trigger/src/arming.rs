//! Arming: telling the scheduler when to wake us.
//!
//! Nothing here has to succeed for a reminder to ring. What the scheduler was not
//! told, or has forgotten, rings by the sweep, a moment later.

use crate::{
    job,
    storage::jobs::{self, Errand, Order},
};
use duebell_dapr::{Sidecar, SidecarError, Transport};
use duebell_edge::{Spawn, Taken, Turn};
use duebell_events::Timestamp;
use duebell_service::{Clock, Logger};
use duebell_store::{Error, Store};
use futures::future::join_all;
use std::rc::Rc;

/// How many errands are claimed at once.
const MOST_CLAIMED: u32 = 100;

/// How many of them are under way at once.
const SIDE_BY_SIDE: usize = 16;

/// How many jobs one sweep looks after.
const MOST_CHECKED: u32 = 20;

/// How long before its time a job is looked after, in microseconds: a minute.
const AHEAD: i64 = 60_000_000;

/// Runs the errands to the scheduler. One for each instance.
pub(crate) struct Armer<T> {
    store: Store,
    sidecar: Rc<Sidecar<T>>,
    clock: Rc<dyn Clock>,
    turn: Rc<Turn>,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Armed {
    /// Nothing is left to be done.
    All,
    /// The scheduler could not be told; a later run tries again. Says why.
    Stopped(String),
}

impl<T: Transport + 'static> Armer<T> {
    pub(crate) fn new(store: Store, sidecar: Rc<Sidecar<T>>, clock: Rc<dyn Clock>) -> Self {
        Self {
            store,
            sidecar,
            clock,
            turn: Rc::default(),
        }
    }

    /// Runs the errands after the answer, unless a run of this instance is under
    /// way, which then looks again.
    pub(crate) fn arm_in_background(self: &Rc<Self>, spawn: &Spawn, logger: &Logger) {
        let Some(taken) = self.turn.call() else {
            return;
        };
        let (armer, logger) = (Rc::clone(self), logger.clone());
        spawn(Box::pin(async move {
            let armed = armer.run(&taken).await;
            tell(&armed, &logger);
        }));
    }

    /// Runs the errands that are left, and looks after jobs whose time is near:
    /// for the sweep. Bounded, and may run beside itself. Says whether the scheduler
    /// took all of it.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn sweep(&self, logger: &Logger) -> Result<bool, Error> {
        if let Err(why) = self.look_after().await? {
            tell(&Ok(Armed::Stopped(why)), logger);
            return Ok(false);
        }
        let now = self.now();
        if !self.store.read(async |db| jobs::any(db, now).await).await? {
            return Ok(true);
        }
        let Some(taken) = self.turn.take() else {
            return Ok(true);
        };
        let armed = self.run(&taken).await;
        if let Ok(Armed::Stopped(_)) = &armed {
            tell(&armed, logger);
        }
        Ok(matches!(armed?, Armed::All))
    }

    async fn run(&self, taken: &Taken) -> Result<Armed, Error> {
        loop {
            taken.look();
            let now = self.now();
            let errands = self
                .store
                .write(async |tx| jobs::claim(tx, now, MOST_CLAIMED).await)
                .await?;
            if errands.is_empty() && !taken.is_called() {
                return Ok(Armed::All);
            }
            if let Some(why) = self.run_all(errands).await? {
                return Ok(Armed::Stopped(why));
            }
        }
    }

    /// Runs these errands; says why if any of them failed.
    async fn run_all(&self, errands: Vec<Errand>) -> Result<Option<String>, Error> {
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        let mut why = None;
        for some in errands.chunks(SIDE_BY_SIDE) {
            if why.is_some() {
                // The others would fail alike, each after a while.
                failed.extend_from_slice(some);
                continue;
            }
            let outcomes = join_all(some.iter().map(|errand| self.run_one(errand))).await;
            for (errand, outcome) in some.iter().zip(outcomes) {
                match outcome {
                    Ok(()) => done.push(errand.clone()),
                    Err(error) => {
                        failed.push(errand.clone());
                        why = Some(error.to_string());
                    }
                }
            }
        }
        let now = self.now();
        self.store
            .write(async |tx| {
                jobs::done(tx, now, &done).await?;
                jobs::give_back(tx, &failed).await
            })
            .await?;
        Ok(why)
    }

    async fn run_one(&self, errand: &Errand) -> Result<(), SidecarError> {
        let name = job::name(&errand.key);
        match errand.order {
            Order::Set => {
                let job = job::job(&errand.key, errand.remind_at)
                    .map_err(|error| SidecarError::Unusable(error.to_string()))?;
                self.sidecar.schedule_job(&name, &job).await.map(drop)
            }
            Order::Remove => self.sidecar.delete_job(&name).await,
        }
    }

    /// Asks the scheduler for jobs whose time is near; what it has lost is wanted
    /// again. The inner error is the scheduler's.
    async fn look_after(&self) -> Result<Result<(), String>, Error> {
        let now = self.clock.now();
        let soon = Timestamp {
            microseconds: now.timestamp_micros().saturating_add(AHEAD),
        };
        let millis = now.timestamp_millis();
        let unchecked = self
            .store
            .read(async |db| jobs::unchecked(db, millis, soon, MOST_CHECKED).await)
            .await?;
        for key in unchecked {
            let found = match self.sidecar.get_job(&job::name(&key)).await {
                Ok(job) => job.is_some(),
                Err(error) => return Ok(Err(error.to_string())),
            };
            self.store
                .write(async |tx| jobs::checked(tx, &key, found).await)
                .await?;
        }
        Ok(Ok(()))
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }
}

fn tell(armed: &Result<Armed, Error>, logger: &Logger) {
    match armed {
        Ok(Armed::All) => {}
        Ok(Armed::Stopped(why)) => logger.warn(
            "the scheduler could not be told of reminders: they may ring some seconds late",
            &[("why", why.as_str().into())],
        ),
        Err(error) => logger.error(
            "reminders could not be armed",
            &[("cause", error.to_string().into())],
        ),
    }
}
