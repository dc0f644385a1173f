//! Whatever happens to an outbox and its relays, in whatever order: nothing is lost,
//! nothing that was not committed is told, and a user's events come in their order.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use bytes::Bytes;
use chrono::TimeDelta;
use duebell_dapr::{Sidecar, Transport, TransportError};
use duebell_edge::Sleep;
use duebell_publisher::{Relay, Relayed};
use duebell_service::{FixedClock, SeededEntropy};
use duebell_store::outbox::{self, NewEvent};
use duebell_store::{Error, Migration, Store, native::SqliteFile};
use futures::{FutureExt, executor::block_on};
use http::{Request, Response, StatusCode};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "outbox",
        statements: outbox::TABLES,
        postgres: &[],
    },
    Migration {
        number: 2,
        name: "outbox: since when publishing fails",
        statements: outbox::failure::TABLE,
        postgres: &[],
    },
];

const TOPICS: [&str; 2] = ["task-events", "task-updates"];
const USERS: [&str; 3] = ["ann", "bob", "cat"];

/// How many instances there are of the component.
const INSTANCES: usize = 2;

/// How the sidecar takes a call.
#[derive(Clone, Copy, Debug)]
enum Mood {
    /// It has the events, and says so.
    Takes,
    /// The broker is down.
    Refuses,
    /// It has all but the last event, and says so.
    TakesSome,
    /// Nobody answers, and it has nothing.
    Away,
    /// It has the events, and whoever asked dies before the answer.
    TakesAndAskerDies,
    /// Whoever asks dies, and it has nothing.
    AskerDies,
}

/// Events' topics and users.
type Places = Vec<(usize, usize)>;

/// What may happen to an instance.
#[derive(Clone, Debug)]
enum Step {
    /// A change is committed with its events.
    Commit(usize, Places),
    /// A change is rolled back.
    RollBack(usize, Places),
    /// It dies in a transaction.
    Die(usize, Places),
    /// A request is given up in a transaction, and the instance lives on.
    GiveUp(usize, Places),
    /// Its relay runs; after so many calls the sidecar's mood changes.
    Relay(usize, usize, Mood),
    /// Milliseconds pass.
    Pass(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = || 0..INSTANCES;
    let places = || prop::collection::vec((0..TOPICS.len(), 0..USERS.len()), 1..5);
    let mood = select(
        &[
            Mood::Takes,
            Mood::Refuses,
            Mood::TakesSome,
            Mood::Away,
            Mood::TakesAndAskerDies,
            Mood::AskerDies,
        ][..],
    );
    let step = prop_oneof![
        6 => (at(), places()).prop_map(|(at, places)| Step::Commit(at, places)),
        1 => (at(), places()).prop_map(|(at, places)| Step::RollBack(at, places)),
        1 => (at(), places()).prop_map(|(at, places)| Step::Die(at, places)),
        1 => (at(), places()).prop_map(|(at, places)| Step::GiveUp(at, places)),
        6 => (at(), 0_usize..4, mood).prop_map(|(at, calls, mood)| Step::Relay(at, calls, mood)),
        2 => (0_i64..9_000).prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..25)
}

/// What the broker has, and how it takes what comes.
#[derive(Default)]
struct Broker {
    events: Vec<Value>,
    /// How many calls are taken before the mood changes.
    patience: usize,
    mood: Option<Mood>,
}

#[derive(Clone, Default)]
struct Wire(Rc<RefCell<Broker>>);

impl Wire {
    fn mood(&self) -> Mood {
        let mut broker = self.0.borrow_mut();
        match broker.patience.checked_sub(1) {
            Some(patience) => {
                broker.patience = patience;
                Mood::Takes
            }
            None => broker.mood.unwrap_or(Mood::Takes),
        }
    }
}

impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let entries: Vec<Value> = serde_json::from_slice(request.body()).unwrap();
        let topic = request.uri().path().rsplit('/').next().unwrap();
        let mood = self.mood();
        let taken = match mood {
            Mood::Takes | Mood::TakesAndAskerDies => entries.len(),
            Mood::TakesSome => entries.len() - 1,
            Mood::Refuses | Mood::Away | Mood::AskerDies => 0,
        };
        for entry in &entries[..taken] {
            let mut event = entry["event"].clone();
            event["topic"] = topic.into();
            event["user"] = entry["metadata"]["partitionKey"].clone();
            self.0.borrow_mut().events.push(event);
        }
        match mood {
            Mood::Takes => Ok(with(StatusCode::NO_CONTENT, &Value::Null)),
            Mood::Refuses => Ok(with(
                StatusCode::INTERNAL_SERVER_ERROR,
                &json!({ "errorCode": "ERR_PUBSUB_PUBLISH_MESSAGE", "message": "down" }),
            )),
            Mood::TakesSome => {
                let failed = json!({ "entryId": entries[taken]["entryId"], "error": "full" });
                let body = json!({ "failedEntries": [failed], "errorCode": "x" });
                Ok(with(StatusCode::INTERNAL_SERVER_ERROR, &body))
            }
            Mood::Away => Err(TransportError::Failed("away".to_owned())),
            Mood::TakesAndAskerDies | Mood::AskerDies => std::future::pending().await,
        }
    }
}

fn with(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(body.to_string().into());
    *response.status_mut() = status;
    response
}

/// An instance of the component. If it is killed, another one takes its place.
struct Instance {
    store: Store,
    relay: Relay<Wire>,
}

