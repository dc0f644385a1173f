//! W3C trace context, as far as a sidecar passes it on.

use http::{HeaderMap, HeaderValue};

use super::clock;

/// The trace that a request or an event belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// Trace id and flags. None: it belongs to none.
    trace: Option<(String, String)>,
    state: String,
}

impl Trace {
    /// The trace of a request.
    pub(crate) fn of_request(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self::parse(
            text("traceparent").unwrap_or(""),
            text("tracestate").unwrap_or(""),
        )
    }

    /// The trace that these two fields name. Anything that is not valid is none.
    pub(crate) fn parse(traceparent: &str, tracestate: &str) -> Self {
        let hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let zero = |text: &str| text.bytes().all(|b| b == b'0');
        let parts: Vec<&str> = traceparent.split('-').collect();
        let trace = match parts.as_slice() {
            [version, trace, span, flags]
                if *version == "00"
                    && hex(trace, 32)
                    && hex(span, 16)
                    && hex(flags, 2)
                    && !zero(trace)
                    && !zero(span) =>
            {
                Some(((*trace).to_owned(), (*flags).to_owned()))
            }
            _ => None,
        };
        let state = if trace.is_some() {
            tracestate.to_owned()
        } else {
            String::new()
        };
        Self { trace, state }
    }

    /// A `traceparent` for a further step of the trace; empty if it belongs to none.
    pub(crate) fn child(&self) -> String {
        match &self.trace {
            Some((trace, flags)) => format!("00-{trace}-{}-{flags}", new_span()),
            None => String::new(),
        }
    }

    /// A `traceparent` for a further step, of a new trace if it belongs to none.
    pub(crate) fn child_or_new(&self) -> String {
        match &self.trace {
            Some(_) => self.child(),
            None => format!("00-{}-{}-00", clock::random_id().simple(), new_span()),
        }
    }

    /// The `tracestate`.
    pub(crate) fn state(&self) -> &str {
        &self.state
    }

    /// Puts the trace into a request's headers.
    pub(crate) fn insert_into(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::try_from(self.child_or_new()) {
            headers.insert("traceparent", value);
        }
        if !self.state.is_empty()
            && let Ok(value) = HeaderValue::try_from(self.state.as_str())
        {
            headers.insert("tracestate", value);
        }
    }
}

fn new_span() -> String {
    let mut id = clock::random_id().simple().to_string();
    id.truncate(16);
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_keeps_the_trace_and_gets_a_span_of_its_own() {
        let trace = Trace::parse(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "a=b",
        );
        let child = trace.child();
        assert!(child.starts_with("00-0af7651916cd43dd8448eb211c80319c-"));
        assert!(child.ends_with("-01"));
        assert_ne!(child, trace.child());
        assert_eq!(trace.state(), "a=b");
    }

    #[test]
    fn what_is_no_traceparent_is_no_trace() {
        for text in [
            "",
            "x",
            "00-0-0-0",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        ] {
            assert_eq!(Trace::parse(text, "a=b"), Trace::default(), "{text}");
        }
    }
}
