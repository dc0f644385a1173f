//! reminder-trigger with a clock that a story moves.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_dapr::Sidecar;
use duebell_events::source;
use duebell_fakes::{Background, Envelopes, FakeSidecar, Wire};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, log};
use duebell_store::native::SqliteFile;
use futures::executor::block_on;
use http::Request;
use reminder_trigger::{App, Parts, publishers};
use serde_json::{Value, json};
use std::{path::Path, rc::Rc};

pub(crate) const TOKEN: &str = "the-app-token";

/// The component in a world of its own.
pub(crate) struct World {
    pub(crate) sidecar: Rc<FakeSidecar>,
    pub(crate) clock: Rc<FixedClock>,
    app: App<Wire>,
    background: Background,
    pub(crate) folder: Rc<tempfile::TempDir>,
    task_api: Rc<Envelopes>,
}

/// An answer: its status and what its header says of the outcome.
pub(crate) type Answer = (u16, String);

pub(crate) fn start() -> DateTime<Utc> {
    "2026-01-15T12:00:00Z".parse().unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = Rc::new(tempfile::tempdir().unwrap());
        let clock = Rc::new(FixedClock::new(start()));
        let task_api = Rc::new(Envelopes::of(source::TASK_API));
        Self::open(folder, Rc::default(), clock, task_api)
    }

    fn open(
        folder: Rc<tempfile::TempDir>,
        sidecar: Rc<FakeSidecar>,
        clock: Rc<FixedClock>,
        task_api: Rc<Envelopes>,
    ) -> Self {
        let background = Background::default();
        let wire = Wire(Rc::clone(&sidecar));
        let any_clock: Rc<dyn Clock> = clock.clone();
        let app = App::new(
            SqliteFile::new(Path::join(folder.path(), "reminders.db")),
            Parts {
                app_api_token: TOKEN.to_owned(),
                sidecar: Rc::new(Sidecar::new("http://sidecar", None, wire.clone())),
                publishers: publishers("http://task-api"),
                transport: wire,
                logger: Logger::new(
                    "reminder-trigger",
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
            sidecar,
            clock,
            app,
            background,
            folder,
            task_api,
        }
    }

    /// The same database after a kill: what was to be done in the background is
    /// lost with its instance.
    pub(crate) fn killed(self) -> Self {
        Self::open(self.folder, self.sidecar, self.clock, self.task_api)
    }

    pub(crate) fn advance(&self, step: TimeDelta) {
        self.clock.advance(step);
    }

    /// Does what is to be done after the answers.
    pub(crate) fn settle(&self) {
        self.background.settle();
    }

    /// An event in the envelope in which task-api publishes it.
    pub(crate) fn by_task_api(&self, event: &Value) -> Value {
        self.task_api.next("reminder-events", event)
    }

    /// Delivers an event of task-api's, and lets everything follow.
    pub(crate) fn hear(&self, event: &Value) {
        let answer = self.deliver(&self.by_task_api(event));
        assert_eq!(answer, (200, "done".to_owned()), "{event}");
        self.settle();
    }

    pub(crate) fn deliver(&self, envelope: &Value) -> Answer {
        self.post("/events/reminder-trigger/reminder-events", envelope)
    }

    /// Calls the job as the scheduler would. The scheduler has it no longer then,
    /// if it was answered by success.
    pub(crate) fn fire(&self, name: &str) -> Answer {
        let data = self.sidecar.jobs.borrow()[name]["data"].clone();
        let answer = self.post(&format!("/job/{name}"), &data);
        if answer.0 == 200 {
            self.sidecar.jobs.borrow_mut().remove(name);
        }
        answer
    }

    /// A tick of the cron binding.
    pub(crate) fn sweep(&self) {
        assert_eq!(self.post("/sweep-reminder-trigger", &Value::Null).0, 200);
        self.settle();
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.raw(path, body.to_string(), Some(TOKEN))
    }

    /// What the component measures: the values of these lines of text.
    pub(crate) fn measured(&self, names: &[&str]) -> Vec<String> {
        let request = Request::get("/internal/reminder-trigger/metrics")
            .header("dapr-api-token", TOKEN)
            .body(Bytes::new())
            .unwrap();
        let answer = block_on(self.app.handle(request));
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        let value = |name: &&str| {
            let name = format!("{name}{{component=\"reminder-trigger\"}} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&name));
            line.unwrap_or_else(|| panic!("no {name}: {text}"))
                .to_owned()
        };
        names.iter().map(value).collect()
    }

    pub(crate) fn raw(&self, path: &str, body: String, token: Option<&str>) -> Answer {
        let mut request = Request::post(path);
        if let Some(token) = token {
            request = request.header("dapr-api-token", token);
        }
        let answer = block_on(self.app.handle(request.body(body.into()).unwrap()));
        let outcome = answer.headers().get("duebell-outcome");
        let outcome = outcome.map_or("", |outcome| outcome.to_str().unwrap());
        (answer.status().as_u16(), outcome.to_owned())
    }

    /// task-api has this user erased: whether nothing is left, and what is waited for.
    pub(crate) fn erase(&self, user: &str) -> (bool, Value) {
        let order = json!({ "erasure_id": format!("erasure-{}", user.bytes().map(u64::from).sum::<u64>()), "user_id": user });
        let request = Request::post("/internal/reminder-trigger/erasures")
            .header("dapr-api-token", TOKEN)
            .body(order.to_string().into());
        let answer = block_on(self.app.handle(request.unwrap()));
        assert_eq!(answer.status(), 200);
        let answer: Value = serde_json::from_slice(answer.body()).unwrap();
        (
            answer["done"].as_bool().unwrap(),
            answer["waiting_for"].clone(),
        )
    }

    /// The names of the jobs that the scheduler has.
    pub(crate) fn jobs(&self) -> Vec<String> {
        self.sidecar.job_names()
    }

    /// Which reminders rang: their numbers, in the order in which they did.
    pub(crate) fn rang(&self) -> Vec<u64> {
        let published = self.sidecar.published.borrow();
        published
            .iter()
            .map(|event| {
                assert_eq!(event["event_type"], "reminder.due");
                event["reminder_id"].as_u64().unwrap()
            })
            .collect()
    }
}

/// `reminder.scheduled` of alice's task 123.
pub(crate) fn scheduled(reminder: u64, remind_at: DateTime<Utc>) -> Value {
    event("reminder.scheduled", reminder, remind_at)
}

/// `reminder.cancelled` of the same.
pub(crate) fn cancelled(reminder: u64, remind_at: DateTime<Utc>) -> Value {
    event("reminder.cancelled", reminder, remind_at)
}

fn event(what: &str, reminder: u64, remind_at: DateTime<Utc>) -> Value {
    json!({
        "event_type": what, "reminder_id": reminder, "task_id": 123, "user_id": "alice",
        "title": "Submit report", "due_at": remind_at + TimeDelta::hours(1),
        "remind_at": remind_at,
        "correlation_id": format!("{what}/{reminder}/{remind_at}"),
    })
}
