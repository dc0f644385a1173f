//! W3C trace context, as far as a sidecar passes it on.
//!
//! A daprd that is not told to trace adds no steps of its own: what a request brings goes
//! on as it is, and where there is none its headers are zeros. So is this.

use http::{HeaderMap, HeaderValue};

/// What a header holds where there is no trace.
const NONE: &str = "00-00000000000000000000000000000000-0000000000000000-00";

/// The trace that a request or an event belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// The `traceparent`. None: it belongs to no trace.
    parent: Option<String>,
    state: String,
}

impl Trace {
    /// The trace of a request.
    pub(crate) fn of_request(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut trace = Self::parse(text("traceparent").unwrap_or(""));
        if trace.parent.is_some() {
            trace.state = text("tracestate").unwrap_or("").to_owned();
        }
        trace
    }

    /// The trace that a `traceparent` names. Anything that is not valid is none.
    pub(crate) fn parse(traceparent: &str) -> Self {
        Self {
            parent: normal(traceparent),
            state: String::new(),
        }
    }

    /// The `traceparent` as an event has it; empty if it belongs to none.
    pub(crate) fn parent(&self) -> &str {
        self.parent.as_deref().unwrap_or("")
    }

    /// The `tracestate`.
    pub(crate) fn state(&self) -> &str {
        &self.state
    }

    /// Whether it belongs to one.
    pub(crate) fn is_one(&self) -> bool {
        self.parent.is_some()
    }

    /// Puts the trace into headers.
    pub(crate) fn insert_into(&self, headers: &mut HeaderMap) {
        let parent = self.parent.as_deref().unwrap_or(NONE);
        for (name, text) in [("traceparent", parent), ("tracestate", &self.state)] {
            if !text.is_empty()
                && let Ok(value) = HeaderValue::try_from(text)
            {
                headers.insert(name, value);
            }
        }
    }
}

/// A `traceparent` as Dapr writes it, if it is one: of later versions than 00 only what
/// that has is read.
fn normal(traceparent: &str) -> Option<String> {
    let parts: Vec<&str> = traceparent.split('-').collect();
    let [version, trace, span, flags, more @ ..] = parts.as_slice() else {
        return None;
    };
    let is_known = match *version {
        "00" => more.is_empty(),
        _ => is_hex(version, 2) && !version.eq_ignore_ascii_case("ff"),
    };
    let is_id = |text: &str, length: usize| {
        let is_upper = text.bytes().any(|b| b.is_ascii_uppercase());
        is_hex(text, length) && !is_upper && text.bytes().any(|b| b != b'0')
    };
    let flags = flags.get(..2).filter(|flags| is_hex(flags, 2))?;
    (is_known && is_id(trace, 32) && is_id(span, 16))
        .then(|| format!("00-{trace}-{span}-{}", flags.to_ascii_lowercase()))
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn request(parent: &'static str, state: &'static str) -> HeaderMap {
        let headers = [("traceparent", parent), ("tracestate", state)];
        headers
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn a_trace_goes_on_as_it_is() {
        let headers = request(PARENT, "a=b");
        let trace = Trace::of_request(&headers);
        assert_eq!((trace.parent(), trace.state()), (PARENT, "a=b"));
        let mut passed_on = HeaderMap::new();
        trace.insert_into(&mut passed_on);
        assert_eq!(passed_on, headers);
        let later = PARENT.replacen("00", "01", 1) + "-more";
        assert_eq!(Trace::parse(&later).parent(), PARENT);
    }

    #[test]
    fn what_is_no_traceparent_is_no_trace() {
        for text in [
            "",
            "x",
            "00-0-0-0",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-é",
        ] {
            let trace = Trace::of_request(&request("x", "a=b"));
            assert_eq!(trace, Trace::default());
            assert_eq!(Trace::parse(text), Trace::default(), "{text}");
        }
        let mut headers = HeaderMap::new();
        Trace::default().insert_into(&mut headers);
        assert_eq!(headers["traceparent"], NONE);
        assert_eq!(headers.len(), 1);
    }
}
