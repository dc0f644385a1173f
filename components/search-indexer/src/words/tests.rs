//! They are the words that FTS5 takes.

use super::{Words, words};
use proptest::prelude::*;
use rusqlite::Connection;

/// Texts as FTS5 has them.
struct Fts5(Connection);

impl Fts5 {
    fn new() -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(crate::storage::index::TABLE)
            .unwrap();
        connection
            .execute_batch("CREATE VIRTUAL TABLE terms USING fts5vocab(search, instance)")
            .unwrap();
        Self(connection)
    }

    fn words(&self, text: &str) -> Vec<String> {
        self.0.execute("DELETE FROM search", []).unwrap();
        let insert = "INSERT INTO search (rowid, title) VALUES (1, ?1)";
        self.0.execute(insert, [text]).unwrap();
        let mut terms = self
            .0
            .prepare_cached("SELECT term FROM terms ORDER BY \"offset\"")
            .unwrap();
        let rows = terms.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

#[test]
fn every_character_is_taken_as_fts5_takes_it() {
    let fts5 = Fts5::new();
    // Of the planes from 3 on, only what is not as all the rest of them.
    let all: Vec<char> = ('\u{1}'..'\u{30000}')
        .chain('\u{e0000}'..'\u{e2000}')
        .chain('\u{ffff0}'..'\u{100010}')
        .collect();
    for part in all.chunks(10_000) {
        // As a word, at its begin, in it and at its end.
        let text: String = part
            .iter()
            .map(|c| format!("{c} {c}b a{c}b a{c} A{c}\u{301}. "))
            .collect();
        assert!(words(&text) == fts5.words(&text), "{:?}", part.first());
    }
}

#[test]
fn a_word_is_where_it_is_in_the_text() {
    let text = " Cre\u{300}me, BRÛLÉE!";
    let mut rest = Words::of(text);
    let mut word = String::new();
    assert_eq!(rest.next_into(&mut word), Some(1..8));
    assert_eq!(rest.next_into(&mut word), Some(10..18));
    assert_eq!(rest.next_into(&mut word), None);
    assert_eq!(word, "cremebrulee");
    assert_eq!(&text[10..18], "BRÛLÉE");
}

proptest! {
    #[test]
    fn any_text_has_the_words_that_fts5_takes(
        text in "[^\0]{0,60}",
        signs in "[aZ9\u{e9}\u{24b6}\u{301}\u{345}\u{1f914}\u{4e2d}\u{df}\u{130} .'%_-]{0,60}",
    ) {
        let fts5 = Fts5::new();
        for text in [text, signs] {
            prop_assert_eq!(words(&text), fts5.words(&text));
        }
    }
}
