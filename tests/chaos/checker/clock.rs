//! What the clock under test showed, and when.

/// How long after it is noted a clock may still show what it did before, in
/// milliseconds.
const SLACK: i64 = 200;

/// How far the clock was from the real one, from when on.
#[derive(Default)]
pub(super) struct Clocks(Vec<(i64, i64)>);

impl Clocks {
    pub(super) fn set(&mut self, at: i64, offset: i64) {
        self.0.push((at, offset));
    }

    /// Whether the clock had shown `wanted` by when it showed `shown`: so if it is not
    /// later, and otherwise only if the clock was set back in between.
    pub(super) fn had_shown(&self, wanted: i64, shown: i64) -> bool {
        if shown >= wanted {
            return true;
        }
        let spans = self.spans();
        // The latest real time at which it may have shown that.
        let latest = spans
            .iter()
            .map(|(from, to, offset)| (shown - offset, *from, *to))
            .filter(|(real, from, to)| *real >= from - SLACK && *real <= to.saturating_add(SLACK))
            .map(|(real, _, _)| real)
            .max();
        let Some(latest) = latest else {
            return false;
        };
        let before = spans.iter().filter(|(from, _, _)| *from <= latest);
        let most = before.map(|(_, to, offset)| (*to).min(latest) + SLACK + offset);
        self.0.len() > 1 && most.max().is_some_and(|most| most >= wanted)
    }

    /// From, to, and how far it was from the real one.
    fn spans(&self) -> Vec<(i64, i64, i64)> {
        let begins = [(0, 0)].into_iter().chain(self.0.iter().copied());
        let ends = self.0.iter().map(|(at, _)| *at).chain([i64::MAX / 2]);
        begins
            .zip(ends)
            .map(|((from, offset), to)| (from, to, offset))
            .collect()
    }
}
