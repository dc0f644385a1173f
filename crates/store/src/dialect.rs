//! SQL as each database wants it.
//!
//! Statements are written once, in the words that SQLite and Postgres have in common where
//! there are some, and in SQLite's where not. What [`for_postgres`] can not put into
//! Postgres's words is written twice: a [`Migration`](crate::Migration) has a field for
//! that, a query asks its [`Db`](crate::Db).

use crate::{Value, gate::Durability};
use std::fmt::Write as _;

/// Which database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite: one writer at a time, whoever else writes waits.
    Sqlite,
    /// PostgreSQL, 13 or newer: several hosts may share it.
    Postgres,
}

/// A transaction whose commit need not wait for the disk. SQLite has no statement that says
/// so: to Spin this is a comment, and the commit waits; the embedded host reads it.
const BEGIN_RELAXED: &str = "BEGIN IMMEDIATE /* relaxed */";

/// Waits until no other transaction of this schema writes, in whatever instance or host, as
/// SQLite does; and sees to it that one that is forgotten, or a server that hangs, does not
/// hold the others up for long. (The lock's type, void, has to be made text: Spin has no
/// value for it.)
macro_rules! turn {
    ($more:literal) => {
        concat!(
            "SELECT set_config('lock_timeout', '5s', true), \
             set_config('idle_in_transaction_session_timeout', '10s', true)",
            $more,
            ", pg_advisory_xact_lock(current_schema()::regnamespace::oid::bigint)::text"
        )
    };
}

/// Says `on` within a transaction of ours, and nowhere else: in those that write, and in
/// those that are not serializable, DEFERRABLE means nothing.
#[cfg_attr(
    not(target_family = "wasm"),
    expect(dead_code, reason = "Postgres is Spin's")
)]
pub(crate) const IN_TRANSACTION: &str = "SELECT current_setting('transaction_deferrable')";

impl Dialect {
    /// What begins a write: nobody else writes until it ends.
    pub(crate) fn begin(self, durability: Durability) -> &'static [&'static str] {
        match (self, durability) {
            (Self::Sqlite, Durability::Full) => &["BEGIN IMMEDIATE"],
            (Self::Sqlite, Durability::Relaxed) => &[BEGIN_RELAXED],
            (Self::Postgres, Durability::Full) => &["BEGIN DEFERRABLE", turn!("")],
            (Self::Postgres, Durability::Relaxed) => &[
                "BEGIN DEFERRABLE",
                turn!(", set_config('synchronous_commit', 'off', true)"),
            ],
        }
    }

    /// What begins reading one commit, whatever comes after it.
    pub(crate) fn snapshot(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY DEFERRABLE",
        }
    }

    /// Whether connections are worth keeping: SQLite's have their statements and pages,
    /// Postgres's are the host's, which has few for all instances.
    pub(crate) fn keeps_connections(self) -> bool {
        self == Self::Sqlite
    }

    /// What says whether there is a table of the name that it is given.
    pub(crate) fn table(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1",
            Self::Postgres => {
                "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?1"
            }
        }
    }
}

/// The types of a statement that makes tables, and what Postgres calls them. Integers are
/// as wide as SQLite's, and text is compared byte by byte, as SQLite does.
const TYPES: [(&str, &str); 4] = [
    ("INTEGER", "BIGINT"),
    ("TEXT", "TEXT COLLATE \"C\""),
    ("BLOB", "BYTEA"),
    ("REAL", "DOUBLE PRECISION"),
];

/// What SQLite makes up ids for if none is given.
const ROW_ID: &str = "INTEGER PRIMARY KEY";

