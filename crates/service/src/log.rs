//! Logs: one line of JSON for each entry.
//!
//! What must never be in them: tokens, secrets, and what users write; but why an event of
//! another publisher's cannot be read may quote what is wrong in it.

use std::borrow::Cow;
use std::fmt;
use std::io::Write as _;
use std::rc::Rc;
use std::str::FromStr;

use chrono::SecondsFormat;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

use crate::{Clock, TraceContext};

/// How long a message or a field's text may be, in characters.
const MAX_TEXT: usize = 4_000;

/// How much an entry matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks for a mistake.
    Debug,
    /// What happens.
    Info,
    /// It went on, but somebody should know.
    Warn,
    /// Something was not done.
    Error,
}

impl Level {
    /// Its name, in small letters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Text that is no level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownLevel;

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown log level: use debug, info, warn or error")
    }
}

impl std::error::Error for UnknownLevel {}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(name: &str) -> Result<Self, UnknownLevel> {
        [Self::Debug, Self::Info, Self::Warn, Self::Error]
            .into_iter()
            .find(|level| level.as_str() == name)
            .ok_or(UnknownLevel)
    }
}

/// Where lines go.
pub trait Sink {
    /// Takes a line, without its end.
    fn line(&self, line: &str);
}

/// The standard error stream. A line that cannot be written is lost: there is no
/// better place to say so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stderr;

impl Sink for Stderr {
    fn line(&self, line: &str) {
        // One write, so that the lines of several writers stay whole.
        let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
    }
}

/// Writes the entries of one component that matter enough. Cheap to clone.
#[derive(Clone)]
pub struct Logger {
    component: &'static str,
    level: Level,
    clock: Rc<dyn Clock>,
    sink: Rc<dyn Sink>,
    trace_id: Option<Rc<str>>,
}

impl Logger {
    /// A logger that writes entries of `level` and above.
    #[must_use]
    pub fn new(
        component: &'static str,
        level: Level,
        clock: Rc<dyn Clock>,
        sink: Rc<dyn Sink>,
    ) -> Self {
        Self {
            component,
            level,
            clock,
            sink,
            trace_id: None,
        }
    }

    /// The same logger for what belongs to one request.
    #[must_use]
    pub fn for_trace(&self, trace: TraceContext) -> Self {
        Self {
            trace_id: Some(trace.trace_id().into()),
            ..self.clone()
        }
    }

    /// Writes an entry for whoever looks for a mistake.
    pub fn debug(&self, message: &str, fields: &[(&str, Value)]) {
        self.write(Level::Debug, message, fields);
    }

    /// Writes an entry about what happens.
    pub fn info(&self, message: &str, fields: &[(&str, Value)]) {
        self.write(Level::Info, message, fields);
    }

    /// Writes an entry that somebody should know of.
    pub fn warn(&self, message: &str, fields: &[(&str, Value)]) {
        self.write(Level::Warn, message, fields);
    }

    /// Writes an entry about something that was not done.
    pub fn error(&self, message: &str, fields: &[(&str, Value)]) {
        self.write(Level::Error, message, fields);
    }

    /// Whether entries of this level matter enough.
    #[must_use]
    pub fn writes(&self, level: Level) -> bool {
        level >= self.level
    }

    /// Writes an entry, if its level matters enough.
    pub fn write(&self, level: Level, message: &str, fields: &[(&str, Value)]) {
        if !self.writes(level) {
            return;
        }
        let entry = Entry {
            time: self
                .clock
                .now()
                .to_rfc3339_opts(SecondsFormat::Millis, true),
            level,
            logger: self,
            message,
            fields,
        };
        if let Ok(line) = serde_json::to_string(&entry) {
            self.sink.line(&line);
        }
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger")
            .field("component", &self.component)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

struct Entry<'a> {
    time: String,
    level: Level,
    logger: &'a Logger,
    message: &'a str,
    fields: &'a [(&'a str, Value)],
}

/// Names that a field cannot have.
const RESERVED: &[&str] = &["time", "level", "component", "message", "trace_id"];

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("time", &self.time)?;
        map.serialize_entry("level", self.level.as_str())?;
        map.serialize_entry("component", self.logger.component)?;
        map.serialize_entry("message", &shortened(self.message))?;
        if let Some(trace_id) = &self.logger.trace_id {
            map.serialize_entry("trace_id", trace_id.as_ref())?;
        }
        for (name, value) in self.fields.iter() {
            let name = if RESERVED.contains(name) {
                Cow::Owned(format!("field_{name}"))
            } else {
                Cow::Borrowed(*name)
            };
            match value {
                Value::String(text) => map.serialize_entry(&name, &shortened(text))?,
                value => map.serialize_entry(&name, value)?,
            }
        }
        map.end()
    }
}

fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use chrono::DateTime;
    use serde_json::json;

    use super::*;
    use crate::FixedClock;

    #[derive(Default)]
    struct Lines(RefCell<Vec<String>>);

    impl Sink for Lines {
        fn line(&self, line: &str) {
            self.0.borrow_mut().push(line.to_owned());
        }
    }

    fn logger(level: Level) -> (Logger, Rc<Lines>) {
        let lines = Rc::new(Lines::default());
        let clock = Rc::new(FixedClock::new(DateTime::UNIX_EPOCH));
        (Logger::new("task-api", level, clock, lines.clone()), lines)
    }

    #[test]
    fn an_entry_is_a_line_of_json() {
        let (logger, lines) = logger(Level::Info);
        let trace =
            TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        logger.for_trace(trace).info(
            "relayed\nevents",
            &[("count", json!(3)), ("time", json!("late"))],
        );
        assert_eq!(
            lines.0.take(),
            [concat!(
                r#"{"time":"1970-01-01T00:00:00.000Z","level":"info","component":"task-api","#,
                r#""message":"relayed\nevents","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","#,
                r#""count":3,"field_time":"late"}"#
            )]
        );
    }

    #[test]
    fn entries_below_the_level_are_not_written() {
        let (logger, lines) = logger(Level::Warn);
        logger.debug("d", &[]);
        logger.info("i", &[]);
        logger.warn("w", &[]);
        logger.error("e", &[]);
        assert_eq!(lines.0.take().len(), 2);
    }

    #[test]
    fn an_entry_is_not_longer_than_anybody_reads() {
        let (logger, lines) = logger(Level::Debug);
        let long = "ö".repeat(1_000_000);
        logger.debug(&long, &[("more", json!(long))]);
        assert!(lines.0.take()[0].len() < 20_000);
    }

    #[test]
    fn levels_have_the_names_that_the_variable_takes() {
        assert_eq!("warn".parse(), Ok(Level::Warn));
        assert_eq!("WARN".parse::<Level>(), Err(UnknownLevel));
    }
}
