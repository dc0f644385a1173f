//! `spin:postgres` on real servers, as a real Spin has it: connections are pooled by
//! address, and one that a guest holds is nobody else's.

#![expect(
    clippy::result_large_err,
    reason = "the interface's error is what is passed on"
)]

mod connection;
mod host;
mod pools;
mod tls;
mod values;

use std::sync::Arc;

use wasmtime::component::ResourceTable;

pub use self::connection::{Builder, Connection};
pub use self::host::add_to_linker;
pub use self::pools::Pools;

use crate::outbound::AllowList;

/// What a component may reach, and the connections that it shares with others.
#[derive(Clone)]
pub(crate) struct Postgres {
    pub(crate) component: Arc<str>,
    pub(crate) allowed: Arc<AllowList>,
    pub(crate) pools: Pools,
}

/// A component's view of Postgres.
pub struct PostgresView<'a> {
    /// The instance's resources.
    pub table: &'a mut ResourceTable,
    pub(crate) postgres: &'a Postgres,
}
