//! Duebell itself.

use crate::{contender::Contender, harness::App, started};

/// On the embedded host and sidecar: what `duebell up` is.
pub(crate) async fn embedded() -> Contender {
    started("Duebell, embedded", App::start_embedded().await).await
}

/// On the embedded host, with a real daprd and Kafka.
pub(crate) async fn on_dapr() -> Contender {
    started("Duebell, Dapr and Kafka", App::start().await).await
}
