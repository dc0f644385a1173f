//! dead-letters between a sidecar, a subscriber and an operator.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use dead_letters::{App, Parts};
use duebell_dapr::{Sidecar, Transport, TransportError};
use duebell_fakes::{Background, FakeSidecar, Wire};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, TokenVerifier, auth, log};
use duebell_store::native::SqliteFile;
use futures::{executor::block_on, future::join};
use http::{Request, Response};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    future::poll_fn,
    path::Path,
    rc::Rc,
    task::Poll,
};

pub(crate) const TOKEN: &str = "the-app-token";
const SECRET: &str = "a secret of at least thirty-two bytes";

/// A subscriber, as far as it is asked about dead letters.
#[derive(Default)]
pub(crate) struct Subscriber {
    /// What its inbox answers; none: it knows nothing.
    pub(crate) known: RefCell<Option<Value>>,
    /// What a replay comes to.
    pub(crate) replay: RefCell<Value>,
    /// Whether nobody answers.
    pub(crate) is_away: Cell<bool>,
    /// The keys that it was asked for.
    pub(crate) asked: RefCell<Vec<String>>,
    /// What was replayed to it: path and event.
    pub(crate) replayed: RefCell<Vec<(String, String)>>,
}

/// The way to the subscriber, and to the sidecar.
#[derive(Clone)]
pub(crate) struct Wires {
    subscriber: Rc<Subscriber>,
    sidecar: Wire,
}

impl Transport for Wires {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if request.uri().host() == Some("sidecar") {
            return self.sidecar.send(request).await;
        }
        if self.subscriber.is_away.get() {
            return Err(TransportError::Failed("connection refused".to_owned()));
        }
        assert_eq!(request.headers()["dapr-api-token"], TOKEN);
        let answer = |status: u16, body: &Value| {
            let body = Bytes::from(body.to_string());
            Ok(Response::builder().status(status).body(body).unwrap())
        };
        let path = request.uri().path().to_owned();
        if path.ends_with("/inbox") {
            let query = request.uri().query().unwrap().to_owned();
            self.subscriber.asked.borrow_mut().push(query);
            return match &*self.subscriber.known.borrow() {
                Some(known) => answer(200, known),
                None => answer(404, &json!({})),
            };
        }
        // Somebody else has a turn before the answer.
        let mut waited = false;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::replace(&mut waited, true) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        let event = String::from_utf8_lossy(request.body()).into_owned();
        self.subscriber.replayed.borrow_mut().push((path, event));
        answer(200, &self.subscriber.replay.borrow())
    }
}

/// The component in a world of its own.
pub(crate) struct World {
    pub(crate) subscriber: Rc<Subscriber>,
    pub(crate) sidecar: Rc<FakeSidecar>,
    clock: Rc<FixedClock>,
    app: App<Wires>,
    background: Background,
    pub(crate) folder: Rc<tempfile::TempDir>,
}

/// An answer: its status and its JSON.
pub(crate) type Answer = (u16, Value);

impl World {
    pub(crate) fn new() -> Self {
        let start: DateTime<Utc> = "2026-01-15T12:00:00Z".parse().unwrap();
        let subscriber = Subscriber::default();
        *subscriber.known.borrow_mut() = Some(dropped("on purpose", false));
        *subscriber.replay.borrow_mut() = json!({ "outcome": "done", "reason": null });
        Self::open(
            Rc::new(tempfile::tempdir().unwrap()),
            Rc::new(subscriber),
            Rc::default(),
            Rc::new(FixedClock::new(start)),
        )
    }

    fn open(
        folder: Rc<tempfile::TempDir>,
        subscriber: Rc<Subscriber>,
        sidecar: Rc<FakeSidecar>,
        clock: Rc<FixedClock>,
    ) -> Self {
        let background = Background::default();
        let wires = Wires {
            subscriber: Rc::clone(&subscriber),
            sidecar: Wire(Rc::clone(&sidecar)),
        };
        let any_clock: Rc<dyn Clock> = clock.clone();
        let subscribers =
            ["notifier", "recurrence"].map(|id| (id.to_owned(), format!("http://{id}/")));
        let app = App::new(
            SqliteFile::new(Path::join(folder.path(), "deadletters.db")),
            Parts {
                access: TokenVerifier::hs256(SECRET, None, None).unwrap().into(),
                app_api_token: TOKEN.to_owned(),
                sidecar: Rc::new(Sidecar::new("http://sidecar", None, wires.clone())),
                subscribers: BTreeMap::from(subscribers),
                task_api_url: "http://sidecar".to_owned(),
                transport: wires,
                logger: Logger::new(
                    "dead-letters",
                    log::Level::Error,
                    Rc::clone(&any_clock),
                    Rc::new(log::Stderr),
                ),
                clock: any_clock,
                entropy: Rc::new(SeededEntropy::new(7)),
                spawn: background.spawn(),
                sleep: background.sleep(),
            },
        )
        .unwrap();
        Self {
            subscriber,
            sidecar,
            clock,
            app,
            background,
            folder,
        }
    }

