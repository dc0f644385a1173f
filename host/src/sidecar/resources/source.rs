//! A resource file as text: its documents, and errors that point into it.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::de::DeserializeOwned;
use serde_saphyr::{Location, Spanned};
use thiserror::Error;

/// What is wrong with a resource file: where, why, and what to write instead.
#[derive(Debug, Diagnostic, Error)]
#[error("{message}")]
pub(crate) struct ResourceError {
    message: String,
    #[source_code]
    text: NamedSource<Arc<str>>,
    #[label("{label}")]
    span: Option<SourceSpan>,
    label: String,
    #[help]
    help: Option<String>,
}

impl ResourceError {
    /// Says what to write instead.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        Box::new(self)
    }
}

/// A value together with where it stands in its file.
pub(crate) type At<T> = Spanned<T>;

/// One YAML document of a resource file.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    file: Arc<str>,
    whole: Arc<str>,
    /// The file with everything but this document blanked out, so that lines,
    /// columns and offsets are those of the file.
    text: Arc<str>,
}

impl Document {
    /// The documents of a file that hold more than comments.
    pub(crate) fn all(file: &str, whole: &str) -> Vec<Document> {
        let whole: Arc<str> = Arc::from(whole);
        let mut documents = Vec::new();
        let mut start = 0;
        let mut position = 0;
        let mut ends = Vec::new();
        for line in whole.split_inclusive('\n') {
            let marker = line.trim_end();
            if marker == "---" || marker.starts_with("--- ") {
                ends.push((start, position));
                start = position;
            }
            position += line.len();
        }
        ends.push((start, whole.len()));
        for (start, end) in ends {
            let (Some(before), Some(text)) = (whole.get(..start), whole.get(start..end)) else {
                continue;
            };
            let says_something = text.lines().any(|line| {
                let line = line.trim();
                !(line.is_empty() || line.starts_with('#') || line == "---" || line == "...")
            });
            if !says_something {
                continue;
            }
            let mut padded: String = before
                .bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
                .collect();
            padded.push_str(text);
            documents.push(Document {
                file: Arc::from(file),
                whole: whole.clone(),
                text: Arc::from(padded),
            });
        }
        documents
    }

    /// Reads the document as a `T`.
    ///
    /// # Errors
    /// Invalid YAML, a field that `T` does not have, a value of another type.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Box<ResourceError>> {
        serde_saphyr::from_str(&self.text).map_err(|error| self.yaml_error(&error))
    }

    /// An error at a value of this document.
    pub(crate) fn error<T>(
        &self,
        at: &At<T>,
        message: impl AsRef<str>,
        label: &str,
    ) -> ResourceError {
        self.error_at(Some(at.referenced), message.as_ref(), label)
    }

    fn error_at(&self, location: Option<Location>, message: &str, label: &str) -> ResourceError {
        let place = match location.filter(|at| at.line() > 0) {
            Some(at) => format!("{}:{}:{}", self.file, at.line(), at.column()),
            None => self.file.to_string(),
        };
        let span = location.and_then(|at| {
            let offset = usize::try_from(at.span().byte_offset()?).ok()?;
            let length = usize::try_from(at.span().byte_len()?).ok()?;
            (offset + length <= self.whole.len()).then(|| SourceSpan::from((offset, length.max(1))))
        });
        ResourceError {
            message: format!("{place}: {message}"),
            text: NamedSource::new(&*self.file, self.whole.clone()),
            span,
            label: label.to_owned(),
            help: None,
        }
    }

    fn yaml_error(&self, error: &serde_saphyr::Error) -> Box<ResourceError> {
        use serde_saphyr::Error;
        let at = error.location();
        match error.without_snippet() {
            Error::SerdeUnknownField {
                field, expected, ..
            } => {
                let message = format!("the field `{field}` is not known here");
                let error = self.error_at(at, &message, "not implemented by the embedded sidecar");
                error.help(instead(field, expected))
            }
            Error::SerdeUnknownVariant {
                variant, expected, ..
            } => {
                let message = format!("`{variant}` is not known here");
                let error = self.error_at(at, &message, "not implemented by the embedded sidecar");
                error.help(instead(variant, expected))
            }
            Error::SerdeMissingField { field, .. } => {
                let message = format!("the field `{field}` is missing");
                let error = self.error_at(at, &message, "must hold it");
                error.help(format!("Add `{field}:` here."))
            }
            other => {
                let text = other.render_with_formatter(&serde_saphyr::UserMessageFormatter);
                let message = format!("cannot be read: {}", first_line(&text));
                Box::new(self.error_at(at, &message, "here"))
            }
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("it is not valid YAML")
}

/// "Did you mean" where one of the known words is close, else all of them.
pub(crate) fn instead(word: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .min();
    match nearest {
        Some((distance, candidate)) if distance <= 2.max(candidate.len() / 3) => {
            format!("Did you mean `{candidate}`?")
        }
        Some(_) => format!("Known here: {}.", known.join(", ")),
        None => "Remove it.".to_owned(),
    }
}

/// How many letters must be changed, added or taken away (Levenshtein), case ignored.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.to_lowercase().chars().enumerate() {
        let mut next = vec![i + 1];
        for (b, above) in other.iter().zip(row.windows(2)) {
            let (diagonal, up) = match above {
                [diagonal, up] => (*diagonal, *up),
                _ => (0, 0),
            };
            let left = next.last().copied().unwrap_or(0);
            let change = diagonal + usize::from(a != *b);
            next.push(change.min(up + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_told_what_was_meant() {
        assert_eq!(
            instead("maxRetrys", &["duration", "maxRetries"]),
            "Did you mean `maxRetries`?"
        );
        assert_eq!(
            instead("colour", &["duration", "maxRetries"]),
            "Known here: duration, maxRetries."
        );
    }

    #[test]
    fn documents_keep_their_places_in_the_file() {
        let documents = Document::all(
            "x.yaml",
            "# only a comment\n---\nkind: Ä\n---\nkind: B\n---\n",
        );
        assert_eq!(documents.len(), 2);
        #[derive(serde::Deserialize)]
        struct Kind {
            kind: At<String>,
        }
        let second: Kind = documents[1].parse().unwrap();
        assert_eq!(
            (second.kind.value.as_str(), second.kind.referenced.line()),
            ("B", 5)
        );
        let error = documents[1].error(&second.kind, "wrong", "here");
        assert_eq!(error.to_string(), "x.yaml:5:7: wrong");
    }
}
