//! What components print: to a file each, and line by line to the terminal.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use miette::{IntoDiagnostic, WrapErr};
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// The longest line that is kept together.
const MAX_LINE: usize = 64 * 1024;

/// Where one stream of one component goes.
pub struct Log {
    file: Mutex<File>,
    prefix: Option<String>,
}

impl Log {
    /// A log in `folder`, added to what is there. `stream` is `stdout` or
    /// `stderr`; with `follow`, lines go to the terminal, too.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened.
    pub fn open(folder: &Path, id: &str, stream: &str, follow: bool) -> miette::Result<Arc<Self>> {
        let path = folder.join(format!("{id}_{stream}.txt"));
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write the log {}", path.display()))?;
        Ok(Arc::new(Self {
            file: Mutex::new(file),
            prefix: follow.then(|| format!("{id} | ")),
        }))
    }

    /// One instance's way into this log.
    pub fn stream(self: &Arc<Self>) -> LogStream {
        LogStream(Arc::new(Mutex::new(Lines {
            log: self.clone(),
            pending: Vec::new(),
        })))
    }

    /// Writes whole lines. A log that cannot be written must not stop the app.
    fn write_lines(&self, lines: &[u8]) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = file.write_all(lines);
        if let Some(prefix) = &self.prefix {
            let mut shown = Vec::with_capacity(lines.len() + prefix.len());
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                shown.extend_from_slice(prefix.as_bytes());
                shown.extend_from_slice(line);
            }
            let _ = std::io::stderr().lock().write_all(&shown);
        }
    }
}

/// The stdout or stderr of one instance.
#[derive(Clone)]
pub struct LogStream(Arc<Mutex<Lines>>);

struct Lines {
    log: Arc<Log>,
    pending: Vec<u8>,
}

impl Lines {
    fn write(&mut self, bytes: &[u8]) {
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => {
                let (whole, rest) = bytes.split_at(end + 1);
                if self.pending.is_empty() {
                    self.log.write_lines(whole);
                } else {
                    self.pending.extend_from_slice(whole);
                    self.log.write_lines(&self.pending);
                    self.pending.clear();
                }
                self.pending.extend_from_slice(rest);
            }
            None => self.pending.extend_from_slice(bytes),
        }
        if self.pending.len() > MAX_LINE {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        self.pending.push(b'\n');
        self.log.write_lines(&self.pending);
        self.pending.clear();
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        if !self.pending.is_empty() {
            self.end_line();
        }
    }
}

impl LogStream {
    fn put(&self, bytes: &[u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes);
    }
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for LogStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.put(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_LINE)
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {}
}

impl AsyncWrite for LogStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.put(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_do_not_tear_each_others_lines() {
        let folder = tempfile::tempdir().unwrap();
        let log = Log::open(folder.path(), "one", "stdout", false).unwrap();
        let (first, second) = (log.stream(), log.stream());
        first.put(b"half ");
        second.put(b"whole\nrest");
        first.put(b"done\n");
        drop((first, second));
        let text = std::fs::read_to_string(folder.path().join("one_stdout.txt")).unwrap();
        assert_eq!(text, "whole\nhalf done\nrest\n");
    }
}