    /// The same database after a kill: what was to be done in the background is lost.
    pub(crate) fn killed(self) -> Self {
        Self::open(self.folder, self.subscriber, self.sidecar, self.clock)
    }

    pub(crate) fn advance(&self, step: TimeDelta) {
        self.clock.advance(step);
    }

    /// Brings a record of notifier's dead-letter topic as the sidecar does.
    pub(crate) fn bring(&self, value: &[u8]) {
        self.bring_from("notifier-dlq", value);
        self.background.settle();
    }

    /// The same of any topic, and nothing follows.
    pub(crate) fn bring_from(&self, topic: &str, value: &[u8]) {
        let envelope = json!({
            "specversion": "1.0", "id": "1", "source": "Dapr", "type": "com.dapr.event.sent",
            "topic": topic, "pubsubname": "pubsub-kafka-dead-letters",
            "datacontenttype": "application/octet-stream", "data_base64": STANDARD.encode(value),
        });
        let request = Request::post(format!("/events/dead-letters/{topic}"))
            .header("dapr-api-token", TOKEN)
            .body(Bytes::from(envelope.to_string()))
            .unwrap();
        let (status, body) = self.send(request);
        assert_eq!((status, body), (200, Value::Null));
    }

    /// A tick of the cron binding.
    pub(crate) fn sweep(&self) {
        let request = Request::post("/sweep-dead-letters")
            .header("dapr-api-token", TOKEN)
            .body(Bytes::new())
            .unwrap();
        assert_eq!(self.send(request).0, 200);
        self.background.settle();
    }

    /// task-api has this user erased.
    pub(crate) fn erase(&self, user: &str, token: &str) -> Answer {
        let order = json!({ "erasure_id": format!("erasure-{}", user.bytes().map(u64::from).sum::<u64>()), "user_id": user });
        let request = Request::post("/internal/dead-letters/erasures")
            .header("dapr-api-token", token)
            .body(Bytes::from(order.to_string()));
        self.send(request.unwrap())
    }

    pub(crate) fn operator(&self, method: &str, path: &str) -> Answer {
        self.as_user(method, path, "root", "operator")
    }

    pub(crate) fn as_user(&self, method: &str, path: &str, user: &str, scope: &str) -> Answer {
        let answer = self.send(self.request(method, path, user, scope));
        self.background.settle();
        answer
    }

    /// The same request by two operators at once: their answers' statuses.
    pub(crate) fn twice_at_once(&self, method: &str, path: &str) -> [u16; 2] {
        let request = |user| {
            self.app
                .handle(self.request(method, path, user, "operator"))
        };
        let (one, other) = block_on(join(request("root"), request("ruth")));
        self.background.settle();
        [one.status().as_u16(), other.status().as_u16()]
    }

    fn request(&self, method: &str, path: &str, user: &str, scope: &str) -> Request<Bytes> {
        let token = auth::issue(SECRET, user, scope, self.clock.now(), TimeDelta::hours(1));
        Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", token.unwrap()))
            .body(Bytes::new())
            .unwrap()
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Answer {
        let answer = block_on(self.app.handle(request));
        let body = serde_json::from_slice(answer.body()).unwrap_or_default();
        (answer.status().as_u16(), body)
    }

    /// An answer that is no JSON.
    pub(crate) fn text(&self, request: Request<Bytes>) -> String {
        let answer = block_on(self.app.handle(request));
        String::from_utf8(answer.body().to_vec()).unwrap()
    }

    /// All letters, the newest first.
    pub(crate) fn letters(&self) -> Vec<Value> {
        let (status, page) = self.operator("GET", "/api/dead-letters?limit=200");
        assert_eq!(status, 200);
        page["items"].as_array().unwrap().clone()
    }

    /// The only one.
    pub(crate) fn letter(&self) -> Value {
        let letters = self.letters();
        assert_eq!(letters.len(), 1);
        letters[0].clone()
    }

    /// What the audit was told, but for lists: event type, whose audit, and by whom.
    pub(crate) fn told(&self) -> Vec<(String, String, Value)> {
        let published = self.sidecar.published.borrow();
        let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
        published
            .iter()
            .map(|event| {
                (
                    text(event, "event_type"),
                    text(event, "user_id"),
                    event["actor"].clone(),
                )
            })
            .filter(|(event_type, ..)| event_type != "dead_letter.listed")
            .collect()
    }
}

/// What an inbox knows of an event that was given up.
pub(crate) fn dropped(reason: &str, passing: bool) -> Value {
    json!({ "attempts": 3, "state": "dropped", "reason": reason, "passing": passing })
}

/// Alice's event with this number, as it was published.
pub(crate) fn event(number: u32) -> Vec<u8> {
    let event = json!({
        "specversion": "1.0", "id": format!("id-{number}"), "source": "/duebell/task-api",
        "type": "task.created", "topic": "task-events", "pubsubname": "pubsub-kafka",
        "datacontenttype": "application/json",
        "data": {
            "event_type": "task.created", "task_id": 1, "user_id": "alice",
            "task_data": { "title": "Ring" }, "timestamp": "2026-01-14T10:30:00Z",
            "correlation_id": format!("c-{number}"),
        },
    });
    event.to_string().into_bytes()
}
