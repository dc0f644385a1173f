//! Query parameters, read strictly: what is not understood is refused, not
//! ignored.

use std::borrow::Cow;
use std::str::FromStr;

use crate::Problem;

/// How long a query may be, in bytes.
pub const MAX_QUERY: usize = 8 * 1024;

/// A request's query parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query<'a> {
    parameters: Vec<(&'static str, Cow<'a, str>)>,
}

impl<'a> Query<'a> {
    /// Reads a query (`a=1&b=2`, without the question mark), decoded as forms
    /// are: `%XX` and `+` for a space.
    ///
    /// # Errors
    /// 400 if a parameter is not in `allowed`, comes twice, or is no UTF-8 in
    /// proper percent-encoding; the parameter is named.
    pub fn parse(query: Option<&'a str>, allowed: &[&'static str]) -> Result<Self, Problem> {
        let query = query.unwrap_or_default();
        if query.len() > MAX_QUERY {
            return Err(Problem::parameter(
                longest(query, allowed),
                &format!("Shorten it: send at most {MAX_QUERY} bytes of query parameters."),
            ));
        }
        let mut parameters: Vec<(&'static str, Cow<'a, str>)> = Vec::new();
        // Bounded by `allowed`: a repeated name ends it.
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = decode(name);
            let Some(&name) = allowed
                .iter()
                .find(|allowed| decoded.as_deref() == Some(**allowed))
            else {
                return Err(Problem::parameter(
                    decoded.as_deref().unwrap_or(name),
                    &match allowed {
                        [] => "This takes no query parameters: remove it.".to_owned(),
                        allowed => format!("Unknown: use {}.", allowed.join(", ")),
                    },
                ));
            };
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(Problem::parameter(name, "Send it once."));
            }
            let value = decode(value).ok_or_else(|| {
                Problem::parameter(name, "Send its value as UTF-8, percent-encoded.")
            })?;
            parameters.push((name, value));
        }
        Ok(Self { parameters })
    }

    /// A parameter's value; `Some("")` if it came without one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_ref())
    }

    /// A parameter's value, read as a `T`; `expected` says what to send:
    /// "Use true or false."
    ///
    /// # Errors
    /// 400 with `expected` if it cannot be read.
    pub fn read<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, Problem> {
        self.get(name)
            .map(|value| {
                value
                    .parse()
                    .map_err(|_| Problem::parameter(name, expected))
            })
            .transpose()
    }
}

/// The parameter that makes a query too long; `?` if it is none of these.
fn longest(query: &str, allowed: &[&'static str]) -> &'static str {
    let name = query
        .split('&')
        .max_by_key(|pair| pair.len())
        .map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    let known = allowed.iter().find(|known| Some(**known) == name);
    known.copied().unwrap_or("?")
}

/// `None` if it is no UTF-8, or a `%` is not followed by two hexadecimal digits.
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALLOWED: &[&str] = &["limit", "tag"];

    #[test]
    fn parameters_are_decoded() {
        let query = Query::parse(Some("tag=caf%C3%A9+au%20lait&limit="), ALLOWED).unwrap();
        assert_eq!(query.get("tag"), Some("café au lait"));
        assert_eq!(query.get("limit"), Some(""));
        assert_eq!(query.get("cursor"), None);
    }

    #[test]
    fn an_unknown_parameter_is_named() {
        let problem = Query::parse(Some("limit=1&l%69mits=2"), ALLOWED).unwrap_err();
        assert_eq!(problem.status(), 400);
        assert_eq!(problem.detail(), "\"limits\": Unknown: use limit, tag.");
    }

    #[test]
    fn a_repeated_parameter_is_named() {
        let problem = Query::parse(Some("tag=a&tag=b"), ALLOWED).unwrap_err();
        assert_eq!(problem.detail(), "\"tag\": Send it once.");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for query in ["tag=%", "tag=%4", "tag=%zz", "tag=%+1", "tag=%ff"] {
            assert!(Query::parse(Some(query), ALLOWED).is_err(), "{query}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_what_to_send() {
        let query = Query::parse(Some("limit=many"), ALLOWED).unwrap();
        let problem = query.read::<u8>("limit", "Use a number.").unwrap_err();
        assert_eq!(problem.detail(), "\"limit\": Use a number.");
        assert_eq!(query.read::<u8>("tag", "Use a number.").unwrap(), None);
    }

    #[test]
    fn what_makes_a_query_too_long_is_named() {
        let long = "x".repeat(MAX_QUERY + 1);
        for (query, name) in [
            (format!("limit=1&tag={long}"), "tag"),
            (format!("tag={long}&limit=1"), "tag"),
            (format!("other={long}"), "?"),
            (long, "?"),
        ] {
            let problem = Query::parse(Some(&query), ALLOWED).unwrap_err();
            let detail = problem.detail();
            assert!(
                detail.starts_with(&format!("{name:?}: Shorten it")),
                "{detail}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic(query in ".*", bytes in "[a-z%+&=0-9]*") {
            let _ = Query::parse(Some(&query), ALLOWED);
            let _ = Query::parse(Some(&format!("tag={bytes}")), ALLOWED);
        }

        #[test]
        fn whatever_is_encoded_comes_back(text in ".*") {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            prop_assume!(encoded.len() < MAX_QUERY - 4);
            let query = format!("tag={encoded}");
            let query = Query::parse(Some(&query), ALLOWED).unwrap();
            prop_assert_eq!(query.get("tag"), Some(text.as_str()));
        }
    }
}
