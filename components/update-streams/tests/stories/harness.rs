//! update-streams in a world of its own, and clients that read as they like.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_edge::streaming::{Answer, Closed, Sink};
use duebell_erasures::Order;
use duebell_fakes::Time;
use duebell_service::{
    Clock, Logger, SeededEntropy, TokenVerifier,
    auth::{self, SharedSecret},
    log,
};
use duebell_store::{LocalFuture, Store, native::SqliteFile};
use duebell_updates::{MIGRATIONS, log::append};
use futures::channel::oneshot;
use http::{Request, Response};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};
use update_streams::{App, Parts};

pub(crate) const TOKEN: &str = "the-app-token";
pub(crate) const PROXY_KEY: &str = "a key of at least thirty-two bytes, for GRIP";
const SECRET: &str = "a secret of at least thirty-two bytes";

/// The component with its database.
pub(crate) struct World {
    pub(crate) time: Time,
    pub(crate) store: Store,
    app: App,
    pub(crate) folder: Rc<tempfile::TempDir>,
}

/// What a client has read, and whether it reads on.
#[derive(Clone, Default)]
pub(crate) struct Reader(Rc<Reading>);

#[derive(Default)]
struct Reading {
    text: RefCell<String>,
    /// It is gone.
    is_gone: Cell<bool>,
    /// It does not read; whoever writes waits for these.
    is_stuck: Cell<bool>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    /// The body has ended.
    has_ended: Cell<bool>,
}

pub(crate) fn start() -> DateTime<Utc> {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::on(Rc::new(tempfile::tempdir().unwrap()), 1)
    }

    /// Another instance on the same database.
    pub(crate) fn another_instance(&self, seed: u64) -> Self {
        Self::on(Rc::clone(&self.folder), seed)
    }

    fn on(folder: Rc<tempfile::TempDir>, seed: u64) -> Self {
        let time = Time::new(start());
        let clock: Rc<dyn Clock> = time.clock.clone();
        let stderr = Rc::new(log::Stderr);
        let parts = Parts {
            access: TokenVerifier::hs256(SECRET, None, None).unwrap().into(),
            app_api_token: TOKEN.to_owned(),
            proxy_key: Some(SharedSecret::new(PROXY_KEY).unwrap()),
            most: 300,
            most_of_a_user: 40,
            logger: Logger::new("update-streams", log::Level::Error, clock.clone(), stderr),
            clock,
            entropy: Rc::new(SeededEntropy::new(seed)),
            spawn: time.spawn(),
            sleep: time.sleep(),
        };
        let file = || SqliteFile::new(folder.path().join("updates.db"));
        Self {
            store: Store::new(file(), MIGRATIONS),
            app: App::new(file(), parts).unwrap(),
            time,
            folder,
        }
    }

    /// Logs updates of a user, as live-updates does.
    pub(crate) fn log(&self, user: &str, count: usize) {
        let now = self.time.clock.now().timestamp_millis();
        let updates: Vec<(&str, String)> = (0..count)
            .map(|number| (user, format!(r#"{{"n":{number}}}"#)))
            .collect();
        self.time
            .run(self.store.write(async |tx| append(tx, now, &updates).await))
            .unwrap();
    }

    /// A user is erased, as live-updates does it.
    pub(crate) fn erase(&self, user: &str) {
        let order = Order {
            erasure_id: format!("erasure-{}", user.bytes().map(u64::from).sum::<u64>()),
            user_id: user.to_owned(),
        };
        let order = Bytes::from(serde_json::to_vec(&order).unwrap());
        let now = self.time.clock.now().timestamp_millis();
        let erased = duebell_erasures::erase(&self.store, now, &order, duebell_updates::erase);
        assert_eq!(self.time.run(erased).unwrap().status(), 200);
    }

    /// A request's answer, all of it.
    pub(crate) fn whole(&self, request: Request<Bytes>) -> Response<Bytes> {
        match self.time.run(self.app.handle(request)) {
            Answer::Whole(response) => response,
            Answer::Streamed(head, _) => head.map(|()| Bytes::new()),
        }
    }

    /// A request's answer; a body that goes on is read.
    pub(crate) fn send(&self, request: Request<Bytes>) -> (u16, Reader) {
        let answer = self.time.run(self.app.handle(request));
        let reader = Reader::default();
        match answer {
            Answer::Whole(response) => {
                let text = String::from_utf8(response.body().to_vec()).unwrap();
                reader.0.text.borrow_mut().push_str(&text);
                reader.0.has_ended.set(true);
                (response.status().as_u16(), reader)
            }
            Answer::Streamed(head, pour) => {
                let writer = reader.clone();
                self.time.begin(Box::pin(async move {
                    pour(Box::new(writer.clone())).await;
                    writer.0.has_ended.set(true);
                }));
                (head.status().as_u16(), reader)
            }
        }
    }

    /// A user's token, valid this long.
    pub(crate) fn token(&self, user: &str, lifetime: TimeDelta) -> String {
        let now = self.time.clock.now();
        format!(
            "Bearer {}",
            auth::issue(SECRET, user, "", now, lifetime).unwrap()
        )
    }

    pub(crate) fn get(&self, user: &str, path: &str, lifetime: TimeDelta) -> (u16, Reader) {
        let request = Request::get(path).header("authorization", self.token(user, lifetime));
        self.send(request.body(Bytes::new()).unwrap())
    }

    /// Opens a stream.
    pub(crate) fn stream(&self, user: &str, query: &str) -> Reader {
        let path = format!("/api/updates{query}");
        let (status, reader) = self.get(user, &path, TimeDelta::hours(1));
        assert_eq!(status, 200, "{}", reader.text());
        reader
    }

    /// How many connections are counted.
    pub(crate) fn connections(&self) -> i64 {
        let count = async |db: &duebell_store::Db<'_>| {
            let row = db.first("SELECT count(*) FROM connections", []).await?;
            row.unwrap().integer(0)
        };
        self.time.run(self.store.read(count)).unwrap()
    }
}

impl Reader {
    /// All that it read.
    pub(crate) fn text(&self) -> String {
        self.0.text.borrow().clone()
    }

    /// The ids of the updates that it read.
    pub(crate) fn ids(&self) -> Vec<i64> {
        let text = self.text();
        text.split("\n\n")
            .filter(|block| block.contains("event: update"))
            .map(|block| {
                let id = block.lines().find_map(|line| line.strip_prefix("id: "));
                id.unwrap().parse().unwrap()
            })
            .collect()
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.has_ended.get()
    }

    /// It goes away.
    pub(crate) fn leave(&self) {
        self.0.is_gone.set(true);
        self.read_on();
    }

    /// It reads no more.
    pub(crate) fn stop_reading(&self) {
        self.0.is_stuck.set(true);
    }

    /// It reads again.
    pub(crate) fn read_on(&self) {
        self.0.is_stuck.set(false);
        self.0.waiting.borrow_mut().clear();
    }
}

impl Sink for Reader {
    fn write(&mut self, bytes: Bytes) -> LocalFuture<'_, Result<(), Closed>> {
        Box::pin(async move {
            while self.0.is_stuck.get() {
                let (held, released) = oneshot::channel();
                self.0.waiting.borrow_mut().push(held);
                let _ = released.await;
            }
            if self.0.is_gone.get() {
                return Err(Closed);
            }
            let text = std::str::from_utf8(&bytes).unwrap();
            self.0.text.borrow_mut().push_str(text);
            Ok(())
        })
    }
}
