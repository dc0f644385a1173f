//! Documents and queries as Postgres has them.

use crate::{
    query::Term,
    storage::index::{Search, Text},
    words::{Words, words},
};
use std::collections::BTreeSet;

/// How long a word is at most, in bytes: a lexeme has at most 2,046, its user with it. A
/// query's words are shorter, so that what is cut off of a longer one cannot be asked for.
const MOST_WORD: usize = 2_020;

/// How long a document's lexemes are together at most, in bytes: a vector has room for a
/// million. It is fifty times what a task of task-api's can have.
const MOST_WORDS: usize = 900_000;

/// What finds documents.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// A tsquery: the words of all that has to be there, marks, and words that must not be.
    pub(super) words: String,
    /// Patterns (LIKE) of the phrases that have to be there.
    pub(super) all: Vec<String>,
    /// Patterns of those that must not be.
    pub(super) none: Vec<String>,
}

/// A document's words and marks, as a tsvector.
pub(super) fn vector(user: i64, text: &Text) -> String {
    let mut lexemes: BTreeSet<String> = text.marks.iter().map(|it| mark(user, it)).collect();
    let mut length: usize = lexemes.iter().map(String::len).sum();
    for text in [&text.title, &text.tags, &text.description] {
        let mut rest = Words::of(text);
        let mut lexeme = begin(user);
        let begin = lexeme.len();
        while length <= MOST_WORDS && rest.next_into(&mut lexeme).is_some() {
            lexeme.truncate(lexeme.floor_char_boundary(begin + MOST_WORD));
            if !lexemes.contains(&lexeme) {
                length += lexeme.len();
                lexemes.insert(lexeme.clone());
            }
            lexeme.truncate(begin);
        }
    }
    let quoted: Vec<String> = lexemes.iter().map(|it| quoted(it)).collect();
    quoted.join(" ")
}

/// A document's words one after the other. What is between two columns is in no word, so
/// that no phrase goes on in the next.
pub(super) fn phrases(text: &Text) -> String {
    let mut phrases = String::from(" ");
    for text in [&text.title, &text.tags, &text.description] {
        let mut rest = Words::of(text);
        while rest.next_into(&mut phrases).is_some() {
            phrases.push(' ');
        }
        phrases.push_str("| ");
    }
    phrases
}

/// What finds a user's documents; none if nothing can.
pub(super) fn query(user: i64, search: &Search) -> Option<Query> {
    let mut query = Query {
        words: String::new(),
        all: Vec::new(),
        none: Vec::new(),
    };
    let mut lexemes = Vec::new();
    for term in &search.query.all {
        let words = words(&term.text);
        for (at, word) in words.iter().enumerate() {
            let is_prefix = term.is_prefix && at + 1 == words.len();
            lexemes.push(one(user, word, is_prefix));
        }
        if words.len() > 1 {
            query.all.push(pattern(term, &words));
        }
    }
    // All of it were signs that Rust takes for letters and FTS5 does not.
    if lexemes.is_empty() {
        return None;
    }
    lexemes.extend(search.marks().map(|it| quoted(&mark(user, &it))));
    for term in &search.query.none {
        match words(&term.text).as_slice() {
            [] => {}
            [word] => lexemes.push(format!("!{}", one(user, word, term.is_prefix))),
            words => query.none.push(pattern(term, words)),
        }
    }
    query.words = lexemes.join(" & ");
    Some(query)
}

/// What every lexeme of a user's begins with.
fn begin(user: i64) -> String {
    format!("{user:x}:")
}

/// A mark begins as no word does.
fn mark(user: i64, mark: &str) -> String {
    format!("{}={mark}", begin(user))
}

fn one(user: i64, word: &str, is_prefix: bool) -> String {
    let star = if is_prefix { ":*" } else { "" };
    format!("{}{star}", quoted(&format!("{}{word}", begin(user))))
}

/// A phrase in [`phrases`]. (No word has a sign that means something in a pattern.)
fn pattern(term: &Term, words: &[String]) -> String {
    let end = if term.is_prefix { "" } else { " " };
    format!("% {}{end}%", words.join(" "))
}

