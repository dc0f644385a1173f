//! In which order events go out.

use duebell_store::outbox::StoredEvent;
use std::collections::BTreeMap;

/// How many events one bulk call holds at most.
const MOST_ENTRIES: usize = 100;

/// How many bytes of event data one bulk call holds at most. (Dapr takes bodies
/// of up to 4 MiB, and each event comes with an envelope.)
const MOST_BYTES: usize = 1024 * 1024;

/// The events of one bulk call: of one topic, and at most one of each user.
pub(crate) type Bulk = Vec<StoredEvent>;

/// Splits a batch that is in commit order into rounds. A round's bulk calls may
/// run side by side, since no two events of one topic and user are in it; the
/// next round begins when the one before is answered. (Dapr publishes the rest
/// of a bulk after an entry that failed, and Kafka's client may reorder them.)
pub(crate) fn rounds(batch: Vec<StoredEvent>) -> Vec<Vec<Bulk>> {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut by_topic: Vec<BTreeMap<String, Vec<StoredEvent>>> = Vec::new();
    for stored in batch {
        let place = (stored.event.topic.clone(), stored.event.user_id.clone());
        let round = seen.entry(place).or_insert(0);
        if by_topic.len() == *round {
            by_topic.push(BTreeMap::new());
        }
        if let Some(topics) = by_topic.get_mut(*round) {
            topics
                .entry(stored.event.topic.clone())
                .or_default()
                .push(stored);
        }
        *round += 1;
    }
    by_topic
        .into_iter()
        .map(|topics| topics.into_values().flat_map(bulks).collect())
        .collect()
}

fn bulks(events: Vec<StoredEvent>) -> Vec<Bulk> {
    let mut all: Vec<Bulk> = Vec::new();
    let mut bytes = 0;
    for stored in events {
        let size = stored.event.data.len();
        match all.last_mut() {
            Some(bulk) if bulk.len() < MOST_ENTRIES && bytes + size <= MOST_BYTES => {
                bytes += size;
                bulk.push(stored);
            }
            _ => {
                bytes = size;
                all.push(vec![stored]);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use duebell_store::outbox::NewEvent;

    fn stored(number: i64, topic: &str, user: &str, size: usize) -> StoredEvent {
        StoredEvent {
            number,
            sequence: number,
            event: NewEvent {
                topic: topic.to_owned(),
                user_id: user.to_owned(),
                event_id: number.to_string(),
                event_type: "task.created".to_owned(),
                subject: None,
                time: String::new(),
                traceparent: None,
                data: "x".repeat(size),
            },
        }
    }

    fn numbers(rounds: &[Vec<Bulk>]) -> Vec<Vec<Vec<i64>>> {
        let bulk = |bulk: &Bulk| bulk.iter().map(|stored| stored.number).collect();
        rounds
            .iter()
            .map(|round| round.iter().map(bulk).collect())
            .collect()
    }

    #[test]
    fn no_bulk_holds_two_events_of_one_topic_and_user() {
        let batch = vec![
            stored(1, "a", "ann", 1),
            stored(2, "a", "bob", 1),
            stored(3, "a", "ann", 1),
            stored(4, "b", "ann", 1),
            stored(5, "a", "ann", 1),
        ];
        assert_eq!(
            numbers(&rounds(batch)),
            vec![vec![vec![1, 2], vec![4]], vec![vec![3]], vec![vec![5]]]
        );
    }

    #[test]
    fn a_bulk_is_bounded_in_entries_and_bytes() {
        let batch = (0..150)
            .map(|at| stored(at, "a", &format!("user {at}"), 1))
            .collect();
        let sizes: Vec<usize> = rounds(batch).concat().iter().map(Vec::len).collect();
        assert_eq!(sizes, vec![100, 50]);
        let batch = (0..3)
            .map(|at| stored(at, "a", &format!("user {at}"), 600_000))
            .collect();
        let sizes: Vec<usize> = rounds(batch).concat().iter().map(Vec::len).collect();
        assert_eq!(sizes, vec![1, 1, 1]);
    }
}
