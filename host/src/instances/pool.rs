//! Which instance answers a request.
//!
//! One that is there and not computing takes it. If all are at work the request waits a
//! little before another instance is made: most work waits for a database or the disk soon,
//! and requests that come together in one instance share its commits.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use futures::channel::oneshot;
use http::{Request, Response};
use tokio::sync::Notify;
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::TrapOrPanicError;

use super::Factory;
use super::worker;

/// How long a request waits for the instances that are there before another is made, while
/// there are fewer than processors.
const PATIENCE: Duration = Duration::from_millis(3);

/// How long it waits when each processor could have one.
const MORE_PATIENCE: Duration = Duration::from_millis(25);

/// What becomes of a request.
pub(super) type Outcome = wasmtime::Result<Response<WasiBody>>;

/// A request that no instance has taken yet.
pub(super) struct Waiting {
    number: u64,
    pub(super) request: Request<WasiBody>,
    pub(super) reply: oneshot::Sender<Outcome>,
}

/// The instances of one component, and the requests that wait for them.
pub(super) struct Pool {
    pub(super) factory: Factory,
    queue: Mutex<Queue>,
    /// Told to one instance for each request that comes.
    came: Notify,
    /// How many instances there are that take requests, or will.
    open: AtomicUsize,
    processors: usize,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    next: u64,
}

impl Pool {
    pub(super) fn new(factory: Factory) -> Arc<Self> {
        Arc::new(Self {
            factory,
            queue: Mutex::default(),
            came: Notify::new(),
            open: AtomicUsize::new(0),
            processors: available_parallelism().map_or(1, usize::from),
        })
    }

    /// Has an instance answer the request.
    ///
    /// # Errors
    ///
    /// When no instance could be made, it failed, or gave no answer in time.
    pub(super) async fn handle(self: &Arc<Self>, request: Request<WasiBody>) -> Outcome {
        let (reply, mut answer) = oneshot::channel();
        let number = {
            let mut queue = self.queue();
            let number = queue.next;
            queue.next += 1;
            queue.waiting.push_back(Waiting {
                number,
                request,
                reply,
            });
            number
        };
        // The one that was at work last has everything at hand; the others may end.
        self.came.notify_last();
        if self.open.load(Ordering::SeqCst) == 0 {
            self.start();
        }
        loop {
            let patience = if self.open.load(Ordering::Relaxed) < self.processors {
                PATIENCE
            } else {
                MORE_PATIENCE
            };
            match tokio::time::timeout(patience, &mut answer).await {
                Ok(outcome) => return outcome.map_err(|_| TrapOrPanicError)?,
                Err(_) if self.waits(number) => self.start(),
                Err(_) => return answer.await.map_err(|_| TrapOrPanicError)?,
            }
        }
    }

    /// The next request.
    pub(super) async fn next(&self) -> Waiting {
        loop {
            let came = self.came.notified();
            if let Some(waiting) = self.queue().waiting.pop_front() {
                return waiting;
            }
            came.await;
        }
    }

    /// Says that an instance takes no more requests. Those that wait must not wait for it.
    pub(super) fn left(self: &Arc<Self>) {
        let others = self.open.fetch_sub(1, Ordering::SeqCst) > 1;
        if self.queue().waiting.is_empty() {
            return;
        }
        if others {
            // It may have been told of a request that it did not take.
            self.came.notify_last();
        } else {
            self.start();
        }
    }

    /// Says that an instance could not be made. If there is no other, those that wait get no
    /// answer.
    pub(super) fn failed(&self, error: &wasmtime::Error) {
        if self.open.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let waiting = std::mem::take(&mut self.queue().waiting);
        for waiting in waiting {
            let _ = waiting.reply.send(Err(wasmtime::format_err!("{error:#}")));
        }
    }

    /// Whether no instance has taken that request yet.
    fn waits(&self, number: u64) -> bool {
        let queue = self.queue();
        queue.waiting.iter().any(|waiting| waiting.number == number)
    }

    fn start(self: &Arc<Self>) {
        self.open.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(worker::run(self.clone()));
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
