//! What is searched for, in the language of FTS5.
//! <https://www.sqlite.org/fts5.html#full_text_query_syntax>

use crate::{query::Term, storage::index::Search};

/// The columns that words are searched in.
const WORDS: &str = "{title tags description}";

/// What finds this.
pub(super) fn expression(search: &Search) -> String {
    let list = |terms: &[Term], between: &str| {
        let strings: Vec<String> = terms.iter().map(string).collect();
        strings.join(between)
    };
    let Search { query, .. } = search;
    // Strings side by side are ANDed, and one without a word in it is ignored.
    let mut text = format!("({WORDS} : ({}))", list(&query.all, " "));
    if !query.none.is_empty() {
        text = format!("({text} NOT ({WORDS} : ({})))", list(&query.none, " OR "));
    }
    for mark in search.marks() {
        text = format!("{text} AND (marks : \"{mark}\")");
    }
    text
}

/// A string of FTS5's: nothing in it has any power but a quotation mark, which the
/// query cannot have.
fn string(term: &Term) -> String {
    let text = term.text.replace('"', " ");
    let star = if term.is_prefix { "*" } else { "" };
    format!("\"{text}\"{star}")
}

#[cfg(test)]
mod tests {
    use super::expression;
    use crate::{
        query::SearchQuery,
        storage::index::{Filter, Search, TABLE, text::tag_mark},
    };
    use duebell_events::Priority;
    use proptest::prelude::*;
    use rusqlite::Connection;

    fn index() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(TABLE).unwrap();
        let insert =
            "INSERT INTO search (rowid, title, tags, description, marks) VALUES (?, ?, ?, ?, ?)";
        let marks = format!("open high {}", tag_mark("Home"));
        let texts = (
            "Crème brûlée",
            "Home",
            "Whole milk, not oat milk; AND NEAR",
            marks,
        );
        connection
            .execute(insert, (1, texts.0, texts.1, texts.2, texts.3))
            .unwrap();
        connection
            .execute(insert, (2, "Oats", "", "", "completed low"))
            .unwrap();
        connection
    }

    fn find(index: &Connection, query: &str, filter: &Filter) -> Vec<i64> {
        let query = SearchQuery::parse(query).unwrap();
        let filter = filter.clone();
        let expression = expression(&Search { query, filter });
        let mut statement = index
            .prepare("SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid")
            .unwrap();
        let rows = statement.query_map([expression], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn words_mean_what_the_query_says() {
        let index = index();
        let found = |query: &str| find(&index, query, &Filter::default());
        for query in [
            "creme",
            "CRÈME BRULEE",
            "cre\u{300}me",
            "bru*",
            "b*",
            "brûl*",
            "brule*",
            "\"whole milk\"",
            "\"oat mi\"*",
            "milk -soy",
            "milk home",
            "AND near",
            "milk \u{24b6}",
            "not -oats",
        ] {
            assert_eq!(found(query), [1], "{query}");
        }
        assert_eq!(found("oat*"), [1, 2]);
        for query in [
            "rulee",
            "milk -oat",
            "\"milk whole\"",
            "title:milk",
            "open",
            "high",
            "milk -\"whole milk\"",
            "\u{24b6}",
            "milk -soy -creme",
        ] {
            assert_eq!(found(query), [0; 0], "{query}");
        }
    }

    #[test]
    fn filters_are_exact() {
        let index = index();
        let tag = |tag: &str| Filter {
            tag: Some(tag.to_owned()),
            ..Filter::default()
        };
        assert_eq!(find(&index, "oat*", &tag("Home")), [1]);
        assert_eq!(find(&index, "oat*", &tag("home")), [0; 0]);
        let both = Filter {
            tag: None,
            priority: Some(Priority::Low),
            completed: Some(true),
        };
        assert_eq!(find(&index, "oat*", &both), [2]);
        assert_eq!(find(&index, "oat* -creme", &both), [2]);
        let neither = Filter {
            completed: Some(false),
            ..both
        };
        assert_eq!(find(&index, "oat*", &neither), [0; 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_query_is_a_syntax_error(
            text in "\\PC{0,40}",
            signs in "[a\u{e9}\u{24b6}\u{301}NEARORT \"*()^:+{},.;'%_-]{0,60}",
            tag in ".{0,20}",
        ) {
            let index = index();
            let filter = Filter { tag: Some(tag), priority: None, completed: Some(true) };
            for query in [text, signs] {
                if SearchQuery::parse(&query).is_ok() {
                    find(&index, &query, &Filter::default());
                    find(&index, &query, &filter);
                }
            }
        }
    }
}
