//! live-updates in a world of its own.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_dapr::{Transport, TransportError};
use duebell_events::source;
use duebell_fakes::{Background, Envelopes, FakeSidecar, Wire};
use duebell_grip::publish::{Item, Published};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, auth::SharedSecret, log};
use duebell_store::{Store, native::SqliteFile};
use duebell_updates::{
    MIGRATIONS, broadcasts,
    connections::{Connection, Most, admit, has_websockets},
};
use futures::executor::block_on;
use http::{Request, Response, StatusCode};
use live_updates::{App, Parts, Proxy, publishers};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

const TOKEN: &str = "the-app-token";
pub(crate) const KEY: &str = "a key of at least thirty-two bytes, for GRIP";

/// A proxy that remembers what it was given.
#[derive(Default)]
pub(crate) struct FakeProxy {
    /// The requests' bodies.
    pub(crate) published: RefCell<Vec<Published>>,
    /// Whether nobody answers.
    pub(crate) is_away: Cell<bool>,
    /// The status that it refuses with.
    pub(crate) refuses: Cell<Option<u16>>,
}

/// The way to the proxy, and to publishers of whom nothing is missing.
#[derive(Clone)]
pub(crate) struct Net {
    proxy: Rc<FakeProxy>,
    publishers: Wire,
    clock: Rc<FixedClock>,
}

impl Transport for Net {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if request.uri().path() != "/publish/" {
            return self.publishers.send(request).await;
        }
        assert_eq!(request.uri().host(), Some("proxy"));
        if self.proxy.is_away.get() {
            return Err(TransportError::Failed("connection refused".to_owned()));
        }
        let shown = request.headers()["authorization"].to_str().unwrap();
        let token = shown.strip_prefix("Bearer ").unwrap();
        let key = SharedSecret::new(KEY).unwrap();
        assert!(key.has_signed(token, self.clock.now()));
        assert!(request.body().len() <= 1_000_000);
        let mut answer = Response::new(Bytes::from_static(b"said the proxy"));
        if let Some(status) = self.proxy.refuses.get() {
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            return Ok(answer);
        }
        let published = serde_json::from_slice(request.body()).unwrap();
        self.proxy.published.borrow_mut().push(published);
        Ok(answer)
    }
}

pub(crate) struct World {
    pub(crate) proxy: Rc<FakeProxy>,
    pub(crate) clock: Rc<FixedClock>,
    store: Store,
    app: App<Net>,
    background: Background,
    task_api: Rc<Envelopes>,
    pub(crate) folder: Rc<tempfile::TempDir>,
    next: Rc<Cell<u64>>,
}

fn start() -> DateTime<Utc> {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = Rc::new(tempfile::tempdir().unwrap());
        let clock = Rc::new(FixedClock::new(start()));
        let task_api = Rc::new(Envelopes::of(source::TASK_API));
        Self::on(folder, Rc::default(), clock, task_api, Rc::default(), 7)
    }

    /// Another instance with the same database and the same proxy.
    pub(crate) fn another_instance(&self) -> Self {
        Self::on(
            Rc::clone(&self.folder),
            Rc::clone(&self.proxy),
            Rc::clone(&self.clock),
            Rc::clone(&self.task_api),
            Rc::clone(&self.next),
            8,
        )
    }

    fn on(
        folder: Rc<tempfile::TempDir>,
        proxy: Rc<FakeProxy>,
        clock: Rc<FixedClock>,
        task_api: Rc<Envelopes>,
        next: Rc<Cell<u64>>,
        seed: u64,
    ) -> Self {
        let any_clock: Rc<dyn Clock> = clock.clone();
        let background = Background::default();
        let sidecar: Rc<FakeSidecar> = Rc::default();
        let stderr = Rc::new(log::Stderr);
        let parts = Parts {
            app_api_token: TOKEN.to_owned(),
            publishers: publishers("http://task-api", "http://notifier"),
            proxy: Some(Proxy {
                origin: "http://proxy".to_owned(),
                key: SharedSecret::new(KEY).unwrap(),
            }),
            transport: Net {
                proxy: Rc::clone(&proxy),
                publishers: Wire(sidecar),
                clock: Rc::clone(&clock),
            },
            logger: Logger::new("live-updates", log::Level::Error, any_clock.clone(), stderr),
            clock: any_clock,
            entropy: Rc::new(SeededEntropy::new(seed)),
            spawn: background.spawn(),
        };
        let file = || SqliteFile::new(folder.path().join("updates.db"));
        Self {
            store: Store::new(file(), MIGRATIONS),
            app: App::new(file(), parts).unwrap(),
            proxy,
            clock,
            background,
            task_api,
            folder,
            next,
        }
    }

    /// Something of this user's changes, and is delivered.
    pub(crate) fn change(&self, user: &str) {
        self.change_much(user, 1);
    }

    /// The same, with so many bytes.
    pub(crate) fn change_much(&self, user: &str, bytes: usize) {
        self.next.set(self.next.get() + 1);
        let event = json!({
            "event_type": "task.sync", "task_id": self.next.get(), "user_id": user,
            "action": "updated", "changes": { "description": "x".repeat(bytes) },
            "source_client": null, "timestamp": "2026-01-15T12:00:00Z",
        });
        let mut envelope = self.task_api.next("task-updates", &event);
        envelope["id"] = json!(format!("event-{}", self.next.get()));
        let answer = self.post("/events/live-updates/task-updates", &envelope);
        assert_eq!(answer, 200);
    }

    /// What is done after the answers is done.
    pub(crate) fn settle(&self) {
        self.background.settle();
    }

    pub(crate) fn sweep(&self) {
        assert_eq!(self.post("/sweep-live-updates", &Value::Null), 200);
        self.settle();
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> u16 {
        let request = Request::post(path)
            .header("dapr-api-token", TOKEN)
            .body(Bytes::from(body.to_string()));
        block_on(self.app.handle(request.unwrap()))
            .status()
            .as_u16()
    }

    /// A user opens a WebSocket, as update-streams counts it.
    pub(crate) fn connect(&self, user: &str) {
        let now = self.clock.now().timestamp_millis();
        let connection = Connection {
            id: format!("socket-of-{user}"),
            user_id: user.to_owned(),
            instance: None,
            expires_at: now + 1_000_000,
        };
        let most = Most {
            of_a_user: 10,
            in_all: 10,
            instances: 10,
        };
        block_on(self.store.write(async |tx| {
            if !has_websockets(tx, now).await? {
                broadcasts::begin_now(tx).await?;
            }
            admit(tx, now, &connection, most).await
        }))
        .unwrap();
    }

    pub(crate) fn pass(&self, step: TimeDelta) {
        self.clock.advance(step);
    }

    /// Channel and number of all that was published.
    pub(crate) fn told(&self) -> Vec<(String, i64)> {
        let published = self.proxy.published.borrow();
        let items = published.iter().flat_map(|request| &request.items);
        items.map(read).collect()
    }
}

fn read(item: &Item) -> (String, i64) {
    let message: Value = serde_json::from_str(&item.formats.ws_message.content).unwrap();
    assert_eq!(message["event"], "update");
    assert_eq!(message["data"]["event_type"], "task.sync");
    (
        item.channel.clone(),
        message["id"].as_i64().expect("a number"),
    )
}
