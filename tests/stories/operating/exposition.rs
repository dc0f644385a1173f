//! Prometheus text, read as strictly as its format is written down ("Exposition
//! formats", version 0.0.4): what is no metric fails the story.

use std::collections::{BTreeMap, BTreeSet};

/// Metrics that were read.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    samples: Vec<Sample>,
}

#[derive(Debug)]
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Metrics {
    /// Reads a text.
    pub(crate) fn read(text: &str) -> Self {
        assert!(text.is_empty() || text.ends_with('\n'), "no last line end");
        let mut metrics = Self::default();
        let (mut family, mut kind) = (String::new(), String::new());
        let (mut helped, mut over) = (String::new(), BTreeSet::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                helped = rest.split(' ').next().unwrap().to_owned();
                assert!(rest.len() > helped.len() + 1, "no help: {line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, is) = rest.split_once(' ').expect(line);
                assert_eq!(name, helped, "HELP is of another metric");
                assert!(["counter", "gauge", "histogram"].contains(&is), "{line}");
                assert!(over.insert(name.to_owned()), "{name} is there twice");
                if is == "counter" {
                    assert!(name.ends_with("_total"), "{line}");
                }
                (family, kind) = (name.to_owned(), is.to_owned());
            } else {
                let sample = sample(line);
                let of_family = if kind == "histogram" {
                    let suffixes = ["_bucket", "_sum", "_count"];
                    suffixes
                        .iter()
                        .any(|end| sample.name == family.clone() + end)
                } else {
                    sample.name == family
                };
                assert!(of_family, "{line} is not of {family}");
                let known = metrics.samples.iter();
                let same =
                    |known: &&Sample| known.name == sample.name && known.labels == sample.labels;
                assert!(known.clone().find(same).is_none(), "twice: {line}");
                assert!(kind == "gauge" || sample.value >= 0.0, "{line}");
                metrics.samples.push(sample);
            }
        }
        metrics.buckets_grow();
        metrics
    }

    /// The value of the sample with this name and, among others, these labels.
    pub(crate) fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let mut found = self.samples.iter().filter(|sample| {
            sample.name == name
                && labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(*label).is_some_and(|is| is == value))
        });
        let value = found.next()?.value;
        assert!(found.next().is_none(), "several {name} with {labels:?}");
        Some(value)
    }

    /// The sum of all samples with this name and, among others, these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let of = self.samples.iter().filter(|sample| {
            sample.name == name
                && labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(*label).is_some_and(|is| is == value))
        });
        of.map(|sample| sample.value).sum()
    }

    /// All metrics' names.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.samples.iter().map(|sample| &*sample.name).collect()
    }

    /// The values of all labels.
    pub(crate) fn label_values(&self) -> BTreeSet<&str> {
        let labels = self
            .samples
            .iter()
            .flat_map(|sample| sample.labels.values());
        labels.map(String::as_str).collect()
    }

    /// The buckets of a histogram are cumulative, and the last holds all.
    fn buckets_grow(&self) {
        let mut last: BTreeMap<(String, BTreeMap<String, String>), (f64, f64)> = BTreeMap::new();
        for sample in &self.samples {
            let Some(name) = sample.name.strip_suffix("_bucket") else {
                continue;
            };
            let mut labels = sample.labels.clone();
            let bound = match labels.remove("le").expect("le").as_str() {
                "+Inf" => f64::INFINITY,
                bound => bound.parse().unwrap(),
            };
            let key = (name.to_owned(), labels);
            if let Some((before, count)) = last.get(&key) {
                assert!(bound > *before && sample.value >= *count, "{sample:?}");
            }
            last.insert(key, (bound, sample.value));
        }
        for ((name, labels), (bound, count)) in last {
            assert!(bound.is_infinite(), "{name} has no last bucket");
            let labels: Vec<(&str, &str)> = labels.iter().map(|(a, b)| (&**a, &**b)).collect();
            assert_eq!(self.value(&format!("{name}_count"), &labels), Some(count));
        }
    }
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).expect(line);
    let (name, mut rest) = line.split_at(end);
    let is_name = |text: &str| {
        let letters = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        text.chars().all(letters) && text.starts_with(|c: char| !c.is_ascii_digit())
    };
    assert!(is_name(name), "{line}");
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").expect(line);
            assert!(is_name(label), "{line}");
            let mut value = String::new();
            let mut letters = after.char_indices();
            let end = loop {
                match letters.next().expect(line) {
                    (at, '"') => break at + 1,
                    (_, '\\') => value.push(match letters.next().expect(line).1 {
                        'n' => '\n',
                        letter @ ('"' | '\\') => letter,
                        _ => panic!("an escape that is none: {line}"),
                    }),
                    (_, letter) => value.push(letter),
                }
            };
            assert!(labels.insert(label.to_owned(), value).is_none(), "{line}");
            rest = &after[end..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}').expect(line);
    }
    let value = rest.strip_prefix(' ').expect(line);
    Sample {
        name: name.to_owned(),
        labels,
        value: value.parse().expect(line),
    }
}
