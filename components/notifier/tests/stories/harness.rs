//! notifier with a clock that a story moves.

use chrono::{DateTime, TimeDelta, Utc};
use duebell_dapr::Sidecar;
use duebell_events::source;
use duebell_fakes::{Background, Envelopes, FakeSidecar, Wire};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, TokenVerifier, auth, log};
use duebell_store::native::SqliteFile;
use futures::executor::block_on;
use http::{Method, Request};
use notifier::{App, Parts, publishers};
use serde_json::{Value, json};
use std::rc::Rc;

pub(crate) const TOKEN: &str = "the-app-token";
const SECRET: &str = "a secret of at least thirty-two bytes";

/// The component in a world of its own.
pub(crate) struct World {
    pub(crate) sidecar: Rc<FakeSidecar>,
    pub(crate) clock: Rc<FixedClock>,
    app: App<Wire>,
    background: Background,
    pub(crate) folder: tempfile::TempDir,
    task_api: Envelopes,
    reminder_trigger: Envelopes,
}

/// An answer: its status, what its header says of the outcome, and its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) outcome: String,
    pub(crate) json: Value,
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Rc::new(FixedClock::new(start()));
        let any_clock: Rc<dyn Clock> = clock.clone();
        let sidecar: Rc<FakeSidecar> = Rc::default();
        let wire = Wire(Rc::clone(&sidecar));
        let background = Background::default();
        let parts = Parts {
            access: TokenVerifier::hs256(SECRET, None, None).unwrap().into(),
            app_api_token: TOKEN.to_owned(),
            sidecar: Rc::new(Sidecar::new("http://sidecar", None, wire.clone())),
            publishers: publishers("http://task-api", "http://reminder-trigger"),
            transport: wire,
            logger: Logger::new(
                "notifier",
                log::Level::Error,
                Rc::clone(&any_clock),
                Rc::new(log::Stderr),
            ),
            clock: any_clock,
            entropy: Rc::new(SeededEntropy::new(7)),
            spawn: background.spawn(),
            sleep: background.sleep(),
        };
        let file = SqliteFile::new(folder.path().join("notifications.db"));
        Self {
            app: App::new(file, parts).unwrap(),
            sidecar,
            clock,
            background,
            folder,
            task_api: Envelopes::of(source::TASK_API),
            reminder_trigger: Envelopes::of(source::REMINDER_TRIGGER),
        }
    }

    pub(crate) fn advance(&self, step: TimeDelta) {
        self.clock.advance(step);
    }

    /// A reminder rings, by reminder-trigger.
    pub(crate) fn ring(&self, reminder: &Value) {
        let envelope = self.reminder_trigger.next("reminder-events", reminder);
        self.hear("reminder-events", &envelope);
    }

    /// Something else happens to a reminder, by task-api.
    pub(crate) fn remind(&self, event: &Value) {
        let envelope = self.task_api.next("reminder-events", event);
        self.hear("reminder-events", &envelope);
    }

    /// Something happens to a task; the envelope comes back, to be repeated.
    pub(crate) fn task(&self, event: &Value) -> Value {
        let envelope = self.task_api.next("task-events", event);
        self.hear("task-events", &envelope);
        envelope
    }

    /// An event of task-api's that nobody has heard yet.
    pub(crate) fn envelope(&self, event: &Value) -> Value {
        self.task_api.next("task-events", event)
    }

    /// Several deliveries at once, as the sidecar brings them in bulk.
    pub(crate) fn bulk(&self, topic: &str, envelopes: &[Value]) {
        let entries: Vec<Value> = envelopes
            .iter()
            .enumerate()
            .map(|(number, event)| json!({ "entryId": number.to_string(), "event": event }))
            .collect();
        let answer = self.deliver(topic, &json!({ "entries": entries }));
        let statuses = answer.json["statuses"].as_array().unwrap();
        assert_eq!(statuses.len(), envelopes.len());
        assert!(statuses.iter().all(|status| status["status"] == "SUCCESS"));
        self.background.settle();
    }

    pub(crate) fn hear(&self, topic: &str, envelope: &Value) {
        let answer = self.deliver(topic, envelope);
        assert_eq!((answer.status, answer.outcome.as_str()), (200, "done"));
        self.background.settle();
    }

    pub(crate) fn deliver(&self, topic: &str, envelope: &Value) -> Answer {
        let request = Request::post(format!("/events/notifier/{topic}"))
            .header("dapr-api-token", TOKEN)
            .body(envelope.to_string().into());
        self.send(request.unwrap())
    }

    /// task-api has this user erased.
    pub(crate) fn erase(&self, user: &str, token: &str) -> Answer {
        let order = json!({ "erasure_id": format!("erasure-{}", user.bytes().map(u64::from).sum::<u64>()), "user_id": user });
        let request = Request::post("/internal/notifier/erasures")
            .header("dapr-api-token", token)
            .body(order.to_string().into());
        self.send(request.unwrap())
    }

    pub(crate) fn ask(&self, user: &str, method: Method, path: &str, body: &Value) -> Answer {
        let lifetime = TimeDelta::hours(1);
        let token = auth::issue(SECRET, user, "", self.clock.now(), lifetime).unwrap();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .body(body.to_string().into());
        self.send(request.unwrap())
    }

    pub(crate) fn get(&self, user: &str, path: &str) -> Answer {
        self.ask(user, Method::GET, path, &Value::Null)
    }

    pub(crate) fn post(&self, user: &str, path: &str, body: &Value) -> Answer {
        self.ask(user, Method::POST, path, body)
    }

    pub(crate) fn send(&self, request: Request<bytes::Bytes>) -> Answer {
        let answer = block_on(self.app.handle(request));
        let outcome = answer.headers().get("duebell-outcome");
        Answer {
            status: answer.status().as_u16(),
            outcome: outcome.map_or(String::new(), |text| text.to_str().unwrap().to_owned()),
            json: serde_json::from_slice(answer.body()).unwrap_or_default(),
        }
    }

    /// alice's notifications, the newest first.
    pub(crate) fn items(&self) -> Vec<Value> {
        let page = self.get("alice", "/api/notifications");
        assert_eq!(page.status, 200);
        page.json["items"].as_array().unwrap().clone()
    }

    /// How many of alice's are unread.
    pub(crate) fn unread(&self) -> i64 {
        let page = self.get("alice", "/api/notifications?limit=1");
        page.json["unread_count"].as_i64().unwrap()
    }
}

/// An event of one of alice's reminders of task 123.
pub(crate) fn reminder(what: &str, number: u64) -> Value {
    json!({
        "event_type": format!("reminder.{what}"), "reminder_id": number, "task_id": 123,
        "user_id": "alice", "title": "Submit report", "due_at": "2026-01-15T13:00:00Z",
        "remind_at": "2026-01-15T12:00:00Z", "correlation_id": format!("{what}/{number}"),
    })
}

/// An event of alice's task 123.
pub(crate) fn task(what: &str, completed: bool) -> Value {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    json!({
        "event_type": format!("task.{what}"), "task_id": 123, "user_id": "alice",
        "task_data": { "title": "Submit report", "completed": completed },
        "timestamp": "2026-01-15T12:00:00Z", "correlation_id": format!("{what}/{number}"),
    })
}
