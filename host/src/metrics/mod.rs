//! Metrics on a port of their own, as Prometheus' text.
//!
//! What the host and the embedded sidecar count is in this process. What components
//! know is theirs, in their databases: each names a path in spin.toml
//! (`[component.<id>.tool.duebell]`), which is asked at each scrape with the app's token,
//! as Prometheus itself does in front of a real Spin. The host joins the answers, and
//! knows none of their names.

mod families;
mod host;
mod scrape;

pub use self::host::{Counted, DatabaseCounters, HostMetrics};
pub use self::scrape::Scrape;
