//! Joining texts: all samples of a metric have to stand together (Prometheus,
//! "Exposition formats", grouping and sorting).

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Metrics by name, each with its samples.
#[derive(Debug, Default)]
pub(super) struct Families(BTreeMap<String, Family>);

#[derive(Debug, Default)]
struct Family {
    help: Option<String>,
    kind: Option<String>,
    samples: Vec<String>,
}

impl Families {
    /// Adds what a text holds. Lines that are none are left out: one component that
    /// talks nonsense must not cost the metrics of all.
    pub(super) fn add(&mut self, text: &str) {
        let mut current = String::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                current = name_of(rest).to_owned();
                let family = self.0.entry(current.clone()).or_default();
                family.help.get_or_insert_with(|| line.to_owned());
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                current = name_of(rest).to_owned();
                let family = self.0.entry(current.clone()).or_default();
                family.kind.get_or_insert_with(|| line.to_owned());
            } else if is_sample(line) {
                let name = name_of(line);
                let is_of = |suffix: &str| name.strip_suffix(suffix) == Some(current.as_str());
                let of_current =
                    name == current || ["_bucket", "_sum", "_count"].into_iter().any(is_of);
                let family = if of_current { &current } else { name };
                let family = self.0.entry(family.to_owned()).or_default();
                family.samples.push(line.to_owned());
            }
        }
    }

    /// All of it.
    pub(super) fn into_text(self) -> String {
        let mut text = String::new();
        for family in self.0.into_values() {
            if family.samples.is_empty() {
                continue;
            }
            let lines = family.help.iter().chain(&family.kind);
            for line in lines.chain(&family.samples) {
                writeln!(text, "{line}").ok(); // A text takes everything.
            }
        }
        text
    }
}

/// A metric's name at the beginning of a text.
fn name_of(text: &str) -> &str {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
    let end = text.bytes().position(|byte| !letters(byte));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Whether a line begins with a name and ends with a number.
fn is_sample(line: &str) -> bool {
    let name = name_of(line);
    let starts = |byte: u8| !byte.is_ascii_digit();
    let value = line.rsplit(' ').next().unwrap_or_default();
    name.bytes().next().is_some_and(starts)
        && line.len() > name.len()
        && matches!(line.as_bytes().get(name.len()), Some(b'{' | b' '))
        && (value.parse::<f64>().is_ok() || matches!(value, "+Inf" | "-Inf"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_a_metric_stand_together() {
        let mut families = Families::default();
        let of = |component: &str| {
            format!(
                "# HELP b Bells.\n# TYPE b gauge\nb{{component=\"{component}\"}} 1\n# HELP a_seconds Ages.\n# TYPE a_seconds histogram\na_seconds_bucket{{component=\"{component}\",le=\"+Inf\"}} 2\na_seconds_sum{{component=\"{component}\"}} 0.5\na_seconds_count{{component=\"{component}\"}} 2\n"
            )
        };
        families.add(&of("x"));
        families.add(&of("y"));
        let expected = [
            "# HELP a_seconds Ages.",
            "# TYPE a_seconds histogram",
            "a_seconds_bucket{component=\"x\",le=\"+Inf\"} 2",
            "a_seconds_sum{component=\"x\"} 0.5",
            "a_seconds_count{component=\"x\"} 2",
            "a_seconds_bucket{component=\"y\",le=\"+Inf\"} 2",
            "a_seconds_sum{component=\"y\"} 0.5",
            "a_seconds_count{component=\"y\"} 2",
            "# HELP b Bells.",
            "# TYPE b gauge",
            "b{component=\"x\"} 1",
            "b{component=\"y\"} 1",
        ];
        let text = families.into_text();
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn nonsense_is_left_out() {
        let mut families = Families::default();
        families.add("<html>\n{\"a\": 1}\na\nb{x=\"y\"} one\n1a 1\n# HELP c\n# EOF\n\n é 1\nd 1");
        assert_eq!(families.into_text(), "d 1\n");
    }
}