/// An outbox, its instances, and what must be told of it.
struct World {
    folder: tempfile::TempDir,
    clock: Rc<FixedClock>,
    wire: Wire,
    instances: Vec<Instance>,
    /// How many instances there ever were.
    born: u64,
    /// The ids of what was committed, of each topic and user in their order.
    committed: BTreeMap<(String, String), Vec<String>>,
    /// How many events there ever were.
    events: usize,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            folder: tempfile::tempdir().unwrap(),
            clock: Rc::new(FixedClock::new("2026-01-14T10:30:00Z".parse().unwrap())),
            wire: Wire::default(),
            instances: Vec::new(),
            born: 0,
            committed: BTreeMap::new(),
            events: 0,
        };
        for _ in 0..INSTANCES {
            let instance = world.another();
            world.instances.push(instance);
        }
        world
    }

    fn another(&mut self) -> Instance {
        self.born += 1;
        let file = SqliteFile::new(self.folder.path().join("outbox.db"));
        let store = Store::new(file, MIGRATIONS);
        let sleep: Sleep = Rc::new(|_| Box::pin(async {}));
        let sidecar = Sidecar::new("http://sidecar", None, self.wire.clone());
        let relay = Relay::new(
            store.clone(),
            Rc::new(sidecar),
            "/duebell/test",
            self.clock.clone(),
            sleep,
            &SeededEntropy::new(self.born),
        );
        Instance { store, relay }
    }

    fn kill(&mut self, at: usize) {
        self.instances[at] = self.another();
    }

    fn new_events(&mut self, places: &Places) -> Vec<NewEvent> {
        let event = |(topic, user): &(usize, usize)| {
            self.events += 1;
            let id = self.events.to_string();
            NewEvent {
                topic: TOPICS[*topic].to_owned(),
                user_id: USERS[*user].to_owned(),
                data: json!({ "id": id }).to_string(),
                event_id: id,
                event_type: "task.created".to_owned(),
                subject: None,
                time: "2026-01-14T10:30:00Z".to_owned(),
                traceparent: None,
            }
        };
        places.iter().map(event).collect()
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Commit(at, places) => self.commit(at, &places),
            Step::RollBack(at, places) => {
                let events = self.new_events(&places);
                let failed: Result<(), Error> =
                    block_on(self.instances[at].store.write(async |tx| {
                        outbox::append(tx, events.clone()).await?;
                        Err(Error::Constraint("on purpose".to_owned()))
                    }));
                assert!(failed.is_err());
            }
            Step::Die(at, places) => {
                self.give_up(at, &places);
                self.kill(at);
            }
            Step::GiveUp(at, places) => self.give_up(at, &places),
            Step::Relay(at, patience, mood) => self.relay(at, patience, mood),
            Step::Pass(millis) => self.clock.advance(TimeDelta::milliseconds(millis)),
        }
    }

    fn commit(&mut self, at: usize, places: &Places) {
        let events = self.new_events(places);
        let store = &self.instances[at].store;
        block_on(store.write(async |tx| outbox::append(tx, events.clone()).await)).unwrap();
        for event in events {
            let place = (event.topic, event.user_id);
            self.committed
                .entry(place)
                .or_default()
                .push(event.event_id);
        }
    }

    /// A transaction that is dropped before its end.
    fn give_up(&mut self, at: usize, places: &Places) {
        let events = self.new_events(places);
        let write = self.instances[at].store.write(async |tx| {
            outbox::append(tx, events.clone()).await?;
            std::future::pending::<Result<(), Error>>().await
        });
        assert!(write.now_or_never().is_none());
    }

    fn relay(&mut self, at: usize, patience: usize, mood: Mood) {
        {
            let mut broker = self.wire.0.borrow_mut();
            (broker.patience, broker.mood) = (patience, Some(mood));
        }
        let relay = &self.instances[at].relay;
        let taken = relay.wake().expect("nobody of this instance is at it");
        // Everything else answers at once: whoever waits has died.
        match relay.run(&taken).now_or_never() {
            Some(relayed) => drop(relayed.unwrap()),
            None => {
                drop(taken);
                self.kill(at);
            }
        }
    }

    /// All is well again, and a sweep comes.
    fn recover(&mut self) {
        self.clock.advance(TimeDelta::seconds(9));
        {
            let mut broker = self.wire.0.borrow_mut();
            (broker.patience, broker.mood) = (0, None);
        }
        let relayed = block_on(self.instances[0].relay.sweep()).unwrap();
        assert!(matches!(relayed, Relayed::Drained(_)), "{relayed:?}");
    }

    /// What the broker has of each topic and user: sequence and id, in its order.
    fn told(&self) -> BTreeMap<(String, String), Vec<(u64, String)>> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut told: BTreeMap<_, Vec<(u64, String)>> = BTreeMap::new();
        for event in &self.wire.0.borrow().events {
            let place = (text(&event["topic"]), text(&event["user"]));
            let sequence = text(&event["sequence"]).parse().unwrap();
            told.entry(place)
                .or_default()
                .push((sequence, text(&event["id"])));
        }
        told
    }
}

proptest! {
    // Each case waits for a disk.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_committed_is_told_in_order_and_nothing_else(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.take(step);
        }
        world.recover();
        let told = world.told();
        let places: Vec<_> = told.keys().collect();
        prop_assert_eq!(places, world.committed.keys().collect::<Vec<_>>());
        for (place, mut told) in told {
            // What is told again is the same event, before any later one.
            told.dedup();
            let expected: Vec<(u64, String)> = (1..).zip(world.committed[&place].clone()).collect();
            prop_assert_eq!(told, expected, "{:?}", place);
        }
    }
}
