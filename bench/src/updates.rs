//! Live updates: how soon a change is on the streams of its user, how many streams
//! there can be, and what they cost others.

use crate::{
    app::{App, Connection, get, send},
    latency::quantile,
};
use anyhow::{Context, ensure};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use serde::Serialize;
use serde_json::json;
use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{sync::watch, task::LocalSet, time::interval};

/// How long anything is waited for before the run is given up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Over how many connections tasks are created, in turn.
const CONNECTIONS: usize = 8;

/// One stream a user, a hundred creates a second.
const FEW: Load = Load {
    users: 10,
    streams_of_each: 1,
    creates: 1_000,
    every: Duration::from_millis(10),
};

/// Two thousand streams, two updates a second on each.
const MANY: Load = Load {
    users: 100,
    streams_of_each: 20,
    creates: 2_000,
    every: Duration::from_millis(5),
};

/// How many requests are made before, while and after a thousand streams are opened.
const REQUESTS: usize = 1_000;

/// How much is created, and how many watch.
#[derive(Clone, Copy)]
struct Load {
    users: usize,
    streams_of_each: usize,
    creates: usize,
    every: Duration,
}

/// One run's figures.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Run {
    /// From a create's first byte to the update on its user's stream.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// The same on 2,000 streams.
    pub(crate) many_p50_ms: f64,
    pub(crate) many_p99_ms: f64,
    /// What the process holds with 2,000 streams, under this load.
    pub(crate) many_memory_mib: f64,
    /// How much of it came with them: against the same process without streams.
    pub(crate) streams_memory_mib: f64,
    /// Lists, one after the other: without streams, while 1,000 are opened, and with
    /// them.
    pub(crate) list_p99_ms: f64,
    pub(crate) opening_list_p99_ms: f64,
    pub(crate) open_list_p99_ms: f64,
}

/// Measures on three apps, one after the other: each stands by itself.
pub(crate) async fn measure(duebell: &std::path::Path) -> anyhow::Result<Run> {
    let few = told(&App::start(duebell).await?, FEW).await?;
    let many = told(&App::start(duebell).await?, MANY).await?;
    let lists = lists(App::start(duebell).await?).await?;
    Ok(Run {
        p50_ms: quantile(&few.latencies, 50),
        p99_ms: quantile(&few.latencies, 99),
        many_p50_ms: quantile(&many.latencies, 50),
        many_p99_ms: quantile(&many.latencies, 99),
        many_memory_mib: many.memory_mib,
        streams_memory_mib: many.memory_mib - many.memory_before_mib,
        list_p99_ms: quantile(&lists.before, 99),
        opening_list_p99_ms: quantile(&lists.opening, 99),
        open_list_p99_ms: quantile(&lists.open, 99),
    })
}

struct Told {
    latencies: Vec<Duration>,
    memory_before_mib: f64,
    memory_mib: f64,
}

