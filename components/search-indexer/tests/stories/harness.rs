//! search-indexer with a clock that a story moves, and an audit that it writes.

use crate::databases::Database;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_dapr::{Transport, TransportError};
use duebell_events::source;
use duebell_fakes::{Background, Envelopes, FakeSidecar, Wire};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, TokenVerifier, auth, log};
use futures::executor::block_on;
use http::{Method, Request, Response, StatusCode};
use search_indexer::{App, Audit, Parts, publishers};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

const TOKEN: &str = "the-app-token";
const SECRET: &str = "a secret of at least thirty-two bytes";

/// How many tasks a part of the audit has.
const PART: usize = 2;

/// The component in a world of its own.
pub(crate) struct World {
    pub(crate) clock: Rc<FixedClock>,
    pub(crate) audit: Rc<FakeAudit>,
    pub(crate) background: Background,
    app: App<Network>,
    pub(crate) database: Database,
    task_api: Envelopes,
}

/// What audit-sink answers: the latest events of tasks.
#[derive(Default)]
pub(crate) struct FakeAudit {
    /// As audit-sink gives them: `source`, `sequence` and `event`.
    pub(crate) entries: RefCell<Vec<Value>>,
    /// How many parts it gives before it is away.
    pub(crate) patience: Cell<Option<usize>>,
    /// How many parts it gave.
    pub(crate) asked: Cell<usize>,
}

impl FakeAudit {
    /// Keeps the event of an envelope as its task's latest.
    pub(crate) fn keep(&self, envelope: &Value) {
        let sequence = envelope["sequence"]
            .as_str()
            .map(|text| text.parse::<i64>().unwrap());
        let event = &envelope["data"];
        let mut entries = self.entries.borrow_mut();
        let of = |entry: &Value| place(&entry["event"]);
        entries.retain(|entry| of(entry) != place(event));
        entries.push(json!({
            "source": envelope["source"], "sequence": sequence, "event": event,
        }));
        entries.sort_by_key(of);
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let patience = self.patience.get();
        if patience == Some(0) || request.headers()["dapr-api-token"] != TOKEN {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return response;
        }
        self.patience.set(patience.map(|left| left - 1));
        self.asked.set(self.asked.get() + 1);
        let after = request.uri().query().map_or((String::new(), 0), |query| {
            let mut values = query.split('&').map(|pair| pair.split_once('=').unwrap().1);
            let user: Vec<u8> = values
                .next()
                .unwrap()
                .split('%')
                .skip(1)
                .map(|byte| u8::from_str_radix(byte, 16).unwrap())
                .collect();
            (
                String::from_utf8(user).unwrap(),
                values.next().unwrap().parse().unwrap(),
            )
        });
        let entries = self.entries.borrow();
        let rest: Vec<&Value> = entries
            .iter()
            .filter(|entry| place(&entry["event"]) > after)
            .collect();
        let part = &rest[..rest.len().min(PART)];
        let next = part.last().filter(|_| rest.len() > PART).map(|entry| {
            let event = &entry["event"];
            json!({ "user_id": event["user_id"], "task_id": event["task_id"] })
        });
        Response::new(json!({ "events": part, "next": next }).to_string().into())
    }
}

fn place(event: &Value) -> (String, u64) {
    let user = event["user_id"].as_str().unwrap().to_owned();
    (user, event["task_id"].as_u64().unwrap())
}

/// The way to the audit, and to a publisher of whom nothing is missing.
#[derive(Clone)]
struct Network {
    audit: Rc<FakeAudit>,
    others: Wire,
}

