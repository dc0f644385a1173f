//! What a query is taken for.

use super::{MOST_CHARACTERS, MOST_WORDS, Refused, SearchQuery, Term};
use proptest::prelude::*;

fn term(text: &str) -> Term {
    Term {
        text: text.to_owned(),
        is_prefix: false,
    }
}

fn prefix(text: &str) -> Term {
    Term {
        is_prefix: true,
        ..term(text)
    }
}

fn all(text: &str) -> Vec<Term> {
    let query = SearchQuery::parse(text).unwrap();
    assert_eq!(query.none, []);
    query.all
}

#[test]
fn words_prefixes_phrases_and_exclusions_are_told_apart() {
    assert_eq!(all("milk  bread\n"), [term("milk"), term("bread")]);
    assert_eq!(all("mil* bread"), [prefix("mil"), term("bread")]);
    assert_eq!(all("\"whole milk\" x"), [term("whole milk"), term("x")]);
    assert_eq!(all("\"whole mi\"*"), [prefix("whole mi")]);
    let query = SearchQuery::parse("milk -oat -\"soy milk\" -al*").unwrap();
    assert_eq!(query.all, [term("milk")]);
    assert_eq!(query.none, [term("oat"), term("soy milk"), prefix("al")]);
}

#[test]
fn quotation_marks_of_all_keyboards_are_the_same() {
    assert_eq!(all("\u{201c}whole milk\u{201d}"), [term("whole milk")]);
    assert_eq!(all("\u{201e}whole milk\u{201c}"), [term("whole milk")]);
    assert_eq!(all("a\"b c\"d"), [term("a"), term("b c"), term("d")]);
}

#[test]
fn what_other_engines_take_for_operators_is_text() {
    assert_eq!(all("a AND b"), [term("a"), term("AND"), term("b")]);
    assert_eq!(all("NEAR(a b, 2)").len(), 3);
    assert_eq!(all("title:milk"), [term("title:milk")]);
    assert_eq!(all("^milk"), [term("^milk")]);
    assert_eq!(all("--verbose"), [term("--verbose")]);
    assert_eq!(all("a - b"), [term("a"), term("b")]);
    assert_eq!(all("wor*d"), [term("wor*d")]);
    assert_eq!(all("milk +*"), [term("milk")]);
    assert_eq!(all("cafe\u{301}*"), [prefix("cafe\u{301}")]);
    // The star belongs to no word.
    assert_eq!(all("c++*"), [term("c++")]);
}

#[test]
fn what_cannot_be_answered_says_why() {
    for (text, refused) in [
        ("", Refused::NoWord),
        (" \t ", Refused::NoWord),
        ("* - ( ) : ^ +", Refused::NoWord),
        ("\"\"", Refused::NoWord),
        ("\u{1f389}", Refused::NoWord),
        ("-milk", Refused::OnlyExclusions),
        ("\"milk", Refused::OpenQuote),
        ("milk\"", Refused::OpenQuote),
        ("\"a\" \"", Refused::OpenQuote),
        ("mi\0lk", Refused::ControlCharacters),
        ("milk\u{7}", Refused::ControlCharacters),
        ("milk\u{85}\u{9f}", Refused::ControlCharacters),
    ] {
        assert_eq!(SearchQuery::parse(text), Err(refused), "{text:?}");
    }
    assert_eq!(
        SearchQuery::parse(&"x".repeat(10_000)),
        Err(Refused::TooLong)
    );
    assert_eq!(
        SearchQuery::parse(&"x ".repeat(MOST_WORDS + 1)),
        Err(Refused::TooManyWords)
    );
}

#[test]
fn the_bounds_themselves_are_taken() {
    assert_eq!(all(&"\u{e9}".repeat(MOST_CHARACTERS)).len(), 1);
    assert_eq!(all(&"x ".repeat(MOST_WORDS)).len(), MOST_WORDS);
}

proptest! {
    #[test]
    fn no_query_makes_it_panic(text in ".*", signs in "[a\" *()^:+-]{0,80}") {
        let _ = SearchQuery::parse(&text);
        let _ = SearchQuery::parse(&signs);
    }

    #[test]
    fn what_is_taken_has_words_and_no_quotes(signs in "[ab\u{201c}\" *()^:+-]{0,80}") {
        if let Ok(query) = SearchQuery::parse(&signs) {
            prop_assert!(!query.all.is_empty());
            for term in query.all.iter().chain(&query.none) {
                let has_word = term.text.contains(['a', 'b']);
                let has_quote = term.text.contains(super::is_quote);
                prop_assert!(has_word && !has_quote, "{:?}", term);
            }
        }
    }
}
