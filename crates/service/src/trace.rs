//! Traces: the W3C Trace Context's `traceparent`.

use std::fmt;

use http::HeaderMap;

use crate::Entropy;

/// A place in a trace (W3C Trace Context, section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    sampled: bool,
}

impl TraceContext {
    /// A place of our own in the trace that a request belongs to: the one that its
    /// `traceparent` says, or a new one. A `traceparent` that is not valid is ignored,
    /// as the specification says.
    pub fn from_headers(headers: &HeaderMap, entropy: &dyn Entropy) -> Self {
        headers
            .get("traceparent")
            .and_then(|value| value.to_str().ok())
            .and_then(Self::parse)
            .map(|parent| parent.child(entropy))
            .unwrap_or_else(|| Self::random(entropy))
    }

    /// The trace of the event that a request is made for, where that is another one's
    /// than the request's own (CloudEvents, distributed tracing extension, in HTTP's
    /// binary mode).
    #[must_use]
    pub fn of_cause(headers: &HeaderMap) -> Option<Self> {
        headers
            .get("ce-traceparent")
            .and_then(|value| value.to_str().ok())
            .and_then(Self::parse)
    }

    /// Reads a `traceparent`; `None` if it is not valid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(5, '-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let span = u64::try_from(hex(parts.next()?, 16)?).ok()?;
        let flags = hex(parts.next()?, 2)?;
        // Version 00 has four parts; a later one may have more; ff is none.
        let more = parts.next().is_some();
        if trace == 0 || span == 0 || version == 0xff || (version == 0 && more) {
            return None;
        }
        Some(Self {
            trace,
            span,
            sampled: flags & 1 == 1,
        })
    }

    /// The first place of a new trace.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self {
            // Zero is not valid.
            trace: u128::from_be_bytes(bytes).max(1),
            span: random_span(entropy),
            sampled: true,
        }
    }

    /// A place of our own in the same trace, to be sent on.
    #[must_use]
    pub fn child(self, entropy: &dyn Entropy) -> Self {
        Self {
            span: random_span(entropy),
            ..self
        }
    }

    /// What all that belongs to one trace has in common: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace)
    }
}

/// The `traceparent`.
impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, span, flags) = (self.trace, self.span, u8::from(self.sampled));
        write!(f, "00-{trace:032x}-{span:016x}-{flags:02x}")
    }
}

fn random_span(entropy: &dyn Entropy) -> u64 {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    u64::from_be_bytes(bytes).max(1)
}

/// So many hexadecimal digits, in lower case only.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let valid = text.len() == digits
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    valid.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SeededEntropy;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_goes_on_under_a_place_of_our_own() {
        let parent = TraceContext::parse(EXAMPLE).unwrap();
        assert_eq!(parent.to_string(), EXAMPLE);
        assert_eq!(parent.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        let child = parent.child(&SeededEntropy::new(1));
        assert_eq!(child.trace_id(), parent.trace_id());
        assert_ne!(child, parent);
        assert_eq!(TraceContext::parse(&child.to_string()), Some(child));
    }

    #[test]
    fn a_traceparent_that_is_not_valid_begins_a_new_trace() {
        let ones = "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-00";
        for text in [
            "",
            "00",
            &EXAMPLE.to_uppercase(),
            &EXAMPLE.replacen("00-", "ff-", 1),
            &format!("{EXAMPLE}-more"),
            &ones.replace('f', "0"),
            &EXAMPLE.replace("4b", "+b"),
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
        let later = format!("{}-more", EXAMPLE.replacen("00-", "01-", 1));
        assert!(TraceContext::parse(&later).is_some());
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", EXAMPLE.parse().unwrap());
        let ours = TraceContext::from_headers(&headers, &SeededEntropy::new(1));
        assert!(EXAMPLE.contains(&ours.trace_id()));
        assert_ne!(ours.to_string(), EXAMPLE);
        let new = TraceContext::from_headers(&HeaderMap::new(), &SeededEntropy::new(1));
        assert_eq!(TraceContext::parse(&new.to_string()), Some(new));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*", digits in "[0-9a-f-]{0,60}") {
            let _ = TraceContext::parse(&text);
            let _ = TraceContext::parse(&digits);
        }
    }
}
