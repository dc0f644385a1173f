//! What is said of text that is no event.

use std::fmt;

use serde::Deserialize;
use serde_path_to_error::Segment;

/// The longest explanation that is kept, in bytes: it may quote what was sent,
/// and ends up in logs and in a database.
const MAX_DETAIL: usize = 500;

/// Text that is not what it should be; no retry mends it. Says where, and what
/// was expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    what: &'static str,
    pointer: String,
    detail: String,
}

impl Malformed {
    pub(crate) fn new(what: &'static str, detail: impl fmt::Display) -> Self {
        Self::at(what, String::new(), detail)
    }

    pub(crate) fn at(what: &'static str, pointer: String, detail: impl fmt::Display) -> Self {
        let mut detail = detail.to_string();
        let end = detail.floor_char_boundary(MAX_DETAIL);
        if end < detail.len() {
            detail.truncate(end);
            detail.push('…');
        }
        Self {
            what,
            pointer,
            detail,
        }
    }

    /// Where in the text it is wrong: a JSON pointer (RFC 6901). Empty where it is
    /// the text as a whole.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is wrong there. At most some 500 bytes long.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed {}", self.what)?;
        if !self.pointer.is_empty() {
            write!(f, " at {}", self.pointer)?;
        }
        write!(f, ": {}", self.detail)
    }
}

impl std::error::Error for Malformed {}

/// Reads a JSON object, and says which field is wrong where it is.
pub(crate) fn read<'a, T: Deserialize<'a>>(
    what: &'static str,
    text: &'a str,
) -> Result<T, Malformed> {
    // serde would take a list for a struct as well.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(Malformed::new(what, "expected a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| Malformed::at(what, pointer_of(error.path()), error.inner()))?;
    reader.end().map_err(|error| Malformed::new(what, error))?;
    Ok(value)
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let token = match segment {
            Segment::Seq { index } => index.to_string(),
            // ~ and / are what JSON pointers escape.
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            Segment::Enum { variant } => variant.clone(),
            // serde_json stops here: the text broke off, or it is no JSON.
            Segment::Unknown => break,
        };
        pointer.push('/');
        pointer.push_str(&token);
        if pointer.len() > MAX_DETAIL {
            break;
        }
    }
    pointer
}
