//! How far a build has come: a moving line on a terminal, plain lines elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line is written.
const INTERVAL: Duration = Duration::from_secs(5);

/// The progress of one component's build.
pub(super) struct Progress {
    id: String,
    bar: Option<ProgressBar>,
    started: Instant,
    reported: Instant,
    compiled: usize,
}

impl Progress {
    pub(super) fn start(id: &str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
                bar.set_style(style);
            }
            bar.set_message(format!("building {id}"));
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let now = Instant::now();
        let progress = Self {
            id: id.to_owned(),
            bar,
            started: now,
            reported: now,
            compiled: 0,
        };
        progress.say(&format!("building {id}"));
        progress
    }

    /// Takes a line of the build's output. Returns whether it only told of
    /// progress.
    pub(super) fn line(&mut self, line: &str) -> bool {
        let plain = without_colours(line);
        let mut words = plain.split_whitespace();
        let Some(
            "Compiling" | "Finished" | "Downloading" | "Downloaded" | "Updating" | "Locking"
            | "Blocking" | "Checking" | "Fresh",
        ) = words.next()
        else {
            return false;
        };
        self.compiled += usize::from(plain.trim_start().starts_with("Compiling"));
        let what = words.next().unwrap_or_default();
        let message = format!("building {}: {what} ({})", self.id, self.compiled);
        if let Some(bar) = &self.bar {
            bar.set_message(message);
        } else if self.reported.elapsed() >= INTERVAL {
            self.reported = Instant::now();
            self.say(&message);
        }
        true
    }

    /// The build succeeded.
    pub(super) fn finish(&self) {
        self.abandon();
        let text = format!(
            "built {} in {:.1} s\n",
            self.id,
            self.started.elapsed().as_secs_f32()
        );
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// The build failed: the terminal is free for the reason.
    pub(super) fn abandon(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn say(&self, message: &str) {
        if self.bar.is_none() {
            let _ = std::io::stderr().write_all(format!("{message}\n").as_bytes());
        }
    }
}

/// The text without a terminal's colour codes.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            // A code ends with its first letter.
            let _ = letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_and_errors_are_told_apart() {
        let mut progress = Progress {
            id: "one".to_owned(),
            bar: None,
            started: Instant::now(),
            reported: Instant::now(),
            compiled: 0,
        };
        assert!(progress.line("   Compiling serde v1.0.0"));
        assert!(progress.line("\u{1b}[1m\u{1b}[32m   Compiling\u{1b}[0m bytes v1"));
        assert!(!progress.line("error[E0425]: cannot find value `x`"));
        assert_eq!(progress.compiled, 2);
    }
}
