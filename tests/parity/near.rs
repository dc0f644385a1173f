//! Durations that need not be exact.

use std::time::Duration;

/// Says that a duration is about what was expected, or else what it is. The machine may
/// be slow: twice as long, and a second more, are still near.
pub(crate) fn near(duration: Duration, expected: Duration) -> String {
    let least = expected.mul_f64(0.9);
    let most = expected * 2 + Duration::from_secs(1);
    if (least..=most).contains(&duration) {
        format!("about {expected:?}")
    } else {
        format!("{duration:.1?}, not {expected:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_more_is_still_near() {
        let second = Duration::from_secs(1);
        for millis in [900, 1_000, 2_900] {
            assert_eq!(near(Duration::from_millis(millis), second), "about 1s");
        }
        for millis in [0, 800, 3_100] {
            assert_ne!(near(Duration::from_millis(millis), second), "about 1s");
        }
    }
}
