//! audit-sink in a world of its own.

use audit_sink::{App, Parts, publishers};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_chain::Export;
use duebell_dapr::Sidecar;
use duebell_edge::streaming::Answer as Streamed;
use duebell_events::source;
use duebell_fakes::{Background, Envelopes, FakeSidecar, Wire};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, TokenVerifier, auth, log};
use duebell_store::native::SqliteFile;
use futures::executor::block_on;
use http::Request;
use serde_json::{Map, Value, json};
use std::{cell::Cell, rc::Rc};

pub(crate) const TOKEN: &str = "the-app-token";
const SECRET: &str = "a secret of at least thirty-two bytes";

/// The component with its database.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    clock: Rc<FixedClock>,
    app: App<Wire>,
    background: Background,
    task_api: Envelopes,
    next: Cell<u64>,
}

/// An answer: its status and its JSON.
pub(crate) type Answer = (u16, Value);

impl World {
    pub(crate) fn new() -> Self {
        let start: DateTime<Utc> = "2026-01-15T12:00:00Z".parse().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clock = Rc::new(FixedClock::new(start));
        let any_clock: Rc<dyn Clock> = clock.clone();
        let stderr = Rc::new(log::Stderr);
        let wire = Wire(Rc::<FakeSidecar>::default());
        let background = Background::default();
        let parts = Parts {
            access: TokenVerifier::hs256(SECRET, None, None).unwrap().into(),
            app_api_token: TOKEN.to_owned(),
            publishers: publishers(
                "http://task-api",
                "http://reminder-trigger",
                "http://dead-letters",
            ),
            sidecar: Rc::new(Sidecar::new("http://sidecar", None, wire.clone())),
            checkpoints: None,
            transport: wire,
            logger: Logger::new("audit-sink", log::Level::Error, any_clock.clone(), stderr),
            clock: any_clock,
            entropy: Rc::new(SeededEntropy::new(7)),
            spawn: background.spawn(),
            sleep: background.sleep(),
        };
        let file = SqliteFile::new(folder.path().join("audit.db"));
        Self {
            app: App::new(file, parts).unwrap(),
            background,
            folder,
            clock,
            task_api: Envelopes::of(source::TASK_API),
            next: Cell::default(),
        }
    }

    /// The component's database, past the component.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("audit.db")).unwrap()
    }

    /// A user makes a task, and the audit hears of it.
    pub(crate) fn make(&self, user: &str, title: &str) {
        self.next.set(self.next.get() + 1);
        self.hear(
            "task-events",
            &json!({
                "event_type": "task.created", "task_id": self.next.get(), "user_id": user,
                "task_data": { "title": title }, "timestamp": "2026-01-15T12:00:00Z",
                "correlation_id": format!("event-{}", self.next.get()),
            }),
        );
    }

    /// The audit hears of an event of task-api's.
    pub(crate) fn hear(&self, topic: &str, event: &Value) {
        let envelope = self.task_api.next(topic, event);
        let answer = self.post(&format!("/events/audit-sink/{topic}"), &envelope, TOKEN);
        assert_eq!(answer.0, 200);
    }

    /// task-api has this user erased.
    pub(crate) fn erase(&self, user: &str) -> Answer {
        let order = json!({ "erasure_id": erasure_of(user), "user_id": user });
        self.post("/internal/audit-sink/erasures", &order, TOKEN)
    }

    pub(crate) fn post(&self, path: &str, body: &Value, token: &str) -> Answer {
        let request = Request::post(path)
            .header("dapr-api-token", token)
            .body(Bytes::from(body.to_string()));
        self.send(request.unwrap())
    }

    pub(crate) fn get(&self, user: &str, scope: &str, path: &str) -> Answer {
        let token = auth::issue(SECRET, user, scope, self.clock.now(), TimeDelta::hours(1));
        let request = Request::get(path)
            .header("authorization", format!("Bearer {}", token.unwrap()))
            .body(Bytes::new());
        self.send(request.unwrap())
    }

    /// A chain, as an operator exports it.
    pub(crate) fn chain(&self, user: &str) -> Vec<Map<String, Value>> {
        let path = format!("/api/audit?limit=200&user_id={user}");
        let (status, page) = self.get("root", "operator", &path);
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item.as_object().unwrap().clone())
            .collect()
    }

    fn send(&self, request: Request<Bytes>) -> Answer {
        let Streamed::Whole(answer) = block_on(self.app.handle(request)) else {
            panic!("a stream");
        };
        self.background.settle();
        let json = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), json)
    }
}

/// The id of the erasure of a user.
pub(crate) fn erasure_of(user: &str) -> String {
    format!("erasure-{}", user.bytes().map(u64::from).sum::<u64>())
}

/// A chain that verifies.
pub(crate) fn verified(chain: &[Map<String, Value>]) -> Export {
    let entries = chain.iter().cloned().map(Value::Object);
    Export::read(entries.map(Ok::<_, String>)).unwrap()
}
