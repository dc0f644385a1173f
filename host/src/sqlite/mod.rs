//! `spin:sqlite` on SQLite files, as a real Spin has it, with two differences
//! that a guest cannot see but feel: physical connections are pooled behind the
//! guests' `open`, and writers queue at a fair gate in front of each database.

mod connection;
mod database;
mod host;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::component::ResourceTable;

pub use self::connection::Connection;
pub use self::database::Database;
pub use self::host::add_to_linker;

/// How long a statement waits for others that write: SQLite's busy time-out in
/// a real Spin.
pub(crate) const BUSY_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// A component's databases: by label, those that its `sqlite_databases` names.
pub type Databases = Arc<HashMap<String, Arc<Database>>>;

/// A component's view of its databases.
pub struct SqliteView<'a> {
    /// The instance's resources.
    pub table: &'a mut ResourceTable,
    /// The databases that the component may open.
    pub databases: &'a Databases,
    /// How many connections the instance has open.
    pub open: &'a mut usize,
}
