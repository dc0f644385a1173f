//! task-api in a world of its own.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_dapr::{Sidecar, Transport, TransportError};
use duebell_erasures::{Done, Order};
use duebell_fakes::{Background, FakeSidecar, Wire};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, TokenVerifier, auth, log};
use duebell_store::native::SqliteFile;
use futures::executor::block_on;
use http::{Request, Response};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    path::Path,
    rc::Rc,
};
use task_api::{App, Parts};

pub(crate) const TOKEN: &str = "the-app-token";
const SECRET: &str = "a secret of at least thirty-two bytes";

/// The components that are told to erase somebody.
#[derive(Default)]
pub(crate) struct Others {
    /// Component and user of each order, as they came.
    pub(crate) ordered: RefCell<Vec<(String, String)>>,
    /// Those that have still something left.
    pub(crate) busy: RefCell<Vec<&'static str>>,
    /// Whether nobody answers.
    pub(crate) are_away: Cell<bool>,
}

/// The way to them, and to the sidecar.
#[derive(Clone)]
pub(crate) struct Wires {
    others: Rc<Others>,
    sidecar: Wire,
}

impl Transport for Wires {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let Some(rest) = request.uri().path().strip_prefix("/internal/") else {
            return self.sidecar.send(request).await;
        };
        if self.others.are_away.get() {
            return Err(TransportError::Failed("connection refused".to_owned()));
        }
        assert_eq!(request.headers()["dapr-api-token"], TOKEN);
        let component = rest.strip_suffix("/erasures").unwrap().to_owned();
        assert_eq!(request.uri().host(), Some(component.as_str()));
        let order: Order = serde_json::from_slice(request.body()).unwrap();
        let is_busy = self.others.busy.borrow().contains(&component.as_str());
        self.others
            .ordered
            .borrow_mut()
            .push((component, order.user_id));
        let done = Done {
            done: !is_busy,
            waiting_for: is_busy.then(|| "something".to_owned()),
        };
        Ok(Response::new(serde_json::to_vec(&done).unwrap().into()))
    }
}

/// The component with its database.
pub(crate) struct World {
    pub(crate) others: Rc<Others>,
    pub(crate) sidecar: Rc<FakeSidecar>,
    pub(crate) folder: Rc<tempfile::TempDir>,
    clock: Rc<FixedClock>,
    app: App<Wires>,
    background: Background,
}

/// An answer: its status and its JSON.
pub(crate) type Answer = (u16, Value);

impl World {
    pub(crate) fn new() -> Self {
        let start: DateTime<Utc> = "2026-01-15T12:00:00Z".parse().unwrap();
        Self::open(
            Rc::new(tempfile::tempdir().unwrap()),
            Rc::default(),
            Rc::default(),
            Rc::new(FixedClock::new(start)),
            7,
        )
    }

    fn open(
        folder: Rc<tempfile::TempDir>,
        others: Rc<Others>,
        sidecar: Rc<FakeSidecar>,
        clock: Rc<FixedClock>,
        seed: u64,
    ) -> Self {
        let background = Background::default();
        let wires = Wires {
            others: Rc::clone(&others),
            sidecar: Wire(Rc::clone(&sidecar)),
        };
        let any_clock: Rc<dyn Clock> = clock.clone();
        let stderr = Rc::new(log::Stderr);
        let components =
            ["audit-sink", "notifier"].map(|id| (id.to_owned(), format!("http://{id}/")));
        let parts = Parts {
            access: TokenVerifier::hs256(SECRET, None, None).unwrap().into(),
            app_api_token: TOKEN.to_owned(),
            sidecar: Rc::new(Sidecar::new("http://sidecar", None, wires.clone())),
            components: BTreeMap::from(components),
            transport: wires,
            logger: Logger::new("task-api", log::Level::Error, any_clock.clone(), stderr),
            clock: any_clock,
            entropy: Rc::new(SeededEntropy::new(seed)),
            spawn: background.spawn(),
            sleep: background.sleep(),
        };
        let file = SqliteFile::new(Path::join(folder.path(), "tasks.db"));
        Self {
            app: App::new(file, parts).unwrap(),
            others,
            sidecar,
            folder,
            clock,
            background,
        }
    }

    /// The same database after a kill: what was to be done in the background is lost.
    pub(crate) fn killed(self) -> Self {
        Self::open(self.folder, self.others, self.sidecar, self.clock, 8)
    }

    pub(crate) fn advance(&self, step: TimeDelta) {
        self.clock.advance(step);
    }

    pub(crate) fn settle(&self) {
        self.background.settle();
    }

    /// A tick of the cron binding.
    pub(crate) fn sweep(&self) {
        let request = Request::post("/sweep-task-api").header("dapr-api-token", TOKEN);
        assert_eq!(self.send(request.body(Bytes::new()).unwrap()).0, 200);
        self.settle();
    }

    /// A user makes a task with a reminder, under an idempotency key.
    pub(crate) fn make(&self, user: &str, title: &str) -> Answer {
        let body = json!({
            "title": title, "due_date": "2026-02-01T12:00:00Z",
            "reminders": [{ "before": "PT1H" }],
        });
        let request = self
            .request("POST", "/api/tasks", user, "")
            .header("idempotency-key", format!("{user}-makes-{title}"))
            .body(Bytes::from(body.to_string()));
        self.send(request.unwrap())
    }

    /// An operator has a user erased; nothing has happened in the background yet.
    pub(crate) fn erase(&self, user: &str) -> Answer {
        self.erase_as("root", "operator", &json!({ "user_id": user }))
    }

    pub(crate) fn erase_as(&self, operator: &str, scope: &str, body: &Value) -> Answer {
        let request = self.request("POST", "/api/erasures", operator, scope);
        self.send(request.body(Bytes::from(body.to_string())).unwrap())
    }

    /// How far an erasure has come.
    pub(crate) fn erasure(&self, id: &Value) -> Value {
        let path = format!("/api/erasures/{}", id.as_str().unwrap());
        let (status, erasure) = self.get("root", "operator", &path);
        assert_eq!(status, 200);
        erasure
    }

    pub(crate) fn get(&self, user: &str, scope: &str, path: &str) -> Answer {
        let request = self.request("GET", path, user, scope);
        self.send(request.body(Bytes::new()).unwrap())
    }

    /// A user changes or deletes something.
    pub(crate) fn change(&self, user: &str, method: &str, path: &str, patch: &Value) -> Answer {
        let request = self
            .request(method, path, user, "")
            .header("content-type", "application/merge-patch+json")
            .body(Bytes::from(patch.to_string()));
        self.send(request.unwrap())
    }

    /// A request with the app's token.
    pub(crate) fn internal(&self, path: &str) -> Answer {
        let request = Request::get(path).header("dapr-api-token", TOKEN);
        self.send(request.body(Bytes::new()).unwrap())
    }

    fn request(&self, method: &str, path: &str, user: &str, scope: &str) -> http::request::Builder {
        let token = auth::issue(SECRET, user, scope, self.clock.now(), TimeDelta::hours(1));
        Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", token.unwrap()))
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Answer {
        let answer = block_on(self.app.handle(request));
        let json = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), json)
    }

    /// What the audit was told: event type, whose, and by whom.
    pub(crate) fn told(&self) -> Vec<(String, String, Value)> {
        let published = self.sidecar.published.borrow();
        let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
        let told = published
            .iter()
            .filter(|event| event["event_type"].as_str().unwrap().starts_with("user."));
        told.map(|event| {
            (
                text(event, "event_type"),
                text(event, "user_id"),
                event["actor"].clone(),
            )
        })
        .collect()
    }
}
