//! Instances of components: made on demand, used again, and ended.
//!
//! As in Spin, an instance serves up to 128 requests, up to
//! 16 of them at a time, and is kept for a second without any. A
//! request has a time until its answer begins ([`Limits`](crate::limits::Limits)); the
//! answer itself, an event stream for instance, may take as long as the client stays, or as
//! the platform allows.

mod lifetime;
mod pool;
mod state;
pub(crate) mod trap;
mod worker;

use std::sync::Arc;
use std::time::Instant;

use http::{Request, Response};
use wasmtime::{Engine, Store, component};
use wasmtime_wasi_http::WasiBody;
use wasmtime_wasi_http::handler::{ExpirationError, TrapOrPanicError};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use self::lifetime::Busy;
pub use self::lifetime::Lives;
use self::pool::Pool;
pub use self::state::InstanceState;
pub(crate) use self::state::Shared;

/// A component that takes requests.
pub struct Handler {
    pool: Arc<Pool>,
}

impl Handler {
    pub(crate) fn new(engine: Engine, pre: ServicePre<InstanceState>, shared: Shared) -> Self {
        Self {
            pool: Pool::new(Factory {
                engine,
                pre,
                shared: Arc::new(shared),
            }),
        }
    }

    /// Has an instance answer the request. None is for a component that failed;
    /// why is in the log.
    pub async fn handle(&self, request: Request<WasiBody>) -> Option<Response<WasiBody>> {
        let line = format!("{} {}", request.method(), request.uri().path());
        let (method, start) = (request.method().clone(), Instant::now());
        let answer = self.pool.handle(request).await;
        let shared = &self.pool.factory.shared;
        let status = answer.as_ref().ok().map(Response::status);
        shared
            .metrics
            .request(&shared.id, &method, status, start.elapsed());
        match answer {
            Ok(response) => Some(response),
            Err(error) => {
                let id = &shared.id;
                if error.is::<ExpirationError>() {
                    tracing::error!(
                        "{line}: component `{id}` gave no answer within {} s",
                        shared.limits.answer.as_secs()
                    );
                } else if error.is::<TrapOrPanicError>() {
                    tracing::error!("{line}: component `{id}` failed");
                } else {
                    tracing::error!("{line}: component `{id}` failed: {error:#}");
                }
                None
            }
        }
    }

    /// A new instance in a store of its own, for what a component exports beside
    /// its HTTP handler. It has all that an instance for requests has, except
    /// that the caller says how long it lives.
    ///
    /// # Errors
    ///
    /// When there are too many instances, or it fails as it starts.
    pub async fn instantiate(
        &self,
    ) -> wasmtime::Result<(Store<InstanceState>, component::Instance)> {
        let factory = &self.pool.factory;
        let (mut store, _) = factory.store();
        let pre = factory.pre.instance_pre();
        let instance = pre.instantiate_async(&mut store).await?;
        Ok((store, instance))
    }
}

struct Factory {
    engine: Engine,
    pre: ServicePre<InstanceState>,
    shared: Arc<Shared>,
}

impl Factory {
    /// A store for one instance, within its limits.
    fn store(&self) -> (Store<InstanceState>, Arc<Busy>) {
        let mut store = Store::new(&self.engine, InstanceState::new(&self.shared));
        store.limiter(|state| &mut state.limits);
        // Without being asked for, fuel is not counted, and there is none to be had.
        let _ = store.set_fuel(u64::MAX);
        let busy = Arc::new(Busy::default());
        busy.clone().watch(&mut store, self.shared.trap.clone());
        (store, busy)
    }
}
