//! What a GRIP proxy and a service say to each other.

use bytes::Bytes;
use duebell_grip::control::Control;
use duebell_grip::events;
use duebell_grip::publish::Published;

/// The input as the events of a WebSocket, as a control message, and as what is
/// published: whatever is read is written and read again as the same.
pub fn grip(input: &[u8]) {
    let body = Bytes::copy_from_slice(input);
    if let Ok(happened) = events::parse(&body) {
        assert!(happened.len() <= events::MOST_EVENTS);
        assert_eq!(events::parse(&events::write(&happened)), Ok(happened));
    }
    if let Ok(text) = std::str::from_utf8(input)
        && let Some(Ok(control)) = Control::parse(text)
    {
        let again = Control::parse(&control.to_message()).expect("it has the prefix");
        assert_eq!(again.expect("it was written"), control);
    }
    if let Ok(published) = serde_json::from_slice::<Published>(input) {
        let written = serde_json::to_vec(&published).expect("text can be written");
        let again: Published = serde_json::from_slice(&written).expect("it was written");
        assert_eq!(again, published);
    }
}
