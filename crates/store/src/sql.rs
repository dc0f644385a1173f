//! Text of statements.

use std::fmt::Write;

/// The `VALUES` list of a statement for several rows: `values(2, 3)` is
/// `(?1,?2,?3),(?4,?5,?6)`. SQLite takes at most 32,766 parameters.
#[must_use]
pub fn values(rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * (columns * 5 + 3));
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ",(" });
        for column in 0..columns {
            if column > 0 {
                text.push(',');
            }
            // Writing to a String cannot fail.
            let _ = write!(text, "?{}", row * columns + column + 1);
        }
        text.push(')');
    }
    text
}

/// `?,?,?`: as many parameters, for an `IN (…)`. Their numbers go on from the largest
/// before them in the statement.
#[must_use]
pub fn parameters(count: usize) -> String {
    vec!["?"; count].join(",")
}

#[cfg(test)]
mod tests {
    use super::{parameters, values};

    #[test]
    fn a_list_has_as_many_parameters_as_asked_for() {
        assert_eq!(parameters(3), "?,?,?");
        assert_eq!(parameters(0), "");
    }

    #[test]
    fn parameters_are_numbered_through_all_rows() {
        assert_eq!(values(2, 3), "(?1,?2,?3),(?4,?5,?6)");
        assert_eq!(values(1, 1), "(?1)");
        assert_eq!(values(0, 3), "");
    }
}
