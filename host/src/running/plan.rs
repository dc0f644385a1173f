//! What is known and checked before anything is started.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use duebell_service::auth::MIN_SECRET;
use miette::miette;

use crate::cli::Up;
use crate::grip;
use crate::manifest::Manifest;
use crate::runtime_config::RuntimeConfig;
use crate::sidecar::Resources;
use crate::state::{Secrets, StateFolder};
use crate::variables::{Sources, Variables};

/// What is known and checked before anything is started.
pub(super) struct Plan {
    pub(super) manifest: Arc<Manifest>,
    pub(super) sources: Sources,
    pub(super) files: BTreeMap<String, PathBuf>,
    pub(super) state: StateFolder,
    pub(super) secrets: Secrets,
    /// For the embedded sidecar; none where there is a real one.
    pub(super) resources: Option<Resources>,
}

impl Plan {
    pub(super) fn make(command: &Up) -> miette::Result<Self> {
        let mut manifest = Manifest::load(&command.place.from)?;
        if !command.component_id.is_empty() {
            manifest.keep(&command.component_id)?;
        }
        if !command.limits.limits().sqlite {
            without_sqlite(&manifest)?;
        }
        let config = RuntimeConfig::load(command.runtime_config_file.as_deref(), &manifest.folder)?;
        let files = config.databases(&manifest, &command.place.state_folder())?;
        let resources = match command.sidecar {
            Some(_) => None,
            None => {
                let folder = command
                    .resources_path
                    .clone()
                    .unwrap_or_else(|| manifest.folder.join("deploy/dapr"));
                Some(Resources::load(&folder, &command.app_id)?)
            }
        };
        let set = command.set.iter().cloned().collect();
        let mut sources = Sources::read(&manifest.folder, set)?;
        let state = StateFolder::open(&command.place.state_folder())?;
        let secrets = state.secrets()?.with_environment();
        let key = std::env::var("GRIP_KEY").unwrap_or_default();
        if command.grip.is_some() && key.len() < MIN_SECRET {
            return Err(miette!(
                help = "Put the proxy's sig_key there, the same for both.",
                "--grip needs GRIP_KEY in the environment: at least {MIN_SECRET} random bytes, as text"
            ));
        }
        let dapr_url = command
            .sidecar
            .clone()
            .unwrap_or_else(|| format!("http://{}", command.sidecar_listen));
        sources.host = BTreeMap::from([
            ("jwt_secret".to_owned(), secrets.jwt_secret.clone()),
            ("audit_key".to_owned(), state.audit_key()?),
            ("app_api_token".to_owned(), secrets.app_api_token.clone()),
            ("dapr_api_token".to_owned(), secrets.dapr_api_token.clone()),
            ("dapr_url".to_owned(), dapr_url),
            ("grip_key".to_owned(), secrets.grip_key.clone()),
            (
                "grip_url".to_owned(),
                command
                    .grip
                    .clone()
                    .unwrap_or_else(|| grip::origin(command.grip_listen)),
            ),
        ]);
        // A fault in a value shows before the build. (The sidecar's port may be
        // another one later, which changes nothing here.)
        let variables = Variables::resolve(&manifest, &sources)?;
        for component in manifest.components.values() {
            crate::outbound::AllowList::resolve(&manifest, component, &variables)?;
        }
        Ok(Self {
            manifest: Arc::new(manifest),
            sources,
            files,
            state,
            secrets,
            resources,
        })
    }
}

/// Fails if a component wants SQLite where there is none.
fn without_sqlite(manifest: &Manifest) -> miette::Result<()> {
    for (id, component) in &manifest.components {
        if let Some((label, span)) = component.sqlite_databases.first() {
            let what = format!("component `{id}` wants the SQLite database `{label}`");
            return Err(manifest
                .file
                .error(span.clone(), what)
                .help("There is no SQLite on this platform (--limits). deploy/fermyon has a manifest without.")
                .into());
        }
    }
    Ok(())
}
