//! What components are made of, natively: what their edges take from Spin.

use crate::{manifest::Variables, sqlite::SqliteFile, transport::HttpTransport};
use duebell_callers::{Access, Limit};
use duebell_dapr::Sidecar;
use duebell_edge::{Sleep, Spawn};
use duebell_service::{
    Clock, Entropy, Logger, SystemClock, SystemEntropy, TokenVerifier, log::Stderr,
};
use std::{num::NonZeroU32, path::Path, rc::Rc, sync::Arc, time::Duration};

/// What all components are given. Each makes the rest on its own thread.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) variables: Arc<Variables>,
    /// Where the databases are.
    pub(crate) folder: Arc<Path>,
}

impl Means {
    /// A variable that holds a text.
    pub(crate) fn text(&self, name: &str) -> anyhow::Result<String> {
        self.variables.get(name).map(str::to_owned)
    }

    /// The database with this label in spin.toml.
    pub(crate) fn database(&self, label: &str) -> SqliteFile {
        SqliteFile::new(self.folder.join(format!("{label}.db")))
    }

    /// The sidecar, reached by these connections.
    pub(crate) fn sidecar(
        &self,
        transport: &HttpTransport,
    ) -> anyhow::Result<Rc<Sidecar<HttpTransport>>> {
        let token = Some(self.text("dapr_api_token")?).filter(|token| !token.is_empty());
        let url = self.variables.get("dapr_url")?;
        Ok(Rc::new(Sidecar::new(url, token, transport.clone())))
    }

    /// Who users are, by `jwt_secret`, `jwt_issuer` and `jwt_audience`; and how often
    /// each may ask, by `rate_limit`.
    pub(crate) fn access(&self, component: &'static str) -> anyhow::Result<Access> {
        let verifier = TokenVerifier::hs256(
            self.text("jwt_secret")?,
            Some(self.variables.get("jwt_issuer")?),
            Some(self.variables.get("jwt_audience")?),
        )
        .map_err(anyhow::Error::msg)?;
        let limit = NonZeroU32::new(self.variables.number("rate_limit")?).map(|a_minute| Limit {
            component,
            a_minute,
            spawn: spawn(),
        });
        Ok(Access::from(verifier).limited(limit))
    }

    /// A component's logger, by `log_level`.
    pub(crate) fn logger(&self, component: &'static str) -> anyhow::Result<Logger> {
        let level = self.variables.get("log_level")?;
        let level = level.parse().map_err(anyhow::Error::msg)?;
        Ok(Logger::new(component, level, clock(), Rc::new(Stderr)))
    }
}

/// The time.
pub(crate) fn clock() -> Rc<dyn Clock> {
    Rc::new(SystemClock)
}

/// Randomness.
pub(crate) fn entropy() -> Rc<dyn Entropy> {
    Rc::new(SystemEntropy)
}

/// Runs work after the answer, on the component's thread.
pub(crate) fn spawn() -> Spawn {
    Box::new(|work| {
        tokio::task::spawn_local(work);
    })
}

/// Waits.
pub(crate) fn sleep() -> Sleep {
    Rc::new(|duration: Duration| Box::pin(tokio::time::sleep(duration)))
}
