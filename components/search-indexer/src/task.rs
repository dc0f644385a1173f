//! What is known of a task, and since which event.

use duebell_events::{TaskEvent, TaskEventType};

/// An event as far as the index needs it.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The event.
    pub event: &'a TaskEvent,
    /// Who published it: the CloudEvents source; empty if nobody says.
    pub source: &'a str,
    /// Its place in the publisher's sequence, if the publisher counts.
    pub sequence: Option<i64>,
}

/// Since which event something is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who published it.
    pub source: String,
    /// Its place in the publisher's sequence, if the publisher counts.
    pub sequence: Option<i64>,
    /// When it happened, in microseconds since 1970.
    pub happened_at: i64,
}

impl Change<'_> {
    /// What is known once this has been heard.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            source: self.source.to_owned(),
            sequence: self.sequence,
            happened_at: self.event.timestamp.microseconds,
        }
    }

    /// Whether the task is gone.
    #[must_use]
    pub fn is_deletion(&self) -> bool {
        self.event.event_type == TaskEventType::Deleted
    }
}

impl Standing {
    /// Whether this is from before `known`, and must not overwrite it. One
    /// publisher's events go by its sequence. Where there is none, or events are of
    /// two publishers, all there is to go by is when they happened; of two at the
    /// same time the one that comes later counts.
    #[must_use]
    pub fn is_older_than(&self, known: &Self) -> bool {
        match (self.sequence, known.sequence) {
            (Some(new), Some(old)) if self.source == known.source => new < old,
            _ => self.happened_at < known.happened_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Standing;

    fn standing(source: &str, sequence: Option<i64>, happened_at: i64) -> Standing {
        Standing {
            source: source.to_owned(),
            sequence,
            happened_at,
        }
    }

    #[test]
    fn a_sequence_counts_more_than_a_clock() {
        let known = standing("a", Some(7), 100);
        assert!(standing("a", Some(6), 200).is_older_than(&known));
        assert!(!standing("a", Some(8), 50).is_older_than(&known));
        assert!(!standing("a", Some(7), 100).is_older_than(&known));
    }

    #[test]
    fn without_a_common_sequence_the_time_counts() {
        let known = standing("a", Some(7), 100);
        for other in [standing("b", Some(1), 101), standing("a", None, 100)] {
            assert!(!other.is_older_than(&known));
        }
        for other in [standing("b", Some(900), 99), standing("", None, 99)] {
            assert!(other.is_older_than(&known));
        }
    }
}
