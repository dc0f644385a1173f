//! `Idempotency-Key`: how a repeated request is known again. Where answers are
//! kept is the component's business, in the transaction of the effect.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method};
use sha2::{Digest as _, Sha256};

use crate::Problem;

const NAME: &str = "Idempotency-Key";

/// The longest key, in bytes.
const MAX_KEY: usize = 255;

/// A client's key for a request: 1 to 255 visible ASCII characters. It belongs to
/// user, method and path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads the header; `None` if there is none.
    ///
    /// # Errors
    /// 400 if it is no key, or there are several.
    pub fn from_headers(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let mut values = headers.get_all(NAME).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(Problem::header(NAME, "Send one."));
        }
        std::str::from_utf8(value.as_bytes())
            .ok()
            .filter(|key| (1..=MAX_KEY).contains(&key.len()))
            .filter(|key| key.bytes().all(|byte| byte.is_ascii_graphic()))
            .map(|key| Some(Self(key.to_owned())))
            .ok_or_else(|| {
                Problem::header(
                    NAME,
                    "Use 1 to 255 visible ASCII characters, such as a UUID.",
                )
            })
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a request was, so that the same key with another body is found out: the
/// SHA-256 of method, path (with its query) and body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a request.
    #[must_use]
    pub fn of(method: &Method, path: &str, body: &Bytes) -> Self {
        // The lengths keep the parts apart.
        let mut hash = Sha256::new();
        for part in [method.as_str().as_bytes(), path.as_bytes(), body] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read(value: &[u8]) -> Result<Option<IdempotencyKey>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(NAME, HeaderValue::from_bytes(value).unwrap());
        IdempotencyKey::from_headers(&headers)
    }

    #[test]
    fn a_key_is_up_to_255_visible_characters() {
        assert_eq!(
            IdempotencyKey::from_headers(&HeaderMap::new()).unwrap(),
            None
        );
        assert_eq!(read(b"a-b").unwrap().unwrap().as_str(), "a-b");
        assert!(read(&[b'a'; 255]).is_ok());
        for value in [&[b'a'; 256][..], b"", b"a b", "ä".as_bytes()] {
            assert_eq!(read(value).unwrap_err().status(), 400, "{value:?}");
        }
    }

    #[test]
    fn two_keys_are_refused() {
        let mut headers = HeaderMap::new();
        headers.append(NAME, HeaderValue::from_static("a"));
        headers.append(NAME, HeaderValue::from_static("a"));
        assert!(IdempotencyKey::from_headers(&headers).is_err());
    }

    #[test]
    fn another_body_path_or_method_is_another_request() {
        let one = Fingerprint::of(&Method::POST, "/a", &"bc".into());
        assert_eq!(one, Fingerprint::of(&Method::POST, "/a", &"bc".into()));
        assert_eq!(one.to_string().len(), 64);
        assert_ne!(one, Fingerprint::of(&Method::POST, "/ab", &"c".into()));
        assert_ne!(one, Fingerprint::of(&Method::PUT, "/a", &"bc".into()));
        assert_ne!(one, Fingerprint::of(&Method::POST, "/a", &"bd".into()));
    }
}
