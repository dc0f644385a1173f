//! The differences that stay: the table of docs/parity.md.

use crate::harness::project;
use std::collections::BTreeMap;

/// The rows by the names of their cases.
pub(crate) struct Table {
    pub(crate) rows: BTreeMap<String, Row>,
}

/// What the table says of a case.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) real: String,
    pub(crate) embedded: String,
    pub(crate) why: String,
}

impl Table {
    /// The table as it is in docs/parity.md.
    pub(crate) fn read() -> Self {
        let text = std::fs::read_to_string(project().join("docs/parity.md"));
        Self::parse(&text.unwrap_or_default())
    }

    /// The rows of every table whose first column is `Case`.
    fn parse(text: &str) -> Self {
        let mut rows = BTreeMap::new();
        let mut inside = false;
        for line in text.lines() {
            let Some(cells) = cells(line) else {
                inside = false;
                continue;
            };
            let is_rule = |cell: &String| cell.chars().all(|c| matches!(c, '-' | ':'));
            if cells[0] == "Case" {
                inside = true;
            } else if inside && !cells.iter().all(is_rule) {
                let [case, real, embedded, why] = &cells[..] else {
                    panic!("docs/parity.md: a row has {} columns: {line}", cells.len());
                };
                let row = Row {
                    real: real.clone(),
                    embedded: embedded.clone(),
                    why: why.clone(),
                };
                assert!(!row.why.is_empty(), "docs/parity.md: no reason: {line}");
                let twice = rows.insert(case.clone(), row);
                assert!(twice.is_none(), "docs/parity.md has it twice: {case}");
            }
        }
        Self { rows }
    }
}

/// The cells of a table's line.
fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(
        inner
            .split('|')
            .map(|cell| cell.trim().to_owned())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_of_cases_are_read() {
        let text = "\
# Title
| Other | x |
|---|---|
| a | b |

| Case | Dapr | Embedded | Why |
|---|---|---|---|
| a case | this | that | a reason |
";
        let table = Table::parse(text);
        let row = Row {
            real: "this".to_owned(),
            embedded: "that".to_owned(),
            why: "a reason".to_owned(),
        };
        assert_eq!(
            table.rows.into_iter().collect::<Vec<_>>(),
            [("a case".to_owned(), row)]
        );
    }
}
