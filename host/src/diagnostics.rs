//! Faults in configuration files, shown with the place in the file's text.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use thiserror::Error;

/// A configuration file's name and text.
#[derive(Clone, Debug)]
pub struct SourceFile(Arc<NamedSource<String>>);

impl SourceFile {
    /// A text that was read from `path`.
    pub fn new(path: &Path, text: &str) -> Self {
        let name = path.display().to_string();
        Self(Arc::new(NamedSource::new(name, text.to_owned())))
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        self.0.inner()
    }

    /// A fault at `span` (byte offsets into the text).
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> ConfigError {
        ConfigError {
            message: message.into(),
            file: self.0.clone(),
            span: Some(span.into()),
            help: None,
        }
    }

    /// The fault that the TOML reader found. `foreign` are names that a real
    /// Spin knows and this host does not have.
    pub(crate) fn toml_error(&self, error: &toml::de::Error, foreign: &[&str]) -> ConfigError {
        let message = error.message().trim();
        let mut fault = self.error(error.span().unwrap_or(0..0), first_line(message));
        if let Some((field, expected)) = unknown_field(message) {
            if foreign.contains(&field) {
                fault.message = format!("`{field}` is a part of Spin that this host does not have");
                return fault.help("Take it out, or run the app with a real Spin: `spin up`.");
            }
            fault.message = format!("unknown field `{field}`");
            return match closest(field, expected.iter().copied()) {
                Some(name) => fault.help(format!("Did you mean `{name}`?")),
                None => fault.help(format!("Here there can be: {}.", expected.join(", "))),
            };
        }
        fault
    }
}

/// A fault in a configuration file: what is wrong, where, and what to write
/// instead.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub struct ConfigError {
    message: String,
    #[source_code]
    file: Arc<NamedSource<String>>,
    #[label("here")]
    span: Option<SourceSpan>,
    #[help]
    help: Option<String>,
}

impl ConfigError {
    /// The same fault, with what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The line of the fault, counted from 1.
    pub fn line(&self) -> usize {
        let start = self.span.map_or(0, |span| span.offset());
        let before = self.file.inner().get(..start).unwrap_or_default();
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// What to write instead, where that is known.
    pub fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

/// Takes serde's "unknown field" message apart: the field, and the known ones.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (field, rest) = rest.split_once('`')?;
    let expected = rest.split('`').skip(1).step_by(2).collect();
    Some((field, expected))
}

/// The candidate that `name` was most likely meant to be: at most two letters
/// away, or a third of its length.
pub(crate) fn closest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut last = i + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(b.chars()) {
            let above = *cell;
            let substituted = diagonal + usize::from(left != right);
            last = substituted.min(above + 1).min(last + 1);
            diagonal = above;
            *cell = last;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_close_and_another_word_is_not() {
        let names = ["route", "component", "executor"];
        assert_eq!(closest("rout", names), Some("route"));
        assert_eq!(closest("compnent", names), Some("component"));
        assert_eq!(closest("colour", names), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
