//! Metrics as text: Prometheus' exposition format, version 0.0.4.

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use std::fmt::{Display, Write};

/// The media type of the text (Prometheus, "Exposition formats", basic info).
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What kind of metric it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It is what it is at the moment.
    Gauge,
    /// How often a value was at most so much.
    Histogram,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// The metrics of one component: each of its samples says whose it is, by the label
/// `component`.
#[derive(Clone, Debug)]
pub struct Metrics {
    component: &'static str,
    text: String,
}

impl Metrics {
    /// None yet.
    #[must_use]
    pub fn new(component: &'static str) -> Self {
        Self {
            component,
            text: String::new(),
        }
    }

    /// Begins a metric: all of its samples have to follow. `help` is one line.
    pub fn begin(&mut self, name: &str, kind: Kind, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}");
        let _ = writeln!(self.text, "# TYPE {name} {}", kind.as_str());
    }

    /// One sample, with labels that [`labels`] made.
    pub fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let comma = if labels.is_empty() { "" } else { "," };
        let _ = writeln!(
            self.text,
            "{name}{{component=\"{}\"{comma}{labels}}} {value}",
            self.component
        );
    }

    /// A metric of one sample, at the moment.
    pub fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.begin(name, Kind::Gauge, help);
        self.sample(name, "", value);
    }

    /// A metric of one sample that only grows.
    pub fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.begin(name, Kind::Counter, help);
        self.sample(name, "", value);
    }

    /// The text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// The text as an answer.
    #[must_use]
    pub fn into_response(self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.text));
        let content_type = HeaderValue::from_static(CONTENT_TYPE);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type);
        response
    }
}

/// Labels as the text has them: `topic="task-events",outcome="done"`.
#[must_use]
pub fn labels(labels: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in labels {
        if !text.is_empty() {
            text.push(',');
        }
        let value = value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        let _ = write!(text, "{name}=\"{value}\"");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_lines_of_text() {
        let mut metrics = Metrics::new("notifier");
        metrics.gauge("duebell_bells", "Bells\nthat hang.", 2.5);
        metrics.begin("duebell_rings_total", Kind::Counter, "Rings.");
        metrics.sample("duebell_rings_total", &labels(&[("tower", "a\"b\\\n")]), 3);
        let expected = concat!(
            "# HELP duebell_bells Bells\\nthat hang.\n",
            "# TYPE duebell_bells gauge\n",
            "duebell_bells{component=\"notifier\"} 2.5\n",
            "# HELP duebell_rings_total Rings.\n",
            "# TYPE duebell_rings_total counter\n",
            "duebell_rings_total{component=\"notifier\",tower=\"a\\\"b\\\\\\n\"} 3\n",
        );
        assert_eq!(metrics.clone().into_text(), expected);
        let response = metrics.into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], CONTENT_TYPE);
    }
}
