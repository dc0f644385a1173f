//! What holds of every input from outside, whatever is in it: one check for each fuzz
//! target. A check panics if it does not hold.
//!
//! The fuzz targets (`fuzz/fuzz_targets/`) give them inputs that nobody thought of; the
//! test `corpus` those that were found and kept.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    reason = "a check fails by panicking"
)]

mod audit;
mod deliveries;
mod grip;
#[cfg(feature = "host")]
mod manifests;
mod problem;
mod requests;
#[cfg(feature = "host")]
mod resources;
mod schedules;
mod search;
#[cfg(feature = "host")]
mod sidecar;
mod tasks;
mod tokens;

pub use audit::audit;
pub use deliveries::deliveries;
pub use grip::grip;
#[cfg(feature = "host")]
pub use manifests::manifests;
pub use requests::requests;
#[cfg(feature = "host")]
pub use resources::resources;
pub use schedules::schedules;
pub use search::search;
#[cfg(feature = "host")]
pub use sidecar::sidecar;
pub use tasks::tasks;
pub use tokens::tokens;

/// What holds of an input.
pub type Check = fn(&[u8]);

/// All checks, by the names of their targets and of the folders of their corpora.
pub const CHECKS: &[(&str, Check)] = &[
    ("audit", audit),
    ("deliveries", deliveries),
    ("grip", grip),
    ("requests", requests),
    ("schedules", schedules),
    ("search", search),
    ("tasks", tasks),
    ("tokens", tokens),
    #[cfg(feature = "host")]
    ("manifests", manifests),
    #[cfg(feature = "host")]
    ("resources", resources),
    #[cfg(feature = "host")]
    ("sidecar", sidecar),
];

/// The time at which all inputs come in.
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(1_768_478_400_000).expect("15 January 2026")
}

/// The lines of an input, so many; what is not there is empty, and the last is the rest.
fn lines<const COUNT: usize>(input: &[u8]) -> [&[u8]; COUNT] {
    let mut lines = input.splitn(COUNT, |byte| *byte == b'\n');
    std::array::from_fn(|_| lines.next().unwrap_or_default())
}
