//! The pools of connections, one for each address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};

use super::connection::Connection;
use super::tls;
use crate::outbound::AllowList;
use crate::wit::spin::postgres::postgres::Error;

/// How many connections there are to an address at most. (A real Spin has 64: it serves
/// more than one machine's worth, and a server takes 100 unless it is told otherwise.)
const MOST: usize = 8;

/// How long a guest waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// An address, and the root certificate that it is trusted by.
type Key = (String, Option<String>);

/// The pools of one host. Clones share them.
#[derive(Clone, Default)]
pub struct Pools(Arc<Mutex<HashMap<Key, Pool>>>);

impl Pools {
    /// A connection to the database at this address, if it is allowed.
    pub(super) async fn open(
        &self,
        component: &str,
        allowed: &AllowList,
        address: &str,
        ca_root: Option<&str>,
    ) -> Result<Connection, Error> {
        let config: Config = address
            .parse()
            .map_err(|error: tokio_postgres::Error| Error::ConnectionFailed(error.to_string()))?;
        may_connect(component, allowed, &config)?;
        let client = self.pool(address, ca_root, config)?.get().await;
        let client = client.map_err(|error| Error::ConnectionFailed(with_causes(&error)))?;
        Ok(Connection::new(client))
    }

    fn pool(&self, address: &str, ca_root: Option<&str>, config: Config) -> Result<Pool, Error> {
        let key = (address.to_owned(), ca_root.map(str::to_owned));
        let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get(&key) {
            return Ok(pool.clone());
        }
        let pool = make(config, ca_root).map_err(Error::ConnectionFailed)?;
        pools.insert(key, pool.clone());
        Ok(pool)
    }
}

fn make(mut config: Config, ca_root: Option<&str>) -> Result<Pool, String> {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    let cleaned = ManagerConfig {
        recycling_method: RecyclingMethod::Clean,
    };
    let manager = if config.get_ssl_mode() == SslMode::Disable {
        Manager::from_config(config, NoTls, cleaned)
    } else {
        Manager::from_config(config, tls::connector(ca_root)?, cleaned)
    };
    Pool::builder(manager)
        .max_size(MOST)
        .wait_timeout(Some(PATIENCE))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| error.to_string())
}

fn may_connect(component: &str, allowed: &AllowList, config: &Config) -> Result<(), Error> {
    if config.get_hosts().is_empty() {
        return Err(Error::ConnectionFailed(
            "the address names no host".to_owned(),
        ));
    }
    for (at, host) in config.get_hosts().iter().enumerate() {
        let Host::Tcp(host) = host else {
            return Err(Error::ConnectionFailed(
                "Unix sockets are not supported on WebAssembly".to_owned(),
            ));
        };
        // A single port is all hosts'.
        let ports = config.get_ports();
        let single = match ports {
            [one] => Some(one),
            _ => None,
        };
        let port = ports.get(at).or(single);
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let origin = match port {
            Some(port) => format!("postgres://{host}:{port}"),
            None => format!("postgres://{host}"),
        };
        if !origin.parse().is_ok_and(|uri| allowed.allows(&uri)) {
            tracing::warn!(
                "component `{component}` would open {origin}, which it may not. To allow it, add \"{origin}\" to allowed_outbound_hosts of [component.{component}] in spin.toml"
            );
            return Err(Error::ConnectionFailed(format!(
                "address {origin} is not permitted"
            )));
        }
    }
    Ok(())
}

/// An error and what caused it, which it does not say by itself.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
