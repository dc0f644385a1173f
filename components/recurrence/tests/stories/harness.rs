//! recurrence between a sidecar that delivers and a task-api that is asked.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use duebell_dapr::{Transport, TransportError};
use duebell_events::source;
use duebell_fakes::{Background, Envelopes};
use duebell_service::{Clock, FixedClock, Logger, SeededEntropy, log};
use duebell_store::native::SqliteFile;
use futures::executor::block_on;
use http::{Request, Response};
use recurrence::{App, Parts};
use serde_json::{Value, json};
use std::{
    cell::{Cell, RefCell},
    path::Path,
    rc::Rc,
};

pub(crate) const TOKEN: &str = "the-app-token";

/// A task-api that is asked for next occurrences.
pub(crate) struct TaskApi {
    /// The paths and traces that it was asked with, in their order.
    pub(crate) asked: RefCell<Vec<(String, Option<String>)>>,
    /// What it answers; none: nobody is there.
    pub(crate) status: Cell<Option<u16>>,
}

/// The way to it.
#[derive(Clone)]
pub(crate) struct Wire(Rc<TaskApi>);

impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let path = request.uri().path().to_owned();
        let answer = |status: u16, body: &Value| {
            let body = Bytes::from(body.to_string());
            Ok(Response::builder().status(status).body(body).unwrap())
        };
        if path.ends_with("/outbox/heads") {
            return answer(200, &json!({ "heads": [], "next": 0, "more": false }));
        }
        if path == "/internal/task-api/health/recurrence" {
            assert_eq!(request.method(), "PUT");
            return answer(204, &Value::Null);
        }
        assert_eq!(request.method(), "POST");
        assert_eq!(request.headers()["dapr-api-token"], TOKEN);
        let trace = request.headers().get("traceparent");
        let trace = trace.map(|trace| trace.to_str().unwrap().to_owned());
        self.0.asked.borrow_mut().push((path, trace));
        match self.0.status.get() {
            Some(status) => answer(status, &json!({ "outcome": "created", "id": 2 })),
            None => Err(TransportError::Failed("connection refused".to_owned())),
        }
    }
}

/// The component in a world of its own.
pub(crate) struct World {
    pub(crate) task_api: Rc<TaskApi>,
    clock: Rc<FixedClock>,
    app: App<Wire>,
    background: Background,
    pub(crate) folder: Rc<tempfile::TempDir>,
    events: Rc<Envelopes>,
}

impl World {
    pub(crate) fn new() -> Self {
        let start: DateTime<Utc> = "2026-01-15T12:00:00Z".parse().unwrap();
        let task_api = TaskApi {
            asked: RefCell::default(),
            status: Cell::new(Some(200)),
        };
        Self::open(
            Rc::new(tempfile::tempdir().unwrap()),
            Rc::new(task_api),
            Rc::new(FixedClock::new(start)),
            Rc::new(Envelopes::of(source::TASK_API)),
        )
    }

    fn open(
        folder: Rc<tempfile::TempDir>,
        task_api: Rc<TaskApi>,
        clock: Rc<FixedClock>,
        events: Rc<Envelopes>,
    ) -> Self {
        let background = Background::default();
        let any_clock: Rc<dyn Clock> = clock.clone();
        let app = App::new(
            SqliteFile::new(Path::join(folder.path(), "recurrence.db")),
            Parts {
                app_api_token: TOKEN.to_owned(),
                task_api_url: "http://task-api/".to_owned(),
                transport: Wire(Rc::clone(&task_api)),
                logger: Logger::new(
                    "recurrence",
                    log::Level::Error,
                    Rc::clone(&any_clock),
                    Rc::new(log::Stderr),
                ),
                clock: any_clock,
                entropy: Rc::new(SeededEntropy::new(7)),
                spawn: background.spawn(),
            },
        )
        .unwrap();
        Self {
            task_api,
            clock,
            app,
            background,
            folder,
            events,
        }
    }

    /// The same database after a kill: what was to be done in the background is lost.
    pub(crate) fn killed(self) -> Self {
        Self::open(self.folder, self.task_api, self.clock, self.events)
    }

    pub(crate) fn advance(&self, step: TimeDelta) {
        self.clock.advance(step);
    }

    pub(crate) fn settle(&self) {
        self.background.settle();
    }

    /// Delivers an event of task-api's, and lets everything follow.
    pub(crate) fn hear(&self, event: &Value) {
        let envelope = self.envelope(event);
        assert_eq!(self.deliver(&envelope), (200, "done".to_owned()));
        self.settle();
    }

    pub(crate) fn envelope(&self, event: &Value) -> Value {
        self.events.next("task-events", event)
    }

    pub(crate) fn deliver(&self, envelope: &Value) -> (u16, String) {
        self.post("/events/recurrence/task-events", envelope, Some(TOKEN))
    }

    /// A tick of the cron binding.
    pub(crate) fn sweep(&self) {
        assert_eq!(
            self.post("/sweep-recurrence", &Value::Null, Some(TOKEN)).0,
            200
        );
        self.settle();
    }

    pub(crate) fn post(&self, path: &str, body: &Value, token: Option<&str>) -> (u16, String) {
        let mut request = Request::post(path);
        if let Some(token) = token {
            request = request.header("dapr-api-token", token);
        }
        let request = request.body(body.to_string().into()).unwrap();
        let answer = block_on(self.app.handle(request));
        let outcome = answer.headers().get("duebell-outcome");
        let outcome = outcome.map_or("", |outcome| outcome.to_str().unwrap());
        (answer.status().as_u16(), outcome.to_owned())
    }

    /// The tasks that task-api was asked for, in their order.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = self.task_api.asked.borrow();
        asked.iter().map(|(path, _)| path.clone()).collect()
    }
}

/// An event of alice's task, which comes again every day if `recurs`.
pub(crate) fn event(what: &str, task: u64, number: u32, recurs: bool) -> Value {
    json!({
        "event_type": what, "task_id": task, "user_id": "alice",
        "task_data": {
            "title": "Water the plants", "completed": what == "task.completed",
            "priority": "medium", "due_date": "2026-01-15T08:00:00Z", "tags": [],
            "recurring_pattern": if recurs { json!("daily") } else { Value::Null },
        },
        "timestamp": "2026-01-15T12:00:00Z",
        "correlation_id": format!("{what}/{task}/{number}"),
    })
}
