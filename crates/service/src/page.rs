//! Lists in pages: how long a page is, and where the next one begins.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::Problem;

/// How many bytes of the MAC a cursor holds: 128 bits.
const TAG: usize = 16;

/// How long a cursor may be, in bytes.
const MAX_CURSOR: usize = 4 * 1024;

/// How many items a page has at most: 1 to 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u8);

impl Limit {
    /// The most that may be asked for.
    pub const MAX: u8 = 200;

    /// Reads the query parameter `limit`; absent, it is 50.
    ///
    /// # Errors
    /// 400 if it is no number from 1 to 200.
    pub fn parse(text: Option<&str>) -> Result<Self, Problem> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        text.parse()
            .ok()
            .filter(|limit| (1..=Self::MAX).contains(limit) && !text.starts_with('+'))
            .map(Self)
            .ok_or_else(|| Problem::parameter("limit", "Use a number from 1 to 200."))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

/// Makes and reads cursors: opaque to clients, and signed, so that a made-up one,
/// or one of another list or user, is found out.
#[derive(Clone)]
pub struct CursorCodec {
    key: Hmac<Sha256>,
}

impl CursorCodec {
    /// Cursors signed with a key that is derived from this one, which may have
    /// other uses.
    #[must_use]
    pub fn new(key: &[u8]) -> Self {
        let derived = Sha256::new()
            .chain_update(b"duebell cursor v1\0")
            .chain_update(key)
            .finalize();
        // HMAC fills a key up to the block with zeros (RFC 2104, section 2).
        let mut block = hmac::digest::Key::<Hmac<Sha256>>::default();
        for (to, from) in block.iter_mut().zip(derived) {
            *to = from;
        }
        Self {
            key: Hmac::new(&block),
        }
    }

    /// A cursor for `position`, good only within `scope`: the user, the path and
    /// the filters, in any form that is the same next time.
    ///
    /// # Errors
    /// 500 if the position cannot be written as JSON.
    pub fn encode<T: Serialize>(&self, scope: &str, position: &T) -> Result<String, Problem> {
        let payload = serde_json::to_vec(position).map_err(|_| Problem::internal())?;
        let tag = self.mac(scope, &payload).finalize().into_bytes();
        let mut cursor = payload;
        cursor.extend(tag.iter().take(TAG));
        Ok(BASE64_URL_SAFE_NO_PAD.encode(cursor))
    }

    /// Ends a page: of the items, of which one more than `limit` was asked for, only
    /// `limit` stay, and the cursor is the last one's if there are more. `position`
    /// says where an item is.
    ///
    /// # Errors
    /// 500 if the position cannot be written as JSON.
    pub fn end_page<I, T: Serialize>(
        &self,
        scope: &str,
        items: &mut Vec<I>,
        limit: usize,
        position: impl FnOnce(&I) -> T,
    ) -> Result<Option<String>, Problem> {
        if items.len() <= limit {
            return Ok(None);
        }
        items.truncate(limit);
        let last = items.last().map(position);
        last.map(|last| self.encode(scope, &last)).transpose()
    }

    /// The position that a cursor holds.
    ///
    /// # Errors
    /// 400 if it was not made by this codec for this scope.
    pub fn decode<T: DeserializeOwned>(&self, scope: &str, cursor: &str) -> Result<T, Problem> {
        self.open(scope, cursor).ok_or_else(|| {
            Problem::parameter(
                "cursor",
                "Use the next_cursor of the page before, with the same filters, or none to begin anew.",
            )
        })
    }

