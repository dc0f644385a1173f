//! A consumer whose handler fails when it is told to, and a publisher with a
//! history.

use bytes::Bytes;
use duebell_dapr::{Answer, Transport, TransportError};
use duebell_edge::Failure as Refused;
use duebell_events::Topic;
use duebell_service::{FixedClock, SeededEntropy};
use duebell_store::{Error, Migration, Store, Tx, counters, inbox, native::SqliteFile};
use duebell_subscriber::{Delivered, Failure, Handler, History, Publisher, Subscriber, Swept};
use duebell_telemetry::Metrics;
use futures::{FutureExt, executor::block_on};
use http::{Request, Response};
use serde_json::json;
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "inbox",
        statements: inbox::TABLES,
        postgres: &[],
    },
    Migration {
        number: 2,
        name: "effects",
        statements: &[
            "CREATE TABLE effects (number INTEGER PRIMARY KEY, effect TEXT NOT NULL UNIQUE)",
        ],
        postgres: &[],
    },
    Migration {
        number: 3,
        name: "inbox: whether failures may pass",
        statements: inbox::PASSING,
        postgres: &[],
    },
    Migration {
        number: 4,
        name: "counters",
        statements: counters::TABLES,
        postgres: &[],
    },
    Migration {
        number: 5,
        name: "users who were erased",
        statements: duebell_erasures::TABLES,
        postgres: duebell_erasures::ON_POSTGRES,
    },
];

/// The `number`th event of a user.
pub(crate) fn event(user: &str, number: u64) -> String {
    json!({
        "specversion": "1.0", "id": format!("{user}-{number}"), "source": "/duebell/task-api",
        "type": "task.created", "datacontenttype": "application/json",
        "sequence": format!("{number:016}"),
        "data": {
            "event_type": "task.created", "task_id": number, "user_id": user,
            "task_data": { "title": format!("{user} {number}") },
            "timestamp": "2026-01-14T10:30:00Z", "correlation_id": format!("{user}-{number}")
        }
    })
    .to_string()
}

pub(crate) fn batch(events: &[(&str, u64)]) -> Vec<String> {
    events
        .iter()
        .map(|(user, number)| event(user, *number))
        .collect()
}

#[derive(Default)]
enum Trouble {
    #[default]
    None,
    Fail(String),
    Trap(String),
    Database(Error),
}

/// Writes each event's title down.
#[derive(Clone, Default)]
pub(crate) struct Recorder {
    trouble: Rc<RefCell<Trouble>>,
    /// Titles that begin so do not concern it.
    ignored: Rc<RefCell<Option<String>>>,
}

fn title(event: &Delivered) -> String {
    let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
    data["task_data"]["title"].as_str().unwrap().to_owned()
}

impl Recorder {
    pub(crate) fn ignore(&self, titles: &str) {
        *self.ignored.borrow_mut() = Some(titles.to_owned());
    }

    pub(crate) fn fail(&self, title: &str) {
        *self.trouble.borrow_mut() = Trouble::Fail(title.to_owned());
    }

    pub(crate) fn trap(&self, title: &str) {
        *self.trouble.borrow_mut() = Trouble::Trap(title.to_owned());
    }

    pub(crate) fn break_database(&self, error: Error) {
        *self.trouble.borrow_mut() = Trouble::Database(error);
    }

    pub(crate) fn mend(&self) {
        *self.trouble.borrow_mut() = Trouble::None;
    }
}

impl Handler for Recorder {
    fn concerns(&self, event: &Delivered) -> bool {
        let ignored = self.ignored.borrow();
        !ignored
            .as_ref()
            .is_some_and(|ignored| title(event).starts_with(ignored))
    }

    async fn apply(&self, tx: &Tx<'_>, events: &[&Delivered]) -> Result<(), Failure> {
        for event in events {
            let title = title(event);
            let title = title.as_str();
            let trapped = match &*self.trouble.borrow() {
                Trouble::Fail(wanted) if wanted == title => {
                    return Err(Failure::Retry("on purpose".to_owned()));
                }
                Trouble::Database(error) => return Err(error.clone().into()),
                Trouble::Trap(wanted) => wanted == title,
                _ => false,
            };
            if trapped {
                std::future::pending::<()>().await;
            }
            tx.execute("INSERT INTO effects (effect) VALUES (?1)", [title.into()])
                .await?;
        }
        Ok(())
    }
}

/// Answers for its history.
#[derive(Clone, Default)]
pub(crate) struct FakePublisher(Rc<RefCell<Published>>);

#[derive(Default)]
struct Published {
    users: BTreeMap<String, u64>,
    forgotten: u64,
    away: bool,
}

impl FakePublisher {
    /// The user's events up to this number are published.
    pub(crate) fn publish(&self, user: &str, through: u64) {
        self.0.borrow_mut().users.insert(user.to_owned(), through);
    }

    /// Events up to this number are gone.
    pub(crate) fn forget(&self, through: u64) {
        self.0.borrow_mut().forgotten = through;
    }

    pub(crate) fn away(&self, away: bool) {
        self.0.borrow_mut().away = away;
    }
}

