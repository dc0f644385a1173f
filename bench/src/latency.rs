//! Latencies: in milliseconds, and of all the one that so many are below.

use std::time::Duration;

/// Of sorted latencies, the one that this many in a hundred are not above, in
/// milliseconds; NaN if there are none.
pub(crate) fn quantile(sorted: &[Duration], percent: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(last * percent / 100)
        .copied()
        .map_or(f64::NAN, ms)
}

/// A latency in milliseconds.
pub(crate) fn ms(latency: Duration) -> f64 {
    latency.as_secs_f64() * 1000.0
}
