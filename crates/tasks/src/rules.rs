//! What a field may be.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, Utc};
use duebell_events::Priority;

use crate::{Recurrence, zone};

const MAX_TITLE: usize = 200;
const MAX_DESCRIPTION: usize = 10_000;
const MAX_TAGS: usize = 50;
const MAX_TAG: usize = 50;

/// The longest text that is read as a time, in bytes.
const MAX_TIME: usize = 64;

/// A field that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// Where it is in the body: a JSON Pointer (RFC 6901).
    pub pointer: String,
    /// What to change.
    pub detail: String,
}

/// Collects all that is wrong, so that one answer says it all.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<FieldProblem>);

impl Problems {
    pub(crate) fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.0.push(FieldProblem {
            pointer: pointer.into(),
            detail: detail.into(),
        });
    }

    pub(crate) fn has(&self, pointer: &str) -> bool {
        self.0.iter().any(|problem| problem.pointer == pointer)
    }

    pub(crate) fn into_list(self) -> Vec<FieldProblem> {
        self.0
    }

    pub(crate) fn into_result<T>(self, value: T) -> Result<T, Vec<FieldProblem>> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.0)
        }
    }
}

/// Either the value, or what is wrong with it.
type Checked<T> = Result<T, String>;

pub(crate) fn title(text: &str) -> Checked<String> {
    length(text, MAX_TITLE)?;
    if text.trim().is_empty() {
        return Err(format!(
            "Say what is to be done, in 1 to {MAX_TITLE} characters."
        ));
    }
    without_controls(text, &[])?;
    Ok(text.to_owned())
}

pub(crate) fn description(text: &str) -> Checked<String> {
    length(text, MAX_DESCRIPTION)?;
    without_controls(text, &['\n', '\r', '\t'])?;
    Ok(text.to_owned())
}

pub(crate) fn priority(name: &str) -> Checked<Priority> {
    name.parse()
        .map_err(|_| "Use low, medium, high or urgent.".to_owned())
}

pub(crate) fn recurrence(name: &str) -> Checked<Recurrence> {
    name.parse()
        .map_err(|error: crate::NotARecurrence| error.to_string())
}

pub(crate) fn time_zone(name: &str) -> Checked<String> {
    zone::canonical(name)
        .ok_or_else(|| "Use a time zone of the IANA database, such as Europe/Berlin.".to_owned())
}

pub(crate) fn time(text: &str) -> Checked<DateTime<Utc>> {
    parse_time(text).ok_or_else(|| {
        "Use an RFC 3339 time with its zone, from 1970 to 9999, such as 2026-01-15T14:00:00Z."
            .to_owned()
    })
}

/// Reads a time as clients send it: RFC 3339 with a zone, of the years 1970 to
/// 9999; what is finer than a millisecond is cut off. `None` for everything else.
#[must_use]
pub fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    if text.len() > MAX_TIME {
        return None;
    }
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(to_milliseconds(time.with_timezone(&Utc)))
        .filter(|time| (1970..=9999).contains(&time.year()))
}

/// A time as it is kept.
pub(crate) fn to_milliseconds(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
}

pub(crate) fn tags(tags: &[String], problems: &mut Problems) -> Vec<String> {
    if tags.len() > MAX_TAGS {
        problems.add("/tags", format!("Use at most {MAX_TAGS} tags."));
        return Vec::new();
    }
    let mut seen = HashSet::with_capacity(tags.len());
    for (index, tag) in tags.iter().enumerate() {
        if let Err(detail) = check_tag(tag) {
            problems.add(format!("/tags/{index}"), detail);
        } else if !seen.insert(tag) {
            problems.add(format!("/tags/{index}"), "It is there already: remove it.");
        }
    }
    tags.to_vec()
}

fn check_tag(tag: &str) -> Checked<()> {
    length(tag, MAX_TAG)?;
    if tag.trim().is_empty() {
        return Err(format!("Use 1 to {MAX_TAG} characters, or remove it."));
    }
    without_controls(tag, &[])
}

fn length(text: &str, most: usize) -> Checked<()> {
    // Whatever has more bytes than so many characters can have is not counted.
    if text.len() > most * 4 || text.chars().count() > most {
        return Err(format!("Use at most {most} characters."));
    }
    Ok(())
}

fn without_controls(text: &str, allowed: &[char]) -> Checked<()> {
    let found = text
        .chars()
        .find(|character| character.is_control() && !allowed.contains(character));
    match found {
        Some(character) => Err(format!(
            "Remove the control character U+{:04X}.",
            u32::from(character)
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_has_up_to_200_characters_that_can_be_seen() {
        assert!(title(&"ö".repeat(200)).is_ok());
        assert!(title(" padded ").is_ok());
        for text in [
            "",
            "  ",
            "\u{2003}",
            "a\nb",
            "a\0",
            "\u{7f}",
            "a\u{85}",
            &"a".repeat(201),
        ] {
            assert!(title(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_description_may_have_lines_and_tabs() {
        assert!(description("a\r\n\tb").is_ok());
        assert!(description(&"😀".repeat(10_000)).is_ok());
        assert!(description(&"a".repeat(10_001)).is_err());
        assert_eq!(
            description("a\u{1b}[31m").unwrap_err(),
            "Remove the control character U+001B."
        );
    }

    #[test]
    fn each_tag_that_is_wrong_is_named() {
        let mut problems = Problems::default();
        let given: Vec<String> = ["home", "", "home", "a\tb"].map(str::to_owned).to_vec();
        tags(&given, &mut problems);
        let pointers: Vec<_> = problems
            .0
            .iter()
            .map(|problem| problem.pointer.as_str())
            .collect();
        assert_eq!(pointers, ["/tags/1", "/tags/2", "/tags/3"]);
    }

    #[test]
    fn there_are_at_most_fifty_tags() {
        let many = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>();
        let mut problems = Problems::default();
        assert_eq!(tags(&many(50), &mut problems).len(), 50);
        assert!(!problems.has("/tags"));
        tags(&many(51), &mut problems);
        assert!(problems.has("/tags"));
    }

    #[test]
    fn a_time_needs_a_zone_and_is_kept_to_the_millisecond() {
        let read = |text| time(text).unwrap().to_rfc3339();
        assert_eq!(
            read("2026-01-15T14:00:00.1239Z"),
            "2026-01-15T14:00:00.123+00:00"
        );
        assert_eq!(
            read("2026-01-15T14:00:00+02:00"),
            "2026-01-15T12:00:00+00:00"
        );
        assert_eq!(read("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00+00:00");
        for text in [
            "",
            "2026-01-15",
            "2026-01-15T14:00:00",
            "2026-13-15T14:00:00Z",
            "tomorrow",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "9999-12-31T23:00:00-02:00",
            "+12026-01-15T14:00:00Z",
            "2026-01-15T24:00:00Z",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_them_panic(text in "\\PC*|.*", digits in "[0-9TZ:.+-]{0,40}") {
            let _ = (title(&text), description(&text), priority(&text), recurrence(&text));
            let _ = (time_zone(&text), time(&text), time(&digits));
            tags(&[text.clone(), text], &mut Problems::default());
        }
    }
}
