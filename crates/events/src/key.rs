//! By what an event is known again.

/// The identity of an event in a consumer's inbox: `topic/event_type/correlation_id`,
/// or `topic/ce/id` where it has no correlation id.
///
/// Two deliveries of one event have the same key. Two events do not: the first
/// two parts hold no `/`, and no event type is `ce`.
pub fn event_key(
    topic: &str,
    event_type: &str,
    correlation_id: Option<&str>,
    cloud_event_id: &str,
) -> String {
    match correlation_id {
        Some(correlation_id) => format!("{topic}/{event_type}/{correlation_id}"),
        None => format!("{topic}/ce/{cloud_event_id}"),
    }
}
