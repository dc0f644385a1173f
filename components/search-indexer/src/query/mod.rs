//! What a user searches for, as words.
//!
//! | written | means |
//! |---|---|
//! | `milk bread` | both words, in any order |
//! | `mil*` | a word that begins so |
//! | `"whole milk"` | these words one after the other |
//! | `-oat`, `-"oat milk"` | not this |
//!
//! All else is text: no other sign has any power, and nobody has to quote it. Case
//! and accents do not count; that is the index's doing, as is what it takes for one
//! word.

#[cfg(test)]
mod tests;

use std::fmt;

/// The longest query, in characters.
pub const MOST_CHARACTERS: usize = 500;

/// How many words and phrases a query has at most.
pub const MOST_WORDS: usize = 32;

/// A query that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// What has to be there: at least one.
    pub all: Vec<Term>,
    /// What must not be.
    pub none: Vec<Term>,
}

/// A word or a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Its text, without quotation marks; it has a letter or a digit.
    pub text: String,
    /// Whether its last word may go on.
    pub is_prefix: bool,
}

/// Why a query cannot be answered. As text it says what to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It is longer than [`MOST_CHARACTERS`].
    TooLong,
    /// It has more than [`MOST_WORDS`] words and phrases.
    TooManyWords,
    /// It has control characters, such as NUL.
    ControlCharacters,
    /// A quotation mark has no other.
    OpenQuote,
    /// It has no letter and no digit.
    NoWord,
    /// It says only what must not be there.
    OnlyExclusions,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "Use at most {MOST_CHARACTERS} characters."),
            Self::TooManyWords => write!(f, "Use at most {MOST_WORDS} words."),
            Self::ControlCharacters => f.write_str("Remove the control characters, such as NUL."),
            Self::OpenQuote => {
                f.write_str("A quotation mark is left open: close it, or remove it.")
            }
            Self::NoWord => {
                f.write_str("There is no word in it: use at least one letter or digit.")
            }
            Self::OnlyExclusions => {
                f.write_str("It only says what must not be there: add a word without a - in front.")
            }
        }
    }
}

impl std::error::Error for Refused {}

impl SearchQuery {
    /// Reads what a user wrote.
    ///
    /// # Errors
    /// Why it cannot be answered.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        if text.chars().nth(MOST_CHARACTERS).is_some() {
            return Err(Refused::TooLong);
        }
        // Line breaks and tabs come with what is pasted.
        if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
            return Err(Refused::ControlCharacters);
        }
        let mut query = Self {
            all: Vec::new(),
            none: Vec::new(),
        };
        for piece in Pieces(text) {
            let Piece { term, is_excluded } = piece?;
            if !term.text.chars().any(is_searchable) {
                continue;
            }
            if is_excluded {
                query.none.push(term);
            } else {
                query.all.push(term);
            }
        }
        match (query.all.len(), query.none.len()) {
            (0, 0) => Err(Refused::NoWord),
            (0, _) => Err(Refused::OnlyExclusions),
            (all, none) if all + none > MOST_WORDS => Err(Refused::TooManyWords),
            _ => Ok(query),
        }
    }
}

/// Whether it can be part of a word.
fn is_searchable(c: char) -> bool {
    c.is_alphanumeric()
}

/// Whether it is the accent of the letter before, as some keyboards send it.
fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// What keyboards make of a quotation mark.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}

struct Piece {
    term: Term,
    is_excluded: bool,
}

/// Goes through a query from left to right.
struct Pieces<'a>(&'a str);

impl Iterator for Pieces<'_> {
    type Item = Result<Piece, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = self.0.trim_start();
        let is_excluded = match rest.strip_prefix('-') {
            // Two are no exclusion but somebody's `--option`.
            Some(word) if word.starts_with(|c: char| c != '-' && !c.is_whitespace()) => {
                rest = word;
                true
            }
            _ => false,
        };
        let first = rest.chars().next()?;
        let text = if is_quote(first) {
            let Some((phrase, after)) = rest
                .get(first.len_utf8()..)
                .and_then(|rest| rest.split_once(is_quote))
            else {
                self.0 = "";
                return Some(Err(Refused::OpenQuote));
            };
            rest = after;
            phrase
        } else {
            let end = rest
                .find(|c: char| c.is_whitespace() || is_quote(c))
                .unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            word
        };
        // Behind the quotation mark of a phrase, or the last sign of a word.
        let (text, is_prefix) = if is_quote(first) {
            let after = rest.strip_prefix('*');
            rest = after.unwrap_or(rest);
            (text, after.is_some())
        } else {
            let word = text.trim_end_matches('*');
            (word, word.len() < text.len())
        };
        self.0 = rest;
        Some(Ok(Piece {
            // A sign in between would end the word before the star.
            term: Term {
                text: text.to_owned(),
                is_prefix: is_prefix && text.ends_with(|c| is_searchable(c) || is_accent(c)),
            },
            is_excluded,
        }))
    }
}
