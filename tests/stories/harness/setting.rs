//! What the stories run on.
//!
//! By default the embedded host with the embedded sidecar, which needs only Rust.
//! The environment asks for real parts:
//!
//! - `DUEBELL_SIDECAR=dapr`: a real daprd with its scheduler, and a real Kafka.
//! - `DUEBELL_HOST=spin`: a real Spin, the one that `SPIN` names or the PATH has.
//! - `DUEBELL_PARTS=split`: each component with a host, a sidecar and an app-id of its
//!   own; with a real sidecar alone. (live-updates and update-streams share a database,
//!   and on SQLite a host.)
//! - `DUEBELL_GRIP=pushpin`: a real Pushpin in front of event streams and WebSockets.
//!   Real Spin has no WebSockets without it, and always gets one.
//!
//! - `DUEBELL_DATABASE=postgres`: a real PostgreSQL instead of SQLite files, for each story
//!   a server of its own.
//!
//! - `DUEBELL_HOSTS=2`: two hosts of the whole app, each with a sidecar beside it, as one
//!   behind one address; with real sidecars and Postgres alone.
//!
//! What is asked for and cannot be had fails, and says what is missing.

use std::{path::PathBuf, process::Command, sync::OnceLock};

/// What the stories run on.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// A real daprd, scheduler and Kafka, instead of the embedded sidecar.
    pub(crate) real_sidecar: bool,
    /// The real Spin, instead of the embedded host.
    pub(crate) spin: Option<PathBuf>,
    /// Each component by itself.
    pub(crate) split: bool,
    /// A real Pushpin, instead of the embedded proxy.
    pub(crate) pushpin: bool,
    /// A real PostgreSQL, instead of SQLite.
    pub(crate) postgres: bool,
    /// Two hosts that share a database.
    pub(crate) two_hosts: bool,
}

impl Setting {
    /// What needs only Rust.
    pub(crate) const EMBEDDED: Self = Self {
        real_sidecar: false,
        spin: None,
        split: false,
        pushpin: false,
        postgres: false,
        two_hosts: false,
    };
}

/// The setting that the environment asks for.
pub(crate) fn setting() -> &'static Setting {
    static SETTING: OnceLock<Setting> = OnceLock::new();
    SETTING.get_or_init(|| {
        let setting = Setting {
            real_sidecar: asked("DUEBELL_SIDECAR", "embedded", "dapr"),
            spin: asked("DUEBELL_HOST", "embedded", "spin").then(spin),
            split: asked("DUEBELL_PARTS", "whole", "split"),
            pushpin: asked("DUEBELL_GRIP", "embedded", "pushpin")
                || asked("DUEBELL_HOST", "embedded", "spin"),
            postgres: asked("DUEBELL_DATABASE", "sqlite", "postgres"),
            two_hosts: asked("DUEBELL_HOSTS", "1", "2"),
        };
        assert!(
            setting.real_sidecar || !setting.split,
            "DUEBELL_PARTS=split needs DUEBELL_SIDECAR=dapr: an embedded sidecar has no broker to share"
        );
        assert!(
            setting.real_sidecar && setting.postgres && !setting.split || !setting.two_hosts,
            "DUEBELL_HOSTS=2 needs DUEBELL_SIDECAR=dapr and DUEBELL_DATABASE=postgres, which hosts can share"
        );
        setting
    })
}

/// Whether a variable of the environment has its other value.
fn asked(name: &str, usual: &str, other: &str) -> bool {
    match std::env::var(name) {
        Ok(value) if value == other => true,
        Ok(value) if !value.is_empty() && value != usual => {
            panic!("{name} is {value:?}; use {usual} or {other}")
        }
        _ => false,
    }
}

/// A Spin that is new enough.
fn spin() -> PathBuf {
    let program = std::env::var_os("SPIN").map_or_else(|| PathBuf::from("spin"), PathBuf::from);
    let output = Command::new(&program)
        .arg("--version")
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "DUEBELL_HOST=spin needs Spin 4.1 or newer: {} cannot be run ({error}); name it with SPIN",
                program.display()
            )
        });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = said.split_whitespace().nth(1).unwrap_or_default();
    let mut numbers = version
        .split(['.', '-'])
        .map(|number| number.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    assert!(
        version >= (4, 1),
        "DUEBELL_HOST=spin needs Spin 4.1 or newer, and {} is {said}",
        program.display()
    );
    program
}