/// Creates tasks at a pace while streams watch; each stream has to be told of each of
/// its user's tasks, once and in order.
async fn told(app: &App, load: Load) -> anyhow::Result<Told> {
    let tokens = (0..load.users)
        .map(|user| app.token(&format!("user-{user}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let memory_before_mib = app.idle_memory().await?;
    let sent = Rc::new(RefCell::new(Vec::<Instant>::with_capacity(load.creates)));
    let local = LocalSet::new();
    local
        .run_until(async {
            let (opened, mut open) = watch::channel(0_usize);
            let each = load.creates / load.users;
            let mut streams = Vec::new();
            for number in 0..load.users * load.streams_of_each {
                let user = number % load.users;
                let token = tokens.get(user).context("no token")?;
                let stream = Stream::open(app.connect().await?, token).await?;
                let (sent, opened) = (Rc::clone(&sent), opened.clone());
                let numbers = (user..load.creates).step_by(load.users).collect();
                streams.push(tokio::task::spawn_local(async move {
                    stream.watch(numbers, each, &sent, &opened).await
                }));
            }
            let all = streams.len();
            tokio::time::timeout(PATIENCE, open.wait_for(|open| *open == all)).await??;

            let mut connections = Vec::new();
            for _ in 0..CONNECTIONS {
                connections.push(Rc::new(tokio::sync::Mutex::new(app.connect().await?)));
            }
            let mut pace = interval(load.every);
            let mut creates = Vec::new();
            for number in 0..load.creates {
                pace.tick().await;
                sent.borrow_mut().push(Instant::now());
                let connection = connections.get(number % CONNECTIONS).map(Rc::clone);
                let connection = connection.context("no connection")?;
                let token = tokens.get(number % load.users).context("no token")?.clone();
                creates.push(tokio::task::spawn_local(async move {
                    let body = json!({ "title": format!("n{number}") });
                    let mut connection = connection.lock().await;
                    send(&mut connection, "/api/tasks", &token, &body).await
                }));
            }
            for create in creates {
                create.await??;
            }
            let memory_mib = app.memory()?;
            let mut latencies = Vec::new();
            for stream in streams {
                latencies.extend(tokio::time::timeout(PATIENCE, stream).await???);
            }
            latencies.sort_unstable();
            Ok(Told {
                latencies,
                memory_before_mib,
                memory_mib,
            })
        })
        .await
}

/// One event stream.
struct Stream {
    body: hyper::body::Incoming,
    _connection: Connection,
    text: Vec<u8>,
}

impl Stream {
    async fn open(mut connection: Connection, token: &str) -> anyhow::Result<Self> {
        let request = Request::get("/api/updates")
            .header("host", "localhost")
            .header("authorization", format!("Bearer {token}"))
            .body(Full::<Bytes>::default())?;
        let response = connection.send_request(request).await?;
        ensure!(response.status() == 200, "a stream: {}", response.status());
        Ok(Self {
            body: response.into_body(),
            _connection: connection,
            text: Vec::new(),
        })
    }

    /// How long each of these took to be told, in their order.
    async fn watch(
        mut self,
        numbers: Vec<usize>,
        each: usize,
        sent: &RefCell<Vec<Instant>>,
        opened: &watch::Sender<usize>,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut told = Vec::with_capacity(each);
        let mut numbers = numbers.into_iter();
        while told.len() < each {
            let event = self.event().await?;
            if event.contains("event: ready") {
                opened.send_modify(|open| *open += 1);
            } else if event.contains("event: update") {
                let number = numbers.next().context("more than there were")?;
                ensure!(
                    event.contains(&format!(r#""title":"n{number}""#)),
                    "not n{number}, but {event}"
                );
                let at = sent.borrow().get(number).copied();
                told.push(at.context("it was never sent")?.elapsed());
            } else {
                ensure!(event.starts_with(':'), "an event that is none: {event}");
            }
        }
        Ok(told)
    }

    async fn event(&mut self) -> anyhow::Result<String> {
        loop {
            if let Some(end) = self.text.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                return Ok(String::from_utf8(event)?);
            }
            let frame = self.body.frame().await.context("a stream ended")??;
            if let Some(data) = frame.data_ref() {
                self.text.extend_from_slice(data);
            }
        }
    }
}

struct Lists {
    before: Vec<Duration>,
    opening: Vec<Duration>,
    open: Vec<Duration>,
}

/// Lists tasks before, while and after a thousand streams are opened.
async fn lists(app: App) -> anyhow::Result<Lists> {
    let tokens = (0..50)
        .map(|user| app.token(&format!("user-{user}")))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let token = tokens.first().context("no token")?.clone();
    let mut connection = app.connect().await?;
    for number in 0..20 {
        let body = json!({ "title": format!("n{number}") });
        send(&mut connection, "/api/tasks", &token, &body).await?;
    }
    let mut list = async || {
        let start = Instant::now();
        let (status, _) = get(&mut connection, "/api/tasks?limit=20", &token).await?;
        ensure!(status == 200, "a list: {status}");
        anyhow::Ok(start.elapsed())
    };
    let (mut before, mut opening, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..REQUESTS {
        before.push(list().await?);
    }
    let local = LocalSet::new();
    local
        .run_until(async {
            let opened = tokio::task::spawn_local(async move {
                let mut streams = Vec::new();
                for token in tokens.iter().cycle().take(1_000) {
                    streams.push(Stream::open(app.connect().await?, token).await?);
                }
                anyhow::Ok((app, streams))
            });
            while !opened.is_finished() {
                opening.push(list().await?);
            }
            let (_app, _streams) = opened.await??;
            for _ in 0..REQUESTS {
                open.push(list().await?);
            }
            anyhow::Ok(())
        })
        .await?;
    for latencies in [&mut before, &mut opening, &mut open] {
        latencies.sort_unstable();
    }
    Ok(Lists {
        before,
        opening,
        open,
    })
}
