//! Database access for Spin components.
//!
//! One small interface ([`Store`]: read, write, migrate) over several backends:
//! Spin's SQLite and Spin's Postgres in a component (`spin`, `postgres`), rusqlite in
//! native tests (`native`). On it stand the two tables that make delivery reliable: the
//! [`outbox`] of whoever publishes and the [`inbox`] of whoever consumes; and
//! [`counters`] that outlive instances.
//!
//! ```
//! # #[cfg(feature = "rusqlite")]
//! # futures::executor::block_on(async {
//! use duebell_store::{Migration, Store, native::SqliteFile};
//!
//! const MIGRATIONS: &[Migration] = &[Migration {
//!     number: 1,
//!     name: "a table of bells",
//!     statements: &["CREATE TABLE bells (name TEXT PRIMARY KEY, rings INTEGER NOT NULL)"],
//!     postgres: &[],
//! }];
//!
//! let folder = tempfile::tempdir()?;
//! let store = Store::new(SqliteFile::new(folder.path().join("bells.db")), MIGRATIONS);
//! store
//!     .write(async |tx| {
//!         tx.execute("INSERT INTO bells VALUES (?1, ?2)", ["tower".into(), 12.into()]).await
//!     })
//!     .await?;
//! let rows = store
//!     .read(async |db| db.query("SELECT rings FROM bells WHERE name = ?1", ["tower".into()]).await)
//!     .await?;
//! assert_eq!(rows[0].integer(0)?, 12);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! This crate never knows what it stores: no task, no event type, no HTTP.

mod backend;
mod dialect;
mod drawn;
mod error;
mod gate;
mod migrations;
mod row;
mod sql;
mod store;
mod ticket;
mod value;

#[cfg(feature = "contract")]
pub mod contract;
pub mod counters;
pub mod inbox;
#[cfg(feature = "rusqlite")]
pub mod native;
pub mod outbox;
#[cfg(target_family = "wasm")]
pub mod postgres;
#[cfg(target_family = "wasm")]
pub mod spin;

pub use backend::{Backend, Bell, Connection, LocalFuture};
pub use dialect::{Dialect, for_postgres};
pub use drawn::insert_drawn;
pub use error::Error;
pub use migrations::{Migration, Migrations};
pub use row::Row;
pub use sql::{parameters, values};
pub use store::{Db, Store, Tx};
pub use value::Value;
