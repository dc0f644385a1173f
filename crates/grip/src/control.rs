//! What a service tells the proxy in place of the client: text messages that begin
//! with a prefix.

use serde::{Deserialize, Serialize};

/// What a message to the proxy begins with.
pub const PREFIX: &str = "c:";

/// The extension by which a service says that it sends such messages, and that its
/// messages to the client begin with nothing of their own.
pub const GRANTED: &str = "grip; message-prefix=\"\"";

/// A message to the proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Control {
    /// From now on the client gets what is published on this channel.
    Subscribe {
        /// The channel: not empty.
        channel: String,
    },
    /// From now on it does not.
    Unsubscribe {
        /// The channel.
        channel: String,
    },
    /// The service wants to hear nothing of this connection any more.
    Detach,
}

impl Control {
    /// The message's text.
    #[must_use]
    pub fn to_message(&self) -> String {
        // Text only: it can always be written.
        format!(
            "{PREFIX}{}",
            serde_json::to_string(self).unwrap_or_default()
        )
    }

    /// Reads a message to the proxy. None: it is for the client.
    ///
    /// # Errors
    /// It is for the proxy, and none that there is.
    pub fn parse(message: &str) -> Option<Result<Self, serde_json::Error>> {
        Some(serde_json::from_str(message.strip_prefix(PREFIX)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_written_as_the_protocol_has_it() {
        let control = Control::Subscribe {
            channel: "updates".to_owned(),
        };
        let message = control.to_message();
        assert_eq!(message, r#"c:{"type":"subscribe","channel":"updates"}"#);
        assert_eq!(Control::parse(&message).unwrap().unwrap(), control);
    }

    #[test]
    fn what_is_for_the_client_is_left_to_it() {
        assert!(Control::parse("{}").is_none());
        assert!(Control::parse("c:{}").unwrap().is_err());
    }
}
