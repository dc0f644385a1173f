//! What strikes the system, and how.
//!
//! There are two lanes, side by side: what befalls its parts, one after the other, and
//! what befalls deliveries and jobs on their way from the sidecar to the app.

mod between;
mod disk;
mod killed;
mod parts;
mod trap;

pub(crate) use between::Between;
pub(crate) use trap::FILE as TRAP_FILE;

use crate::{
    control::Control,
    harness::App,
    history::{History, now},
    plan::{Class, Faults, Planned},
    probe::Probe,
};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;

/// How far a run is: it is over when each client has done what was asked for, and each
/// class of faults has struck.
#[derive(Clone)]
pub(crate) struct Progress {
    clients: Arc<AtomicUsize>,
    lanes: Arc<AtomicUsize>,
}

impl Progress {
    pub(crate) fn of(clients: usize) -> Self {
        Self {
            clients: Arc::new(AtomicUsize::new(clients)),
            lanes: Arc::new(AtomicUsize::new(2)),
        }
    }

    /// A client has done what was asked for.
    pub(crate) fn client_done(&self) {
        self.clients.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether no fault is to come any more.
    pub(crate) fn are_lanes_done(&self) -> bool {
        self.lanes.load(Ordering::Relaxed) == 0
    }

    /// Whether a lane may end, as far as the clients go.
    fn are_clients_done(&self) -> bool {
        self.clients.load(Ordering::Relaxed) == 0
    }

    fn lane_done(&self) {
        self.lanes.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a fault has to do with.
pub(crate) struct Field<'a> {
    pub(crate) app: &'a mut App,
    pub(crate) control: Control,
    pub(crate) history: History,
    pub(crate) probe: Probe,
    /// The databases that are still to be locked before any is again.
    pub(crate) to_lock: Vec<PathBuf>,
}

/// What came of a fault: how often it really struck, and where.
struct Struck {
    times: usize,
    detail: String,
}

impl Struck {
    fn new(times: usize, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { times, detail }
    }
}

/// Strikes the parts until the clients are done and each class has struck; after each
/// fault the system must recover.
pub(crate) async fn befall_parts(
    mut field: Field<'_>,
    plan: Faults,
    classes: &[Class],
    progress: &Progress,
) {
    let mut struck = BTreeSet::new();
    for planned in plan {
        if progress.are_clients_done() && classes.iter().all(|class| struck.contains(class)) {
            break;
        }
        sleep(planned.after).await;
        let from = now();
        let came = strike(&mut field, &planned).await;
        let class = planned.class;
        field
            .history
            .fault(class.name(), from, came.times, &came.detail);
        if came.times > 0 {
            struck.insert(class);
        }
        field.probe.must_recover(class.name()).await;
    }
    progress.lane_done();
}

async fn strike(field: &mut Field<'_>, planned: &Planned) -> Struck {
    match planned.class {
        Class::HostKilled => killed::host(field, planned).await,
        Class::SidecarKilled => killed::sidecar(field, planned).await,
        Class::SchedulerKilled => killed::scheduler(field, planned).await,
        Class::BrokerKilled => killed::broker(field, planned).await,
        Class::Trap => trap::strike(field, planned).await,
        Class::DiskFull => disk::full(field, planned).await,
        Class::DiskSlow => disk::slow(field, planned).await,
        Class::BrokerAway => parts::broker_away(field, planned).await,
        Class::PublishUnanswered => parts::publish_unanswered(field, planned).await,
        Class::DatabaseBusy => parts::database_busy(field, planned).await,
        Class::DatabaseKilled => killed::database(field, planned).await,
        Class::ClockForward => parts::clock_forward(field, planned).await,
        Class::ClockBack => parts::clock_back(field, planned).await,
        other => panic!("{} does not befall a part", other.name()),
    }
}

/// How long a fault is kept up for something to meet it.
const PATIENCE: Duration = Duration::from_secs(40);

/// Lets a fault last, and longer if nothing has met it by then. Says how often it was met.
async fn last(planned: &Planned, met: impl Fn() -> usize) -> usize {
    sleep(planned.lasting).await;
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while met() == 0 && tokio::time::Instant::now() < deadline {
        sleep(Duration::from_millis(50)).await;
    }
    met()
}
