//! Processes that end with their owner, and can be killed and started again.

use std::{
    fs::File,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// A process of the system under test.
pub(crate) struct Process {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    log: PathBuf,
    running: Child,
}

impl Process {
    /// Starts what the command says; what it prints is added to the log.
    pub(crate) fn start(
        log: PathBuf,
        command: impl Fn() -> Command + Send + Sync + 'static,
    ) -> Self {
        let running = spawn(&log, command());
        Self {
            command: Box::new(command),
            log,
            running,
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.signal("-KILL");
        // It may have been waited for already.
        let _ = self.running.wait();
    }

    /// `kill`: asks it to end.
    pub(crate) fn terminate(&self) {
        assert!(self.signal("-TERM"), "it has ended");
    }

    /// Sends it to the whole group: `spin up` has a process for the trigger.
    fn signal(&self, signal: &str) -> bool {
        let group = format!("-{}", self.running.id());
        let sent = Command::new("kill")
            .args([signal, "--", &group])
            .stderr(Stdio::null())
            .status();
        sent.unwrap().success()
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.running.try_wait().unwrap().is_some()
    }

    /// Starts the same again, after [`Process::kill`].
    pub(crate) fn start_again(&mut self) {
        self.running = spawn(&self.log, (self.command)());
    }

    /// What it printed so far.
    pub(crate) fn printed(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Fails if it has ended, with what it printed last.
    pub(crate) fn must_run(&mut self) {
        if let Ok(Some(status)) = self.running.try_wait() {
            let printed = self.printed();
            let last: Vec<&str> = printed.lines().rev().take(20).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            panic!(
                "{} ended with {status}:\n{}",
                self.log.display(),
                last.join("\n")
            );
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(log: &PathBuf, mut command: Command) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
