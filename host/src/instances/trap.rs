//! Traps on demand, for tests of what must bear them: no input makes a component of
//! ours trap, so it takes a cause from outside.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::app::App;

/// How often the file is looked for.
const PAUSE: Duration = Duration::from_millis(20);

/// Whether the next instance of a component that computes is to end as by a trap.
#[derive(Clone, Default)]
pub(crate) struct Trap(Arc<AtomicBool>);

impl Trap {
    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is to end now: once each time that it was set.
    pub(super) fn springs(&self) -> bool {
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Relaxed)
    }
}

impl super::Handler {
    /// Has the next instance that computes end as by a trap, with all requests in it.
    pub(crate) fn trap(&self) {
        self.pool.factory.shared.trap.set();
    }
}

/// Sets the traps of the components that a file names, one a line, whenever there is
/// such a file, and removes it: for as long as the app lives.
pub(crate) async fn follow(file: PathBuf, app: Weak<App>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let Some(app) = app.upgrade() else {
            return;
        };
        let Ok(named) = tokio::fs::read_to_string(&file).await else {
            continue;
        };
        for id in named.lines() {
            match app.component(id) {
                Some(handler) => handler.trap(),
                None => tracing::error!("{}: there is no component `{id}`", file.display()),
            }
        }
        if let Err(error) = tokio::fs::remove_file(&file).await {
            tracing::error!("{}: {error}", file.display());
            return;
        }
    }
}
