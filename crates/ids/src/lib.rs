//! Ids of what users have: integers of at most 53 bits, ordered by time, with a
//! random tail.
//!
//! One type for each kind, so that none is taken for another. The time and the
//! randomness are parameters; nothing here knows a database: whoever keeps an id
//! finds out whether it is taken.
//!
//! ```
//! use duebell_ids::{ReminderId, TaskId};
//!
//! let now = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_833);
//! let task = TaskId::generate(now, 0x0abc);
//! assert_eq!(TaskId::parse(&task.to_string()), Some(task));
//! assert_eq!(ReminderId::parse("007"), None);
//! ```

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

/// The greatest id: 2^53 - 1, the greatest integer that is exact in JSON
/// everywhere (RFC 8259, section 6).
const MAX: i64 = (1 << 53) - 1;

/// 2024-01-01T00:00:00Z in milliseconds: where ids begin.
const EPOCH: i64 = 1_704_067_200_000;

/// How many bits of an id are random.
const RANDOM: u32 = 12;

/// 41 bits of milliseconds since 2024 and the lower 12 bits of `random`.
fn generate(now: DateTime<Utc>, random: u16) -> i64 {
    let last = MAX >> RANDOM;
    let milliseconds = (now.timestamp_millis().saturating_sub(EPOCH)).clamp(1, last);
    milliseconds << RANDOM | i64::from(random) & ((1 << RANDOM) - 1)
}

fn parse(text: &str) -> Option<i64> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    canonical.then(|| text.parse().ok()).flatten()
}

macro_rules! id {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        ///
        /// 1 to 2^53 - 1. Ids are ordered by time, with a random tail: no counter
        /// that tells one user what others do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// An id for what is made `now`: 41 bits of milliseconds since 2024
            /// (until 2093) and the lower 12 bits of `random`. Two of the same
            /// millisecond can be the same: if it is taken, draw another.
            #[must_use]
            pub fn generate(now: DateTime<Utc>, random: u16) -> Self {
                Self(generate(now, random))
            }

            /// The id with this number; `None` if it is no id.
            #[must_use]
            pub fn new(number: i64) -> Option<Self> {
                (1..=MAX).contains(&number).then_some(Self(number))
            }

            /// Reads an id as it is written in a path: digits, without a sign or
            /// leading zeros. `None` for everything else.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                parse(text).and_then(Self::new)
            }

            /// The number.
            #[must_use]
            pub fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<$name> for u64 {
            fn from(id: $name) -> Self {
                id.0.unsigned_abs()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_i64(self.0)
            }
        }
    };
}

id! {
    /// The id of a task.
    TaskId
}

id! {
    /// The id of a reminder.
    ReminderId
}

id! {
    /// The id of a notification.
    NotificationId
}

id! {
    /// The id of a dead letter.
    DeadLetterId
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(milliseconds).unwrap()
    }

    #[test]
    fn what_is_no_id_is_none() {
        for text in [
            "",
            "0",
            "01",
            "-1",
            "+1",
            "1.0",
            "1e3",
            " 1",
            "1 ",
            "0x1",
            "١",
            "abc",
            "9007199254740992",
            "99999999999999999999",
        ] {
            assert_eq!(TaskId::parse(text), None, "{text}");
        }
        assert_eq!(TaskId::parse("9007199254740991"), TaskId::new(MAX));
        assert_eq!(TaskId::parse("1").map(TaskId::get), Some(1));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*", digits in "[0-9+-]*") {
            let _ = TaskId::parse(&text);
            let _ = TaskId::parse(&digits);
        }

        #[test]
        fn an_id_has_at_most_53_bits_whatever_the_clock_says(
            milliseconds in -60_000_000_000_000_i64..8_000_000_000_000_000, random: u16
        ) {
            let id = TaskId::generate(at(milliseconds), random);
            prop_assert!((1..=MAX).contains(&id.get()));
            prop_assert_eq!(TaskId::parse(&id.to_string()), Some(id));
        }

        #[test]
        fn a_later_id_is_greater(
            earlier in EPOCH + 1..EPOCH + (1 << 40), step in 1_i64..1 << 39, one: u16, other: u16
        ) {
            let first = TaskId::generate(at(earlier), one);
            prop_assert!(first < TaskId::generate(at(earlier + step), other));
        }
    }
}
