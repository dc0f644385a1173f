//! What happened, as it happened: a line of JSON for each.

use duebell_service::{Clock, SystemClock};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::{Arc, Mutex},
};

/// Writes the history of a run.
#[derive(Clone)]
pub(crate) struct History(Arc<Mutex<Kept>>);

struct Kept {
    file: BufWriter<File>,
    records: Vec<Value>,
}

impl History {
    pub(crate) fn begin(file: &Path) -> Self {
        let file = File::create(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self(Arc::new(Mutex::new(Kept {
            file: BufWriter::new(file),
            records: Vec::new(),
        })))
    }

    pub(crate) fn note(&self, record: Value) {
        let mut kept = self.0.lock().unwrap();
        writeln!(kept.file, "{record}").unwrap();
        kept.records.push(record);
    }

    /// A fault that struck so often.
    pub(crate) fn fault(&self, class: &str, from: i64, struck: usize, detail: &str) {
        self.note(json!({
            "kind": "fault", "class": class, "from": from, "to": now(), "struck": struck,
            "detail": detail,
        }));
    }

    /// All that was noted so far.
    pub(crate) fn records(&self) -> Vec<Value> {
        let mut kept = self.0.lock().unwrap();
        kept.file.flush().unwrap();
        kept.records.clone()
    }
}

/// Reads a history that was written.
pub(crate) fn read(file: &Path) -> Vec<Value> {
    let text =
        std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What time it really is, in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    SystemClock.now().timestamp_millis()
}
