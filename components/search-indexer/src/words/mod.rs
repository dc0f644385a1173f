//! Words, as FTS5's tokenizer takes them (`unicode61 remove_diacritics 2`): runs of letters
//! and digits, in small letters, without accents.
//!
//! In SQLite it does so itself. For a database that would take something else for a word it
//! is done here, in the same way: whoever changes the database finds the same.

#[cfg(test)]
mod tests;
mod unicode;

use std::ops::Range;
use unicode::{LOWER, PLAIN, SEPARATORS};

/// Goes through the words of a text.
pub(crate) struct Words<'a> {
    text: &'a str,
    /// Up to where it was read.
    at: usize,
}

impl<'a> Words<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next word: it is added to `word`, and where it is in the text comes back.
    pub(crate) fn next_into(&mut self, word: &mut String) -> Option<Range<usize>> {
        let rest = self.text.get(self.at..)?;
        let start = self.at + rest.find(is_in_word)?;
        let mut end = start;
        for c in self.text.get(start..)?.chars() {
            if !is_in_word(c) && !is_accent(c) {
                break;
            }
            word.extend(folded(c));
            end += c.len_utf8();
        }
        self.at = end;
        Some(start..end)
    }
}

/// All words of a text.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = Words::of(text);
    let mut word = String::new();
    while rest.next_into(&mut word).is_some() {
        words.push(std::mem::take(&mut word));
    }
    words
}

fn is_in_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    let c = u32::from(c);
    SEPARATORS
        .partition_point(|border| *border <= c)
        .is_multiple_of(2)
}

/// Whether it goes with the letter before, and ends no word.
fn is_accent(c: char) -> bool {
    let at = u32::from(c).wrapping_sub(0x300);
    match at {
        0..32 => 0x0802_9fdf_u32 >> at & 1 == 1,
        32..50 => 0x0003_61f8_u32 >> (at - 32) & 1 == 1,
        _ => false,
    }
}

/// The small letter without its accent; none of what is only an accent.
fn folded(c: char) -> Option<char> {
    if c.is_ascii() {
        return Some(c.to_ascii_lowercase());
    }
    let Ok(code) = u16::try_from(u32::from(c)) else {
        // Deseret, the one script up there that has capital letters.
        return match c {
            '\u{10400}'..'\u{10428}' => char::from_u32(u32::from(c) + 40),
            c => Some(c),
        };
    };
    let code = plain(lower(code));
    (code != 0)
        .then(|| char::from_u32(code.into()))
        .map(|folded| folded.unwrap_or(c))
}

fn lower(code: u16) -> u16 {
    let (runs, _) = LOWER.as_chunks::<4>();
    let run = runs.partition_point(|[first, ..]| *first <= code);
    match run.checked_sub(1).and_then(|run| runs.get(run)) {
        Some([first, count, every, offset])
            if code - first < *count && (code - first).is_multiple_of(*every) =>
        {
            code.wrapping_add(*offset)
        }
        _ => code,
    }
}

fn plain(code: u16) -> u16 {
    let (runs, _) = PLAIN.as_chunks::<3>();
    let run = runs.partition_point(|[first, ..]| *first <= code);
    match run.checked_sub(1).and_then(|run| runs.get(run)) {
        Some([_, last, letter]) if code <= *last => *letter,
        _ => code,
    }
}
