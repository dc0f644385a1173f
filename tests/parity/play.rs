//! Plays the cases to both sidecars.

use crate::{
    case::Case,
    harness::Servers,
    normal::normal,
    scene::Scene,
    setup::Setup,
    side::{self, Kind, Side},
    subscription::Subscription,
};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};

/// How many cases are played at once to the sidecars that they share.
const AT_ONCE: usize = 24;
/// How many are at once that have sidecars of their own.
const PAIRS_AT_ONCE: usize = 5;
/// Nobody listens there.
const NOWHERE: &str = "127.0.0.1:9";

/// What was observed on both sides, normalised.
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) real: Value,
    pub(crate) embedded: Value,
}

/// The two sidecars.
#[derive(Clone)]
struct Pair {
    real: Arc<Side>,
    embedded: Arc<Side>,
}

/// Plays these cases.
pub(crate) async fn all(cases: Vec<Case>) -> Vec<Outcome> {
    let mut folder = tempfile::tempdir().unwrap();
    folder.disable_cleanup(std::env::var_os("DUEBELL_KEEP").is_some());
    eprintln!("{}", folder.path().display());
    let servers = Servers::start(folder.path()).await;
    let (alone, together): (Vec<Case>, Vec<Case>) =
        cases.into_iter().partition(|case| case.alone.is_some());
    let together = play_together(&servers, folder.path(), together);
    let alone = stream::iter(&alone)
        .map(|case| play_alone(&servers, folder.path(), case))
        .buffer_unordered(PAIRS_AT_ONCE)
        .collect::<Vec<_>>();
    let (mut outcomes, others) = tokio::join!(together, alone);
    outcomes.extend(others);
    outcomes.sort_by_key(|outcome| outcome.name);
    outcomes
}

async fn play_together(servers: &Servers, folder: &Path, cases: Vec<Case>) -> Vec<Outcome> {
    let subscriptions: Vec<Subscription> = cases
        .iter()
        .flat_map(|case| case.subscriptions.clone())
        .collect();
    let mut setup = Setup::default().subscribed(&subscriptions);
    setup.topics = cases.iter().map(|case| case.topic.to_owned()).collect();
    let pair = Pair::start(servers, folder, "parity", &setup).await;
    stream::iter(&cases)
        .map(|case| play(case, &pair))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

async fn play_alone(servers: &Servers, folder: &Path, case: &Case) -> Outcome {
    let setup = case.alone.clone().unwrap_or_default();
    let mut setup = setup.subscribed(&case.subscriptions);
    setup.topics.push(case.topic.to_owned());
    let pair = Pair::start(servers, folder, case.topic, &setup).await;
    play(case, &pair).await
}

impl Pair {
    async fn start(servers: &Servers, folder: &Path, app_id: &str, setup: &Setup) -> Self {
        let folder = folder.join(format!("pair-{app_id}"));
        side::resources(&folder, &servers.kafka.address(), &setup.files);
        let scheduler = match setup.scheduler {
            true => servers.scheduler.address(),
            false => NOWHERE.to_owned(),
        };
        let start = |kind| Side::start(kind, app_id, setup, &folder, &scheduler);
        let (real, embedded) = tokio::join!(start(Kind::Real), start(Kind::Embedded));
        Self {
            real: Arc::new(real),
            embedded: Arc::new(embedded),
        }
    }
}

async fn play(case: &Case, pair: &Pair) -> Outcome {
    let (real, embedded) = tokio::join!(seen(case, &pair.real), seen(case, &pair.embedded));
    Outcome {
        name: case.name,
        real,
        embedded,
    }
}

/// What a case observes on one side. One that fails has observed why.
async fn seen(case: &Case, side: &Arc<Side>) -> Value {
    let scene = Scene {
        side: side.clone(),
        topic: case.topic.to_owned(),
    };
    match tokio::spawn(case.run(scene)).await {
        Ok(value) => {
            if std::env::var_os("DUEBELL_RAW").is_some() {
                eprintln!("{:?} {} {:#}", side.kind, case.name, value);
            }
            normal(&value)
        }
        Err(error) => json!({ "the case failed": why(error) }),
    }
}

fn why(error: tokio::task::JoinError) -> String {
    let panic = error.into_panic();
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_default()
}
