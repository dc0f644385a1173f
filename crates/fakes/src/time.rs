//! A component whose time passes when a story lets it, with all that it does at once.

use chrono::{DateTime, TimeDelta, Utc};
use duebell_edge::{Sleep, Spawn};
use duebell_service::{Clock, FixedClock};
use duebell_store::LocalFuture;
use futures::{channel::oneshot, executor::LocalPool, task::LocalSpawnExt};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
};

/// Whoever sleeps: until when, in milliseconds, in the order of their coming.
type Sleepers = Rc<RefCell<BTreeMap<(i64, u64), oneshot::Sender<()>>>>;

/// The time, and what happens in it. Work that is spawned goes on side by side, as in
/// an instance of a component.
pub struct Time {
    /// The clock that components are given.
    pub clock: Rc<FixedClock>,
    pool: RefCell<LocalPool>,
    sleepers: Sleepers,
    spawned: Rc<Cell<usize>>,
}

impl Time {
    /// Time that stands at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            clock: Rc::new(FixedClock::new(now)),
            pool: RefCell::default(),
            sleepers: Rc::default(),
            spawned: Rc::default(),
        }
    }

    /// What a component waits with.
    #[must_use]
    pub fn sleep(&self) -> Sleep {
        let (sleepers, clock) = (Rc::clone(&self.sleepers), Rc::clone(&self.clock));
        let next = Cell::new(0);
        Rc::new(move |duration| {
            let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
            let until = clock.now().timestamp_millis().saturating_add(millis);
            let (wake, woken) = oneshot::channel();
            next.set(next.get() + 1);
            sleepers.borrow_mut().insert((until, next.get()), wake);
            Box::pin(async {
                // Nobody drops a sleeper but by waking it.
                let _ = woken.await;
            })
        })
    }

    /// What a component spawns with.
    #[must_use]
    pub fn spawn(&self) -> Spawn {
        let spawner = self.pool.borrow().spawner();
        let spawned = Rc::clone(&self.spawned);
        Box::new(move |work| {
            spawned.set(spawned.get() + 1);
            spawner
                .spawn_local(work)
                .unwrap_or_else(|error| panic!("{error}"));
        })
    }

    /// How often a component has spawned work.
    #[must_use]
    pub fn spawned(&self) -> usize {
        self.spawned.get()
    }

    /// Has this go on beside the rest.
    pub fn begin(&self, work: LocalFuture<'static, ()>) {
        self.pool
            .borrow()
            .spawner()
            .spawn_local(work)
            .unwrap_or_else(|error| panic!("{error}"));
        self.settle();
    }

    /// What this comes to, while the rest goes on and no time passes.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        let result = self.pool.borrow_mut().run_until(work);
        self.settle();
        result
    }

    /// Does all that can be done now.
    pub fn settle(&self) {
        self.pool.borrow_mut().run_until_stalled();
    }

    /// Lets time pass: whoever wakes meanwhile does so at its time.
    pub fn pass(&self, step: TimeDelta) {
        let end = self.clock.now() + step;
        loop {
            self.settle();
            let next = self.sleepers.borrow().keys().next().copied();
            let due = next.filter(|(until, _)| *until <= end.timestamp_millis());
            let Some(key) = due else {
                break;
            };
            let now = DateTime::from_timestamp_millis(key.0).unwrap_or(end);
            self.clock.set(now.max(self.clock.now()));
            if let Some(wake) = self.sleepers.borrow_mut().remove(&key) {
                // Whoever no longer sleeps need not be woken.
                let _ = wake.send(());
            }
        }
        self.clock.set(end);
        self.settle();
    }
}
