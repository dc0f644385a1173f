//! The app as it runs: its components, ready to take requests.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};

use wasmtime::Engine;

use crate::component::Loaded;
use crate::instances::trap::Trap;
use crate::instances::{Handler, Lives, Shared};
use crate::limits::Limits;
use crate::logs::Log;
use crate::manifest::Manifest;
use crate::metrics::HostMetrics;
use crate::outbound::{AllowList, Outbound, OutboundClient};
use crate::postgres::{Pools, Postgres};
use crate::sqlite::Database;
use crate::variables::Variables;

/// The components of the running app.
pub struct App {
    handlers: HashMap<String, Handler>,
}

/// What the app's components are given.
pub struct Parts {
    /// The engine that the components were compiled for.
    pub engine: Engine,
    /// The application's variables.
    pub variables: Variables,
    /// The databases by label.
    pub databases: BTreeMap<String, Arc<Database>>,
    /// The folder of the logs.
    pub logs: PathBuf,
    /// Whether what components print is shown on the terminal, too.
    pub follow: bool,
    /// Counts the instances of all components.
    pub lives: Lives,
    /// What requests and instances may take.
    pub limits: Limits,
    /// Counts what happens.
    pub metrics: HostMetrics,
}

impl App {
    /// Gives every component what it may have, and no more.
    ///
    /// # Errors
    ///
    /// When a host that a component may call is no address, or a log cannot be
    /// written.
    pub fn assemble(
        manifest: &Manifest,
        loaded: Loaded,
        parts: &Parts,
    ) -> miette::Result<Arc<Self>> {
        let handle = AppHandle::default();
        let client = OutboundClient::default();
        let pools = Pools::default();
        let mut handlers = HashMap::new();
        for (label, database) in &parts.databases {
            database.count(parts.metrics.database(label));
        }
        for (id, pre) in loaded {
            let Some(component) = manifest.components.get(&id) else {
                continue;
            };
            let allowed = AllowList::resolve(manifest, component, &parts.variables)?;
            let allowed = Arc::new(allowed);
            let databases = component
                .sqlite_databases
                .iter()
                .filter_map(|(label, _)| Some((label.clone(), parts.databases.get(label)?.clone())))
                .collect();
            let shared = Shared {
                environment: component.environment.clone().into_iter().collect(),
                variables: parts.variables.of_component(component),
                databases: Arc::new(databases),
                postgres: Postgres {
                    component: id.as_str().into(),
                    allowed: allowed.clone(),
                    pools: pools.clone(),
                },
                outbound: Outbound::new(
                    &id,
                    allowed,
                    client.clone(),
                    handle.clone(),
                    parts.metrics.clone(),
                ),
                stdout: Log::open(&parts.logs, &id, "stdout", parts.follow)?,
                stderr: Log::open(&parts.logs, &id, "stderr", parts.follow)?,
                lives: parts.lives.clone(),
                metrics: parts.metrics.clone(),
                trap: Trap::default(),
                limits: parts.limits,
                id: id.clone(),
            };
            handlers.insert(id, Handler::new(parts.engine.clone(), pre, shared));
        }
        let app = Arc::new(Self { handlers });
        let _ = handle.0.set(Arc::downgrade(&app));
        Ok(app)
    }

    /// The component with this id.
    pub fn component(&self, id: &str) -> Option<&Handler> {
        self.handlers.get(id)
    }
}

/// How a component finds the app that it is a part of. It does not keep the app
/// alive.
#[derive(Clone, Default)]
pub(crate) struct AppHandle(Arc<OnceLock<Weak<App>>>);

impl AppHandle {
    /// The app, once it runs and until it is dropped.
    pub(crate) fn get(&self) -> Option<Arc<App>> {
        self.0.get()?.upgrade()
    }
}
