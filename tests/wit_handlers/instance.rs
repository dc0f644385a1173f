//! An instance of a component, with a database of its own.

use duebell_host::app::{App, Parts};
use duebell_host::compiled::Compiled;
use duebell_host::instances::{InstanceState, Lives};
use duebell_host::limits::Platform;
use duebell_host::manifest::Manifest;
use duebell_host::metrics::HostMetrics;
use duebell_host::sqlite::Database;
use duebell_host::variables::{Sources, Variables};
use duebell_host::{builder, component, engine};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};
use tempfile::TempDir;
use wasmtime::Store;

/// An instance of a component, with a database of its own.
pub(crate) struct Instance {
    pub(crate) store: Store<InstanceState>,
    pub(crate) exports: wasmtime::component::Instance,
    state: TempDir,
    _app: Arc<App>,
}

impl Instance {
    /// Builds all components, and starts an instance of this one; `label` is its
    /// database.
    pub(crate) async fn start(id: &str, label: &str) -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        build(project);
        let mut manifest = Manifest::load(project).unwrap();
        manifest.keep(&[id.to_owned()]).unwrap();
        let cache = builder::cache_folder(&manifest.folder).join("compiled");
        let engine = engine::make(false).unwrap();
        let compiled = Compiled::new(&cache).unwrap();
        let loaded = component::load_all(&engine, &manifest, &compiled);
        let loaded = loaded.await.unwrap();

        let state = tempfile::tempdir().unwrap();
        let set = ["jwt_secret", "app_api_token"].map(|name| {
            (
                name.to_owned(),
                format!("the {name} of these tests, which is long enough"),
            )
        });
        let sources = Sources {
            set: BTreeMap::from(set),
            ..Sources::default()
        };
        let database = Database::open(&file(&state)).unwrap();
        let parts = Parts {
            engine,
            variables: Variables::resolve(&manifest, &sources).unwrap(),
            databases: BTreeMap::from([(label.to_owned(), database)]),
            logs: state.path().to_owned(),
            follow: true,
            lives: Lives::default(),
            limits: Platform::Spin.limits(),
            metrics: HostMetrics::new().unwrap(),
        };
        let app = App::assemble(&manifest, loaded, &parts).unwrap();
        let handler = app.component(id).unwrap();
        let (store, exports) = handler.instantiate().await.unwrap();
        Self {
            store,
            exports,
            state,
            _app: app,
        }
    }

    /// What the database holds, read past the component.
    pub(crate) fn rows<T>(
        &self,
        query: &str,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Vec<T> {
        let connection = rusqlite::Connection::open(file(&self.state)).unwrap();
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| read(row)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

fn file(state: &TempDir) -> PathBuf {
    state.path().join("component.db")
}

/// Builds the components, unless they are built. Who comes second waits.
fn build(project: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_duebell"))
        .arg("build")
        .arg("--from")
        .arg(project)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