impl Transport for Network {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if request.uri().path() == "/internal/audit-sink/tasks" {
            return Ok(self.audit.answer(&request));
        }
        self.others.send(request).await
    }
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
        Self::on(Database::new())
    }

    pub(crate) fn on(database: Database) -> Self {
        let clock = Rc::new(FixedClock::new(start()));
        let any_clock: Rc<dyn Clock> = clock.clone();
        let audit: Rc<FakeAudit> = Rc::default();
        let network = Network {
            audit: Rc::clone(&audit),
            others: Wire(Rc::<FakeSidecar>::default()),
        };
        let background = Background::default();
        let parts = Parts {
            access: TokenVerifier::hs256(SECRET, None, None).unwrap().into(),
            app_api_token: TOKEN.to_owned(),
            publishers: publishers("http://task-api"),
            audit: Audit::new("http://audit-sink/", TOKEN.to_owned(), network.clone()),
            transport: network,
            logger: Logger::new(
                "search-indexer",
                log::Level::Error,
                Rc::clone(&any_clock),
                Rc::new(log::Stderr),
            ),
            clock: any_clock,
            entropy: Rc::new(SeededEntropy::new(7)),
            spawn: background.spawn(),
        };
        Self {
            app: App::new(database.backend(), parts).unwrap(),
            clock,
            audit,
            background,
            database,
            task_api: Envelopes::of(source::TASK_API),
        }
    }

    pub(crate) fn advance(&self, step: TimeDelta) {
        self.clock.advance(step);
    }

    /// task-api's next event, in its envelope; nobody has heard it yet.
    pub(crate) fn next(&self, event: &Value) -> Value {
        self.task_api.next("task-events", event)
    }

    /// task-api's next event is heard; the envelope comes back.
    pub(crate) fn happens(&self, event: &Value) -> Value {
        let envelope = self.next(event);
        self.hear(&envelope);
        envelope
    }

    pub(crate) fn hear(&self, envelope: &Value) {
        let answer = self.deliver(envelope);
        assert_eq!((answer.status, answer.outcome.as_str()), (200, "done"));
    }

    /// Several deliveries at once, as the sidecar brings them in bulk.
    pub(crate) fn hear_all(&self, envelopes: &[Value]) {
        let entries: Vec<Value> = envelopes
            .iter()
            .enumerate()
            .map(|(number, event)| json!({ "entryId": number.to_string(), "event": event }))
            .collect();
        let answer = self.deliver(&json!({ "entries": entries }));
        let statuses = answer.json["statuses"].as_array().unwrap();
        assert_eq!(statuses.len(), envelopes.len());
        assert!(statuses.iter().all(|status| status["status"] == "SUCCESS"));
    }

    pub(crate) fn deliver(&self, envelope: &Value) -> Answer {
        self.internal(Method::POST, "/events/search-indexer/task-events", envelope)
    }

    /// A request with the app's token.
    pub(crate) fn internal(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("dapr-api-token", TOKEN)
            .body(body.to_string().into());
        self.send(request.unwrap())
    }

    pub(crate) fn get(&self, user: &str, path: &str) -> Answer {
        let lifetime = TimeDelta::hours(1);
        let token = auth::issue(SECRET, user, "", self.clock.now(), lifetime).unwrap();
        let request = Request::get(path)
            .header("authorization", format!("Bearer {token}"))
            .body(Bytes::new());
        self.send(request.unwrap())
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Answer {
        let answer = block_on(self.app.handle(request));
        let outcome = answer.headers().get("duebell-outcome");
        Answer {
            status: answer.status().as_u16(),
            outcome: outcome.map_or(String::new(), |text| text.to_str().unwrap().to_owned()),
            json: serde_json::from_slice(answer.body()).unwrap_or_default(),
        }
    }

    /// What a user finds, on one page; `rest` may hold more parameters.
    pub(crate) fn search(&self, user: &str, words: &str, rest: &str) -> Value {
        let page = self.get(user, &format!("/api/search?q={}{rest}", escape(words)));
        assert_eq!(page.status, 200, "{words}: {}", page.json);
        page.json
    }

    /// The tasks that alice finds, the best first.
    pub(crate) fn found(&self, words: &str) -> Vec<u64> {
        ids(&self.search("alice", words, ""))
    }

    /// How far the rebuild has come.
    pub(crate) fn progress(&self) -> Value {
        let path = "/internal/search-indexer/rebuild";
        let answer = self.internal(Method::GET, path, &Value::Null);
        assert_eq!(answer.status, 200);
        answer.json
    }

    /// The index is to be built anew; the work waits in the background.
    pub(crate) fn rebuild(&self) -> Value {
        let path = "/internal/search-indexer/rebuild";
        let answer = self.internal(Method::POST, path, &Value::Null);
        assert_eq!(answer.status, 202);
        answer.json
    }

    /// The cron binding's tick, and what it has done in the background.
    pub(crate) fn sweep(&self) {
        let answer = self.internal(Method::POST, "/sweep-search-indexer", &Value::Null);
        assert_eq!(answer.status, 200);
        self.background.settle();
    }
}

pub(crate) fn escape(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The ids of a page's tasks.
pub(crate) fn ids(page: &Value) -> Vec<u64> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_u64().unwrap())
        .collect()
}

/// An event of one of alice's tasks; `data` is the task.
pub(crate) fn task(what: &str, id: u64, data: &Value) -> Value {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    json!({
        "event_type": format!("task.{what}"), "task_id": id, "user_id": "alice",
        "task_data": data, "timestamp": "2026-01-15T12:00:00Z",
        "correlation_id": format!("{what}/{number}"),
    })
}

/// There is a new task with this title.
pub(crate) fn created(id: u64, title: &str) -> Value {
    task("created", id, &json!({ "title": title }))
}
