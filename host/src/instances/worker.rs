//! One instance at work.
//!
//! It is made after the worker of `wasmtime_wasi_http::handler::ProxyHandler`, which Spin
//! uses, and differs in where requests come from ([`Pool`]).

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use wasmtime::AsContextMut;
use wasmtime::component::Accessor;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::handler::{Prepared, Proxy, WorkerExpiration, WorkerStatus};

use super::lifetime::{Expiration, MAX_AT_ONCE, MAX_REQUESTS};
use super::pool::{Pool, Waiting};
use super::state::InstanceState;

/// Whether a request was answered in time, and when it came.
type Answered = wasmtime::Result<(bool, Instant)>;

/// The instance's place in the pool.
struct Place {
    pool: Arc<Pool>,
    open: bool,
}

impl Place {
    /// From now on it takes no requests.
    fn leave(&mut self) {
        if std::mem::take(&mut self.open) {
            self.pool.left();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Makes an instance, and lets it answer requests until its end.
pub(super) async fn run(pool: Arc<Pool>) {
    let mut place = Place {
        pool: pool.clone(),
        open: true,
    };
    let factory = &pool.factory;
    let (mut store, busy) = factory.store();
    let service = match factory.pre.instantiate_async(&mut store).await {
        Ok(service) => service,
        Err(error) => {
            place.open = false;
            pool.failed(&error);
            return;
        }
    };
    let proxy = Proxy::P3(service);
    let mut expiration = pin!(Expiration::new(
        &factory.shared.lives,
        busy,
        factory.shared.limits.answer
    ));
    // Whether all that it has begun waits for something.
    let waits = AtomicBool::new(true);
    let status = Mutex::new((WorkerStatus::Idle, Instant::now()));
    let result = {
        let mut work = pin!(
            store
                .run_concurrent(async |accessor| {
                    serve(accessor, &proxy, &mut place, &waits, &status).await
                })
                .map(|result| result.flatten())
        );
        // Polled from the outside: a guest that computes without end keeps the inside from
        // being polled.
        std::future::poll_fn(|cx| {
            let poll = work.as_mut().poll(cx);
            if poll.is_pending() {
                let (now, since) = *lock(&status);
                if expiration.as_mut().poll(cx, now, since).is_ready() {
                    return Poll::Ready(match now {
                        WorkerStatus::Idle => Ok(()),
                        WorkerStatus::Requests | WorkerStatus::PostReturn => {
                            Err(wasmtime::format_err!("guest timed out"))
                        }
                    });
                }
                if !waits.swap(true, Ordering::Relaxed) {
                    return work.as_mut().poll(cx);
                }
            }
            poll
        })
        .await
    };
    if let Err(error) = result {
        let shared = &factory.shared;
        shared.metrics.failed(&shared.id);
        tracing::error!("an instance of component `{}` failed: {error:?}", shared.id);
    }
}

/// Takes requests until there have been enough, and ends when all is done that they began.
async fn serve(
    accessor: &Accessor<InstanceState>,
    proxy: &Proxy,
    place: &mut Place,
    waits: &AtomicBool,
    status: &Mutex<(WorkerStatus, Instant)>,
) -> wasmtime::Result<()> {
    let pool = place.pool.clone();
    let Proxy::P3(service) = proxy;
    let func = *service.wasi_http_handler().func_handle().func();
    let shared = &pool.factory.shared;
    let mut counted = u64::MAX;
    let mut under_way = FuturesUnordered::new();
    let mut started: Vec<Instant> = Vec::new();
    let mut served = 0;
    let mut next = None;
    std::future::poll_fn(|cx| {
        loop {
            // First, so that one whose time is up is seen before another is begun.
            let ended: Poll<Option<Answered>> = under_way.poll_next_unpin(cx);
            match ended {
                Poll::Ready(Some(Ok((answered, start)))) => {
                    if let Some(at) = started.iter().position(|other| *other == start) {
                        started.swap_remove(at);
                    }
                    *lock(status) = match started.iter().max() {
                        Some(latest) => (WorkerStatus::Requests, *latest),
                        None => (WorkerStatus::PostReturn, Instant::now()),
                    };
                    let left = accessor.with(|mut store| store.as_context_mut().get_fuel());
                    if let Ok(left) = left {
                        shared.metrics.fuel(&shared.id, counted - left);
                        counted = left;
                    }
                    if !answered {
                        // It may be stuck: what it has begun may end, but no more.
                        place.leave();
                    }
                }
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(error)),
                Poll::Ready(None) | Poll::Pending => {}
            }
            let is_ready = accessor.poll_ready_for_concurrent_call(func, cx).is_ready();
            if served >= MAX_REQUESTS {
                place.leave();
            }
            let idle = under_way.is_empty();
            let accepts = place.open
                && is_ready
                && under_way.len() < MAX_AT_ONCE
                && (idle || waits.load(Ordering::Relaxed));
            if !accepts {
                // Others are to be told of what comes.
                next = None;
            } else if let Poll::Ready(waiting) = next
                .get_or_insert_with(|| Box::pin(pool.next()))
                .poll_unpin(cx)
            {
                next = None;
                // It may well compute; until it is seen to wait, nothing else is begun here.
                waits.store(false, Ordering::Relaxed);
                served += 1;
                let start = Instant::now();
                started.push(start);
                *lock(status) = (WorkerStatus::Requests, start);
                under_way.push(answer(
                    accessor,
                    proxy,
                    waiting,
                    start,
                    shared.limits.answer,
                ));
                continue;
            }
            if !under_way.is_empty() {
                return Poll::Pending;
            }
            // What goes on after the answers keeps the instance.
            if accessor.poll_no_interesting_tasks(cx).is_pending() {
                return Poll::Pending;
            }
            if !(place.open && is_ready) {
                return Poll::Ready(Ok(()));
            }
            let mut status = lock(status);
            if status.0 != WorkerStatus::Idle {
                *status = (WorkerStatus::Idle, Instant::now());
            }
            return Poll::Pending;
        }
    })
    .await
}

/// Has the guest answer one request; says whether it did in time.
fn answer(
    accessor: &Accessor<InstanceState>,
    proxy: &Proxy,
    waiting: Waiting,
    start: Instant,
    most: Duration,
) -> impl Future<Output = Answered> {
    let Waiting { request, reply, .. } = waiting;
    let view = <InstanceState as WasiHttpView>::http;
    let prepared = accessor
        .with(|mut store| Prepared::new(store.as_context_mut(), proxy, request, view, reply));
    async move {
        let timeout = tokio::time::sleep(most);
        Ok((prepared?.run(accessor, timeout).await?, start))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
