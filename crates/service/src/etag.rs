//! Versions as entity tags, and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1).

use std::fmt;

use http::header::{ETAG, IF_MATCH};
use http::{HeaderMap, HeaderValue};

use crate::Problem;

/// How many entity tags an `If-Match` may list.
const MAX_TAGS: usize = 100;

const EXPECTED: &str =
    "Use the ETag of an earlier answer, as \"v3\" with its quotes, a list of such, or *.";

/// The entity tag of a version: `"v3"`, with its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ETag(i64);

impl ETag {
    /// The tag of this version.
    #[must_use]
    pub fn new(version: i64) -> Self {
        Self(version)
    }

    /// Sets the `ETag` header.
    pub fn insert_into(self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::from_str(&self.to_string()) {
            headers.insert(ETAG, value);
        }
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"v{}\"", self.0)
    }
}

/// A request's `If-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whatever the version, as long as it exists.
    Any,
    /// One of these versions; tags that are weak or not ours are not among them,
    /// for they never match.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Reads the header; `None` if there is none.
    ///
    /// # Errors
    /// 400 if it is not what RFC 9110 says.
    pub fn parse(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let refused = || Problem::header("If-Match", EXPECTED);
        let mut found = None;
        for value in headers.get_all(IF_MATCH) {
            let value = value.to_str().map_err(|_| refused())?.trim();
            if value == "*" && found.is_none() {
                found = Some(Self::Any);
                continue;
            }
            let Self::Versions(versions) = found.get_or_insert(Self::Versions(Vec::new())) else {
                return Err(refused());
            };
            read_list(value, versions).ok_or_else(refused)?;
        }
        Ok(found)
    }

    /// Whether something of this version may be changed.
    #[must_use]
    pub fn matches(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }

    /// Checks a version against a request's `If-Match`, if it has one.
    ///
    /// # Errors
    /// 412 if it does not match.
    pub fn check(condition: Option<&Self>, version: i64) -> Result<(), Problem> {
        match condition {
            Some(condition) if !condition.matches(version) => Err(Problem::precondition_failed()),
            _ => Ok(()),
        }
    }
}

/// Reads `"a", W/"b"`; a tag may hold a comma. Empty elements are allowed, an
/// empty list is not.
fn read_list(list: &str, versions: &mut Vec<i64>) -> Option<()> {
    let mut rest = list.trim_matches([' ', '\t', ',']);
    for _ in 0..MAX_TAGS {
        let (weak, quoted) = match rest.strip_prefix("W/") {
            Some(quoted) => (true, quoted),
            None => (false, rest),
        };
        let (tag, after) = quoted.strip_prefix('"')?.split_once('"')?;
        if !tag.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        if let Some(version) = version(tag).filter(|_| !weak) {
            versions.push(version);
        }
        let after = after.trim_start_matches([' ', '\t']);
        if after.is_empty() {
            return Some(());
        }
        rest = after
            .strip_prefix(',')?
            .trim_start_matches([' ', '\t', ',']);
    }
    None
}

/// The version, if this is one of our tags exactly as we write them.
fn version(tag: &str) -> Option<i64> {
    let version: i64 = tag.strip_prefix('v')?.parse().ok()?;
    (format!("v{version}") == tag).then_some(version)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(value: &str) -> Result<Option<IfMatch>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_str(value).unwrap());
        IfMatch::parse(&headers)
    }

    #[test]
    fn a_version_is_matched_by_its_own_tag() {
        let condition = parse(&ETag::new(3).to_string()).unwrap();
        assert!(IfMatch::check(condition.as_ref(), 3).is_ok());
        assert_eq!(
            IfMatch::check(condition.as_ref(), 4).unwrap_err().status(),
            412
        );
        assert!(IfMatch::check(None, 4).is_ok());
    }

    #[test]
    fn a_star_matches_any_version_and_a_list_each_of_its_own() {
        assert!(parse("*").unwrap().unwrap().matches(9));
        let list = parse(r#""v1",, "x,y" , "v3""#).unwrap().unwrap();
        assert_eq!(list, IfMatch::Versions(vec![1, 3]));
        assert!(!list.matches(2));
    }

    #[test]
    fn weak_tags_and_tags_of_others_never_match() {
        for value in [r#"W/"v3""#, r#""3""#, r#""v03""#, r#""v+3""#, r#""""#] {
            assert!(!parse(value).unwrap().unwrap().matches(3), "{value}");
        }
    }

    #[test]
    fn what_is_no_list_of_tags_is_refused() {
        for value in [
            "v3",
            "\"v3",
            "\"v3\" \"v4\"",
            "",
            "*, \"v3\"",
            "w/\"v3\"",
            "\"a b\"",
            ",",
        ] {
            assert_eq!(parse(value).unwrap_err().status(), 400, "{value}");
        }
    }

    #[test]
    fn several_headers_are_one_list_but_a_star_stands_alone() {
        let mut headers = HeaderMap::new();
        headers.append(IF_MATCH, HeaderValue::from_static("\"v1\""));
        headers.append(IF_MATCH, HeaderValue::from_static("\"v2\""));
        assert!(IfMatch::parse(&headers).unwrap().unwrap().matches(2));
        headers.append(IF_MATCH, HeaderValue::from_static("*"));
        assert!(IfMatch::parse(&headers).is_err());
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(value in "[ -~]*", tags in r#"[W/"v0-9, *]*"#) {
            let _ = parse(&value);
            let _ = parse(&tags);
        }
    }
}
