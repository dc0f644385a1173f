//! How long instances live, and how often they are used again.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::Sleep;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi_http::handler::{WorkerExpiration, WorkerStatus};

use super::state::InstanceState;
use super::trap::Trap;
use crate::engine::TICK;

/// How many requests an instance serves in its life.
pub(super) const MAX_REQUESTS: usize = 128;
/// How many of them at a time, until their answers begin.
pub(super) const MAX_AT_ONCE: usize = 16;
/// How long an instance without requests is kept.
const IDLE: Duration = Duration::from_secs(1);
/// How long a guest may compute without ever waiting for anything.
const MAX_COMPUTING: Duration = Duration::from_secs(30);
/// Counts the instances that live, and tells them when the host wants to end.
#[derive(Clone)]
pub struct Lives {
    count: watch::Sender<usize>,
    ending: CancellationToken,
}

impl Default for Lives {
    fn default() -> Self {
        Self {
            count: watch::Sender::new(0),
            ending: CancellationToken::new(),
        }
    }
}

impl Lives {
    /// Ends idle instances from now on, and waits until none lives: until all
    /// that they do after their answers is done.
    pub async fn end(&self) {
        self.ending.cancel();
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    pub(super) fn one(&self) -> Life {
        self.count.send_modify(|count| *count += 1);
        Life(self.count.clone())
    }
}

pub(super) struct Life(watch::Sender<usize>);

impl Drop for Life {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// How long the guest has been computing without a pause.
#[derive(Default)]
pub(super) struct Busy {
    ticks: AtomicU32,
    interrupted: AtomicBool,
}

impl Busy {
    /// Interrupts the guest at each tick so that others get their turn, and ends
    /// it when it never pauses, or its trap springs.
    pub(super) fn watch(self: Arc<Self>, store: &mut Store<InstanceState>, trap: Trap) {
        let most = MAX_COMPUTING.as_millis() / TICK.as_millis();
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |_| {
            self.interrupted.store(true, Ordering::Relaxed);
            let ticks = self.ticks.fetch_add(1, Ordering::Relaxed);
            if u128::from(ticks) >= most || trap.springs() {
                return Ok(UpdateDeadline::Interrupt);
            }
            Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(tokio::task::yield_now()),
            ))
        });
    }

    /// To be called whenever the instance has nothing to do for now: it waits,
    /// unless it was interrupted.
    fn pause(&self) {
        if !self.interrupted.swap(false, Ordering::Relaxed) {
            self.ticks.store(0, Ordering::Relaxed);
        }
    }
}

/// When an instance ends.
pub(super) struct Expiration {
    sleep: Pin<Box<Sleep>>,
    ending: Pin<Box<WaitForCancellationFutureOwned>>,
    busy: Arc<Busy>,
    /// How long a request may take until its answer begins.
    request: Duration,
}

impl Expiration {
    pub(super) fn new(lives: &Lives, busy: Arc<Busy>, request: Duration) -> Self {
        Self {
            sleep: Box::pin(tokio::time::sleep(IDLE)),
            ending: Box::pin(lives.ending.clone().cancelled_owned()),
            busy,
            request,
        }
    }
}

impl WorkerExpiration for Expiration {
    fn poll(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        status: WorkerStatus,
        since: Instant,
    ) -> Poll<()> {
        let this = self.get_mut();
        this.busy.pause();
        let limit = match status {
            WorkerStatus::Idle => {
                if this.ending.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                IDLE
            }
            // A little more than the request's own, which is the gentler end.
            WorkerStatus::Requests => this.request + IDLE,
            WorkerStatus::PostReturn => return Poll::Pending,
        };
        let deadline = tokio::time::Instant::from_std(since + limit);
        if this.sleep.deadline() != deadline {
            this.sleep.as_mut().reset(deadline);
        }
        this.sleep.as_mut().poll(cx)
    }
}
