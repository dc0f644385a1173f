//! audit-sink with a clock that a story moves.

use audit_sink::{App, Checkpoints, Parts, publishers};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_chain::{Evidence, Export, Findings, Flaw, Keys, SigningKey};
use duebell_dapr::Sidecar;
use duebell_edge::streaming::{Answer as Streamed, Closed, Sink};
use duebell_events::source;
use duebell_fakes::{Background, Envelopes, FakeSidecar, Wire};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, TokenVerifier, auth, log};
use duebell_store::{LocalFuture, native::SqliteFile};
use futures::executor::block_on;
use http::{Method, Request};
use serde_json::{Value, json};
use std::{cell::RefCell, path::PathBuf, rc::Rc};

pub(crate) const TOKEN: &str = "the-app-token";
const SECRET: &str = "a secret of at least thirty-two bytes";

/// RFC 8037, appendix A.1.
pub(crate) const KEY: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";

/// Whose chain audit-sink's own events are in.
pub(crate) const OWN: &str = "duebell:audit-sink";

/// How often checkpoints are made.
pub(crate) const EVERY: TimeDelta = TimeDelta::hours(1);

/// One instance of the component.
pub(crate) type Instance = App<Wire>;

/// The component in a world of its own.
pub(crate) struct World {
    pub(crate) sidecar: Rc<FakeSidecar>,
    pub(crate) clock: Rc<FixedClock>,
    pub(crate) background: Background,
    pub(crate) app: Rc<Instance>,
    folder: tempfile::TempDir,
    task_api: Envelopes,
}

/// An answer: its status and its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) json: Value,
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_key(Some(KEY))
    }

    /// One whose checkpoints are signed with this key, or that makes none.
    pub(crate) fn with_key(key: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Rc::new(FixedClock::new(start()));
        let sidecar: Rc<FakeSidecar> = Rc::default();
        let background = Background::default();
        let path = folder.path().join("audit.db");
        let app = instance(path, &clock, &sidecar, &background, key, 7);
        Self {
            app: Rc::new(app),
            sidecar,
            clock,
            background,
            folder,
            task_api: Envelopes::of(source::TASK_API),
        }
    }

    /// One more instance on the same database.
    pub(crate) fn another(&self, key: Option<&str>) -> Instance {
        let path = self.database();
        instance(path, &self.clock, &self.sidecar, &self.background, key, 8)
    }

    /// The file of the database.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("audit.db")
    }

    /// A task of this user's is made.
    pub(crate) fn happens(&self, user: &str) {
        self.happen(&[user]);
    }

    /// Tasks of these users' are made, at once.
    pub(crate) fn happen(&self, users: &[&str]) {
        let request = self.delivery(users);
        let answer = self.send(request);
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// What the sidecar sends when tasks of these users' are made.
    pub(crate) fn delivery(&self, users: &[&str]) -> Request<Bytes> {
        let entries: Vec<Value> = users
            .iter()
            .enumerate()
            .map(|(number, user)| {
                let event = self.task_api.next("task-events", &task(user));
                json!({ "entryId": number.to_string(), "event": event })
            })
            .collect();
        let body = json!({ "entries": entries }).to_string();
        Request::post("/events/audit-sink/task-events")
            .header("dapr-api-token", TOKEN)
            .body(body.into())
            .unwrap()
    }

    pub(crate) fn sweep(&self) {
        self.sweep_by(&self.app);
    }

    pub(crate) fn sweep_by(&self, app: &Instance) {
        let request = Request::post("/sweep-audit-sink")
            .header("dapr-api-token", TOKEN)
            .body(Bytes::new());
        let answer = answer(app, request.unwrap());
        assert_eq!(answer.status, 200, "{}", answer.text);
        self.background.settle();
    }

    /// Lets so much time pass that a checkpoint is due, and sweeps.
    pub(crate) fn checkpoint(&self) {
        self.clock.advance(EVERY);
        self.sweep();
    }

    pub(crate) fn get(&self, user: &str, path: &str) -> Answer {
        self.ask(user, "", path)
    }

    pub(crate) fn get_as_operator(&self, path: &str) -> Answer {
        self.ask("olga", "operator", path)
    }

    fn ask(&self, user: &str, scope: &str, path: &str) -> Answer {
        self.send(self.request(user, scope, path))
    }

    pub(crate) fn request(&self, user: &str, scope: &str, path: &str) -> Request<Bytes> {
        let lifetime = TimeDelta::hours(1);
        let token = auth::issue(SECRET, user, scope, self.clock.now(), lifetime).unwrap();
        Request::builder()
            .method(Method::GET)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::new())
            .unwrap()
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Answer {
        answer(&self.app, request)
    }

    /// The lines of a user's export.
    pub(crate) fn export(&self, user: &str) -> Vec<Value> {
        let answer = self.get(user, "/api/audit/export");
        assert_eq!(answer.status, 200);
        lines(&answer.text)
    }

    /// All checkpoints, the latest first.
    pub(crate) fn checkpoints(&self) -> Vec<Value> {
        let page = self.get("alice", "/api/audit/checkpoints").json;
        page["items"].as_array().unwrap().clone()
    }

    /// The events of audit-sink's own chain.
    pub(crate) fn own(&self) -> Vec<Value> {
        let page = self.get_as_operator(&format!("/api/audit?user_id={OWN}"));
        page.json["items"].as_array().unwrap().clone()
    }
}

