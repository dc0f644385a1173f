//! A disk that is full, or slow, for host and embedded sidecar.

use super::{Field, Struck, last};
use crate::{plan::Planned, random::Random};

pub(super) async fn full(field: &mut Field<'_>, planned: &Planned) -> Struck {
    let control = field.control.clone();
    let before = control.met_full();
    let met = || usize::try_from(control.met_full() - before).unwrap_or(0);
    control.set_disk_full(true);
    let times = last(planned, met).await;
    control.set_disk_full(false);
    // Nobody may have died of it.
    field.app.must_run();
    Struck::new(times, "writes were refused with ENOSPC")
}

pub(super) async fn slow(field: &mut Field<'_>, planned: &Planned) -> Struck {
    let control = field.control.clone();
    let before = control.met_slow();
    let met = || usize::try_from(control.met_slow() - before).unwrap_or(0);
    let by = Random::new(planned.random).between(20_000, 200_000);
    control.set_disk_slow(by);
    let times = last(planned, met).await;
    control.set_disk_slow(0);
    Struck::new(times, format!("flushes took {by} µs longer"))
}
