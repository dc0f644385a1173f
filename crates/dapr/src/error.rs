//! Why a call to the sidecar did not do what it should.

use std::fmt;

use bytes::Bytes;
use http::{Response, StatusCode};
use serde::Deserialize;

use crate::TransportError;

/// The longest message that is kept, in bytes.
const MAX_MESSAGE: usize = 500;

/// Why a call to the sidecar did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SidecarError {
    /// No answer came. Whether the call was carried out is unknown.
    Transport(TransportError),
    /// The sidecar answered with an error.
    Refused {
        /// The answer's status.
        status: StatusCode,
        /// Dapr's `errorCode`, such as `ERR_PUBSUB_NOT_FOUND`; empty if it gave none.
        code: String,
        /// Dapr's message. At most some 500 bytes.
        message: String,
    },
    /// The call cannot be made like this, now or later. Says what to change.
    Unusable(String),
}

impl SidecarError {
    /// What an answer with an error's status says.
    pub(crate) fn of(response: &Response<Bytes>) -> Self {
        let Problem {
            error_code,
            message,
        } = serde_json::from_slice(response.body()).unwrap_or_else(|_| Problem {
            error_code: String::new(),
            message: String::from_utf8_lossy(response.body()).into_owned(),
        });
        Self::Refused {
            status: response.status(),
            code: shortened(error_code),
            message: shortened(message),
        }
    }
}

#[derive(Deserialize)]
struct Problem {
    #[serde(rename = "errorCode")]
    error_code: String,
    #[serde(default)]
    message: String,
}

pub(crate) fn shortened(mut text: String) -> String {
    let end = text.floor_char_boundary(MAX_MESSAGE);
    if end < text.len() {
        text.truncate(end);
        text.push('…');
    }
    text
}

impl From<TransportError> for SidecarError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl fmt::Display for SidecarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(error) => write!(f, "the sidecar cannot be reached: {error}"),
            Self::Refused {
                status,
                code,
                message,
            } => {
                write!(f, "the sidecar answered {}", status.as_u16())?;
                for part in [code, message] {
                    if !part.is_empty() {
                        write!(f, ": {part}")?;
                    }
                }
                Ok(())
            }
            Self::Unusable(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for SidecarError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => Some(error),
            Self::Refused { .. } | Self::Unusable(_) => None,
        }
    }
}