fn instance(
    path: PathBuf,
    clock: &Rc<FixedClock>,
    sidecar: &Rc<FakeSidecar>,
    background: &Background,
    key: Option<&str>,
    seed: u64,
) -> Instance {
    let any_clock: Rc<dyn Clock> = clock.clone();
    let wire = Wire(Rc::clone(sidecar));
    let key = key.map(|seed| SigningKey::parse(seed).unwrap());
    let parts = Parts {
        access: TokenVerifier::hs256(SECRET, None, None).unwrap().into(),
        app_api_token: TOKEN.to_owned(),
        sidecar: Rc::new(Sidecar::new("http://sidecar", None, wire.clone())),
        checkpoints: key.map(|key| Checkpoints::new(key, EVERY)),
        publishers: publishers(
            "http://task-api",
            "http://reminder-trigger",
            "http://letters",
        ),
        transport: wire,
        logger: Logger::new(
            "audit-sink",
            log::Level::Error,
            Rc::clone(&any_clock),
            Rc::new(log::Stderr),
        ),
        clock: any_clock,
        entropy: Rc::new(SeededEntropy::new(seed)),
        spawn: background.spawn(),
        sleep: background.sleep(),
    };
    App::new(SqliteFile::new(path), parts).unwrap()
}

pub(crate) fn answer(app: &Instance, request: Request<Bytes>) -> Answer {
    let page: Page = Rc::default();
    let status = block_on(read(app, request, Box::new(Reader(Rc::clone(&page)))));
    let text = page.take();
    Answer {
        status,
        json: serde_json::from_str(&text).unwrap_or_default(),
        text,
    }
}

/// Has a request answered to this reader.
pub(crate) async fn read(
    app: &Instance,
    request: Request<Bytes>,
    mut reader: Box<dyn Sink>,
) -> u16 {
    match app.handle(request).await {
        Streamed::Whole(answer) => {
            let status = answer.status().as_u16();
            reader.write(answer.into_body()).await.unwrap();
            status
        }
        Streamed::Streamed(head, pour) => {
            pour(reader).await;
            head.status().as_u16()
        }
    }
}

/// What a client has read.
pub(crate) type Page = Rc<RefCell<String>>;

/// A client that reads all.
pub(crate) struct Reader(pub(crate) Page);

impl Sink for Reader {
    fn write(&mut self, bytes: Bytes) -> LocalFuture<'_, Result<(), Closed>> {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        self.0.borrow_mut().push_str(&text);
        Box::pin(async { Ok(()) })
    }
}

/// An event of a task of this user's.
fn task(user: &str) -> Value {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    json!({
        "event_type": "task.created", "task_id": 123, "user_id": user,
        "task_data": { "title": "Submit report" },
        "timestamp": "2026-01-15T12:00:00Z", "correlation_id": format!("created/{number}"),
    })
}

/// The lines of an export.
pub(crate) fn lines(text: &str) -> Vec<Value> {
    let line = |line: &str| serde_json::from_str(line).unwrap();
    text.lines().map(line).collect()
}

/// What an export comes to for whoever has the service's key.
pub(crate) fn verify(lines: &[Value]) -> Result<Findings, Flaw> {
    let export = Export::read(lines.iter().cloned().map(Ok::<_, String>))?;
    let evidence = Evidence {
        keys: Some(Keys::from(SigningKey::parse(KEY).unwrap().public())),
        ..Evidence::default()
    };
    evidence.examine(&export)
}
