//! What the environment asks for.

use crate::harness::setting;
use std::{path::PathBuf, str::FromStr, time::Duration};

/// How a run is.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `DUEBELL_CHAOS_SEED`: what the plan is made of; by default another one each time.
    pub(crate) seed: u64,
    /// `DUEBELL_CHAOS_OPERATIONS`: how many operations clients make.
    pub(crate) operations: usize,
    /// `DUEBELL_CHAOS_MINUTES`: for how long they do so.
    pub(crate) lasting: Duration,
    /// `DUEBELL_SIDECAR=dapr`: whether sidecar, scheduler and broker are real.
    pub(crate) real: bool,
    /// `DUEBELL_DATABASE=postgres`: whether all is kept in a real PostgreSQL.
    pub(crate) postgres: bool,
    /// `DUEBELL_HOSTS`: how many hosts share it.
    pub(crate) hosts: usize,
    /// `DUEBELL_CHAOS_HISTORY`: where the history is written.
    pub(crate) history: PathBuf,
}

/// Operations in a minute, where nothing else is asked for.
const PACE: f64 = 2_000.0;

impl Settings {
    pub(crate) fn read() -> Self {
        let operations = number("DUEBELL_CHAOS_OPERATIONS");
        let minutes = number("DUEBELL_CHAOS_MINUTES");
        let operations =
            operations.unwrap_or_else(|| minutes.map_or(5_000.0, |minutes| minutes * PACE));
        let minutes = minutes.unwrap_or(operations / PACE);
        let seed = number("DUEBELL_CHAOS_SEED").unwrap_or_else(|| u64::from(std::process::id()));
        let history = std::env::var_os("DUEBELL_CHAOS_HISTORY").map_or_else(
            || std::env::temp_dir().join(format!("duebell-chaos-{seed}.ndjson")),
            PathBuf::from,
        );
        Self {
            seed,
            operations: operations as usize,
            lasting: Duration::from_secs_f64(minutes * 60.0),
            real: setting().real_sidecar,
            postgres: setting().postgres,
            hosts: 1 + usize::from(setting().two_hosts),
            history,
        }
    }

    /// How one plays this run again.
    pub(crate) fn again(&self) -> String {
        let sidecar = if self.real {
            "DUEBELL_SIDECAR=dapr "
        } else {
            ""
        };
        let database = if self.postgres {
            format!("DUEBELL_DATABASE=postgres DUEBELL_HOSTS={} ", self.hosts)
        } else {
            String::new()
        };
        format!(
            "{sidecar}{database}DUEBELL_CHAOS_SEED={} DUEBELL_CHAOS_OPERATIONS={} DUEBELL_CHAOS_MINUTES={} \
             cargo test --release --test chaos",
            self.seed,
            self.operations,
            self.lasting.as_secs_f64() / 60.0
        )
    }
}

fn number<T: FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
    match value.parse() {
        Ok(number) => Some(number),
        Err(_) => panic!("{name} is {value:?}: write a number"),
    }
}