/// A statement in Postgres's words:
/// - `?1` and `?` are `$1`, with the type of what is given for them, since Postgres would
///   guess from where they stand (`$1 + $2`, `VALUES ($1)`), and take a wrong guess for an
///   error;
/// - `max(a, b)` and `min(a, b)` are `greatest` and `least`;
/// - in `CREATE TABLE` and `ALTER TABLE`, types are Postgres's, an `INTEGER PRIMARY KEY`
///   is numbered by the database, and `AUTOINCREMENT` and `WITHOUT ROWID` are left out.
#[must_use]
pub fn for_postgres(statement: &str, parameters: &[Value]) -> String {
    let defines = ["CREATE TABLE", "ALTER TABLE"]
        .iter()
        .any(|begin| statement.trim_start().starts_with(begin));
    let mut out = String::with_capacity(statement.len() + 16 * parameters.len());
    let mut last = 0;
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '\'' | '"' => copy(quoted(rest, first), &mut out),
            '?' => {
                let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
                let number = rest.get(1..=digits).and_then(|it| it.parse().ok());
                let number: usize = number.unwrap_or(last + 1);
                last = last.max(number);
                let value = number.checked_sub(1).and_then(|at| parameters.get(at));
                // A String takes whatever is written to it.
                let _ = write!(out, "${number}{}", cast(value));
                1 + digits
            }
            letter if is_letter(letter) && defines => definition(rest, &mut out),
            letter if is_letter(letter) => expression(rest, &mut out),
            other => {
                out.push(other);
                other.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// The word, or the words, that a definition goes on with; says how long they were.
fn definition(rest: &str, out: &mut String) -> usize {
    if rest.starts_with(ROW_ID) {
        out.push_str("BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY");
        return ROW_ID.len();
    }
    for dropped in ["AUTOINCREMENT", "WITHOUT ROWID"] {
        if rest.starts_with(dropped) {
            return dropped.len();
        }
    }
    let word = word(rest);
    let known = TYPES.iter().find(|(name, _)| *name == word);
    out.push_str(known.map_or(word, |(_, name)| name));
    word.len()
}

/// The word that any other statement goes on with; says how long it was.
fn expression(rest: &str, out: &mut String) -> usize {
    let word = word(rest);
    let arguments = rest.get(word.len()..).unwrap_or_default();
    let of_several = matches!(word, "max" | "min") && has_several(arguments);
    out.push_str(match word {
        "max" if of_several => "greatest",
        "min" if of_several => "least",
        word => word,
    });
    word.len()
}

/// Whether this begins with arguments, and there is more than one.
fn has_several(text: &str) -> bool {
    let mut depth = 0_u32;
    for letter in text.chars() {
        match letter {
            '(' => depth += 1,
            ')' if depth == 1 => return false,
            ')' => depth -= 1,
            ',' if depth == 1 => return true,
            _ if depth == 0 => return false,
            _ => {}
        }
    }
    false
}

fn copy(text: &str, out: &mut String) -> usize {
    out.push_str(text);
    text.len()
}

/// From a quote to the one that ends it. (One that is doubled ends it and begins another.)
fn quoted(text: &str, quote: char) -> &str {
    let end = text.char_indices().skip(1).find(|(_, it)| *it == quote);
    end.and_then(|(at, _)| text.get(..=at)).unwrap_or(text)
}

fn word(text: &str) -> &str {
    let end = text.find(|it: char| !is_letter(it) && !it.is_ascii_digit());
    end.and_then(|at| text.get(..at)).unwrap_or(text)
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_alphabetic() || letter == '_'
}

fn cast(value: Option<&Value>) -> &'static str {
    match value {
        // NULL is of any type.
        None | Some(Value::Null) => "",
        Some(Value::Integer(_)) => "::bigint",
        Some(Value::Real(_)) => "::float8",
        Some(Value::Text(_)) => "::text",
        Some(Value::Blob(_)) => "::bytea",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integers(count: usize) -> Vec<Value> {
        vec![Value::Integer(0); count]
    }

    #[test]
    fn parameters_have_their_numbers_and_types() {
        assert_eq!(
            for_postgres(
                "SELECT ?2, ?, ?1, '?1', \"?\" FROM x WHERE a = ?4",
                &["a".into(), 1.into(), vec![1].into(), Value::Null]
            ),
            "SELECT $2::bigint, $3::bytea, $1::text, '?1', \"?\" FROM x WHERE a = $4"
        );
    }

    #[test]
    fn the_greatest_of_several_is_told_from_that_of_rows() {
        assert_eq!(
            for_postgres(
                "SELECT max(a), min(coalesce(a, b)), max(a, min(?1, (b))), maximum FROM x",
                &integers(1)
            ),
            "SELECT max(a), min(coalesce(a, b)), greatest(a, least($1::bigint, (b))), maximum FROM x"
        );
    }

    #[test]
    fn tables_have_the_types_of_postgres() {
        assert_eq!(
            for_postgres(
                "CREATE TABLE t (number INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL, b BLOB, c REAL) WITHOUT ROWID",
                &[]
            )
            .trim_end(),
            "CREATE TABLE t (number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY , a TEXT COLLATE \"C\" NOT NULL, b BYTEA, c DOUBLE PRECISION)"
        );
        assert_eq!(
            for_postgres("ALTER TABLE t ADD COLUMN d INTEGER NOT NULL DEFAULT 0", &[]),
            "ALTER TABLE t ADD COLUMN d BIGINT NOT NULL DEFAULT 0"
        );
    }

    #[test]
    fn what_is_cut_off_stops_nothing() {
        for text in ["'", "?", "max(", "\"a", "CREATE TABLE ü (", "ü?ü"] {
            assert!(!for_postgres(text, &[]).is_empty(), "{text}");
        }
    }
}
