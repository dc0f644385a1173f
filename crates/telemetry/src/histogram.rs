//! Histograms whose buckets are counted somewhere else.

use crate::{Kind, Metrics, labels};

/// A metric of times. Whoever observes one counts it under [`bucket`](Self::bucket);
/// whoever tells of it gives the counts back.
#[derive(Clone, Copy, Debug)]
pub struct Histogram {
    /// Its name, which ends in `_seconds`.
    pub name: &'static str,
    /// What is observed, in one line.
    pub help: &'static str,
    /// The buckets' upper bounds in milliseconds, ascending. One without a bound
    /// follows the last.
    pub bounds: &'static [i64],
}

impl Histogram {
    /// The bucket of a time in milliseconds, as labels.
    #[must_use]
    pub fn bucket(&self, milliseconds: i64) -> String {
        let bound = self.bounds.iter().find(|bound| milliseconds <= **bound);
        le(bound.copied())
    }

    /// Tells of what was observed: `count` gives the count of a bucket alone,
    /// `sum` is all of them together, in milliseconds.
    pub fn write(&self, metrics: &mut Metrics, count: impl Fn(&str) -> i64, sum: i64) {
        metrics.begin(self.name, Kind::Histogram, self.help);
        let name = format!("{}_bucket", self.name);
        let mut so_far = 0;
        for bound in self.bounds.iter().copied().map(Some).chain([None]) {
            let bucket = le(bound);
            so_far += count(&bucket);
            metrics.sample(&name, &bucket, so_far);
        }
        metrics.sample(&format!("{}_sum", self.name), "", seconds(sum));
        metrics.sample(&format!("{}_count", self.name), "", so_far);
    }
}

fn le(bound: Option<i64>) -> String {
    let bound = bound.map_or_else(|| "+Inf".to_owned(), seconds);
    labels(&[("le", &bound)])
}

/// Milliseconds as seconds, exactly.
#[must_use]
pub fn seconds(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    let (whole, rest) = (
        milliseconds.unsigned_abs() / 1000,
        milliseconds.unsigned_abs() % 1000,
    );
    let text = format!("{sign}{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const LATENESS: Histogram = Histogram {
        name: "late_seconds",
        help: "How late.",
        bounds: &[100, 1_000, 60_000],
    };

    #[test]
    fn buckets_hold_all_that_is_at_most_their_bound() {
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for time in [0, 100, 101, 60_001] {
            *counts.entry(LATENESS.bucket(time)).or_default() += 1;
        }
        let mut metrics = Metrics::new("c");
        let count = |bucket: &str| counts.get(bucket).copied().unwrap_or(0);
        LATENESS.write(&mut metrics, count, 60_202);
        let text = metrics.into_text();
        let samples: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(
            samples,
            [
                "late_seconds_bucket{component=\"c\",le=\"0.1\"} 2",
                "late_seconds_bucket{component=\"c\",le=\"1\"} 3",
                "late_seconds_bucket{component=\"c\",le=\"60\"} 3",
                "late_seconds_bucket{component=\"c\",le=\"+Inf\"} 4",
                "late_seconds_sum{component=\"c\"} 60.202",
                "late_seconds_count{component=\"c\"} 4",
            ]
        );
    }

    #[test]
    fn seconds_are_exact() {
        let texts = [0, 5, 1_000, 1_250, 100_000, -1_500].map(seconds);
        assert_eq!(texts, ["0", "0.005", "1", "1.25", "100", "-1.5"]);
    }
}
