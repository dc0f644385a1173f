//! Chaos: several users and clients at work while faults strike, and a checker that
//! compares what they were told with what there is in the end.
//!
//! `cargo test --release --test chaos` runs it on the embedded host and sidecar, and with
//! `DUEBELL_SIDECAR=dapr` on real ones. See CONTRIBUTING.md for how to play a run again.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(clippy::print_stdout, reason = "a run says what it was made of")]

#[path = "../stories/harness/mod.rs"]
#[expect(dead_code, reason = "the stories use the rest of it")]
#[expect(unused_imports, reason = "the stories use the rest of it")]
mod harness;

mod checker;
mod control;
mod faults;
mod gather;
mod history;
mod plan;
mod probe;
mod random;
mod report;
mod settings;
mod workload;

use checker::{Violation, check};
use control::Control;
use faults::{Between, Field, Progress, befall_parts};
use harness::{App, Client, Options};
use history::{History, now};
use plan::{CLIENTS, Class, Operation, Plan};
use probe::Probe;
use report::Told;
use serde_json::{Value, json};
use settings::Settings;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};
use workload::{User, Workload};

/// How long it may take until all is made up for, once nothing strikes any more.
const SETTLING: Duration = Duration::from_secs(180);

/// Reminders that ring within this long are waited for, in milliseconds.
const SOON: i64 = 120_000;

/// How long nothing may change after that: two sweeps.
const STILL: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn what_clients_were_told_holds_whatever_strikes() {
    if let Some(file) = std::env::var_os("DUEBELL_CHAOS_CHECK") {
        let file = PathBuf::from(file);
        report::must_be_sound(&check(&history::read(&file)), &file);
        return;
    }
    let settings = Settings::read();
    println!("chaos: seed {}", settings.seed);
    let plan = Plan::make(&settings);
    let folder = tempfile::tempdir().unwrap();
    let control = Control::make(folder.path());
    let history = History::begin(&settings.history);
    history.note(json!({
        "kind": "run", "seed": settings.seed, "operations": settings.operations,
        "real": settings.real, "postgres": settings.postgres, "hosts": settings.hosts, "at": now(),
    }));

    let between = Between::new();
    let mut app = start(&control, &between).await;
    // After the app, so that it is dropped before: while the state is there.
    let told = Told::begin(&settings, app.state());
    let names = (0..plan.users).map(|user| format!("user-{user}"));
    let users = names.chain(["probe".to_owned()]);
    let users = users.map(|name| User::new(name.clone(), app.user(&name)));
    let workload = Arc::new(Workload {
        users: users.collect(),
        history: history.clone(),
        control: control.clone(),
        seed: settings.seed,
    });
    let operator = app.operator("operator");

    let progress = Progress::of(workload.users.len() * CLIENTS);
    let field = Field {
        app: &mut app,
        control,
        history: history.clone(),
        probe: Probe::new(Arc::clone(&workload)),
        to_lock: Vec::new(),
    };
    let classes = Class::of_parts(settings.real, settings.postgres);
    tokio::join!(
        work(&workload, &plan.operations, settings.operations, &progress),
        befall_parts(field, plan.parts, &classes, &progress),
        between.befall(history.clone(), plan.between, &progress),
    );

    let violations = settle(&workload, &operator).await;
    report::tell(&history.records());
    report::must_be_sound(&violations, &settings.history);
    told.end();
}

async fn start(control: &Control, between: &Between) -> App {
    let state_file = |name: &str| format!("{{state}}/{name}");
    App::start_with(Options {
        faults: true,
        meddler: Some(between.meddler()),
        environment: control.environment(),
        arguments: vec![
            // What is built is built already, and its clock is not to be meddled with.
            "--no-build".to_owned(),
            "--trap-from".to_owned(),
            state_file(faults::TRAP_FILE),
        ],
        ..Options::default()
    })
    .await
}

/// Has all clients do what they have to.
async fn work(
    workload: &Arc<Workload>,
    operations: &[Operation],
    asked: usize,
    progress: &Progress,
) {
    let begin = Instant::now();
    let mut clients = Vec::new();
    for user in 0..workload.users.len() {
        for client in 0..CLIENTS {
            let own = operations.iter();
            let own = own.filter(|one| one.user == user && one.client == client);
            let own = own.cloned().collect();
            let client = Arc::clone(workload).run(begin, own, asked, progress.clone());
            clients.push(tokio::spawn(client));
        }
    }
    for client in clients {
        client.await.unwrap();
    }
}

/// Waits until all is as it has to be and stays so, and says what is not. What was seen
/// last goes into the history.
async fn settle(workload: &Workload, operator: &Client) -> Vec<Violation> {
    let deadline = Instant::now() + SETTLING;
    let told = workload.history.records();
    let look = async || {
        let seen = gather::all(&workload.users, operator).await;
        let records: Vec<Value> = told.iter().chain(&seen).cloned().collect();
        let violations = check(&records);
        (seen, violations)
    };
    let mut passed = false;
    loop {
        let (seen, violations) = look().await;
        let rings = gather::last_reminder(&seen, now() + SOON);
        let late = Instant::now() >= deadline;
        let still_to_ring = rings >= now();
        if late || (violations.is_empty() && passed && !still_to_ring) {
            for record in seen {
                workload.history.note(record);
            }
            return violations;
        }
        passed = violations.is_empty() && !still_to_ring;
        gather::replay_dead_letters(operator).await;
        sleep(if passed {
            STILL
        } else {
            Duration::from_secs(1)
        })
        .await;
    }
}
