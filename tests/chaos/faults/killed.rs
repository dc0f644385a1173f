//! `kill -9`, of each process by itself.

use super::{Field, Struck};
use crate::{plan::Planned, random::Random};
use std::time::Duration;
use tokio::time::sleep;

/// How long it is away.
fn away(planned: &Planned) -> Duration {
    planned.lasting / 4
}

pub(super) async fn host(field: &mut Field<'_>, planned: &Planned) -> Struck {
    let mut random = Random::new(planned.random);
    // Sometimes again, while it makes up for the first time.
    let times = 1 + random.below(2);
    for _ in 0..times {
        field.app.kill_consumers();
        sleep(away(planned)).await;
        field.app.start_consumers_again().await;
        sleep(Duration::from_millis(random.between(0, 800).unsigned_abs())).await;
    }
    Struck::new(times, "kill -9 of the host")
}

pub(super) async fn sidecar(field: &mut Field<'_>, planned: &Planned) -> Struck {
    field.app.kill_sidecars();
    sleep(away(planned)).await;
    field.app.start_sidecars_again().await;
    Struck::new(1, "kill -9 of the sidecar")
}

pub(super) async fn scheduler(field: &mut Field<'_>, planned: &Planned) -> Struck {
    let servers = field.app.servers.as_mut().expect("a real scheduler");
    servers.scheduler.kill();
    sleep(away(planned)).await;
    servers.scheduler.start_again().await;
    Struck::new(1, "kill -9 of the scheduler")
}

pub(super) async fn broker(field: &mut Field<'_>, planned: &Planned) -> Struck {
    field.app.kill_broker();
    sleep(away(planned)).await;
    field.app.start_broker_again().await;
    Struck::new(1, "kill -9 of Kafka")
}

pub(super) async fn database(field: &mut Field<'_>, planned: &Planned) -> Struck {
    field.app.kill_postgres();
    sleep(away(planned)).await;
    field.app.start_postgres_again().await;
    Struck::new(1, "kill -9 of PostgreSQL")
}