/// As tsvector and tsquery read it (PostgreSQL, 8.11). No word has what has to be doubled.
fn quoted(lexeme: &str) -> String {
    format!("'{}'", lexeme.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::{MOST_WORD, phrases, query, vector};
    use crate::{
        query::SearchQuery,
        storage::index::{Filter, Search, Text, text::tag_mark},
    };
    use duebell_events::Priority;
    use proptest::prelude::*;

    fn text(title: &str, description: &str) -> Text {
        Text {
            title: title.to_owned(),
            tags: "Home\ndeep work".to_owned(),
            description: description.to_owned(),
            marks: vec!["open".to_owned(), tag_mark("Home")],
        }
    }

    fn search(query: &str, filter: Filter) -> Search {
        Search {
            query: SearchQuery::parse(query).unwrap(),
            filter,
        }
    }

    #[test]
    fn a_document_is_its_users_words_and_marks() {
        let text = text("Crème, crème", "It's whole milk");
        let tag = tag_mark("Home");
        assert_eq!(
            vector(0x12, &text),
            format!(
                "'12:=open' '12:={tag}' '12:creme' '12:deep' '12:home' '12:it' '12:milk' '12:s' \
                 '12:whole' '12:work'"
            )
        );
        assert_eq!(
            phrases(&text),
            " creme creme | home deep work | it s whole milk | "
        );
    }

    #[test]
    fn a_query_is_its_words_its_marks_and_its_phrases() {
        let filter = Filter {
            tag: None,
            priority: Some(Priority::High),
            completed: Some(false),
        };
        let wanted = "Mil* \"whole mi\"* it's -oat -al* -\"soy milk\" \u{24b6}";
        let query = query(0x12, &search(wanted, filter)).unwrap();
        assert_eq!(
            query.words,
            "'12:mil':* & '12:whole' & '12:mi':* & '12:it' & '12:s' & '12:=high' & '12:=open' \
             & !'12:oat' & !'12:al':*"
        );
        assert_eq!(query.all, ["% whole mi%", "% it s %"]);
        assert_eq!(query.none, ["% soy milk %"]);
    }

    #[test]
    fn what_has_no_word_finds_nothing() {
        assert_eq!(query(1, &search("\u{24b6}", Filter::default())), None);
    }

    #[test]
    fn no_document_is_too_long_for_postgres() {
        let long = format!("{}\u{1f914}", "x".repeat(MOST_WORD - 1));
        let vector = vector(i64::from(i32::MAX), &text(&long, &"y".repeat(40_000)));
        assert!(vector.split(' ').all(|lexeme| lexeme.len() <= 2_046));
        let many: Vec<String> = (0..300_000).map(|number| number.to_string()).collect();
        let vector = super::vector(i64::from(i32::MAX), &text("x", &many.join(" ")));
        let lexemes: usize = vector.split(' ').map(|lexeme| lexeme.len() - 2).sum();
        assert!(lexemes < 1_000_000);
    }

    /// What is between the quotation marks, by the rules of Postgres; none if it is not a
    /// list of quoted lexemes.
    fn lexemes(text: &str) -> Option<Vec<String>> {
        let mut lexemes = Vec::new();
        let mut rest = text.chars().peekable();
        while rest.next()? == '\'' {
            let mut lexeme = String::new();
            loop {
                match rest.next()? {
                    '\'' if rest.next_if_eq(&'\'').is_none() => break,
                    '\\' => lexeme.push(rest.next()?),
                    c => lexeme.push(c),
                }
            }
            lexemes.push(lexeme);
            if rest.next_if_eq(&':').is_some() && rest.next()? != '*' {
                return None;
            }
            match rest.next() {
                None => return Some(lexemes),
                Some(' ') => {}
                Some(_) => return None,
            }
            if rest.next_if_eq(&'&').is_some() && rest.next()? != ' ' {
                return None;
            }
            rest.next_if_eq(&'!');
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_text_and_no_query_breaks_out_of_its_quotes(
            any in "\\PC{0,40}",
            signs in "[a\u{e9}\u{24b6}\u{301}\u{1f914}\u{ff07}\u{2019} '\\\\\"*()&|!:<>=%_-]{0,60}",
            tag in ".{0,20}",
        ) {
            for written in [any, signs] {
                let text = Text {
                    marks: vec![tag_mark(&tag)],
                    ..text(&written, &written)
                };
                let of_document = lexemes(&vector(0x12, &text));
                prop_assert!(of_document.is_some(), "{}", vector(0x12, &text));
                prop_assert!(of_document.unwrap().iter().all(|it| it.starts_with("12:")));
                let filter = Filter { tag: Some(tag.clone()), priority: None, completed: Some(true) };
                let Ok(parsed) = SearchQuery::parse(&written) else { continue };
                let Some(query) = query(0x12, &Search { query: parsed, filter }) else { continue };
                let of_query = lexemes(&query.words);
                prop_assert!(of_query.is_some(), "{}", query.words);
                prop_assert!(of_query.unwrap().iter().all(|it| it.starts_with("12:")));
                for pattern in query.all.iter().chain(&query.none) {
                    let inner = pattern.trim_matches('%');
                    prop_assert!(!inner.contains(['%', '_', '\\', '\n', '|']), "{}", pattern);
                }
            }
        }

        #[test]
        fn lexemes_are_quoted_as_postgres_reads_them(lexeme in ".{0,40}") {
            prop_assert_eq!(lexemes(&super::quoted(&lexeme)), Some(vec![lexeme]));
        }
    }
}