    fn open<T: DeserializeOwned>(&self, scope: &str, cursor: &str) -> Option<T> {
        if cursor.len() > MAX_CURSOR {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (payload, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        self.mac(scope, payload).verify_truncated_left(tag).ok()?;
        serde_json::from_slice(payload).ok()
    }

    fn mac(&self, scope: &str, payload: &[u8]) -> Hmac<Sha256> {
        // The length keeps scope and payload apart.
        self.key
            .clone()
            .chain_update((scope.len() as u64).to_be_bytes())
            .chain_update(scope)
            .chain_update(payload)
    }
}

/// Without the key.
impl fmt::Debug for CursorCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CursorCodec").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Position = (i64, String);

    #[test]
    fn a_page_has_fifty_items_unless_it_is_told_otherwise() {
        assert_eq!(Limit::parse(None).unwrap().get(), 50);
        assert_eq!(Limit::parse(Some("1")).unwrap().get(), 1);
        assert_eq!(Limit::parse(Some("200")).unwrap().get(), 200);
    }

    #[test]
    fn a_limit_out_of_range_is_refused() {
        for text in [
            "",
            "0",
            "201",
            "256",
            "-1",
            "+5",
            "5.0",
            "many",
            " 5",
            "99999999999",
        ] {
            let problem = Limit::parse(Some(text)).unwrap_err();
            assert_eq!(
                problem.detail(),
                "\"limit\": Use a number from 1 to 200.",
                "{text}"
            );
        }
    }

    #[test]
    fn a_cursor_is_good_in_its_own_list_only() {
        let codec = CursorCodec::new(b"key");
        let cursor = codec.encode("alice /api/tasks", &7).unwrap();
        assert_eq!(codec.decode::<i64>("alice /api/tasks", &cursor).unwrap(), 7);
        assert!(codec.decode::<i64>("bob /api/tasks", &cursor).is_err());
        let other = CursorCodec::new(b"another key");
        assert!(other.decode::<i64>("alice /api/tasks", &cursor).is_err());
    }

    #[test]
    fn the_key_is_in_no_debug_text() {
        let text = format!("{:?}", CursorCodec::new(b"topsecret"));
        assert_eq!(text, "CursorCodec { .. }");
    }

    #[test]
    fn a_page_ends_with_a_cursor_if_there_is_more() {
        let cursors = CursorCodec::new(b"a key");
        let mut items = vec![1, 2, 3];
        let cursor = cursors.end_page("list", &mut items, 2, |last| *last);
        assert_eq!(items, [1, 2]);
        let cursor = cursor.unwrap().unwrap();
        assert_eq!(cursors.decode::<i32>("list", &cursor).unwrap(), 2);
        for mut items in [vec![], vec![1, 2]] {
            let before = items.clone();
            let cursor = cursors.end_page("list", &mut items, 2, |last: &i32| *last);
            assert_eq!((cursor.unwrap(), items), (None, before));
        }
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_was(scope in ".*", number: i64, text in ".{0,200}") {
            let codec = CursorCodec::new(b"key");
            let cursor = codec.encode(&scope, &(number, &text)).unwrap();
            prop_assert_eq!(codec.decode::<Position>(&scope, &cursor).unwrap(), (number, text));
        }

        #[test]
        fn tampering_is_always_found(number: i64, at: prop::sample::Index, with in "[A-Za-z0-9_-]") {
            let codec = CursorCodec::new(b"key");
            let cursor = codec.encode("scope", &number).unwrap();
            let at = at.index(cursor.len());
            let tampered = format!("{}{with}{}", &cursor[..at], &cursor[at + 1..]);
            prop_assume!(tampered != cursor);
            prop_assert!(codec.decode::<i64>("scope", &tampered).is_err());
            prop_assert!(codec.decode::<i64>("scope", &cursor[..at]).is_err());
        }

        #[test]
        fn one_of_another_list_or_user_is_refused(
            user in ".{0,8}", list in ".{0,8}", other_user in ".{0,8}", other_list in ".{0,8}", position: Vec<i64>,
        ) {
            let codec = CursorCodec::new(b"key");
            let (scope, other) = (format!("{user:?}{list}"), format!("{other_user:?}{other_list}"));
            let cursor = codec.encode(&scope, &position).unwrap();
            let read = codec.decode::<Vec<i64>>(&other, &cursor);
            prop_assert_eq!(read.is_ok(), scope == other);
            // Nor does it matter where the scope ends and the position begins.
            let longer = format!("{scope}{}", serde_json::to_string(&position).unwrap());
            prop_assert!(codec.decode::<Vec<i64>>(&longer, &cursor).is_err());
            prop_assert!(CursorCodec::new(b"another key").decode::<Vec<i64>>(&scope, &cursor).is_err());
        }

        #[test]
        fn any_byte_that_was_changed_is_found(number: i64, at: prop::sample::Index, with in 1_u8..) {
            let codec = CursorCodec::new(b"key");
            let cursor = codec.encode("scope", &number).unwrap();
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= with;
            let changed = BASE64_URL_SAFE_NO_PAD.encode(bytes);
            prop_assert!(codec.decode::<i64>("scope", &changed).is_err());
        }

        #[test]
        fn a_made_up_cursor_is_refused(cursor in ".*", plausible in "[A-Za-z0-9_-]{0,80}") {
            let codec = CursorCodec::new(b"key");
            prop_assert!(codec.decode::<i64>("scope", &cursor).is_err());
            prop_assert!(codec.decode::<i64>("scope", &plausible).is_err());
        }
    }
}
