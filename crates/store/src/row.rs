//! A row of a query's result.

use crate::{Error, Value};

/// One row, its columns known by their place in the SELECT.
///
/// The getters check the type: a column that holds something else is an
/// [`Error::Unexpected`] that names its place, never a panic.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    values: Vec<Value>,
}

impl Row {
    /// A row of these values.
    #[must_use]
    pub fn new(values: Vec<Value>) -> Self {
        Self { values }
    }

    /// The values, in the order of the SELECT.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// The integer in a column.
    ///
    /// # Errors
    /// The column is absent, NULL or of another type.
    pub fn integer(&self, column: usize) -> Result<i64, Error> {
        self.optional_integer(column)?
            .ok_or_else(|| unexpected(column, "an integer", "NULL"))
    }

    /// The integer in a column that may be NULL.
    ///
    /// # Errors
    /// The column is absent or of another type.
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, Error> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Integer(value) => Ok(Some(*value)),
            other => Err(unexpected(column, "an integer", kind(other))),
        }
    }

    /// The text in a column.
    ///
    /// # Errors
    /// The column is absent, NULL or of another type.
    pub fn text(&self, column: usize) -> Result<&str, Error> {
        self.optional_text(column)?
            .ok_or_else(|| unexpected(column, "text", "NULL"))
    }

    /// The text in a column that may be NULL.
    ///
    /// # Errors
    /// The column is absent or of another type.
    pub fn optional_text(&self, column: usize) -> Result<Option<&str>, Error> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(value) => Ok(Some(value)),
            other => Err(unexpected(column, "text", kind(other))),
        }
    }

    /// The bytes in a column.
    ///
    /// # Errors
    /// The column is absent, NULL or of another type.
    pub fn blob(&self, column: usize) -> Result<&[u8], Error> {
        self.optional_blob(column)?
            .ok_or_else(|| unexpected(column, "a blob", "NULL"))
    }

    /// The bytes in a column that may be NULL.
    ///
    /// # Errors
    /// The column is absent or of another type.
    pub fn optional_blob(&self, column: usize) -> Result<Option<&[u8]>, Error> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Blob(value) => Ok(Some(value)),
            other => Err(unexpected(column, "a blob", kind(other))),
        }
    }

    fn value(&self, column: usize) -> Result<&Value, Error> {
        self.values
            .get(column)
            .ok_or_else(|| unexpected(column, "a column", "none: the row is shorter"))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Integer(_) => "an integer",
        Value::Real(_) => "a float",
        Value::Text(_) => "text",
        Value::Blob(_) => "a blob",
    }
}

fn unexpected(column: usize, wanted: &str, got: &str) -> Error {
    Error::Unexpected(format!("column {column} should be {wanted} but is {got}"))
}
