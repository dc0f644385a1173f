//! Where words are in texts: as FTS5's `highlight` says.

use crate::{
    highlight::{CLOSE, OPEN},
    storage::index::{Ranked, Search},
    words::{Words, words},
};
use std::ops::Range;

/// How much a column counts, and how long its texts are on average, in characters: title,
/// tags and description.
const COLUMNS: [(f64, f64); 3] = [(8.0, 40.0), (3.0, 20.0), (1.0, 200.0)];

/// What is marked: words and phrases.
pub(super) struct Terms(Vec<Phrase>);

struct Phrase {
    /// At least one.
    words: Vec<String>,
    /// Whether the last one may go on.
    is_prefix: bool,
}

/// A document that was found.
pub(super) struct Document<'a> {
    pub(super) ranked: Ranked,
    columns: [Column<'a>; 3],
}

struct Column<'a> {
    text: &'a str,
    /// What is to be marked of it: from left to right, and apart from each other.
    found: Vec<Range<usize>>,
}

/// The words of a text.
#[derive(Default)]
struct Text {
    words: String,
    /// Of each word where it is in `words`, and where it is in the text.
    places: Vec<(Range<usize>, Range<usize>)>,
}

impl Terms {
    pub(super) fn of(search: &Search) -> Self {
        let phrases = search.query.all.iter().map(|term| Phrase {
            words: words(&term.text),
            is_prefix: term.is_prefix,
        });
        Self(phrases.filter(|phrase| !phrase.words.is_empty()).collect())
    }

    /// Looks for them in a document's title, tags and description.
    pub(super) fn look_through<'a>(&self, id: i64, texts: [&'a str; 3]) -> Document<'a> {
        let columns = texts.map(|text| Column {
            text,
            found: self.find(text),
        });
        let rank = rank(&columns);
        Document {
            ranked: Ranked { rank, id },
            columns,
        }
    }

    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let text = Text::of(text);
        // By the number of the first word and that of the last.
        let mut found: Vec<(usize, usize)> = Vec::new();
        for phrase in &self.0 {
            let last = phrase.words.len() - 1;
            let starts = (0..text.places.len()).filter(|start| text.has(*start, phrase));
            found.extend(starts.map(|start| (start, start + last)));
        }
        found.sort_unstable();
        // Those that share a word are one.
        let mut marks: Vec<(usize, usize)> = Vec::new();
        for (first, last) in found {
            match marks.last_mut() {
                Some(mark) if first <= mark.1 => mark.1 = mark.1.max(last),
                _ => marks.push((first, last)),
            }
        }
        let place = |word: usize| text.places.get(word).map(|(_, place)| place);
        marks
            .into_iter()
            .filter_map(|(first, last)| Some(place(first)?.start..place(last)?.end))
            .collect()
    }
}

impl Text {
    fn of(text: &str) -> Self {
        let mut words = Self::default();
        let mut rest = Words::of(text);
        loop {
            let start = words.words.len();
            let Some(place) = rest.next_into(&mut words.words) else {
                return words;
            };
            words.places.push((start..words.words.len(), place));
        }
    }

    /// Whether the phrase begins at this word.
    fn has(&self, start: usize, phrase: &Phrase) -> bool {
        let last = phrase.words.len() - 1;
        let is = |(at, word): (usize, &String)| {
            let there = self.places.get(start + at);
            let there = there.and_then(|(word, _)| self.words.get(word.clone()));
            there.is_some_and(|there| {
                there == word || at == last && phrase.is_prefix && there.starts_with(word)
            })
        };
        phrase.words.iter().enumerate().all(is)
    }
}

/// The rank by the formula, step by step as SQLite computes it.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "texts are short, and a rank is less than 30,000"
)]
fn rank(columns: &[Column<'_>; 3]) -> i64 {
    let parts = columns
        .iter()
        .zip(COLUMNS)
        .map(|(column, (weight, usual))| {
            let found = column.found.len() as f64;
            let length = column.text.chars().count() as f64;
            weight * 2.2 * found / (found + 1.2 * (0.25 + 0.75 * length / usual))
        });
    let sum = parts.reduce(|sum, part| sum + part).unwrap_or_default();
    (1000.0 * sum) as i64
}

impl Document<'_> {
    pub(super) fn is_in_description(&self) -> bool {
        let [_, _, description] = &self.columns;
        !description.found.is_empty()
    }

    /// The texts with marks.
    pub(super) fn marked(&self) -> [String; 3] {
        self.columns.each_ref().map(|column| {
            let mut marked = String::with_capacity(column.text.len() + 2 * column.found.len());
            let mut end = 0;
            for found in &column.found {
                marked.push_str(column.text.get(end..found.start).unwrap_or_default());
                marked.push(OPEN);
                marked.push_str(column.text.get(found.clone()).unwrap_or_default());
                marked.push(CLOSE);
                end = found.end;
            }
            marked.push_str(column.text.get(end..).unwrap_or_default());
            marked
        })
    }
}
