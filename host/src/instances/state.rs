//! What belongs to an instance, and what it may use.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::lifetime::{Life, Lives};
use super::trap::Trap;
use crate::limits::Limits;
use crate::logs::Log;
use crate::metrics::{Counted, HostMetrics};
use crate::outbound::Outbound;
use crate::postgres::{Postgres, PostgresView};
use crate::sqlite::{Databases, SqliteView};
use crate::variables::VariablesView;

/// What the instances of a component have in common.
pub(crate) struct Shared {
    pub(crate) id: String,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) variables: Arc<HashMap<String, String>>,
    pub(crate) databases: Databases,
    pub(crate) postgres: Postgres,
    pub(crate) outbound: Outbound,
    pub(crate) stdout: Arc<Log>,
    pub(crate) stderr: Arc<Log>,
    pub(crate) lives: Lives,
    pub(crate) metrics: HostMetrics,
    pub(crate) trap: Trap,
    pub(crate) limits: Limits,
}

/// What belongs to one instance.
pub struct InstanceState {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
    variables: Arc<HashMap<String, String>>,
    databases: Databases,
    open_connections: usize,
    postgres: Postgres,
    pub(super) limits: StoreLimits,
    _life: Life,
    _counted: Counted,
}

impl InstanceState {
    pub(super) fn new(shared: &Shared) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.envs(&shared.environment)
            .stdout(shared.stdout.stream())
            .stderr(shared.stderr.stream())
            .allow_tcp(false)
            .allow_udp(false);
        Self {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            outbound: shared.outbound.clone(),
            variables: shared.variables.clone(),
            databases: shared.databases.clone(),
            open_connections: 0,
            postgres: shared.postgres.clone(),
            limits: StoreLimitsBuilder::new()
                .memory_size(shared.limits.memory)
                .build(),
            _life: shared.lives.one(),
            _counted: shared.metrics.instance(&shared.id),
        }
    }

    pub(crate) fn sqlite(&mut self) -> SqliteView<'_> {
        SqliteView {
            table: &mut self.table,
            databases: &self.databases,
            open: &mut self.open_connections,
        }
    }

    pub(crate) fn postgres(&mut self) -> PostgresView<'_> {
        PostgresView {
            table: &mut self.table,
            postgres: &self.postgres,
        }
    }

    pub(crate) fn variables(&mut self) -> VariablesView<'_> {
        VariablesView {
            values: &self.variables,
        }
    }
}

impl WasiView for InstanceState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for InstanceState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.outbound,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}
