//! The embedded GRIP proxy: holds WebSockets for components, which have none.
//!
//! It does what Pushpin does in front of a real Spin, from the same protocol (see
//! `duebell_grip`): a client's WebSocket becomes requests to the app (`socket`), and
//! what the app publishes at the control endpoint (`control`) goes to those who have
//! subscribed (`channels`).

mod channels;
mod control;
mod handshake;
mod session;
mod socket;

use std::net::SocketAddr;
use std::sync::Arc;

use chrono::TimeDelta;
use duebell_service::auth::SharedSecret;
use duebell_service::{Clock, SystemClock};
use miette::{IntoDiagnostic, WrapErr};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::handshake::is_websocket;
pub use self::session::App;

use self::channels::Channels;

/// By what name the proxy signs.
const ISSUER: &str = "duebell";

/// How long a signature is valid.
const SIGNED_FOR: TimeDelta = TimeDelta::minutes(5);

/// The proxy.
pub struct Grip {
    key: SharedSecret,
    channels: Channels,
    /// WebSockets that are open.
    sessions: TaskTracker,
    stop: CancellationToken,
}

impl Grip {
    /// A proxy that signs with this key.
    ///
    /// # Errors
    ///
    /// When the key is too short.
    pub fn new(key: &str, stop: CancellationToken) -> miette::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            key: SharedSecret::new(key)
                .into_diagnostic()
                .wrap_err("the variable grip_key cannot be used")?,
            channels: Channels::default(),
            sessions: TaskTracker::new(),
            stop,
        }))
    }

    /// Takes what is published, until it stops.
    pub async fn serve(self: Arc<Self>, listener: TcpListener) {
        control::serve(self, listener).await;
    }

    /// Waits until all WebSockets are closed: once it stops, each is told so.
    pub async fn closed(&self) {
        self.sessions.close();
        self.sessions.wait().await;
    }

    /// How many WebSockets are open.
    pub fn connections(&self) -> usize {
        self.sessions.len()
    }

    fn signature(&self) -> Option<String> {
        self.key.sign(ISSUER, SystemClock.now(), SIGNED_FOR).ok()
    }

    fn has_signed(&self, token: &str) -> bool {
        self.key.has_signed(token, SystemClock.now())
    }
}

/// Where the app finds the control endpoint.
pub fn origin(listening: SocketAddr) -> String {
    format!("http://{listening}")
}
