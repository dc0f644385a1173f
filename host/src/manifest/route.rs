//! A trigger's route: `/exact`, `/with/:parameter`, `/and/everything/below/...`

use std::cmp::Ordering;

/// A route pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    text: String,
    segments: Vec<Segment>,
    open: bool,
}

/// One part of a route between two slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// This text and no other.
    Literal(String),
    /// Any text, under this name.
    Parameter(String),
}

impl Route {
    /// Reads a route.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let absolute = if text.starts_with('/') {
            text.to_owned()
        } else {
            format!("/{text}")
        };
        let (path, open) = match absolute.strip_suffix("/...") {
            Some(prefix) => (prefix, true),
            None => (absolute.as_str(), false),
        };
        let mut segments: Vec<Segment> = Vec::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let segment = match part.strip_prefix(':') {
                Some("") => return Err("A parameter needs a name after its `:`.".to_owned()),
                Some(name) => Segment::Parameter(name.to_owned()),
                None if part.contains("...") || part.contains('*') => {
                    return Err(
                        "A wildcard is written `/...` and can only be the route's end.".to_owned(),
                    );
                }
                None => Segment::Literal(part.to_owned()),
            };
            if matches!(segment, Segment::Parameter(_)) && segments.contains(&segment) {
                return Err(format!("Two parameters have the name `{part}`."));
            }
            segments.push(segment);
        }
        Ok(Self {
            text: text.to_owned(),
            segments,
            open,
        })
    }

    /// The route as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The route as it was written, without a trailing `/...`.
    pub fn prefix(&self) -> &str {
        self.text.strip_suffix("/...").unwrap_or(&self.text)
    }

    /// The parts between the slashes.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether it takes everything below, too.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether both take the very same paths.
    pub fn same_paths(&self, other: &Self) -> bool {
        self.specificity(other) == Ordering::Equal
            && self.segments.len() == other.segments.len()
            && self
                .segments
                .iter()
                .zip(&other.segments)
                .all(|pair| match pair {
                    (Segment::Literal(a), Segment::Literal(b)) => a == b,
                    (Segment::Parameter(_), Segment::Parameter(_)) => true,
                    _ => false,
                })
    }

    /// The order in which routes are tried: literal parts before parameters,
    /// longer routes before shorter ones, exact before open ones.
    pub fn specificity(&self, other: &Self) -> Ordering {
        for pair in self.segments.iter().zip(&other.segments) {
            match pair {
                (Segment::Literal(_), Segment::Parameter(_)) => return Ordering::Less,
                (Segment::Parameter(_), Segment::Literal(_)) => return Ordering::Greater,
                _ => {}
            }
        }
        other
            .segments
            .len()
            .cmp(&self.segments.len())
            .then(self.open.cmp(&other.open))
    }
}
