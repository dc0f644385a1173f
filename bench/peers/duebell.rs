//! Duebell itself.

use crate::{
    contender::Contender,
    harness::{App, Options},
    started,
};

/// On the embedded host and sidecar: what `duebell up` is.
pub(crate) async fn embedded() -> Contender {
    started("Duebell, embedded", App::start_embedded().await).await
}

/// On the embedded host, with a real daprd and Kafka.
pub(crate) async fn on_dapr() -> Contender {
    started("Duebell, Dapr and Kafka", App::start().await).await
}

/// The same with everything in a real PostgreSQL.
pub(crate) async fn on_postgres() -> Contender {
    let options = Options {
        postgres: true,
        ..Options::default()
    };
    let app = App::start_with(options).await;
    started("Duebell, Dapr, Kafka and Postgres", app).await
}
