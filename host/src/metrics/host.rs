//! What the host counts.

use std::time::Duration;

use http::{Method, StatusCode};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

/// The most seconds that a request took until its answer began, by bucket.
const DURATIONS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// The host's own metrics. Cloning is cheap, and counts the same.
#[derive(Clone, Debug)]
pub struct HostMetrics {
    /// For the text.
    pub(super) registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    instances: IntGaugeVec,
    started: IntCounterVec,
    failed: IntCounterVec,
    outbound: IntCounterVec,
    statements: IntCounterVec,
    commits: IntCounterVec,
    fuel: IntCounterVec,
}

impl HostMetrics {
    /// Nothing counted yet.
    ///
    /// # Errors
    ///
    /// A name is not valid, which a test finds.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            prometheus::Result::Ok(counter)
        };
        let requests = counter(
            "duebell_http_requests_total",
            "Requests to components, from clients, the sidecar and other components; the status is `failed` where there was no answer.",
            &["component", "method", "status"],
        )?;
        let started = counter(
            "duebell_instances_started_total",
            "Instances of components that were started.",
            &["component"],
        )?;
        let failed = counter(
            "duebell_instances_failed_total",
            "Instances that ended with a trap or a time-out, and all their requests with them.",
            &["component"],
        )?;
        let outbound = counter(
            "duebell_outbound_requests_total",
            "Requests of components, to another component (`chained`) or elsewhere (`sent`), by what came of them: answered, failed or denied.",
            &["component", "to", "outcome"],
        )?;
        let statements = counter(
            "duebell_sqlite_statements_total",
            "Statements that components ran, by database.",
            &["database"],
        )?;
        let commits = counter(
            "duebell_sqlite_commits_total",
            "Transactions of components that waited for the disk, by database.",
            &["database"],
        )?;
        let fuel = counter(
            "duebell_guest_fuel_total",
            "What components computed, in wasmtime's units of fuel (about one for each instruction); counted if asked for.",
            &["component"],
        )?;
        let instances = IntGaugeVec::new(
            Opts::new("duebell_instances", "Instances of components that live."),
            &["component"],
        )?;
        registry.register(Box::new(instances.clone()))?;
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "duebell_http_request_duration_seconds",
                "How long requests took until their answers began.",
            )
            .buckets(DURATIONS.to_vec()),
            &["component"],
        )?;
        registry.register(Box::new(durations.clone()))?;
        Ok(Self {
            registry,
            requests,
            durations,
            instances,
            started,
            failed,
            outbound,
            statements,
            commits,
            fuel,
        })
    }

    /// Counts a request of a component's; no status: it gave no answer.
    pub fn request(
        &self,
        component: &str,
        method: &Method,
        status: Option<StatusCode>,
        took: Duration,
    ) {
        let status = status.as_ref().map_or("failed", StatusCode::as_str);
        self.requests
            .with_label_values(&[component, known(method), status])
            .inc();
        self.durations
            .with_label_values(&[component])
            .observe(took.as_secs_f64());
    }

    /// Counts an instance, until what this gives is dropped.
    pub fn instance(&self, component: &str) -> Counted {
        self.started.with_label_values(&[component]).inc();
        let alive = self.instances.with_label_values(&[component]);
        alive.inc();
        Counted(alive)
    }

    /// Counts what guests of a component computed.
    pub fn fuel(&self, component: &str, used: u64) {
        self.fuel.with_label_values(&[component]).inc_by(used);
    }

    /// The counters of a database, by its label.
    #[must_use]
    pub fn database(&self, label: &str) -> DatabaseCounters {
        DatabaseCounters {
            statements: self.statements.with_label_values(&[label]),
            commits: self.commits.with_label_values(&[label]),
        }
    }

    /// Counts an instance that failed.
    pub fn failed(&self, component: &str) {
        self.failed.with_label_values(&[component]).inc();
    }

    /// Counts a request that a component made.
    pub fn outbound(&self, component: &str, chained: bool, outcome: &str) {
        let to = if chained { "chained" } else { "sent" };
        self.outbound
            .with_label_values(&[component, to, outcome])
            .inc();
    }
}

/// What a database counts.
#[derive(Clone, Debug)]
pub struct DatabaseCounters {
    /// Statements that were run.
    pub statements: IntCounter,
    /// Transactions that waited for the disk.
    pub commits: IntCounter,
}

/// Something that is counted while it is there.
#[derive(Debug)]
pub struct Counted(IntGauge);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A method as a label: a client may make up any.
fn known(method: &Method) -> &str {
    match method.as_str() {
        name @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => name,
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use prometheus::TextEncoder;

    use super::*;

    #[test]
    fn what_clients_make_up_is_no_label() {
        let metrics = HostMetrics::new().unwrap();
        let made_up = Method::from_bytes(b"EVE").unwrap();
        let took = Duration::from_millis(2);
        metrics.request("task-api", &made_up, Some(StatusCode::OK), took);
        metrics.request("task-api", &Method::GET, None, took);
        let counted = metrics.instance("task-api");
        let text = |metrics: &HostMetrics| {
            let families = metrics.registry.gather();
            TextEncoder::new().encode_to_string(&families).unwrap()
        };
        let before = text(&metrics);
        for line in [
            r#"duebell_http_requests_total{component="task-api",method="other",status="200"} 1"#,
            r#"duebell_http_requests_total{component="task-api",method="GET",status="failed"} 1"#,
            r#"duebell_http_request_duration_seconds_bucket{component="task-api",le="0.0025"} 2"#,
            r#"duebell_instances{component="task-api"} 1"#,
        ] {
            assert!(
                before.lines().any(|found| found == line),
                "{line}: {before}"
            );
        }
        drop(counted);
        assert!(text(&metrics).contains(r#"duebell_instances{component="task-api"} 0"#));
    }
}
