//! Spin's templates: text with `{{ variable }}` in it.

/// A text in which variables are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable(String),
}

/// An opening `{{` without its `}}`.
#[derive(Debug, PartialEq, Eq)]
pub struct Unclosed;

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// [`Unclosed`], where a `{{` has no `}}`.
    pub fn parse(text: &str) -> Result<Self, Unclosed> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once("{{") {
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let (name, after) = after.split_once("}}").ok_or(Unclosed)?;
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self { parts })
    }

    /// The variables that it names, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// Whether it names no variable.
    pub fn is_literal(&self) -> bool {
        self.variables().next().is_none()
    }

    /// The text with every variable filled in; a variable that `value` does not
    /// know is left empty (a checked manifest has none).
    pub fn fill<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => text.as_str(),
                Part::Variable(name) => value(name).unwrap_or_default(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_and_the_rest_stays() {
        let template = Template::parse("https://{{ host }}:{{port}}/x").unwrap();
        assert_eq!(template.variables().collect::<Vec<_>>(), ["host", "port"]);
        let filled = template.fill(|name| Some(if name == "host" { "example.org" } else { "1" }));
        assert_eq!(filled, "https://example.org:1/x");
    }

    #[test]
    fn a_text_without_variables_is_itself() {
        let template = Template::parse("plain } text }}").unwrap();
        assert!(template.is_literal());
        assert_eq!(template.fill(|_| None), "plain } text }}");
        assert_eq!(Template::parse("").unwrap().fill(|_| None), "");
    }

    #[test]
    fn an_unclosed_brace_is_an_error() {
        assert_eq!(Template::parse("a {{ b"), Err(Unclosed));
    }
}