impl Transport for FakePublisher {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let published = self.0.borrow();
        if published.away {
            return Err(TransportError::Failed("away".to_owned()));
        }
        assert_eq!(request.headers()["dapr-api-token"], "the app's token");
        let query: BTreeMap<&str, &str> = request
            .uri()
            .query()
            .unwrap()
            .split('&')
            .map(|pair| pair.split_once('=').unwrap())
            .collect();
        let body = if request.uri().path().ends_with("/heads") {
            let heads: Vec<_> = published
                .users
                .iter()
                .map(|(user, head)| json!({ "user_id": user, "sequence": head }))
                .collect();
            json!({ "heads": heads, "next": 1, "more": false })
        } else {
            let user = query["user_id"];
            let head = published.users.get(user).copied().unwrap_or(0);
            let first: u64 = query["first"].parse().unwrap();
            let last: u64 = query["last"].parse().unwrap();
            let events: Vec<serde_json::Value> = (first.max(published.forgotten + 1)
                ..=last.min(head))
                .take(100)
                .map(|number| serde_json::from_str(&event(user, number)).unwrap())
                .collect();
            json!({ "events": events })
        };
        Ok(Response::new(body.to_string().into()))
    }
}

/// A consumer with a database of its own.
pub(crate) struct Consumer {
    pub(crate) handler: Recorder,
    pub(crate) publisher: FakePublisher,
    store: Store,
    subscriber: Subscriber<Recorder, FakePublisher>,
    _folder: tempfile::TempDir,
}

impl Consumer {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(
            SqliteFile::new(folder.path().join("consumer.db")),
            MIGRATIONS,
        );
        let handler = Recorder::default();
        let publisher = FakePublisher::default();
        let task_api = Publisher {
            source: "/duebell/task-api".to_owned(),
            url: "http://task-api.test/internal/task-api".to_owned(),
            topics: vec![Topic::TaskEvents],
        };
        let history = History::new(
            vec![task_api],
            "the app's token".to_owned(),
            publisher.clone(),
            Rc::new(SeededEntropy::new(1)),
        );
        let clock = Rc::new(FixedClock::new("2026-01-14T10:30:00Z".parse().unwrap()));
        Self {
            subscriber: Subscriber::new(store.clone(), handler.clone(), history, clock),
            handler,
            publisher,
            store,
            _folder: folder,
        }
    }

    pub(crate) async fn deliver(&self, events: &[String]) -> Vec<Answer> {
        let values: Vec<Bytes> = events
            .iter()
            .map(|event| Bytes::from(event.clone()))
            .collect();
        self.subscriber.deliver(Topic::TaskEvents, &values).await
    }

    /// Delivers; None if the handler trapped, and everything under way with it.
    pub(crate) fn deliver_until_trap(&self, events: &[String]) -> Option<Vec<Answer>> {
        // rusqlite answers at once: whatever waits, waits in the handler.
        self.deliver(events).now_or_never()
    }

    /// What is measured.
    pub(crate) fn measured(&self) -> String {
        let mut metrics = Metrics::new("consumer");
        block_on(self.subscriber.measure(&mut metrics)).unwrap();
        metrics.into_text()
    }

    /// What the inbox says of an event, to whoever asks; its status alone if nothing.
    pub(crate) fn inbox(&self, key: &str) -> Result<serde_json::Value, u16> {
        let uri: http::Uri = format!("/inbox?key={key}").parse().unwrap();
        match block_on(self.subscriber.inbox(&uri)) {
            Ok(answer) => Ok(serde_json::from_slice(answer.body()).unwrap()),
            Err(Refused::Problem(problem)) => Err(problem.status().as_u16()),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// What a replay comes to; None if the handler trapped.
    pub(crate) fn replay(&self, event: &str) -> Option<serde_json::Value> {
        let value = Bytes::from(event.to_owned());
        let answer = self
            .subscriber
            .replay(Topic::TaskEvents, &value)
            .now_or_never()?;
        Some(serde_json::from_slice(answer.unwrap().body()).unwrap())
    }

    pub(crate) async fn sweep(&self) -> Swept {
        self.subscriber.sweep().await.unwrap()
    }

    /// Sweeps; None if the handler trapped.
    pub(crate) fn sweep_until_trap(&self) -> Option<Swept> {
        self.sweep().now_or_never()
    }

    pub(crate) async fn effects(&self) -> Vec<String> {
        self.texts("SELECT effect FROM effects ORDER BY number")
            .await
    }

    pub(crate) async fn reasons(&self) -> Vec<String> {
        self.texts("SELECT reason FROM inbox WHERE state = 'dropped' ORDER BY number")
            .await
    }

    /// The keys that the inbox has.
    pub(crate) async fn known(&self) -> Vec<String> {
        self.texts("SELECT key FROM inbox ORDER BY number").await
    }

    async fn texts(&self, statement: &str) -> Vec<String> {
        let rows = self
            .store
            .read(async |db| db.query(statement, []).await)
            .await
            .unwrap();
        rows.iter()
            .map(|row| row.text(0).unwrap().to_owned())
            .collect()
    }
}

#[test]
fn the_tests_events_are_sound() {
    let consumer = Consumer::new();
    assert_eq!(
        block_on(consumer.deliver(&[event("ann", 1)])),
        [Answer::Done]
    );
}
